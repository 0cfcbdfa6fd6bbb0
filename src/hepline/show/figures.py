"""The figures of a report, drawn and encoded."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from hepline.show import rounding
from hepline.show.content import ReportContent, coverage_note
from hepline.show.correlation import draw_correlation, notable_parameters
from hepline.show.encoding import EncodedFigure, encode, figure_name
from hepline.show.impact_figures import IMPACT_FAMILIES, impact_figures
from hepline.show.labels import drawn_label, plain_label
from hepline.show.pulls import bin_factors, draw_bin_factors, draw_pulls, pulled_parameters
from hepline.show.regions import draw_region
from hepline.show.style import Stamp, luminosity_text
from hepline.show.variations import draw_variations
from hepline.stats.results import ChannelPrediction

__all__ = ["FIGURE_FAMILIES", "draw_figures"]

# First parts of figure names; files of these families are the report's own to replace.
FIGURE_FAMILIES = (
    "prefit", "postfit", "pulls", "binfactors", "correlation", *IMPACT_FAMILIES, "variations",
)  # fmt: skip


def draw_figures(content: ReportContent) -> dict[str, EncodedFigure]:
    """Draw all figures that the content has numbers for.

    Parameters
    ----------
    content : ReportContent

    Returns
    -------
    dict of str to EncodedFigure
        By name, in the order of the page.

    Raises
    ------
    OutputError
        If numbers and regions do not belong together, or a colour is none.
    """
    stamp = Stamp(
        luminosity_text(content.luminosity, content.energy), coverage_note(content.coverage)
    )
    figures = (
        *_regions(content, stamp),
        *_fit(content, stamp),
        *impact_figures(content.ranking, content.breakdown, stamp),
        *_variations(content, stamp),
    )
    return {figure.name: figure for figure in figures}


def _regions(content: ReportContent, stamp: Stamp) -> Iterator[EncodedFigure]:
    data = "Pseudo-data" if content.truth is not None else "Data"
    for region in content.regions:
        stages = (("prefit", "Pre-fit", content.prefit), ("postfit", "Post-fit", content.postfit))
        here = [
            (family, stage, one)
            for family, stage, predictions in stages
            for one in predictions
            if one.channel == region.name
        ]
        for family, stage, prediction in here:
            figure = draw_region(
                region,
                prediction,
                samples=content.samples,
                stage=stage,
                stamp=stamp,
                data_label=data,
                beside=[other for _, _, other in here],
            )
            alt = _describe(plain_label(region.label), stage, prediction)
            yield encode(figure_name(family, region.name), alt, figure)


def _describe(region: str, stage: str, prediction: ChannelPrediction) -> str:
    expected = rounding.measured(float(prediction.total.sum()), prediction.yield_uncertainty)
    hidden = bool(np.isnan(prediction.data).all())
    seen = "hidden (blinded)" if hidden else rounding.count(float(prediction.data.sum()))
    return (
        f"{stage} distribution in {region}: {seen} events in data, {expected} expected, "
        f"in {len(prediction.total)} bins, with the ratio of data to prediction below."
    )


def _fit(content: ReportContent, stamp: Stamp) -> Iterator[EncodedFigure]:
    fit = content.fit
    if fit is None:
        return
    pulled = pulled_parameters(fit)
    if pulled:
        pulls = ", ".join(f"{one.name} {one.pull:.2f} ± {one.constraint:.2f}" for one in pulled)
        figure = draw_pulls(fit, truth=content.truth, stamp=stamp)
        yield encode("pulls", f"Pulls of the nuisance parameters: {pulls}.", figure)
    factors = bin_factors(fit)
    if factors:
        names = ", ".join(f"{name} ({len(members)} bins)" for name, members in factors.items())
        figure = draw_bin_factors(fit, stamp=stamp)
        yield encode("binfactors", f"Per-bin factors: {names}.", figure)
    notable = notable_parameters(fit)
    if len(notable) > 1:
        chosen = ", ".join(fit.parameters[index].name for index in notable)
        figure = draw_correlation(fit, stamp=stamp)
        yield encode("correlation", f"Correlation matrix of {chosen}.", figure)


def _variations(content: ReportContent, stamp: Stamp) -> Iterator[EncodedFigure]:
    groups = dict.fromkeys((one.region, one.sample) for one in content.variations)
    labels = {sample.name: sample.label for sample in content.samples}
    for name, sample in groups:
        region = content.region(name)
        here = [one for one in content.variations if (one.region, one.sample) == (name, sample)]
        label = labels.get(sample, sample)
        title = f"{drawn_label(label, 40)}, {drawn_label(region.label, 60)}"
        figure = draw_variations(region, here, title=title, stamp=stamp)
        nuisances = ", ".join(one.nuisance for one in here)
        alt = (
            f"Templates of {plain_label(label)} in {plain_label(region.label)} at plus and minus "
            f"one standard deviation of: {nuisances}."
        )
        yield encode(figure_name("variations", name, sample), alt, figure, shown="png")
