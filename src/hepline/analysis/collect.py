"""Cutflows of filled histograms, and notices about templates."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from hepline.analysis.definition import Definition
from hepline.analysis.estimates import part_name
from hepline.analysis.filling import Filling
from hepline.analysis.members import changes
from hepline.analysis.processes import Alternative
from hepline.analysis.regions import Region
from hepline.analysis.requests import Purpose, Request
from hepline.analysis.results import Cutflow, CutStep, Notice
from hepline.analysis.samples import NOMINAL_SET
from hepline.analysis.scaling import Scales
from hepline.analysis.templates import Templates
from hepline.columns.vary import Nuisance
from hepline.engine.filled import Filled

__all__ = ["cutflows", "empty_templates", "unchanged_notices"]


def empty_templates(analysis: Definition, templates: Templates) -> list[Notice]:
    """List the templates of fitted regions without any entry.

    Where an estimate has nothing to subtract, nothing is lost.
    """
    subtracted = tuple(
        part_name(estimate.name, sample)
        for estimate in analysis.estimates.values()
        for sample in estimate.subtract
    )
    empty = []
    for key, histogram in templates.items():
        # Of two regions, one may be named as the other with more behind it.
        regions = [name for name in analysis.regions if key.startswith(f"{name}_")]
        region = max(regions, key=len, default="")
        if not region or not analysis.regions[region].fit:
            continue
        process = key.removeprefix(f"{region}_")
        if not histogram.values(flow=True).any() and not process.startswith(subtracted):
            empty.append(key)
    if not empty:
        return []
    names = ", ".join(empty[:6]) + (f" and {len(empty) - 6} more" if len(empty) > 6 else "")
    kind = "empty templates" if len(empty) > 1 else "empty template"
    text = f"{len(empty)} of {len(templates)} templates are empty (no event passes): {names}."
    return [Notice(kind, text)]


def cutflows(
    analysis: Definition, fillings: Sequence[Filling], scales: Scales
) -> tuple[Cutflow, ...]:
    """Events after each cut, per region and sample, in the order of declaration."""
    flows: dict[tuple[str, str], dict[int, CutStep]] = {}
    for filling in fillings:
        if not filling.is_nominal:
            continue
        for request, filled in filling.nominal_histograms():
            if request.purpose is not Purpose.STEP or request.component is None:
                continue
            region = analysis.regions[request.region]
            step = _step(region, request, filled, scales.scale(filling, request))
            steps = flows.setdefault((request.region, request.component.sample), {})
            known = steps.get(request.step)
            steps[request.step] = step if known is None else known + step
    return tuple(
        Cutflow(region, sample, tuple(flows[region, sample].values()))
        for sample in analysis.samples
        for region in analysis.regions
        if (region, sample) in flows
    )


def _step(region: Region, request: Request, filled: Filled, scale: float | None) -> CutStep:
    name = ("all events", *(label for label, _ in region.cuts))[request.step]
    events = float(filled.sums().sum()) * (1.0 if scale is None else scale)
    # Where factors can be left out, the second bin has the events without them.
    incomplete = int(filled.entries[2]) if filled.axes else 0
    return CutStep(name, int(filled.entries.sum()), events, incomplete)


def unchanged_notices(
    analysis: Definition, fillings: Sequence[Filling], scales: Scales
) -> list[Notice]:
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
    return [*notices, *_unchanged_alternatives(analysis, fillings, scales)]


def _passes(filling: Filling) -> bool:
    return any(h.counts.any() for r, h in filling.nominal_histograms() if r.is_template)


def _living(filling: Filling) -> set[Nuisance]:
    """Nuisances that change a template of these files."""
    if filling.result is None:
        return set()
    nominal: dict[int, Filled] = {}
    alive = set()
    for output in filling.job.plan.outputs:
        filled = filling.result.histograms[output.node]
        nuisance = output.variation.nuisance
        if nuisance is None:
            nominal[output.request] = filled
        elif filling.requests.requests[output.request].is_template and changes(
            filled, nominal[output.request]
        ):
            alive.add(nuisance)
    return alive


def _unchanged_alternatives(
    analysis: Definition, fillings: Sequence[Filling], scales: Scales
) -> list[Notice]:
    """Alternative simulations whose templates are those of the nominal one, bin by bin."""
    contents: dict[tuple[str, str], dict[str, NDArray[np.float64]]] = {}
    for filling in fillings:
        for request, filled in filling.nominal_templates():
            scale = scales.scale(filling, request) or 1.0
            place = (request.process, filling.variation)
            contents.setdefault(place, {})[request.region] = filled.contents() * scale
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
