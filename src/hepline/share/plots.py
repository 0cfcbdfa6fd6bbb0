"""The plots of a run as content of figures: data beside simulation, without any fit."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import reduce
from operator import add

import numpy as np

from hepline.analysis.blinding import data_names
from hepline.analysis.definition import Definition
from hepline.analysis.expected import Process
from hepline.analysis.plots import Plot
from hepline.analysis.profiles import ProfileResult
from hepline.analysis.regions import Region
from hepline.analysis.systematics import systematics_of
from hepline.arrays import Floats
from hepline.errors import AnalysisError, nearest
from hepline.pipeline.result import Result
from hepline.share.cuts import marked_cuts
from hepline.share.filled import FilledPlot, flow, flow_variances
from hepline.show.labels import unit_of
from hepline.show.plot_content import PlaneContent, ProfileContent, ProfileSeries
from hepline.show.stack_content import StackContent, StackLook, StackSample
from hepline.show.stamps import luminosity_text
from hepline.stats.comparison import compare

__all__ = [
    "PlotContents",
    "conditions_in",
    "plane_contents",
    "plot_contents",
    "profile_content",
    "stack_content",
]


@dataclass(frozen=True)
class PlotContents:
    """The plots of all regions.

    Attributes
    ----------
    plots, n_minus_one : tuple of StackContent
    planes : tuple of PlaneContent
        One for each process group, and one for the data.
    profiles : tuple of ProfileContent
    """

    plots: tuple[StackContent, ...] = ()
    n_minus_one: tuple[StackContent, ...] = ()
    planes: tuple[PlaneContent, ...] = ()
    profiles: tuple[ProfileContent, ...] = ()


def plot_contents(result: Result, poi: str = "") -> PlotContents:
    """Collect the plots of a run.

    Parameters
    ----------
    result : Result
    poi : str
        Parameter of interest: samples that it scales are signals.

    Returns
    -------
    PlotContents
        Hidden data are missing in their regions.
    """
    systematics = systematics_of(result.analysis)
    stacks: dict[bool, list[StackContent]] = {False: [], True: []}
    planes: list[PlaneContent] = []
    profiles: list[ProfileContent] = []
    for region in result.analysis.regions.values():
        for plot in region.plots:
            filled = FilledPlot(result, region, plot, systematics)
            if plot.mean_of is not None:
                profiles.append(profile_content([filled]))
            elif len(plot.axes) == 1:
                stacks[bool(plot.without)].append(stack_content([filled], poi))
            else:
                planes += plane_contents(filled)
    return PlotContents(tuple(stacks[False]), tuple(stacks[True]), tuple(planes), tuple(profiles))


def stack_content(parts: Sequence[FilledPlot], poi: str) -> StackContent:
    """One plot as a stack.

    Parameters
    ----------
    parts : sequence of FilledPlot
        The same plot in one region, or in that of every era: what is summed. Uncertainties of one
        name are correlated between them.
    poi : str
        Parameter of interest: samples that it scales are signals.
    """
    first = parts[0]
    plot, region, axis = first.plot, first.region, first.plot.axes[0].axis
    counts = [counts for counts in (part.counts() for part in parts) if counts is not None]
    seen = np.sum(counts, axis=0) if len(counts) == len(parts) else None
    groups = _groups(parts)
    nothing = np.zeros(axis.bins + 2)
    total = sum((group.values for group in groups if not group.is_point), nothing)
    variances = sum((group.variances for group in groups if not group.is_point), nothing)
    shifts: dict[str, Floats] = {}
    for name, shift in (pair for part in parts for pair in part.shifts()):
        shifts[name] = shifts.get(name, 0.0) + shift
    error = np.sqrt(variances + sum((shift**2 for shift in shifts.values()), nothing))
    kept, outside = _shown_bins([total] if seen is None else [total, np.nan_to_num(seen)])
    data = None if seen is None else seen[kept]
    alone = len(parts) == 1
    return StackContent(
        name=f"{region.name if alone else region.base}__{plot.name}",
        axis_label=_with_words(axis.label, outside),
        edges=axis.edges,
        samples=tuple(group.sample(kept, poi) for group in groups),
        data=data,
        total=total[kept],
        statistical=np.sqrt(variances[kept]),
        uncertainty=error[kept],
        region=region.label if alone else region.label.removesuffix(f" ({region.era})"),
        data_label="Pseudo-data" if first.analysis.pseudo is not None else "Data",
        goodness=None
        if data is None
        else compare(data, total[kept], variances[kept], [s[kept] for s in shifts.values()]),
        underflow=kept.start == 0,
        overflow=kept.stop is None,
        holds_underflow=plot.axes[0].underflow,
        holds_overflow=plot.axes[0].overflow,
        cuts=marked_cuts(region, plot),
        conditions=conditions_in(first.analysis, region) if alone else "",
        palette=_palette(first.analysis),
        look=look_of(plot),
    )


def _shown_bins(rows: Sequence[Floats]) -> tuple[slice, str]:
    """Whether underflow and overflow are drawn as bins, or said in words beside the axis.

    A bin for all that lies outside must not be taller than those inside: it would press them flat.

    Parameters
    ----------
    rows : sequence of ndarray, shape (bin + 2,)
        Prediction and, if they are shown, data.
    """
    highest = max(float(row[1:-1].max(initial=0.0)) for row in rows)
    words = []
    drawn = [False, False]
    for end, place, side in ((0, 0, "below"), (1, -1, "above")):
        there = max(float(row[place]) for row in rows)
        drawn[end] = 0 < there <= highest
        if there > highest:
            words.append(f"{rows[-1][place]:.4g} {side}")
    text = f" ({', '.join(words)})" if words else ""
    return slice(0 if drawn[0] else 1, None if drawn[1] else -1), text


def _with_words(label: str, words: str) -> str:
    """The label of an axis with words before its unit, which figures look for at the end."""
    quantity, bracket, unit = label.rpartition(" [")
    return f"{quantity}{words}{bracket}{unit}" if bracket else f"{label}{words}"


def look_of(plot: Plot) -> StackLook:
    """Bins of several widths are counted per unit: their heights would mean nothing."""
    axis = plot.axes[0].axis
    widths = np.diff(axis.edges)
    equal = np.allclose(widths, widths[0], rtol=1e-6, atol=0.0)
    return StackLook(log=plot.axes[0].log, per="" if equal else unit_of(axis.label))


@dataclass(frozen=True, eq=False)
class _Group:
    """What one sample, or one estimate with all its parts, adds to a stack.

    Attributes
    ----------
    name, label : str
    values, variances : ndarray, shape (bin,)
        With flow.
    free : frozenset of str
        Normalizations that scale it.
    is_point : bool
        Whether it is a signal of a grid: these exclude each other, and are lines over the stack.
    """

    name: str
    label: str
    values: Floats
    variances: Floats
    free: frozenset[str]
    is_point: bool

    def sample(self, kept: slice, poi: str) -> StackSample:
        """The sample of the stack, in these bins."""
        values, errors = self.values[kept], np.sqrt(self.variances[kept])
        if self.is_point:
            return StackSample(self.name, self.label, values, errors, signal=True, overlay=1.0)
        signal = bool(poi) and poi in self.free
        return StackSample(self.name, self.label, values, errors, signal=signal)


def _groups(parts: Sequence[FilledPlot]) -> list[_Group]:
    """Samples and estimates of all regions, then the points of a grid."""
    found: dict[tuple[bool, str], list[tuple[FilledPlot, Process]]] = {}
    for is_point in (False, True):
        for part in parts:
            for process in part.points if is_point else part.processes:
                name = process.name if is_point else process.group
                found.setdefault((is_point, name), []).append((part, process))
    return [
        _Group(
            name,
            members[0][1].label,
            np.sum([flow(part.histogram(process.name)) for part, process in members], axis=0),
            np.sum(
                [flow_variances(part.histogram(process.name)) for part, process in members], axis=0
            ),
            frozenset(free for _, process in members for free, _ in process.free),
            is_point,
        )
        for (is_point, name), members in found.items()
    ]


def conditions_in(analysis: Definition, region: Region) -> str:
    """Luminosity and energy of a region's era; empty without eras, where all share the same."""
    if not region.era:
        return ""
    era = analysis.eras[region.era]
    luminosity = analysis.luminosity_of(region.era)
    return luminosity_text(luminosity, era.energy or analysis.energy)


def _palette(analysis: Definition) -> tuple[str, ...]:
    """As in the figures of the fitted regions."""
    return tuple(analysis.groups)


def plane_contents(filled: FilledPlot) -> Iterator[PlaneContent]:
    """A plot of two quantities: one plane for each sample and estimate, and one for data."""
    x, y = (bound.axis for bound in filled.plot.axes)
    groups: dict[str, list[Process]] = {}
    for process in filled.processes:
        groups.setdefault(process.group, []).append(process)
    parts = [
        (group, found[0].label, [filled.histogram(process.name) for process in found])
        for group, found in groups.items()
    ]
    data = filled.data()
    if data is not None:
        parts.append(("data", "Data", [data]))
    for name, label, histograms in parts:
        variances = np.sum([one.variances() for one in histograms], axis=0)
        yield PlaneContent(
            name=f"{filled.region.name}__{filled.plot.name}__{name}",
            x_label=x.label,
            y_label=y.label,
            x_edges=x.edges,
            y_edges=y.edges,
            values=np.sum([one.values() for one in histograms], axis=0),
            errors=np.sqrt(variances),
            region=filled.region.label,
            sample=label,
            conditions=conditions_in(filled.analysis, filled.region),
        )


def profile_content(parts: Sequence[FilledPlot], sample: str = "") -> ProfileContent:
    """A profile of data, and of everything that is expected.

    Parameters
    ----------
    parts : sequence of FilledPlot
        See `stack_content`.
    sample : str, optional
        Of one process alone.

    Raises
    ------
    AnalysisError
        If it has none of this process.
    """
    first = parts[0]
    seen: dict[str, ProfileResult] = {}
    for name, profile in (pair for part in parts for pair in part.profiles().items()):
        seen[name] = seen[name] + profile if name in seen else profile
    data = [name for name in data_names(first.analysis) if name in seen]
    expected = [name for name in seen if name not in data]
    if sample and sample not in seen:
        raise AnalysisError(
            f"there is no '{sample}' in the plot '{first.plot.name}'.",
            why=f"it has {', '.join(seen)}.",
            fix=nearest(sample, seen),
        )
    kinds = [("expected", "Simulation", expected), ("data", "Data", data)]
    if sample:
        kinds = [(sample, sample, [sample])]
    series = []
    for name, label, names in kinds:
        if names:
            whole = reduce(add, [seen[other] for other in names])
            is_data = names[0] in data
            series.append(ProfileSeries(name, label, whole.means, whole.errors, is_data))
    alone, region = len(parts) == 1, first.region
    return ProfileContent(
        name=f"{region.name if alone else region.base}__{first.plot.name}",
        x_label=first.plot.axes[0].axis.label,
        y_label=first.plot.mean_label,
        edges=first.plot.axes[0].axis.edges,
        series=tuple(series),
        region=region.label if alone else region.label.removesuffix(f" ({region.era})"),
    )
