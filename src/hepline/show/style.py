"""How hepline's figures look: palette, type sizes, ticks and the stamp on top."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
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
    "Stamp",
    "house_style",
    "luminosity_text",
    "renderer_of",
    "sample_colors",
    "squeeze",
    "stamp_axes",
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


@dataclass(frozen=True)
class Stamp:
    """The line above every figure.

    Attributes
    ----------
    right : str
        Luminosity and energy: ``3.4 fb⁻¹ (13 TeV)``.
    warning : str or None
        Why the numbers are incomplete: ``coverage 98.3 %``.
    left : str
        Who made it.
    """

    right: str = ""
    warning: str | None = None
    left: str = "hepline"


def luminosity_text(luminosity: float, energy: str) -> str:
    """Luminosity and energy as written on figures.

    Parameters
    ----------
    luminosity : float
        In 1/pb.
    energy : str
        Centre-of-mass energy with its unit.

    Returns
    -------
    str
        ``3.4 fb⁻¹ (13 TeV)``; in pb⁻¹ below 100 pb⁻¹.
    """
    if luminosity < 100:
        text = f"{luminosity:.3g} pb⁻¹"
    else:
        inverse_fb = luminosity / 1000
        text = f"{inverse_fb:.{0 if inverse_fb >= 100 else 1}f} fb⁻¹"
    return f"{text} ({energy})" if energy else text


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


def stamp_axes(ax: Axes, stamp: Stamp, *, size: float = 12.0, above: float = 4.0) -> None:
    """Write the stamp above an axes.

    Parameters
    ----------
    ax : Axes
        The topmost axes of a figure.
    stamp : Stamp
    size : float
        Height of the type, points.
    above : float
        Distance from the axes, points.
    """
    top, bottom_line = "offset points", "bottom"
    left = ax.annotate(
        stamp.left,
        (0, 1),
        (0, above),
        xycoords="axes fraction",
        textcoords=top,
        va=bottom_line,
        weight="bold",
        size=size + 2,
    )
    if stamp.warning:
        write(
            ax.annotate(
                stamp.warning,
                (1, 0),
                (0.7 * size, 0),
                xycoords=left,
                textcoords=top,
                va=bottom_line,
                weight="bold",
                size=size - 1,
                color=WARNING,
            )
        )
    right = ax.annotate(
        stamp.right,
        (1, 1),
        (0, above),
        xycoords="axes fraction",
        textcoords=top,
        ha="right",
        va=bottom_line,
        size=size,
    )
    write(right)


def ticks_inside(ax: Axes, *, minor: bool = True, size: float = 10.5) -> None:
    """Ticks point inwards on all four sides, as is the custom of the field."""
    ax.tick_params(which="both", direction="in", top=True, right=True, labelsize=size)
    ax.tick_params(which="major", length=6, width=0.8)
    if minor:
        ax.xaxis.set_minor_locator(AutoMinorLocator())
        ax.yaxis.set_minor_locator(AutoMinorLocator())
        ax.tick_params(which="minor", length=3, width=0.6)
