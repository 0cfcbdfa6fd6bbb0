"""Accounting of every event: how many were read, cut, had no value, and lie in which bins."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from hepline.analysis.binning import fitted_region
from hepline.analysis.blinding import Secrets
from hepline.analysis.definition import Definition
from hepline.analysis.filling import Filling
from hepline.analysis.processes import Component
from hepline.analysis.regions import Region
from hepline.analysis.requests import Purpose, Request
from hepline.analysis.results import Accounting, Cutflow, Tally
from hepline.analysis.scaling import Scales
from hepline.analysis.templates import Templates
from hepline.columns.vary import MEMBERS
from hepline.engine.filled import Filled

__all__ = ["ALL_CUTS", "accountings", "shown_accountings"]

ALL_CUTS = "all cuts"


def accountings(
    analysis: Definition,
    fillings: Sequence[Filling],
    scales: Scales,
    templates: Templates,
    cutflows: Iterable[Cutflow],
) -> tuple[Accounting, ...]:
    """Account for the events of every template of a sample.

    Parameters
    ----------
    analysis : Definition
    fillings : sequence of Filling
        After the run.
    scales : Scales
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
    for (region, sample), contributions in _contributions(fillings, scales).items():
        for variation, counted in _by_variation(contributions):
            flow = steps.get((region, sample)) if not variation else None
            accounts.append(_account(sample, variation, counted, bins[region], flow))
    return tuple(accounts)


@dataclass(frozen=True, eq=False)
class _Counted:
    """What was counted of one sample in one region, under one variation.

    Attributes
    ----------
    read : int
        Events of the sample that were read.
    counts, sums : ndarray, shape (all bins + 2,)
        Of the template, unweighted and expected.
    selected, listed : Tally or None
        Selected events, and those among them whose list is not empty; None if the observable is no
        list.
    """

    read: int
    counts: NDArray[np.int64]
    sums: NDArray[np.float64]
    selected: Tally | None = None
    listed: Tally | None = None

    def __add__(self, other: _Counted) -> _Counted:
        return _Counted(
            self.read + other.read,
            self.counts + other.counts,
            self.sums + other.sums,
            None if self.selected is None else self.selected + (other.selected or Tally()),
            None if self.listed is None else self.listed + (other.listed or Tally()),
        )


Contributions = dict[str, _Counted]
"""Of one component, by variation."""


def _contributions(
    fillings: Iterable[Filling], scales: Scales
) -> dict[tuple[str, str], list[Contributions]]:
    """What every component of a sample counted, by region and sample."""
    counted: dict[tuple[str, str], list[Contributions]] = {}
    for filling in fillings:
        for (component, region), group in _grouped(filling).items():
            templates = group[Purpose.TEMPLATE]
            contributions = {}
            for variation, (request, filled) in templates.items():
                scale = scales.scale(filling, request) or 1.0
                tallies = [
                    _counted(group[kind].get(variation, group[kind][""])[1], scale)
                    for kind in (Purpose.SELECTED, Purpose.LISTED)
                    if kind in group
                ]
                sums = filled.sums() * scale
                read = _read(filling, component, group)
                name = variation if filling.is_nominal else filling.variation
                # A variation that only changes which events are selected leaves the template as is.
                contributions[name] = _Counted(read, filled.counts, sums, *tallies)
            counted.setdefault((region, component.sample), []).append(contributions)
    return counted


Group = dict[Purpose, dict[str, tuple[Request, Filled]]]


def _grouped(filling: Filling) -> dict[tuple[Component, str], Group]:
    """Histograms of a file set by component and region, purpose and variation."""
    groups: dict[tuple[Component, str], Group] = {}
    if filling.result is None:
        return groups
    for output in filling.job.plan.outputs:
        request = filling.requests.requests[output.request]
        if output.variation.direction == MEMBERS:
            # They differ in weights only, not in the events that they count.
            continue
        first_step = request.purpose is Purpose.STEP and request.step == 0
        kinds = (Purpose.TEMPLATE, Purpose.SELECTED, Purpose.LISTED)
        if request.component is None or not request.is_of_sample:
            continue
        if first_step or request.purpose in kinds:
            group = groups.setdefault((request.component, request.region), {})
            filled = filling.result.histograms[output.node]
            group.setdefault(request.purpose, {})[output.variation.key] = (request, filled)
    return {key: group for key, group in groups.items() if Purpose.TEMPLATE in group}


def _read(filling: Filling, component: Component, group: Group) -> int:
    """Events of the files that belong to the component."""
    if component.where is None:
        return 0 if filling.result is None else filling.result.events
    ((_, filled),) = group[Purpose.STEP].values()
    return int(filled.entries.sum())


def _by_variation(contributions: Sequence[Contributions]) -> Iterable[tuple[str, _Counted]]:
    nominal = [part for part in contributions if "" in part]
    for variation in dict.fromkeys(name for part in nominal for name in part):
        first, *others = [part.get(variation, part[""]) for part in nominal]
        yield variation, sum(others, first)
    for part in contributions:
        if "" not in part:
            yield from part.items()


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
    sample: str, variation: str, counted: _Counted, bins: _Bins, flow: Cutflow | None
) -> Accounting:
    def tally(where: slice | NDArray[np.bool_]) -> Tally:
        return Tally(int(counted.counts[where].sum()), float(counted.sums[where].sum()))

    # Place 0 is the underflow; NaN and missing values come after the overflow.
    start, stop = 1 + bins.first, 1 + bins.last
    merged = np.concatenate(([False], bins.merged, [False] * 3))
    entries = tally(slice(None))
    selected = entries if counted.selected is None else counted.selected
    return Accounting(
        bins.region.name,
        sample,
        variation,
        counted.read,
        _cuts(counted.read, selected, flow),
        selected,
        counted.selected is not None,
        Tally() if counted.listed is None else selected - counted.listed,
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
