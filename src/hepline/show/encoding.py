"""Figures in the formats that a page shows and a folder keeps."""

from __future__ import annotations

import base64
import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from matplotlib.figure import Figure

from hepline.show.labels import slug
from hepline.show.style import house_style

__all__ = ["EncodedFigure", "encode", "figure_files", "figure_name", "figure_patterns"]

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
