"""Accounting of every event: how many were read, cut, had no value, and lie in which bins."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from hepline.analysis.binning import fitted_region
from hepline.analysis.blinding import Secrets
from hepline.analysis.collect import scale_of
from hepline.analysis.definition import Definition
from hepline.analysis.filling import Filling
from hepline.analysis.regions import Region
from hepline.analysis.requests import Purpose
from hepline.analysis.results import Accounting, Cutflow, Tally
from hepline.analysis.templates import Templates
from hepline.columns.vary import MEMBERS
from hepline.engine.filled import Filled

__all__ = ["ALL_CUTS", "accountings", "shown_accountings"]

ALL_CUTS = "all cuts"


def accountings(
    analysis: Definition,
    fillings: Sequence[Filling],
    templates: Templates,
    cutflows: Iterable[Cutflow],
) -> tuple[Accounting, ...]:
    """Account for the events of every template.

    Parameters
    ----------
    analysis : Definition
    fillings : sequence of Filling
        After the run.
    templates : Templates
        All of them: the fitted bins depend on every sample.
    cutflows : iterable of Cutflow
        Of the nominal files.

    Returns
    -------
    tuple of Accounting
        One for each template that was filled.
    """
    bins = {
        name: _Bins.of(analysis, region, templates) for name, region in analysis.regions.items()
    }
    steps = {(flow.region, flow.sample): flow for flow in cutflows}
    accounts = []
    for filling in fillings:
        scale = (scale_of(analysis, filling) if filling.result else None) or 1.0
        for (region, variation), histograms in _grouped(filling).items():
            flow = steps.get((region, filling.sample)) if not variation else None
            accounts.append(_account(filling, variation, histograms, bins[region], scale, flow))
    return tuple(accounts)


def _grouped(filling: Filling) -> dict[tuple[str, str], dict[Purpose, Filled]]:
    """Group histograms by region and variation; one that does not vary is the nominal one."""
    result = filling.result
    if result is None:
        return {}
    groups: dict[tuple[str, str], dict[Purpose, Filled]] = {}
    for output in filling.job.plan.outputs:
        request = filling.requests.requests[output.request]
        if output.variation.direction == MEMBERS:
            # They differ in weights only, not in the events that they count.
            continue
        if request.purpose in (Purpose.TEMPLATE, Purpose.SELECTED, Purpose.LISTED):
            group = groups.setdefault((request.region, output.variation.key), {})
            group[request.purpose] = result.histograms[output.node]
    whole = {
        (region, key): {**groups[region, ""], **group}
        for (region, key), group in groups.items()
        # A variation that only changes which events are selected leaves the template as it was.
        if Purpose.TEMPLATE in group
    }
    if filling.is_nominal:
        return whole
    return {(region, filling.variation): group for (region, key), group in whole.items() if not key}


@dataclass(frozen=True, eq=False)
class _Bins:
    """Which bins of a template are fitted, and which are merged for the fit."""

    region: Region
    first: int
    last: int
    merged: NDArray[np.bool_]

    @classmethod
    def of(cls, analysis: Definition, region: Region, templates: Templates) -> _Bins:
        edges, declared = region.axis.edges, region.fit_edges
        tolerance = 1e-9 * float(np.ptp(edges))
        first, last = (int(np.argmin(np.abs(edges - edge))) for edge in (declared[0], declared[-1]))
        fitted = fitted_region(analysis, region, templates).edges
        centers = (edges[1:] + edges[:-1]) / 2
        merged = np.zeros(len(centers), np.bool_)
        for low, high in pairwise(fitted):
            inside = np.count_nonzero((declared > low + tolerance) & (declared < high - tolerance))
            if inside:
                merged |= (centers > low) & (centers < high)
        return cls(region, first, last, merged)


def _account(
    filling: Filling,
    variation: str,
    histograms: dict[Purpose, Filled],
    bins: _Bins,
    scale: float,
    flow: Cutflow | None,
) -> Accounting:
    template = histograms[Purpose.TEMPLATE]
    counts, sums = template.counts, template.sums() * scale

    def tally(where: slice | NDArray[np.bool_]) -> Tally:
        return Tally(int(counts[where].sum()), float(sums[where].sum()))

    # Place 0 is the underflow; NaN and missing values come after the overflow.
    start, stop = 1 + bins.first, 1 + bins.last
    merged = np.concatenate(([False], bins.merged, [False] * 3))
    entries = tally(slice(None))
    listed = Purpose.SELECTED in histograms
    selected = _counted(histograms[Purpose.SELECTED], scale) if listed else entries
    empty = selected - _counted(histograms[Purpose.LISTED], scale) if listed else Tally()
    read = 0 if filling.result is None else filling.result.events
    return Accounting(
        bins.region.name,
        filling.sample,
        variation,
        read,
        _cuts(read, selected, flow),
        selected,
        listed,
        empty,
        entries,
        missing=tally(slice(-1, None)),
        undefined=tally(slice(-2, -1)),
        below=tally(slice(0, start)),
        inside=tally(slice(start, stop)),
        above=tally(slice(stop, -2)),
        merged=tally(merged),
    )


def _counted(filled: Filled, scale: float) -> Tally:
    return Tally(int(filled.entries.sum()), float(filled.sums().sum()) * scale)


def _cuts(read: int, selected: Tally, flow: Cutflow | None) -> tuple[tuple[str, Tally], ...]:
    if flow is None:
        return ((ALL_CUTS, Tally(read - selected.entries, 0.0)),)
    remaining = [Tally(step.entries, step.events) for step in flow.steps]
    names = [step.name for step in flow.steps[1:]]
    pairs = zip(names, remaining[:-1], remaining[1:], strict=True)
    return tuple((name, before - after) for name, before, after in pairs)


def shown_accountings(accounts: Iterable[Accounting], secrets: Secrets) -> tuple[Accounting, ...]:
    """Drop the accounts that would reveal data of hidden regions.

    These are all accounts of data there, and the single cuts of data in the other regions: a
    shared selection would reveal the difference.
    """
    data = secrets.data if secrets.hidden else ()
    visible = []
    for account in accounts:
        if account.sample not in data:
            visible.append(account)
        elif not secrets.covers(account.sample, account.region):
            cuts = _cuts(account.read, account.selected, None)
            visible.append(replace(account, cuts=cuts))
    return tuple(visible)
