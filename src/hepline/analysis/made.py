"""From filled histograms to templates: sums over files, pseudo-data, estimates from data."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

import hist
import numpy as np

from hepline.analysis.blinding import unread_regions
from hepline.analysis.borrowing import borrowed_name
from hepline.analysis.definition import PSEUDODATA, Definition
from hepline.analysis.estimates import Estimate, part_name
from hepline.analysis.expected import source_region
from hepline.analysis.filling import Filling
from hepline.analysis.histograms import to_hist
from hepline.analysis.members import combined
from hepline.analysis.regions import Region
from hepline.analysis.requests import Purpose
from hepline.analysis.results import Notice
from hepline.analysis.scaling import Scales
from hepline.analysis.templates import TemplateKey

__all__ = ["Place", "make_histograms"]


class Place(NamedTuple):
    """Where a histogram belongs.

    Attributes
    ----------
    region : str
    plot : str
        Empty for the observable.
    """

    region: str
    plot: str = ""


Histograms = dict[Place, dict[tuple[str, str], hist.Hist]]
"""By place, then by process and variation."""


def make_histograms(
    analysis: Definition, fillings: Sequence[Filling], scales: Scales
) -> tuple[Histograms, list[Notice]]:
    """Make one histogram per place, process and variation; note where pseudo-data lack one.

    Parameters
    ----------
    analysis : Definition
    fillings : sequence of Filling
        After the run.
    scales : Scales
    """
    histograms: Histograms = {}
    factors = _factors(fillings)
    for place, contributions in _contributions(fillings, scales).items():
        sums = {
            TemplateKey(place.region, process, variation): whole
            for process, parts in contributions.items()
            for variation, whole in _summed(parts)
        }
        # Members combine to a range, which has no sign: before a sample is subtracted.
        histograms[place] = {
            (key.sample, key.variation): scaled(histogram, factors[key.sample])
            if factors[key.sample] != 1.0
            else histogram
            for key, histogram in combined(sums, analysis.nuisances()).items()
        }
    notices = _add_pseudodata(analysis, histograms)
    for estimate in analysis.estimates.values():
        if estimate.weight is None:
            for region in analysis.regions.values():
                _add_estimate(analysis, estimate, region, histograms)
    return histograms, notices


Contribution = dict[str, hist.Hist]
"""Of one component, by variation."""


def _contributions(
    fillings: Iterable[Filling], scales: Scales
) -> dict[Place, dict[str, list[Contribution]]]:
    contributions: dict[Place, dict[str, list[Contribution]]] = {}
    for filling in fillings:
        if filling.result is None:
            continue
        by_request: dict[int, Contribution] = {}
        for output in filling.job.plan.outputs:
            request = filling.requests.requests[output.request]
            if request.purpose not in (Purpose.TEMPLATE, Purpose.PLOT):
                continue
            scale = scales.scale(filling, request)
            variation = output.variation.key if filling.is_nominal else filling.variation
            filled = filling.result.histograms[output.node]
            contribution = by_request.setdefault(output.request, {})
            contribution[variation] = to_hist(filled, scale=scale)
        for number, contribution in by_request.items():
            request = filling.requests.requests[number]
            place = contributions.setdefault(Place(request.region, request.plot), {})
            place.setdefault(request.process, []).append(contribution)
    return contributions


def _factors(fillings: Iterable[Filling]) -> dict[str, float]:
    """The factor on the contents of every process."""
    requests = [request for filling in fillings for request in filling.requests.requests]
    return {request.process: request.factor for request in requests}


def _summed(parts: Sequence[Contribution]) -> Iterable[tuple[str, hist.Hist]]:
    """Sums by variation; a component that does not vary counts as it is.

    The files of an alternative simulation stand for the whole sample: they have no nominal part.
    """
    nominal = [part for part in parts if "" in part]
    variations = dict.fromkeys(variation for part in nominal for variation in part)
    for variation in variations:
        shapes = [part[variation] for part in nominal if variation in part]
        yield (
            variation,
            total(
                part[variation] if variation in part else _repeated(part[""], shapes[0])
                for part in nominal
            ),
        )
    for part in parts:
        if "" not in part:
            yield from part.items()


def _repeated(histogram: hist.Hist, like: hist.Hist) -> hist.Hist:
    """A histogram that does not vary, as another one that may have an axis of members."""
    if histogram.ndim == like.ndim:
        return histogram
    whole = like.copy()
    view = whole.view(flow=True)
    for name, values in (("value", histogram.values), ("variance", histogram.variances)):
        view[name][..., 1:-1] = values(flow=True)[..., np.newaxis]
    return whole


def total(histograms: Iterable[hist.Hist]) -> hist.Hist:
    """The sum of histograms with equal axes; a single one is returned as it is."""
    first, *others = histograms
    if not others:
        return first
    whole = first.copy()
    for other in others:
        view = whole.view(flow=True)
        if view.dtype.names:
            view["value"] += other.values(flow=True)
            view["variance"] += other.variances(flow=True)
        else:
            view += other.values(flow=True)
        whole.metadata = {
            key: count + (other.metadata or {}).get(key, 0)
            for key, count in (whole.metadata or {}).items()
        }
    return whole


def scaled(histogram: hist.Hist, factor: float) -> hist.Hist:
    """A histogram times a factor, with variances."""
    whole = hist.Hist(*histogram.axes, storage=hist.storage.Weight())
    view = whole.view(flow=True)
    view["value"] = histogram.values(flow=True) * factor
    view["variance"] = histogram.variances(flow=True) * (factor * factor)
    whole.metadata = histogram.metadata
    return whole


def _add_pseudodata(analysis: Definition, histograms: Histograms) -> list[Notice]:
    if analysis.pseudo is None:
        return []
    notices: list[Notice] = []
    sources = analysis.sources()
    terms = [(sources[name], factor) for name, factor in analysis.pseudo.terms]
    for place, filled in histograms.items():
        if place.region in unread_regions(analysis):
            continue
        absent = [key for key, _ in terms if key not in filled]
        if not absent:
            filled[PSEUDODATA, ""] = _as_counts((filled[key], factor) for key, factor in terms)
        elif not place.plot:
            name = TemplateKey(place.region, *absent[0])
            text = f"no pseudo-data in {place.region}: the template {name} is missing."
            notices.append(Notice("pseudo-data", text))
    return notices


def _as_counts(terms: Iterable[tuple[hist.Hist, float]]) -> hist.Hist:
    """A sum with factors, whose variance is that of counted events."""
    pairs = list(terms)
    whole = pairs[0][0].copy()
    view = whole.view(flow=True)
    view["value"] = sum(factor * histogram.values(flow=True) for histogram, factor in pairs)
    # Data scatter as Poisson counts, whatever made them.
    view["variance"] = np.abs(view["value"])
    return whole


def _add_estimate(
    analysis: Definition, estimate: Estimate, region: Region, histograms: Histograms
) -> None:
    """Add the parts of an estimate that is made of the templates of another region."""
    source = source_region(analysis, estimate, region)
    if source is None:
        return
    for plot in ("", *(plot.name for plot in region.plots)):
        there = histograms.get(Place(source.name, borrowed_name(plot, region.name)))
        if there is None and not (source.counts_only and not plot):
            there = histograms.get(Place(source.name, plot))
        here = histograms.setdefault(Place(region.name, plot), {})
        data = None if there is None else _data(analysis, there)
        if there is None or data is None:
            continue
        here[estimate.name, ""] = scaled(data, estimate.factor)
        for sample in estimate.subtract:
            name = part_name(estimate.name, sample)
            for (process, variation), histogram in list(there.items()):
                if process == sample:
                    here[name, variation] = scaled(histogram, -estimate.factor)


def _data(analysis: Definition, filled: Mapping[tuple[str, str], hist.Hist]) -> hist.Hist | None:
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
        for sample in analysis.simulated
        if (sample.name, "") in filled and not sample.point
    ]
    return _as_counts(expected) if expected else None
