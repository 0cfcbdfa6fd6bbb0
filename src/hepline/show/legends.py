"""Room for words inside of a distribution: its heading, its legend, and the scale below them."""

from __future__ import annotations

import math
from collections.abc import Sequence

from matplotlib.axes import Axes
from matplotlib.backend_bases import RendererBase
from matplotlib.legend import Legend
from matplotlib.ticker import FuncFormatter, LogLocator, NullFormatter

from hepline.show import rounding
from hepline.show.labels import drawn_label
from hepline.show.layers import MOST_LETTERS, Entry
from hepline.show.style import squeeze, write

__all__ = ["LABEL_AT", "place_legend", "room_below", "scale_events", "write_heading"]

LABEL_AT = -0.125  # of vertical labels, in widths of the axes: the same line for all panels
# From which number on, factor, and how the axis is called.
_SCALES = ((1e9, 1e6, "10⁶"), (1e6, 1e3, "10³"), (-math.inf, 1.0, ""))
_RAISED = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")


def write_heading(ax: Axes, name: str, stage: str, renderer: RendererBase) -> None:
    """Write the stage on the right, and the region's name in what is left of the line."""
    right = ax.text(0.965, 0.965, stage, transform=ax.transAxes, ha="right", va="top", size=12.5)
    shown = drawn_label(name, MOST_LETTERS)
    left = ax.text(0.035, 0.965, shown, transform=ax.transAxes, va="top", size=12.5)
    write(left).set_fontweight("bold")
    free = 0.86 * ax.get_window_extent().width - write(right).get_window_extent(renderer).width
    squeeze(left, free, renderer)


def place_legend(ax: Axes, entries: Sequence[Entry], renderer: RendererBase) -> Legend:
    """Put the legend under the region's name, in as many columns as fit beside each other."""
    for columns in (3, 2, 1):
        legend = ax.legend(
            [handle for handle, _ in entries],
            [label for _, label in entries],
            loc="upper left",
            bbox_to_anchor=(0.015, 0.91),
            borderaxespad=0,
            ncols=columns,
            fontsize=10.5,
            handlelength=1.5,
            handleheight=0.9,
            columnspacing=1.3,
            labelspacing=0.35,
        )
        for text in legend.get_texts():
            write(text)
        if legend.get_window_extent(renderer).width <= 0.98 * ax.get_window_extent().width:
            break
    return legend


def room_below(ax: Axes, legend: Legend, renderer: RendererBase) -> float:
    """Share of the height of the axes that the legend leaves to what is drawn."""
    box = ax.get_window_extent()
    below = (legend.get_window_extent(renderer).y0 - box.y0) / box.height - 0.03
    return float(max(below, 0.3))


def scale_events(ax: Axes, lowest: float, highest: float, room: float, *, log: bool) -> None:
    """Set the vertical range so that nothing drawn reaches up to the legend.

    Parameters
    ----------
    ax : Axes
        With its label.
    lowest, highest : float
        Of what is drawn.
    room : float
        Share of the height that it may take.
    log : bool
    """
    if log:
        _scale_powers(ax, lowest, highest, room)
        return
    if not math.isfinite(highest) or highest <= lowest:
        highest = lowest + 1.0
    ax.set_ylim(lowest, lowest + (highest - lowest) / room)
    # Count in thousands or millions where the figures would get too long.
    top = ax.get_ylim()[1]
    factor, prefix = next(scale for limit, *scale in _SCALES if top >= limit)
    formatter = FuncFormatter(lambda value, _: _events_tick(value / factor))
    ax.yaxis.set_major_formatter(formatter)
    if prefix:
        ax.set_ylabel(ax.get_ylabel().replace("Events", f"{prefix} events", 1), loc="top")
        ax.yaxis.set_label_coords(LABEL_AT, 1.0)


def _scale_powers(ax: Axes, lowest: float, highest: float, room: float) -> None:
    if not (0 < lowest < math.inf):
        lowest = 0.1
    if not (lowest < highest < math.inf):
        highest = 10 * lowest
    # First the limits: matplotlib warns of an axis without anything above zero.
    ax.set_ylim(lowest, highest)
    ax.set_yscale("log")
    ax.set_ylim(lowest, lowest * (highest / lowest) ** (1 / room))
    ax.yaxis.set_major_locator(LogLocator(numticks=9))
    ax.yaxis.set_minor_locator(LogLocator(subs=range(2, 10), numticks=99))
    ax.yaxis.set_major_formatter(FuncFormatter(lambda value, _: power(value)))
    ax.yaxis.set_minor_formatter(NullFormatter())


def power(value: float) -> str:
    """Write a power of ten: ``0.1``, ``1``, ``100``, then ``10³``."""
    if not value > 0:
        return ""
    exponent = round(math.log10(value))
    if -2 <= exponent <= 2:
        return f"{value:g}"
    return "10" + str(exponent).translate(_RAISED)


def _events_tick(value: float) -> str:
    return rounding.count(value) if value == int(value) else f"{value:g}"
