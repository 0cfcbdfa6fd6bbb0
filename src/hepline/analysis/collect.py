"""Turn filled histograms into templates, cutflows and notices about them."""

from __future__ import annotations

from collections.abc import Sequence

import hist
import numpy as np
from numpy.typing import NDArray

from hepline.analysis.blinding import unread_regions
from hepline.analysis.definition import PSEUDODATA, Definition
from hepline.analysis.filling import Filling
from hepline.analysis.histograms import to_hist
from hepline.analysis.members import changes, combined
from hepline.analysis.regions import Region
from hepline.analysis.requests import Purpose, Request
from hepline.analysis.results import Cutflow, CutStep, Notice
from hepline.analysis.samples import NOMINAL_SET, Alternative
from hepline.analysis.templates import TemplateKey, Templates
from hepline.columns.vary import Nuisance
from hepline.engine.filled import Filled
from hepline.errors import DataError

__all__ = ["cutflows", "empty_templates", "make_templates", "scale_of", "unchanged_notices"]


def scale_of(analysis: Definition, filling: Filling) -> float | None:
    """Cross-section × luminosity / generated events or weights; None for recorded data.

    Files without events and without a known number of generated events get the scale 1.

    Raises
    ------
    DataError
        If no file of a simulated sample was read.
    """
    cross_section = analysis.samples[filling.sample].cross_section
    if cross_section is None:
        return None
    read = filling.result is not None and filling.result.parts
    if read and not filling.normalized_to:
        return 1.0
    if not read:
        raise DataError(
            f"no events of '{filling.sample}' ({filling.variation}) were read.",
            why="there is nothing to normalize its cross-section to.",
            fix="check the files of this sample.",
        )
    return cross_section * analysis.luminosity / filling.normalized_to


def make_templates(
    analysis: Definition, fillings: Sequence[Filling]
) -> tuple[Templates, list[Notice]]:
    """Make one histogram per region, sample and variation; note where pseudo-data lack one."""
    histograms: dict[TemplateKey, hist.Hist] = {}
    for filling in fillings:
        if filling.result is None:
            continue
        scale = scale_of(analysis, filling)
        for output in filling.job.plan.outputs:
            request = filling.requests.requests[output.request]
            if not request.is_template:
                continue
            variation = output.variation.key
            if filling.variation != NOMINAL_SET:
                variation = filling.variation
            key = TemplateKey(request.region, filling.sample, variation)
            histograms[key] = to_hist(filling.result.histograms[output.node], scale=scale)
    histograms = combined(histograms, analysis.nuisances())
    notices, sources = [], analysis.sources()
    for region in analysis.regions:
        if analysis.pseudo is not None and region not in unread_regions(analysis):
            terms = [
                (TemplateKey(region, *sources[name]), factor)
                for name, factor in analysis.pseudo.terms
            ]
            absent = [key for key, _ in terms if key not in histograms]
            if absent:
                text = f"no pseudo-data in {region}: the template {absent[0]} is missing."
                notices.append(Notice("pseudo-data", text))
                continue
            histograms[TemplateKey(region, PSEUDODATA)] = _sum(histograms, terms)
    return Templates.of(histograms), notices


def _sum(
    histograms: dict[TemplateKey, hist.Hist], terms: list[tuple[TemplateKey, float]]
) -> hist.Hist:
    total = histograms[terms[0][0]].copy()
    view = total.view(flow=True)
    view["value"] = sum(factor * histograms[key].values(flow=True) for key, factor in terms)
    # Data scatter as Poisson counts, whatever made them.
    view["variance"] = np.abs(view["value"])
    return total


def empty_templates(templates: Templates) -> list[Notice]:
    """List the templates without any entry."""
    empty = [key for key, histogram in templates.items() if not histogram.values(flow=True).any()]
    if not empty:
        return []
    names = ", ".join(empty[:6]) + (f" and {len(empty) - 6} more" if len(empty) > 6 else "")
    kind = "empty templates" if len(empty) > 1 else "empty template"
    text = f"{len(empty)} of {len(templates)} templates are empty (no event passes): {names}."
    return [Notice(kind, text)]


def cutflows(analysis: Definition, fillings: Sequence[Filling]) -> tuple[Cutflow, ...]:
    """Events after each cut, per region and sample."""
    flows = []
    for filling in fillings:
        if filling.variation != NOMINAL_SET or filling.result is None:
            continue
        scale = scale_of(analysis, filling)
        for region in analysis.regions.values():
            steps = [
                _step(region, request, filled, scale)
                for request, filled in filling.nominal_histograms()
                if request.region == region.name and request.purpose is Purpose.STEP
            ]
            flows.append(Cutflow(region.name, filling.sample, tuple(steps)))
    return tuple(flows)


def _step(region: Region, request: Request, filled: Filled, scale: float | None) -> CutStep:
    name = ("all events", *(label for label, _ in region.cuts))[request.step]
    events = float(filled.sums().sum()) * (1.0 if scale is None else scale)
    # Where factors can be left out, the second bin has the events without them.
    incomplete = int(filled.entries[2]) if filled.axes else 0
    return CutStep(name, int(filled.entries.sum()), events, incomplete)


def unchanged_notices(analysis: Definition, fillings: Sequence[Filling]) -> list[Notice]:
    """Uncertainties that change no template of any sample they should act on."""
    notices = []
    if any(_passes(filling) for filling in fillings):
        # Where nothing passes, nothing can change: a notice already names the empty templates.
        alive = {nuisance for filling in fillings for nuisance in _living(filling)}
        notices = [
            Notice(
                "dead variation",
                f"'{nuisance.name}' changes no template: it will not reach the fit "
                f"(declared at {nuisance.declared_at}).",
            )
            for nuisance in analysis.nuisances()
            if nuisance not in alive
        ]
    return [*notices, *_unchanged_alternatives(analysis, fillings)]


def _passes(filling: Filling) -> bool:
    return any(h.counts.any() for r, h in filling.nominal_histograms() if r.is_template)


def _living(filling: Filling) -> set[Nuisance]:
    """Nuisances that change a template of these files."""
    if filling.result is None:
        return set()
    nominal = {r.region: h for r, h in filling.nominal_histograms() if r.is_template}
    alive = set()
    for output in filling.job.plan.outputs:
        request, nuisance = filling.requests.requests[output.request], output.variation.nuisance
        if nuisance is None or not request.is_template:
            continue
        if changes(filling.result.histograms[output.node], nominal[request.region]):
            alive.add(nuisance)
    return alive


def _unchanged_alternatives(analysis: Definition, fillings: Sequence[Filling]) -> list[Notice]:
    """Alternative simulations whose templates are those of the nominal one, bin by bin."""
    contents = {(f.sample, f.variation): _template_contents(analysis, f) for f in fillings}
    changed: dict[Alternative, bool] = {}
    for sample in analysis.samples.values():
        nominal = contents.get((sample.name, NOMINAL_SET), {})
        for key, side in sample.variations:
            varied = contents.get((sample.name, key))
            if varied is None or not any(values.any() for values in nominal.values()):
                continue
            differs = any(not np.array_equal(varied[name], nominal[name]) for name in varied)
            changed[side.alternative] = changed.get(side.alternative, False) or differs
    return [
        Notice(
            "dead variation",
            f"'{alternative.name}' changes no template: its files give the nominal histograms "
            f"(declared at {alternative.declared_at}).",
        )
        for alternative, differs in changed.items()
        if not differs
    ]


def _template_contents(analysis: Definition, filling: Filling) -> dict[str, NDArray[np.float64]]:
    """Contents by region, scaled."""
    scale = scale_of(analysis, filling) or 1.0
    histograms = filling.nominal_histograms()
    return {r.region: h.contents() * scale for r, h in histograms if r.is_template}
