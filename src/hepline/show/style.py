"""How hepline's figures look: palette, type sizes and ticks."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import matplotlib as mpl
from matplotlib.axes import Axes
from matplotlib.backend_bases import RendererBase
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.colors import is_color_like
from matplotlib.figure import Figure
from matplotlib.text import Text
from matplotlib.ticker import AutoMinorLocator

from hepline.errors import OutputError
from hepline.show.content import SampleInfo
from hepline.show.labels import has_math

__all__ = [
    "BAND",
    "DOWN",
    "INK",
    "MUTED",
    "PETROFF6",
    "PETROFF10",
    "UP",
    "WARNING",
    "house_style",
    "renderer_of",
    "sample_colors",
    "squeeze",
    "ticks_inside",
    "write",
]

# M. Petroff, "Accessible Color Sequences for Data Visualization", arXiv:2107.02270.
PETROFF6 = ("#5790fc", "#f89c20", "#e42536", "#964a8b", "#9c9ca1", "#7a21dd")
PETROFF10 = (
    "#3f90da",
    "#ffa90e",
    "#bd1f01",
    "#94a4a2",
    "#832db6",
    "#a96b59",
    "#e76300",
    "#b9ac70",
    "#717581",
    "#92dadd",
)
INK = "#1b1b1f"
MUTED = "#5c5f66"
BAND = "#4a4a4f"
UP = "#e42536"
DOWN = "#3a6fe0"
WARNING = "#c00000"

_STYLE: dict[Any, Any] = {
    "font.family": "DejaVu Sans",
    "font.size": 11,
    "axes.labelsize": 12,
    "axes.edgecolor": INK,
    "axes.labelcolor": INK,
    "axes.linewidth": 0.9,
    "xtick.color": INK,
    "ytick.color": INK,
    "text.color": INK,
    "hatch.linewidth": 0.7,
    "legend.frameon": False,
    "pdf.fonttype": 3,
    "svg.hashsalt": "hepline",  # same numbers, same file
    "text.usetex": False,
}


@contextmanager
def house_style() -> Iterator[None]:
    """Draw or save in hepline's style whatever the user's matplotlibrc says, then restore it."""
    with mpl.rc_context():
        mpl.rcdefaults()
        mpl.rcParams.update(_STYLE)
        yield


def sample_colors(samples: Sequence[SampleInfo]) -> dict[str, str]:
    """Colour of each sample: its own, or the next one of the palette.

    Returns
    -------
    dict of str to str
        Sample name to colour; the palette starts again after ten samples.

    Raises
    ------
    OutputError
        If the colour of a sample is invalid.
    """
    for sample in samples:
        if sample.color and not is_color_like(sample.color):
            raise OutputError(
                f"sample '{sample.name}' has the colour '{sample.color}', which cannot be drawn.",
                why="a colour is a name such as 'gold' or hexadecimal digits such as '#3f90da'.",
                fix="change it, or leave it out to take the next one of the palette.",
            )
    palette = PETROFF6 if len(samples) <= len(PETROFF6) else PETROFF10
    return {
        sample.name: sample.color or palette[index % len(palette)]
        for index, sample in enumerate(samples)
    }


def write(text: Text) -> Text:
    """Let a label show dollar signs as they are unless they enclose valid mathtext."""
    text.set_parse_math(has_math(text.get_text()))
    return text


def renderer_of(figure: Figure) -> RendererBase:
    """The renderer of a figure, to measure text."""
    renderer: RendererBase = FigureCanvasAgg(figure).get_renderer()  # type: ignore[no-untyped-call]
    return renderer


def squeeze(text: Text, width: float, renderer: RendererBase) -> Text:
    """Make type smaller until a text is at most this wide, in pixels."""
    extent = text.get_window_extent(renderer).width
    if extent > width > 0:
        text.set_fontsize(float(text.get_fontsize()) * width / extent)
    return text


def ticks_inside(ax: Axes, *, minor: bool = True, size: float = 10.5) -> None:
    """Ticks point inwards on all four sides, as is the custom of the field."""
    ax.tick_params(which="both", direction="in", top=True, right=True, labelsize=size)
    ax.tick_params(which="major", length=6, width=0.8)
    if minor:
        ax.xaxis.set_minor_locator(AutoMinorLocator())
        ax.yaxis.set_minor_locator(AutoMinorLocator())
        ax.tick_params(which="minor", length=3, width=0.6)
