"""The figures of a fit's page: whatever there are numbers for, drawn and encoded."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import partial

import numpy as np

from hepline.show.content import RegionInfo
from hepline.show.correlation import draw_correlation, notable_parameters
from hepline.show.drawing import Studio, draw_all
from hepline.show.encoding import Drawing, EncodedFigure, figure_name
from hepline.show.impact_figures import IMPACT_FAMILIES, impact_figures
from hepline.show.inference import InferenceContent
from hepline.show.labels import plain_label
from hepline.show.limit_curves import draw_limits
from hepline.show.limits import draw_limit
from hepline.show.posterior import draw_corner, draw_marginal, draw_traces
from hepline.show.pulls import bin_factors, draw_bin_factors, draw_pulls, pulled_parameters
from hepline.show.regions import draw_region, stack_of
from hepline.show.scans import draw_scan, draw_surface
from hepline.show.stamps import Stamp
from hepline.show.toys import draw_goodness, draw_toy_pulls
from hepline.stats.inference.results import UpperLimit

__all__ = ["FIGURES", "INFERENCE_FAMILIES", "Figures", "draw_inference"]


def draw_inference(
    content: InferenceContent, studio: Studio | None = None
) -> dict[str, EncodedFigure]:
    """Draw all figures that the content has numbers for.

    Parameters
    ----------
    content : InferenceContent
    studio : Studio, optional
        How they are drawn.

    Returns
    -------
    dict of str to EncodedFigure
        By name, in the order of the page.

    Raises
    ------
    OutputError
        If results do not belong together, or a process died.
    """
    stamp = Stamp(content.conditions, "BLINDED" if content.blinded else None)
    drawings = (one for figures in FIGURES for one in figures.draw(content, stamp))
    return draw_all(drawings, studio or Studio())


def _parameters(content: InferenceContent, stamp: Stamp) -> Iterator[Drawing]:
    fit = replace(content.fit, seconds=0.0)  # no figure shows them: they change with every fit
    pulled = pulled_parameters(fit)
    if pulled:
        alt = f"Pulls of {len(pulled)} nuisance parameters; their values are in the table."
        yield Drawing("pulls", alt, partial(draw_pulls, fit, stamp=stamp))
    factors = bin_factors(fit)
    if factors:
        alt = f"Per-bin factors: {', '.join(factors)}; their values are in the table."
        yield Drawing("binfactors", alt, partial(draw_bin_factors, fit, stamp=stamp))
    if len(notable_parameters(fit)) > 1:
        alt = "Correlation matrix of the parameters with the largest correlations."
        yield Drawing("correlation", alt, partial(draw_correlation, fit, stamp=stamp))


def _impacts(content: InferenceContent, stamp: Stamp) -> Iterator[Drawing]:
    return impact_figures(content.answers.impacts, content.answers.breakdown, stamp)


def _scans(content: InferenceContent, stamp: Stamp) -> Iterator[Drawing]:
    for scan in content.answers.scans:
        intervals = content.answers.intervals or ()
        ends = [one for one in intervals if one.parameter == scan.parameter]
        alt = f"Profile likelihood of {scan.parameter}, lowest at {scan.value:.4g}."
        draw = partial(draw_scan, scan, intervals=ends, stamp=stamp)
        yield Drawing(figure_name("scan", scan.parameter), alt, draw)
    for surface in content.surfaces:
        alt = f"Contours of 68 % and 95 % of {surface.x} and {surface.y}."
        name = figure_name("contours", surface.x, surface.y)
        yield Drawing(name, alt, partial(draw_surface, surface, stamp=stamp))


def _limits(content: InferenceContent, stamp: Stamp) -> Iterator[Drawing]:
    limit = content.answers.limit
    if limit:
        draw = partial(draw_limit, limit, tests=content.band, stamp=stamp)
        yield Drawing("limit", _limit_in_words(limit), draw)
    if content.limits:
        alt = f"Upper limits against {plain_label(content.limits_label) or 'a parameter'}."
        label = content.limits_label
        draw = partial(draw_limits, content.limits, axis_label=label, stamp=stamp)
        yield Drawing("limits", alt, draw)


def _limit_in_words(limit: UpperLimit) -> str:
    seen = f"{limit.observed:.3g} observed, " if math.isfinite(limit.observed) else ""
    return (
        f"CLs against {limit.poi}: upper limit {seen}{limit.expected[2]:.3g} expected, "
        f"at {100 * limit.level:g} % confidence level."
    )


def _toys(content: InferenceContent, stamp: Stamp) -> Iterator[Drawing]:
    study = content.answers.toys
    if study is None or not len(study.statistics):
        return
    draw = partial(
        draw_goodness,
        study,
        goodness=content.answers.goodness,
        asymptotic=content.fit.goodness_of_fit,
        stamp=stamp,
    )
    toys = len(study.statistics)
    yield Drawing("goodness", f"Goodness of fit of the data and of {toys} toys.", draw)
    if content.fit.poi in study.parameters:
        alt = f"Pulls of {content.fit.poi} in {toys} toys, with the unit Gaussian."
        draw_pull = partial(draw_toy_pulls, study, content.fit.poi, stamp=stamp)
        yield Drawing("toypulls", alt, draw_pull)


def _posterior(content: InferenceContent, stamp: Stamp) -> Iterator[Drawing]:
    if content.answers.posterior is None:
        return
    posterior = replace(content.answers.posterior, seconds=0.0)  # as of the fit
    if posterior.poi in posterior.parameters:
        alt = f"Posterior density of {posterior.poi}."
        yield Drawing("posterior", alt, partial(draw_marginal, posterior, stamp=stamp))
    alt = "Chains of the parameters that are correlated most with the parameter of interest."
    chains = partial(draw_traces, posterior, stamp=stamp)
    yield Drawing("posterior_chains", alt, chains, shown="png")
    alt = "Joint posterior of each pair of these parameters."
    yield Drawing("posterior_pairs", alt, partial(draw_corner, posterior, stamp=stamp))


def _regions(content: InferenceContent, stamp: Stamp) -> Iterator[Drawing]:
    known = {region.name: region for region in content.regions}
    channels = [*known, *(one.channel for one in (*content.prefit, *content.postfit))]
    for channel in dict.fromkeys(channels):
        here = [
            (family, stage, one)
            for family, stage, predictions in (
                ("prefit", "Pre-fit", content.prefit),
                ("postfit", "Post-fit", content.postfit),
            )
            for one in predictions
            if one.channel == channel
        ]
        for family, stage, prediction in here:
            region = known.get(channel) or _by_bin_number(channel, len(prediction.total))
            draw = partial(
                draw_region,
                region,
                prediction,
                samples=content.samples,
                stage=stage,
                stamp=stamp,
                beside=[other for _, _, other in here],
            )
            alt = f"{stage} distribution in {channel}; sums are in the table of yields."
            numbers = stack_of(region, prediction, samples=content.samples).numbers()
            yield Drawing(figure_name(family, channel), alt, draw, numbers=numbers)


def _by_bin_number(channel: str, bins: int) -> RegionInfo:
    """A workspace knows bins, but not what they are bins of; its names count them from zero."""
    edges = np.linspace(-0.5, bins - 0.5, bins + 1)
    return RegionInfo(channel, channel, "Bin index", edges, edges)


@dataclass(frozen=True)
class Figures:
    """The figures of one section of the page.

    Attributes
    ----------
    families : tuple of str
        First parts of their names; files of these families are the page's own to replace.
    draw : callable
        Draws whatever the content has numbers for.
    """

    families: tuple[str, ...]
    draw: Callable[[InferenceContent, Stamp], Iterator[Drawing]]


FIGURES = (
    Figures(("pulls", "binfactors", "correlation"), _parameters),
    Figures(IMPACT_FAMILIES, _impacts),
    Figures(("scan", "contours"), _scans),
    Figures(("limit", "limits"), _limits),
    Figures(("goodness", "toypulls"), _toys),
    Figures(("posterior",), _posterior),
    Figures(("prefit", "postfit"), _regions),
)
"""In the order of the page."""

INFERENCE_FAMILIES = tuple(family for figures in FIGURES for family in figures.families)
