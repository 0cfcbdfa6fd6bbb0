"""The figures of a report, drawn and encoded."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from functools import partial

import numpy as np

from hepline.show import rounding
from hepline.show.content import ReportContent, coverage_note
from hepline.show.correlation import draw_correlation, notable_parameters
from hepline.show.drawing import Studio, draw_all
from hepline.show.encoding import Drawing, EncodedFigure, figure_name
from hepline.show.impact_figures import IMPACT_FAMILIES, impact_figures
from hepline.show.labels import drawn_label, plain_label
from hepline.show.plot_figures import GRID_FAMILIES, PLOT_FAMILIES, grid_figures, plot_figures
from hepline.show.pulls import bin_factors, draw_bin_factors, draw_pulls, pulled_parameters
from hepline.show.regions import draw_region, stack_of
from hepline.show.stamps import Stamp, eras_text, luminosity_text
from hepline.show.variations import draw_variations
from hepline.stats.results import ChannelPrediction

__all__ = ["FIGURE_FAMILIES", "conditions_of", "draw_figures"]

# First parts of figure names; files of these families are the report's own to replace.
FIGURE_FAMILIES = (
    "prefit", "postfit", "pulls", "binfactors", "correlation", *IMPACT_FAMILIES, "variations",
    *PLOT_FAMILIES, *GRID_FAMILIES,
)  # fmt: skip


def draw_figures(content: ReportContent, studio: Studio | None = None) -> dict[str, EncodedFigure]:
    """Draw all figures that the content has numbers for.

    Parameters
    ----------
    content : ReportContent
    studio : Studio, optional
        How they are drawn.

    Returns
    -------
    dict of str to EncodedFigure
        By name, in the order of the page.

    Raises
    ------
    OutputError
        If numbers and regions do not belong together, a colour is none, or a process died.
    """
    stamp = Stamp(conditions_of(content), coverage_note(content.coverage), content.label)
    drawings = (
        *_regions(content, stamp),
        *_fit(content, stamp),
        *impact_figures(
            content.ranking, content.breakdown, stamp, single_factors=content.single_factors
        ),
        *plot_figures(
            stamp,
            plots=content.plots,
            n_minus_one=content.n_minus_one,
            planes=content.planes,
            profiles=content.profiles,
            systematics=content.systematics,
        ),
        *_variations(content, stamp),
        *grid_figures(content.grid, stamp),
    )
    return draw_all(drawings, studio or Studio())


def conditions_of(content: ReportContent) -> str:
    """Luminosity and energy, of each era if there are several."""
    if content.eras:
        return eras_text(content.eras)
    return luminosity_text(content.luminosity, content.energy)


def _regions(content: ReportContent, stamp: Stamp) -> Iterator[Drawing]:
    data = "Pseudo-data" if content.truth is not None else "Data"
    for region in content.regions:
        stages = (("prefit", "Pre-fit", content.prefit), ("postfit", "Post-fit", content.postfit))
        here = [
            (family, stage, prediction)
            for family, stage, predictions in stages
            for prediction in predictions
            if prediction.channel == region.name
        ]
        for family, stage, prediction in here:
            draw = partial(
                draw_region,
                region,
                prediction,
                samples=content.samples,
                stage=stage,
                stamp=stamp,
                data_label=data,
                beside=[other for _, _, other in here],
                look=content.looks.get(region.name),
                goodness=content.goodness.get((family, region.name)),
            )
            alt = _describe(plain_label(region.label), stage, prediction)
            stack = stack_of(region, prediction, samples=content.samples)
            goodness = content.goodness.get((family, region.name))
            numbers = replace(stack, stage=stage, data_label=data, goodness=goodness).numbers()
            yield Drawing(figure_name(family, region.name), alt, draw, numbers=numbers)


def _describe(region: str, stage: str, prediction: ChannelPrediction) -> str:
    expected = rounding.measured(float(prediction.total.sum()), prediction.yield_uncertainty)
    hidden = bool(np.isnan(prediction.data).all())
    data = "hidden (blinded)" if hidden else rounding.count(float(prediction.data.sum()))
    return (
        f"{stage} distribution in {region}: {data} events in data, {expected} expected, "
        f"in {len(prediction.total)} bins, with the ratio of data to prediction below."
    )


def _fit(content: ReportContent, stamp: Stamp) -> Iterator[Drawing]:
    if content.fit is None:
        return
    fit = replace(content.fit, seconds=0.0)  # no figure shows them: they change with every fit
    pulled = pulled_parameters(fit)
    if pulled:
        pulls = ", ".join(
            f"{parameter.name} {parameter.pull:.2f} ± {parameter.constraint:.2f}"
            for parameter in pulled
        )
        draw = partial(draw_pulls, fit, truth=content.truth, stamp=stamp)
        yield Drawing("pulls", f"Pulls of the nuisance parameters: {pulls}.", draw)
    factors = bin_factors(fit)
    if factors:
        names = ", ".join(f"{name} ({len(members)} bins)" for name, members in factors.items())
        draw = partial(draw_bin_factors, fit, stamp=stamp)
        yield Drawing("binfactors", f"Per-bin factors: {names}.", draw)
    notable = notable_parameters(fit)
    if len(notable) > 1:
        names = ", ".join(fit.parameters[index].name for index in notable)
        draw = partial(draw_correlation, fit, stamp=stamp)
        yield Drawing("correlation", f"Correlation matrix of {names}.", draw)


def _variations(content: ReportContent, stamp: Stamp) -> Iterator[Drawing]:
    groups = dict.fromkeys((variation.region, variation.sample) for variation in content.variations)
    labels = {sample.name: sample.label for sample in content.samples}
    for name, sample in groups:
        region = content.region(name)
        here = [
            variation
            for variation in content.variations
            if (variation.region, variation.sample) == (name, sample)
        ]
        label = labels.get(sample, sample)
        title = f"{drawn_label(label, 40)}, {drawn_label(region.label, 60)}"
        draw = partial(draw_variations, region, here, title=title, stamp=stamp)
        nuisances = ", ".join(variation.nuisance for variation in here)
        alt = (
            f"Templates of {plain_label(label)} in {plain_label(region.label)} at plus and minus "
            f"one standard deviation of: {nuisances}."
        )
        yield Drawing(figure_name("variations", name, sample), alt, draw, shown="png")
