"""The figures of a fit's page: whatever there are numbers for, drawn and encoded."""

from __future__ import annotations

import math
from collections.abc import Iterator

import numpy as np

from hepline.show.content import RegionInfo
from hepline.show.correlation import draw_correlation, notable_parameters
from hepline.show.encoding import EncodedFigure, encode, figure_name
from hepline.show.impact_figures import IMPACT_FAMILIES, impact_figures
from hepline.show.inference import InferenceContent
from hepline.show.labels import plain_label
from hepline.show.limits import draw_limit, draw_limits
from hepline.show.posterior import draw_corner, draw_marginal, draw_traces
from hepline.show.pulls import bin_factors, draw_bin_factors, draw_pulls, pulled_parameters
from hepline.show.regions import draw_region
from hepline.show.scans import draw_scan, draw_surface
from hepline.show.style import Stamp
from hepline.show.toys import draw_goodness, draw_toy_pulls
from hepline.stats.inference.results import UpperLimit

__all__ = ["INFERENCE_FAMILIES", "draw_inference"]

# First parts of figure names; files of these families are the page's own to replace.
INFERENCE_FAMILIES = (
    "pulls",
    "binfactors",
    "correlation",
    *IMPACT_FAMILIES,
    "scan",
    "contours",
    "limit",
    "limits",
    "goodness",
    "toypulls",
    "posterior",
    "prefit",
    "postfit",
)


def draw_inference(content: InferenceContent) -> dict[str, EncodedFigure]:
    """Draw all figures that the content has numbers for.

    Parameters
    ----------
    content : InferenceContent

    Returns
    -------
    dict of str to EncodedFigure
        By name, in the order of the page.

    Raises
    ------
    OutputError
        If results do not belong together.
    """
    stamp = Stamp(content.conditions, "BLINDED" if content.blinded else None)
    figures = (
        *_parameters(content, stamp),
        *impact_figures(content.ranking, content.breakdown, stamp),
        *_scans(content, stamp),
        *_limits(content, stamp),
        *_toys(content, stamp),
        *_posterior(content, stamp),
        *_regions(content, stamp),
    )
    return {figure.name: figure for figure in figures}


def _parameters(content: InferenceContent, stamp: Stamp) -> Iterator[EncodedFigure]:
    fit = content.fit
    pulled = pulled_parameters(fit)
    if pulled:
        alt = f"Pulls of {len(pulled)} nuisance parameters; their values are in the table."
        yield encode("pulls", alt, draw_pulls(fit, stamp=stamp))
    factors = bin_factors(fit)
    if factors:
        alt = f"Per-bin factors: {', '.join(factors)}; their values are in the table."
        yield encode("binfactors", alt, draw_bin_factors(fit, stamp=stamp))
    if len(notable_parameters(fit)) > 1:
        alt = "Correlation matrix of the parameters with the largest correlations."
        yield encode("correlation", alt, draw_correlation(fit, stamp=stamp))


def _scans(content: InferenceContent, stamp: Stamp) -> Iterator[EncodedFigure]:
    for scan in content.scans:
        ends = [one for one in content.intervals if one.parameter == scan.parameter]
        alt = f"Profile likelihood of {scan.parameter}, lowest at {scan.value:.4g}."
        figure = draw_scan(scan, intervals=ends, stamp=stamp)
        yield encode(figure_name("scan", scan.parameter), alt, figure)
    for surface in content.surfaces:
        alt = f"Contours of 68 % and 95 % of {surface.x} and {surface.y}."
        name = figure_name("contours", surface.x, surface.y)
        yield encode(name, alt, draw_surface(surface, stamp=stamp))


def _limits(content: InferenceContent, stamp: Stamp) -> Iterator[EncodedFigure]:
    if content.limit:
        figure = draw_limit(content.limit, tests=content.band, stamp=stamp)
        yield encode("limit", _limit_in_words(content.limit), figure)
    if content.limits:
        alt = f"Upper limits against {plain_label(content.limits_label) or 'a parameter'}."
        figure = draw_limits(content.limits, axis_label=content.limits_label, stamp=stamp)
        yield encode("limits", alt, figure)


def _limit_in_words(limit: UpperLimit) -> str:
    seen = f"{limit.observed:.3g} observed, " if math.isfinite(limit.observed) else ""
    return (
        f"CLs against {limit.poi}: upper limit {seen}{limit.expected[2]:.3g} expected, "
        f"at {100 * limit.level:g} % confidence level."
    )


def _toys(content: InferenceContent, stamp: Stamp) -> Iterator[EncodedFigure]:
    study = content.toys
    if study is None or not len(study.statistics):
        return
    figure = draw_goodness(
        study,
        goodness=content.toy_goodness,
        asymptotic=content.fit.goodness_of_fit,
        stamp=stamp,
    )
    toys = len(study.statistics)
    yield encode("goodness", f"Goodness of fit of the data and of {toys} toys.", figure)
    if content.fit.poi in study.parameters:
        alt = f"Pulls of {content.fit.poi} in {toys} toys, with the unit Gaussian."
        yield encode("toypulls", alt, draw_toy_pulls(study, content.fit.poi, stamp=stamp))


def _posterior(content: InferenceContent, stamp: Stamp) -> Iterator[EncodedFigure]:
    posterior = content.posterior
    if posterior is None:
        return
    if posterior.poi in posterior.parameters:
        alt = f"Posterior density of {posterior.poi}."
        yield encode("posterior", alt, draw_marginal(posterior, stamp=stamp))
    alt = "Chains of the parameters that are correlated most with the parameter of interest."
    yield encode("posterior_chains", alt, draw_traces(posterior, stamp=stamp), shown="png")
    alt = "Joint posterior of each pair of these parameters."
    yield encode("posterior_pairs", alt, draw_corner(posterior, stamp=stamp))


def _regions(content: InferenceContent, stamp: Stamp) -> Iterator[EncodedFigure]:
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
            figure = draw_region(
                known.get(channel) or _by_bin_number(channel, len(prediction.total)),
                prediction,
                samples=content.samples,
                stage=stage,
                stamp=stamp,
                beside=[other for _, _, other in here],
            )
            alt = f"{stage} distribution in {channel}; sums are in the table of yields."
            yield encode(figure_name(family, channel), alt, figure)


def _by_bin_number(channel: str, bins: int) -> RegionInfo:
    """A workspace knows bins, but not what they are bins of; its names count them from zero."""
    edges = np.linspace(-0.5, bins - 0.5, bins + 1)
    return RegionInfo(channel, channel, "Bin index", edges, edges)
