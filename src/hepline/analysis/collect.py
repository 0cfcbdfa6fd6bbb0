"""From filled histograms to templates, cutflows and what is remarkable about them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import hist
import numpy as np

from hepline.analysis.definition import Definition
from hepline.analysis.histograms import to_hist
from hepline.analysis.results import Cutflow, CutStep, Notice
from hepline.analysis.samples import NOMINAL_SET
from hepline.analysis.templates import Templates, template_key
from hepline.columns.vary import NOMINAL, Nuisance
from hepline.errors import DataError

if TYPE_CHECKING:
    from hepline.analysis.run import Filling

__all__ = ["cutflows", "make_templates", "scale_of", "unchanged_notices"]


def scale_of(analysis: Definition, filling: Filling) -> float | None:
    """Cross-section × luminosity / generated events; None for recorded data.

    Raises
    ------
    DataError
        If no file of a simulated sample was read.
    """
    cross_section = analysis.samples[filling.sample].cross_section
    if cross_section is None:
        return None
    if not filling.normalized_to:
        raise DataError(
            f"no events of '{filling.sample}' ({filling.variation}) were read.",
            why="there is nothing to normalize its cross-section to.",
            fix="check the files of this sample.",
        )
    return cross_section * analysis.luminosity / filling.normalized_to


def make_templates(
    analysis: Definition, fillings: Sequence[Filling]
) -> tuple[Templates, list[Notice]]:
    """One histogram per region, sample and variation; and a notice for each empty region."""
    made: dict[str, hist.Hist] = {}
    for filling in fillings:
        if filling.result is None:
            continue
        scale = scale_of(analysis, filling)
        for output in filling.job.plan.outputs:
            request = filling.requests.requests[output.request]
            if request.step is not None:
                continue
            variation = output.variation.key
            if filling.variation != NOMINAL_SET:
                variation = filling.variation
            key = template_key(request.region, filling.sample, variation)
            made[key] = to_hist(filling.result.histograms[output.node], scale=scale)
    notices = _empty(made)
    for region in analysis.regions:
        if analysis.pseudo is not None:
            terms = [(template_key(region, name), factor) for name, factor in analysis.pseudo.terms]
            absent = [key for key, _ in terms if key not in made]
            if absent:
                text = f"no pseudo-data in {region}: the template {absent[0]} is missing."
                notices.append(Notice("pseudo-data", text))
                continue
            made[template_key(region, "pseudodata")] = _sum(made, terms)
    return Templates(made), notices


def _sum(made: dict[str, hist.Hist], terms: list[tuple[str, float]]) -> hist.Hist:
    total = made[terms[0][0]].copy()
    view = total.view(flow=True)
    view["value"] = sum(factor * made[key].values(flow=True) for key, factor in terms)
    # Data scatter as Poisson counts, whatever made them.
    view["variance"] = np.abs(view["value"])
    return total


def _empty(made: dict[str, hist.Hist]) -> list[Notice]:
    empty = [key for key, histogram in made.items() if not histogram.values(flow=True).any()]
    if not empty:
        return []
    shown = ", ".join(empty[:6]) + (f" and {len(empty) - 6} more" if len(empty) > 6 else "")
    kind = "empty templates" if len(empty) > 1 else "empty template"
    text = f"{len(empty)} of {len(made)} templates are empty (no event passes): {shown}."
    return [Notice(kind, text)]


def cutflows(analysis: Definition, fillings: Sequence[Filling]) -> tuple[Cutflow, ...]:
    """Events after each cut, per region and sample."""
    found = []
    for filling in fillings:
        if filling.variation != NOMINAL_SET or filling.result is None:
            continue
        scale = scale_of(analysis, filling)
        for region in analysis.regions.values():
            labels = ["all events", *(label for label, _ in region.cuts)]
            steps = []
            for output in filling.job.plan.outputs:
                request = filling.requests.requests[output.request]
                if request.region != region.name or request.step is None:
                    continue
                filled = filling.result.histograms[output.node]
                events = float(filled.contents()) * (1.0 if scale is None else scale)
                steps.append(CutStep(labels[request.step], int(filled.entries[0]), events))
            found.append(Cutflow(region.name, filling.sample, tuple(steps)))
    return tuple(found)


def unchanged_notices(analysis: Definition, fillings: Sequence[Filling]) -> list[Notice]:
    """Nuisances that change no template of any sample they should act on."""
    filled = False
    alive: set[Nuisance] = set()
    for filling in fillings:
        if filling.variation != NOMINAL_SET or filling.result is None:
            continue
        templates = [
            output
            for output in filling.job.plan.outputs
            if filling.requests.requests[output.request].step is None
        ]
        found = {
            (output.request, output.variation): filling.result.histograms[output.node]
            for output in templates
        }
        for (request, variation), histogram in found.items():
            nominal = found[request, NOMINAL]
            filled = filled or bool(nominal.entries.any())
            changed = not np.array_equal(histogram.contents(), nominal.contents())
            if changed and variation.nuisance is not None:
                alive.add(variation.nuisance)
    # Where nothing passes, nothing can change: the empty templates are said already.
    dead = [nuisance for nuisance in analysis.nuisances() if filled and nuisance not in alive]
    return [
        Notice(
            "dead variation",
            f"'{nuisance.name}' changes no template: it will not reach the fit "
            f"(declared at {nuisance.declared_at}).",
        )
        for nuisance in dead
    ]
