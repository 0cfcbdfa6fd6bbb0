"""Notices about events that no fitted bin holds."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence

from hepline.analysis.binning import fitted_region
from hepline.analysis.definition import Definition
from hepline.analysis.expected import processes_of
from hepline.analysis.results import Accounting, Cutflow, Notice, Tally, first_samples
from hepline.analysis.templates import Templates

__all__ = ["absent_samples", "incomplete_weights", "loss_notices"]

# A tail beyond the last bin is common and stands in the table; one selected event in twenty shifts
# a yield as much as a systematic uncertainty that matters.
_NOTABLE_SHARE = 0.05


def loss_notices(analysis: Definition, accounts: Iterable[Accounting]) -> list[Notice]:
    """Note values that are missing or NaN, and samples that lie outside the bins.

    Parameters
    ----------
    analysis : Definition
    accounts : iterable of Accounting
        Those that may be shown.
    """
    accounts = tuple(accounts)
    notices = []
    for kind, lost, wording in _REASONS:
        notices += _without_value(analysis, accounts, kind, lost, wording)
    for region in analysis.regions:
        here = [
            account for account in accounts if account.region == region and not account.variation
        ]
        notices += _outside(analysis, region, here)
    return notices


_REASONS: tuple[tuple[str, Callable[[Accounting], Tally], tuple[str, str]], ...] = (
    (
        "missing observable",
        lambda account: account.missing,
        ("no value of {label}", "Require the object in where=."),
    ),
    (
        "undefined observable",
        lambda account: account.undefined,
        (
            "a {label} that is not a number (NaN)",
            "0/0, and the root or logarithm of a negative number, give NaN: exclude these events "
            "in where=, or correct the observable.",
        ),
    ),
)


def _without_value(
    analysis: Definition,
    accounts: Sequence[Accounting],
    kind: str,
    lost: Callable[[Accounting], Tally],
    wording: tuple[str, str],
) -> list[Notice]:
    nominal = {(a.region, a.sample): a for a in accounts if not a.variation}
    notices = []
    for (region, sample), account in nominal.items():
        have, cure = wording
        have = have.format(label=_label(analysis, region))
        count = lost(account).entries
        if count:
            text = f"{count} of {_passing(account)} have {have}: they are in no bin. {cure}"
            notices.append(Notice(kind, text))
        varied = [a for a in accounts if a.variation and (a.region, a.sample) == (region, sample)]
        worst = max(varied, key=lambda a: lost(a).entries, default=None)
        if worst is not None and lost(worst).entries > count:
            text = (
                f"under '{worst.variation}', {lost(worst).entries} of {_passing(worst)} have "
                f"{have}, against {count} in the nominal template: they are in no bin. {cure}"
            )
            notices.append(Notice(kind, text))
    return notices


def _passing(account: Accounting) -> str:
    noun = "values in the events" if account.is_list else "events"
    return f"{account.entries.entries} {noun} of {account.sample} that pass {account.region}"


def _label(analysis: Definition, region: str) -> str:
    declaration = analysis.regions[region]
    # Labels may hold mathtext, which a sentence does not.
    return re.sub(r"[${}\\]", "", declaration.axis.label) or str(declaration.observable.values.node)


def _outside(analysis: Definition, region: str, accounts: Sequence[Accounting]) -> list[Notice]:
    parts = []
    for account in accounts:
        total, outside = account.entries.entries, account.outside.entries
        if total and outside > _NOTABLE_SHARE * total:
            below, above = account.below.entries, account.above.entries
            sides = [(below, "below"), (above, "above")]
            shares = " and ".join(f"{n / total:.1%} {side}" for n, side in sides if n)
            parts.append(f"{account.sample} ({shares.replace('%', ' %')}, {outside} of {total})")
    if not parts:
        return []
    edges = analysis.regions[region].fit_edges
    text = (
        f"selected values of {_label(analysis, region)} lie outside of the fitted bins of {region} "
        f"({edges[0]:g} to {edges[-1]:g}): {first_samples(parts)}. The fit does not see them; "
        "extend the axis or fit_bins= if it should."
    )
    return [Notice("outside the bins", text)]


def absent_samples(analysis: Definition, templates: Templates) -> list[Notice]:
    """Name samples without events in the fitted bins: the model leaves them out."""
    absent: dict[str, list[str]] = {}
    expected: dict[str, list[str]] = {}
    signals = set()
    for region in analysis.fitted():
        fitted = fitted_region(analysis, region, templates)
        for process in processes_of(analysis, region):
            if process.is_subtracted:
                continue
            expected.setdefault(process.name, []).append(region.name)
            if analysis.poi in dict(process.free):
                signals.add(process.name)
            if fitted.has(process.name) and not fitted.contents(process.name).any():
                absent.setdefault(process.name, []).append(region.name)
    notices = []
    for name, places in expected.items():
        regions = absent.get(name, [])
        if len(regions) == len(places):
            subject = f"the signal {name}" if name in signals else name
            text = f"no event of {subject} lies in any fitted bin: the model is made without it."
            notices.append(Notice("absent sample", text))
        elif regions:
            text = (
                f"no event of {name} lies in the fitted bins of {', '.join(regions)}: the "
                "model is made without it there."
            )
            notices.append(Notice("absent sample", text))
    return notices


def incomplete_weights(cutflows: Iterable[Cutflow]) -> list[Notice]:
    """Note how often a cutflow leaves out factors of the weight before the last cut."""
    worst: dict[str, Cutflow] = {}
    for flow in cutflows:
        previous = worst.get(flow.sample)
        if previous is None or _most(flow) > _most(previous):
            worst[flow.sample] = flow
    parts = []
    for sample, flow in worst.items():
        step = max(flow.steps, key=lambda step: step.incomplete, default=None)
        if step is not None and step.incomplete:
            parts.append(f"{step.incomplete} of {step.entries} events of {sample} ('{step.name}')")
    if not parts:
        return []
    text = (
        f"before the last cut, {first_samples(parts)} have a weight with factors that are missing "
        "or not finite; the cutflow counts them with the other factors."
    )
    return [Notice("cutflow weight", text)]


def _most(flow: Cutflow) -> int:
    return max((step.incomplete for step in flow.steps), default=0)
