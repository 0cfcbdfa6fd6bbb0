"""Templates of estimates from data: those of other regions, scaled."""

from __future__ import annotations

from collections.abc import Mapping

import hist
import numpy as np

from hepline.analysis.abcd import FourRegions
from hepline.analysis.binning import FittedRegion
from hepline.analysis.blinding import data_names
from hepline.analysis.borrowing import borrowed_name
from hepline.analysis.definition import PSEUDODATA, Definition
from hepline.analysis.estimates import Estimate, part_name
from hepline.analysis.expected import source_region
from hepline.analysis.histograms import Histograms, Place, as_counts, scaled, total
from hepline.analysis.regions import Region
from hepline.arrays import Floats
from hepline.errors import ModelError

__all__ = ["add_estimate", "add_four_regions", "data_of", "rest_inside"]

_LEAST = 1.0
"""Events that a fitted bin starts with where simulation leaves fewer of the data, or none: the free
parameter of the bin is relative to them, and reaches up to ten times as many."""


def add_estimate(
    analysis: Definition, estimate: Estimate, region: Region, histograms: Histograms
) -> None:
    """Add the parts of an estimate that is made of the templates of another region."""
    source = source_region(analysis, estimate, region)
    if source is None:
        return
    shown = [(plot.name, moment) for plot in region.plots for moment in plot.moments]
    for plot, moment in (("", 0), *shown):
        there = histograms.get(Place(source.name, borrowed_name(plot, region.name), moment))
        if there is None and not (source.counts_only and not plot):
            there = histograms.get(Place(source.name, plot, moment))
        here = histograms.setdefault(Place(region.name, plot, moment), {})
        data = None if there is None else data_of(analysis, there)
        if there is None or data is None:
            continue
        here[estimate.name, ""] = scaled(data, estimate.factor)
        for sample in estimate.subtract:
            name = part_name(estimate.name, sample)
            for (process, variation), histogram in list(there.items()):
                if process == sample:
                    here[name, variation] = scaled(histogram, -estimate.factor)


def data_of(analysis: Definition, filled: Mapping[tuple[str, str], hist.Hist]) -> hist.Hist | None:
    """The data of a place: recorded, pseudo-data, or else what is expected.

    Signals of a grid are not: they exclude each other.
    """
    recorded = [sample.name for sample in analysis.recorded]
    names = recorded or ([PSEUDODATA] if analysis.pseudo is not None else [])
    if names:
        counts = [filled[name, ""] for name in names if (name, "") in filled]
        return total(counts) if counts else None
    expected = [
        (filled[sample.name, ""], 1.0)
        for sample in analysis.modelled
        if (sample.name, "") in filled and not sample.point
    ]
    return as_counts(expected) if expected else None


def add_four_regions(
    analysis: Definition, four: FourRegions, era: str, histograms: Histograms
) -> None:
    """Add what four regions start with: the shape region times the ratio of the two others.

    Free parameters of the fit are relative to it.
    """
    regions = {region.base: region for region in analysis.regions.values() if region.era == era}
    if not set(four.regions) <= regions.keys():
        return
    signal, shape, above, below = (regions[base] for base in four.regions)
    rates = []
    for region in (above, below):
        rest = _rest(analysis, histograms.get(Place(region.name), {}))
        if rest is None:
            return
        rest = _filled_up(rest, region)
        histograms[Place(region.name)][four.name, ""] = rest
        rates.append(_inside(rest, region))
    for region, factor in ((shape, 1.0), (signal, rates[0] / rates[1])):
        rest = _rest(analysis, histograms.get(Place(shape.name), {}))
        if rest is not None:
            here = histograms.setdefault(Place(region.name), {})
            here[four.name, ""] = scaled(_filled_up(rest, shape), factor)
    sources = [(signal, shape, rates[0] / rates[1])]
    sources += [(region, region, 1.0) for region in (shape, above, below)]
    for region, source, factor in sources:
        shown = [(plot.name, moment) for plot in region.plots for moment in plot.moments]
        for plot, moment in shown:
            lent = Place(source.name, borrowed_name(plot, region.name), moment)
            own = Place(source.name, plot, moment)
            rest = _rest(analysis, histograms.get(lent, histograms.get(own, {})))
            if rest is not None:
                here = histograms.setdefault(Place(region.name, plot, moment), {})
                here[four.name, ""] = scaled(rest, factor)


def _rest(analysis: Definition, filled: Mapping[tuple[str, str], hist.Hist]) -> hist.Hist | None:
    """Data less all simulation; None without data."""
    data = data_of(analysis, filled)
    if data is None:
        return None
    known = [
        filled[sample.name, ""]
        for sample in analysis.modelled
        if not sample.point and (sample.name, "") in filled
    ]
    return total([scaled(data, 1.0), *(scaled(histogram, -1.0) for histogram in known)])


def rest_inside(analysis: Definition, fitted: FittedRegion) -> tuple[Floats, Floats]:
    """Data less all simulation in fitted bins, and its variances.

    Raises
    ------
    ModelError
        If there are no data.
    """
    names = [name for name in data_names(analysis) if fitted.has(name)]
    if not names:
        raise ModelError(
            f"there are no data in region '{fitted.region.name}'.",
            why="they are hidden, or were never given; an estimate is made of them.",
            fix="give data or pseudo-data, or run with unblind=True.",
        )
    simulated = [
        sample.name for sample in analysis.modelled if not sample.point and fitted.has(sample.name)
    ]
    counts = np.sum([fitted.contents(name) for name in names], axis=0)
    variances = np.sum([fitted.variances(name) for name in names], axis=0)
    for name in simulated:
        counts = counts - fitted.contents(name)
        variances = variances + fitted.variances(name)
    return np.asarray(counts), np.asarray(variances)


def _inside(histogram: hist.Hist, region: Region) -> float:
    return float(histogram.values()[_fitted_bin(region) >= 0].sum())


def _fitted_bin(region: Region) -> Floats:
    """Which fitted bin each bin of the template is in; −1 beside all of them."""
    edges, centers = region.fit_edges, np.convolve(region.axis.edges, [0.5, 0.5], "valid")
    places = np.searchsorted(edges, centers) - 1
    return np.where(places < len(edges) - 1, places, -1)


def _filled_up(histogram: hist.Hist, region: Region) -> hist.Hist:
    """The histogram with at least as many events in every fitted bin as a parameter needs."""
    whole = histogram.copy()
    values, places = whole.values().copy(), _fitted_bin(region)
    for place in range(len(region.fit_edges) - 1):
        here = places == place
        lacking = _LEAST - values[here].sum()
        if lacking > 0:
            values[here] += lacking / here.sum()
    whole.view()["value"] = values
    return whole
