"""From filled histograms to templates: sums over files, pseudo-data, estimates from data."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import hist
import numpy as np

from hepline.analysis.blinding import unread_regions
from hepline.analysis.definition import PSEUDODATA, Definition
from hepline.analysis.estimated import add_estimate, add_four_regions
from hepline.analysis.filling import Filling
from hepline.analysis.histograms import Histograms, Place, as_counts, scaled, to_hist, total
from hepline.analysis.members import combined
from hepline.analysis.requests import Purpose
from hepline.analysis.results import Notice
from hepline.analysis.scaling import Scales
from hepline.analysis.templates import TemplateKey

__all__ = ["make_histograms"]


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
                add_estimate(analysis, estimate, region, histograms)
    for four in analysis.four_regions.values():
        for era in dict.fromkeys(region.era for region in analysis.regions.values()):
            add_four_regions(analysis, four, era, histograms)
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
            place = Place(request.region, request.plot, request.moment)
            processes = contributions.setdefault(place, {})
            processes.setdefault(request.process, []).append(contribution)
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
            filled[PSEUDODATA, ""] = as_counts((filled[key], factor) for key, factor in terms)
        elif not place.plot:
            name = TemplateKey(place.region, *absent[0])
            text = f"no pseudo-data in {place.region}: the template {name} is missing."
            notices.append(Notice("pseudo-data", text))
    return notices
