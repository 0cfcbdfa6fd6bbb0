"""The plots of a run as content of figures: data beside simulation, without any fit."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import hist
import numpy as np

from hepline.analysis.blinding import data_names
from hepline.analysis.definition import Definition
from hepline.analysis.expected import Process, processes_of
from hepline.analysis.regions import Plot, Region
from hepline.analysis.systematics import Systematic, systematics_of
from hepline.analysis.templates import PlotKey
from hepline.arrays import Floats
from hepline.pipeline.result import Result
from hepline.share.cuts import marked_cuts
from hepline.show.plot_content import PlaneContent
from hepline.show.stack_content import StackContent, StackLook, StackSample
from hepline.show.stamps import luminosity_text
from hepline.stats.comparison import compare

__all__ = ["PlotContents", "conditions_in", "plot_contents"]


@dataclass(frozen=True)
class PlotContents:
    """The plots of all regions.

    Attributes
    ----------
    plots, n_minus_one : tuple of StackContent
    planes : tuple of PlaneContent
        One for each process group, and one for the data.
    """

    plots: tuple[StackContent, ...] = ()
    n_minus_one: tuple[StackContent, ...] = ()
    planes: tuple[PlaneContent, ...] = ()


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
    for region in result.analysis.regions.values():
        for plot in region.plots:
            filled = _Filled(result, region, plot, systematics)
            if len(plot.axes) == 1:
                stacks[bool(plot.without)].append(_stack(filled, poi))
            else:
                planes += _planes(filled)
    return PlotContents(tuple(stacks[False]), tuple(stacks[True]), tuple(planes))


@dataclass(frozen=True)
class _Filled:
    """The histograms of one plot.

    Attributes
    ----------
    result : Result
    region : Region
    plot : Plot
    systematics : sequence of Systematic
    """

    result: Result
    region: Region
    plot: Plot
    systematics: Sequence[Systematic]

    @property
    def analysis(self) -> Definition:
        return self.result.analysis

    @property
    def processes(self) -> list[Process]:
        """What is expected, as far as it was filled; signals of a grid exclude each other."""
        return [process for process in self._filled() if not self._is_point(process)]

    @property
    def points(self) -> list[Process]:
        """Signals of a grid: those at its ends, and in the middle."""
        points = [process for process in self._filled() if self._is_point(process)]
        chosen = sorted({0, len(points) // 2, len(points) - 1}) if points else []
        return [points[index] for index in chosen]

    def _filled(self) -> list[Process]:
        processes = processes_of(self.analysis, self.region)
        return [process for process in processes if self.has(process.name)]

    def _is_point(self, process: Process) -> bool:
        sample = self.analysis.samples.get(process.sample)
        return sample is not None and bool(sample.point)

    def has(self, name: str, variation: str = "") -> bool:
        key = PlotKey(self.region.name, self.plot.name, name, variation)
        return key in self.result.plots.histograms

    def histogram(self, name: str, variation: str = "") -> hist.Hist:
        """Nominal if a variation changed nothing."""
        filled = variation if self.has(name, variation) else ""
        return self.result.plots[PlotKey(self.region.name, self.plot.name, name, filled)]

    def data(self) -> hist.Hist | None:
        """Data, or pseudo-data; None if there are none, or they are hidden."""
        parts = [self.histogram(name) for name in data_names(self.analysis) if self.has(name)]
        return sum(parts[1:], parts[0]) if parts else None

    def counts(self) -> Floats | None:
        """Data with flow; NaN where they are hidden, None where there are none."""
        if self.region.name in self.result.secrets.hidden:
            return np.full(self.plot.axes[0].axis.bins + 2, np.nan)
        data = self.data()
        return None if data is None else _flow(data)


def _stack(filled: _Filled, poi: str) -> StackContent:
    plot, region = filled.plot, filled.region
    axis = plot.axes[0].axis
    counts = filled.counts()
    contents = {process.name: _flow(filled.histogram(process.name)) for process in filled.processes}
    total = np.sum(list(contents.values()) or [np.zeros(axis.bins + 2)], axis=0)
    variances = np.sum(
        [_flow_variances(filled.histogram(name)) for name in contents] or [np.zeros_like(total)],
        axis=0,
    )
    shifts = [*_shifts(filled, contents)]
    error = np.sqrt(variances + sum((shift**2 for shift in shifts), np.zeros_like(total)))
    rows = [total] if counts is None else [total, np.nan_to_num(counts)]
    kept = slice(
        0 if any(row[0] for row in rows) else 1, None if any(row[-1] for row in rows) else -1
    )
    seen = None if counts is None else counts[kept]
    return StackContent(
        name=f"{region.name}__{plot.name}",
        axis_label=axis.label,
        edges=axis.edges,
        samples=tuple(_samples(filled, contents, poi, kept)),
        data=seen,
        total=total[kept],
        statistical=np.sqrt(variances[kept]),
        uncertainty=error[kept],
        region=region.label,
        data_label="Pseudo-data" if filled.analysis.pseudo is not None else "Data",
        goodness=None
        if seen is None
        else compare(seen, total[kept], variances[kept], [shift[kept] for shift in shifts]),
        underflow=kept.start == 0,
        overflow=kept.stop is None,
        cuts=marked_cuts(region, plot),
        conditions=conditions_in(filled.analysis, region),
        palette=_palette(filled.analysis),
        look=StackLook(log=plot.axes[0].log),
    )


def _samples(
    filled: _Filled, contents: Mapping[str, Floats], poi: str, kept: slice
) -> Iterator[StackSample]:
    """Samples, and estimates as sums of their parts."""
    groups: dict[str, list[Process]] = {}
    for process in filled.processes:
        groups.setdefault(process.group, []).append(process)
    for group, parts in groups.items():
        variances = np.sum([_flow_variances(filled.histogram(part.name)) for part in parts], axis=0)
        values = np.sum([contents[part.name] for part in parts], axis=0)
        yield StackSample(
            group,
            parts[0].label,
            values[kept],
            np.sqrt(variances[kept]),
            signal=bool(poi) and any(poi == name for part in parts for name, _ in part.free),
        )
    for point in filled.points:
        histogram = filled.histogram(point.name)
        yield StackSample(
            point.name,
            point.label,
            _flow(histogram)[kept],
            np.sqrt(_flow_variances(histogram)[kept]),
            signal=True,
            overlay=1.0,
        )


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


def _shifts(filled: _Filled, contents: Mapping[str, Floats]) -> Iterator[Floats]:
    """What each uncertainty adds at one standard deviation, correlated over bins and processes."""
    for systematic in filled.systematics:
        shift = np.zeros(filled.plot.axes[0].axis.bins + 2)
        for name, nominal in contents.items():
            if not systematic.acts_on(filled.region.name, name):
                continue
            up = _flow(filled.histogram(name, systematic.up))
            if systematic.down is None:
                shift += systematic.share * (up - nominal)
            else:
                down = _flow(filled.histogram(name, systematic.down))
                shift += systematic.share * (up - down) / 2
        if shift.any():
            yield shift
    rates: dict[str, Floats] = {}
    for process in filled.processes:
        for rate in process.rates:
            if rate.high is not None and rate.low is not None:
                shift = (rate.high - rate.low) / 2 * contents[process.name]
                rates[rate.name] = rates.get(rate.name, np.zeros_like(shift)) + shift
    yield from rates.values()
    yield from _luminosity(filled, contents)


def _luminosity(filled: _Filled, contents: Mapping[str, Floats]) -> Iterator[Floats]:
    """Of what is simulated: estimates from data do not depend on it."""
    simulated = [contents[process.name] for process in filled.processes if not process.estimate]
    if not simulated:
        return
    total = np.sum(simulated, axis=0)
    era = filled.region.era
    if era:
        for _, high, low in filled.analysis.eras[era].uncertainties:
            yield (high - low) / 2 * total
    elif filled.analysis.luminosity_uncertainty:
        yield filled.analysis.luminosity_uncertainty * total


def _planes(filled: _Filled) -> Iterator[PlaneContent]:
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


def _flow(histogram: hist.Hist) -> Floats:
    return np.asarray(histogram.values(flow=True), float)


def _flow_variances(histogram: hist.Hist) -> Floats:
    return np.asarray(histogram.variances(flow=True), float)
