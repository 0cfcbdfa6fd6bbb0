"""The histograms of one plot in one region, and what each uncertainty does to them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import hist
import numpy as np

from hepline.analysis.blinding import data_names
from hepline.analysis.definition import Definition
from hepline.analysis.expected import Process, processes_of
from hepline.analysis.plots import Plot
from hepline.analysis.profiles import ProfileResult
from hepline.analysis.regions import Region
from hepline.analysis.systematics import Systematic
from hepline.analysis.templates import PlotKey, TemplateKey
from hepline.arrays import Floats
from hepline.pipeline.result import Result

__all__ = ["FilledPlot", "flow", "flow_variances"]


@dataclass(frozen=True)
class FilledPlot:
    """The histograms of one plot.

    Attributes
    ----------
    result : Result
    region : Region
    plot : Plot
        Without a name: the observable.
    systematics : sequence of Systematic
    """

    result: Result
    region: Region
    plot: Plot
    systematics: Sequence[Systematic]

    @property
    def analysis(self) -> Definition:
        """The analysis that was run."""
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
        """Whether there is such a histogram."""
        if not self.plot.name:
            return self.result.templates.has(self.region.name, name, variation)
        key = PlotKey(self.region.name, self.plot.name, name, variation)
        plots = self.result.plots
        return key in (plots.histograms if self.plot.mean_of is None else plots.profiles)

    def histogram(self, name: str, variation: str = "") -> hist.Hist:
        """Nominal if a variation changed nothing."""
        filled = variation if self.has(name, variation) else ""
        if not self.plot.name:
            return self.result.templates[TemplateKey(self.region.name, name, filled)]
        return self.result.plots[PlotKey(self.region.name, self.plot.name, name, filled)]

    def profiles(self) -> dict[str, ProfileResult]:
        """Means of every process, as far as it was filled, and of data."""
        names = [*(process.name for process in self.processes), *data_names(self.analysis)]
        keys = {name: PlotKey(self.region.name, self.plot.name, name) for name in names}
        filled = self.result.plots.profiles
        return {name: filled[key] for name, key in keys.items() if key in filled}

    def data(self) -> hist.Hist | None:
        """Data, or pseudo-data; None if there are none, or they are hidden."""
        parts = [self.histogram(name) for name in data_names(self.analysis) if self.has(name)]
        return sum(parts[1:], parts[0]) if parts else None

    def counts(self) -> Floats | None:
        """Data with flow; NaN where they are hidden, None where there are none."""
        if self.region.name in self.result.secrets.hidden:
            return np.full(self.plot.axes[0].axis.bins + 2, np.nan)
        data = self.data()
        return None if data is None else flow(data)

    def shifts(self) -> Iterator[tuple[str, Floats]]:
        """What each uncertainty adds at one standard deviation, correlated over bins and processes.

        Yields
        ------
        name : str
            Of its parameter, which regions share.
        shift : ndarray, shape (bin,)
            With flow.
        """
        contents = {process.name: flow(self.histogram(process.name)) for process in self.processes}
        yield from self._variations(contents)
        for process in self.processes:
            for rate in process.rates:
                if rate.high is not None and rate.low is not None:
                    yield rate.name, (rate.high - rate.low) / 2 * contents[process.name]
        yield from self._luminosity(contents)

    def _variations(self, contents: Mapping[str, Floats]) -> Iterator[tuple[str, Floats]]:
        for systematic in self.systematics:
            shift = np.zeros(self.plot.axes[0].axis.bins + 2)
            for name, nominal in contents.items():
                if not systematic.acts_on(self.region.name, name):
                    continue
                up = flow(self.histogram(name, systematic.up))
                if systematic.down is None:
                    shift += systematic.share * (up - nominal)
                else:
                    down = flow(self.histogram(name, systematic.down))
                    shift += systematic.share * (up - down) / 2
            if shift.any():
                yield systematic.name, shift

    def _luminosity(self, contents: Mapping[str, Floats]) -> Iterator[tuple[str, Floats]]:
        """Of what is simulated: estimates from data do not depend on it."""
        simulated = [contents[process.name] for process in self.processes if not process.estimate]
        if not simulated:
            return
        total = np.sum(simulated, axis=0)
        era = self.region.era
        if era:
            for name, high, low in self.analysis.eras[era].uncertainties:
                yield name, (high - low) / 2 * total
        elif self.analysis.luminosity_uncertainty:
            yield "luminosity", self.analysis.luminosity_uncertainty * total


def flow(histogram: hist.Hist) -> Floats:
    """Contents with underflow and overflow."""
    return np.asarray(histogram.values(flow=True), float)


def flow_variances(histogram: hist.Hist) -> Floats:
    """Variances with underflow and overflow."""
    return np.asarray(histogram.variances(flow=True), float)
