"""Figures in the formats that a page shows and a folder keeps."""

from __future__ import annotations

import base64
import io
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from matplotlib.figure import Figure

from hepline.show.labels import slug
from hepline.show.numbers import numbers_file
from hepline.show.style import house_style
from hepline.show.ticks import gather_ticks

__all__ = [
    "FORMATS",
    "Drawing",
    "EncodedFigure",
    "encode",
    "figure_name",
    "figure_path",
    "formats_of",
]

FORMATS = ("both", "pdf", "png", "none")
"""What may be asked for: PDF and PNG, one of them, or no figures at all."""

_MEDIA = {"svg": "image/svg+xml", "png": "image/png"}
_DOTS_PER_INCH = {"svg": 150, "png": 120}  # of the saved PNG, by the format that is shown
_UNDATED: dict[str, dict[str, None]] = {"svg": {"Date": None}, "pdf": {"CreationDate": None}}


@dataclass(frozen=True)
class Drawing:
    """A figure before it is drawn: its function with all arguments.

    Attributes
    ----------
    name : str
        Stem of its file names.
    alt : str
        What it shows, for those who cannot see it.
    draw : callable
        Without arguments: a partial function, which can travel to another process.
    shown : str
        The format that the page embeds: ``svg`` or ``png``. Vector graphics of hundreds of small
        panels cost more time than their sharpness is worth.
    numbers : mapping of str to object, or None
        What is drawn, for a JSON file beside the figure.
    """

    name: str
    alt: str
    draw: Callable[[], Figure]
    shown: str = "svg"
    numbers: Mapping[str, object] | None = None


@dataclass(frozen=True)
class EncodedFigure:
    """A figure in the formats that it is saved in.

    Attributes
    ----------
    name, alt : str
        See `Drawing`.
    shown : str
        The format that the page embeds: ``svg`` or ``png``.
    size : tuple of (int, int)
        Width and height on the page, pixels.
    encoded : tuple of (str, bytes)
        Format and file content.
    shows : str
        Digest of what it shows.
    """

    name: str
    alt: str
    shown: str
    size: tuple[int, int]
    encoded: tuple[tuple[str, bytes], ...]
    shows: str = ""

    @property
    def uri(self) -> str:
        """The embedded format as a data URI."""
        content = base64.b64encode(dict(self.encoded)[self.shown]).decode()
        return f"data:{_MEDIA[self.shown]};base64,{content}"

    @property
    def kinds(self) -> tuple[str, ...]:
        """The formats, in the order in which the page offers them."""
        return tuple(sorted(kind for kind, _ in self.encoded))

    def called(self, digest: str) -> EncodedFigure:
        """Add the digest of what the figure shows."""
        return replace(self, shows=digest)


def figure_name(family: str, *parts: str) -> str:
    """File stem of a figure: its family, then region and sample."""
    return f"{family}_{'__'.join(slug(part) for part in parts)}"


def figure_path(name: str, kind: str) -> str:
    """The path of a figure in the report's folder."""
    return f"figures/{name}.{kind}"


def formats_of(shown: str, formats: str) -> tuple[str, tuple[str, ...]]:
    """The format that the page embeds, and all formats to draw.

    Parameters
    ----------
    shown : str
        The format that suits the figure.
    formats : str
        ``both``, ``pdf`` or ``png``.
    """
    if formats == "png":
        return "png", ("png",)
    saved = ("pdf",) if formats == "pdf" else ("pdf", "png")
    return shown, tuple(dict.fromkeys((shown, *saved)))


def encode(drawing: Drawing, formats: str = "both") -> EncodedFigure:
    """Draw a figure, and save it in the format that the page shows and in those asked for.

    Parameters
    ----------
    drawing : Drawing
    formats : str
        ``both``, ``pdf`` or ``png``.

    Returns
    -------
    EncodedFigure
    """
    shown, kinds = formats_of(drawing.shown, formats)
    figure = drawing.draw()
    encoded = []
    with house_style():
        gather_ticks(figure)
        for kind in kinds:
            sink = io.BytesIO()
            quick: dict[str, Any] = {"pil_kwargs": {"compress_level": 3}} if kind == "png" else {}
            figure.savefig(
                sink,
                format=kind,
                dpi=_DOTS_PER_INCH[drawing.shown],
                metadata=_UNDATED.get(kind, {}),
                **quick,
            )
            encoded.append((kind, sink.getvalue()))
    if drawing.numbers is not None:
        encoded.append(("json", numbers_file(drawing.numbers)))
    width, height = (round(96 * inches) for inches in figure.get_size_inches())
    return EncodedFigure(drawing.name, drawing.alt, shown, (width, height), tuple(encoded))
