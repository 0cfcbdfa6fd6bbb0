"""The figures of a report, drawn and encoded."""

from __future__ import annotations

import base64
import io
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from matplotlib.figure import Figure

from hepline.show import rounding
from hepline.show.content import ReportContent, coverage_note
from hepline.show.correlation import draw_correlation, notable_parameters
from hepline.show.labels import drawn_label, plain_label, slug
from hepline.show.pulls import bin_factors, draw_bin_factors, draw_pulls, pulled_parameters
from hepline.show.regions import draw_region
from hepline.show.style import Stamp, house_style, luminosity_text
from hepline.show.variations import draw_variations
from hepline.stats.results import ChannelPrediction

__all__ = [
    "FIGURE_FAMILIES",
    "EncodedFigure",
    "draw_figures",
    "encode",
    "figure_files",
    "figure_name",
    "figure_patterns",
]

# First parts of figure names; files of these families are the report's own to replace.
FIGURE_FAMILIES = ("prefit", "postfit", "pulls", "binfactors", "correlation", "variations")

_SAVED = ("pdf", "png")
_MEDIA = {"svg": "image/svg+xml", "png": "image/png"}
_DOTS_PER_INCH = {"svg": 150, "png": 120}  # of the saved PNG, by the format that is shown


@dataclass(frozen=True)
class EncodedFigure:
    """A figure in the formats that it is saved in.

    Attributes
    ----------
    name : str
        Stem of its file names.
    alt : str
        What it shows, for those who cannot see it.
    shown : str
        The format that the page embeds: ``svg`` or ``png``.
    size : tuple of (int, int)
        Width and height on the page, pixels.
    encoded : tuple of (str, bytes)
        Format and file content.
    """

    name: str
    alt: str
    shown: str
    size: tuple[int, int]
    encoded: tuple[tuple[str, bytes], ...]

    @property
    def uri(self) -> str:
        """The embedded format as a data URI."""
        content = base64.b64encode(dict(self.encoded)[self.shown]).decode()
        return f"data:{_MEDIA[self.shown]};base64,{content}"


def figure_name(family: str, *parts: str) -> str:
    """File stem of a figure: its family, then region and sample."""
    return f"{family}_{'__'.join(slug(part) for part in parts)}"


def figure_files(figures: Mapping[str, EncodedFigure]) -> dict[str, bytes]:
    """Content of the files in ``figures/``, by path inside of the report's folder."""
    return {
        f"figures/{name}.{kind}": encoded
        for name, figure in figures.items()
        for kind, encoded in figure.encoded
        if kind in _SAVED
    }


def figure_patterns(families: Sequence[str]) -> tuple[str, ...]:
    """Glob patterns of all files in ``figures/`` that figures of these families may have."""
    return tuple(
        f"figures/{family}{rest}.{kind}"
        for family in families
        for rest in ("", "_*")
        for kind in _SAVED
    )


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
    figures = (*_regions(content, stamp), *_fit(content, stamp), *_variations(content, stamp))
    return {figure.name: figure for figure in figures}


def encode(name: str, alt: str, figure: Figure, *, shown: str = "svg") -> EncodedFigure:
    """Save a figure in the format that the page shows, as PDF and as PNG.

    Parameters
    ----------
    name : str
        Stem of its file names.
    alt : str
        What it shows, for those who cannot see it.
    figure : Figure
    shown : str
        ``svg`` or ``png``.

    Returns
    -------
    EncodedFigure
    """
    # Vector graphics of hundreds of small panels cost more time than their sharpness is worth.
    formats = dict.fromkeys((shown, "pdf", "png"))
    encoded = []
    with house_style():
        for kind in formats:
            sink = io.BytesIO()
            quick: dict[str, Any] = {"pil_kwargs": {"compress_level": 3}} if kind == "png" else {}
            undated = {"svg": {"Date": None}, "pdf": {"CreationDate": None}, "png": {}}[kind]
            figure.savefig(sink, format=kind, dpi=_DOTS_PER_INCH[shown], metadata=undated, **quick)
            encoded.append((kind, sink.getvalue()))
    width, height = (round(96 * inches) for inches in figure.get_size_inches())
    return EncodedFigure(name, alt, shown, (width, height), tuple(encoded))


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
