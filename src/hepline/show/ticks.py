"""The ticks of a finished figure, gathered: one line for each side of each axes.

matplotlib draws a tick as three lines and two labels, each with its own state and transforms. A
region has a hundred and forty of them, mostly minor: three quarters of the time that it takes.
"""

from __future__ import annotations

import numpy as np
from matplotlib.axes import Axes
from matplotlib.axis import Axis, Tick
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import NullFormatter, NullLocator
from numpy.typing import NDArray

__all__ = ["gather_ticks"]

_SIDES = {"x": {"bottom": False, "top": False}, "y": {"left": False, "right": False}}


def gather_ticks(figure: Figure) -> None:
    """Draw ticks at the places that they have now; labels stay as they are.

    Parameters
    ----------
    figure : Figure
        Finished: limits that are changed later move no ticks.
    """
    axes = [
        (ax, name, axis)
        for ax in figure.axes
        if ax.axison and ax.get_visible()
        for name, axis in (("x", ax.xaxis), ("y", ax.yaxis))
        # Minor ticks with labels, of a short logarithmic axis say, are left to matplotlib.
        if axis.get_visible() and isinstance(axis.get_minor_formatter(), NullFormatter)
    ]
    for ax, name, axis in axes:
        _gather(ax, name, axis)
    # Only now: axes that share a range share their locators too.
    for _, name, axis in axes:
        axis.set_minor_locator(NullLocator())
        axis.set_tick_params(which="both", **_SIDES[name])


def _gather(ax: Axes, name: str, axis: Axis) -> None:
    major, minor = _inside(axis, axis.get_majorticklocs()), np.array([])
    if not isinstance(axis.get_minor_locator(), NullLocator):
        minor = _inside(axis, axis.get_minorticklocs())
    if len(minor):
        _add_lines(ax, name, minor, axis.get_minor_ticks(1)[0])
    if len(major):
        _add_lines(ax, name, major, axis.get_major_ticks(1)[0])


def _inside(axis: Axis, places: NDArray[np.float64]) -> NDArray[np.float64]:
    """The places inside the visible range, ends included."""
    low, high = sorted(axis.get_view_interval())
    slack = 1e-10 * (high - low)
    candidates = np.asarray(places, np.float64)
    return candidates[(candidates >= low - slack) & (candidates <= high + slack)]


def _add_lines(ax: Axes, name: str, places: NDArray[np.float64], tick: Tick) -> None:
    """One line for each side, like that of the tick but for all of them."""
    transform = ax.get_xaxis_transform if name == "x" else ax.get_yaxis_transform
    sides = ((tick.tick1line, 0.0, transform("tick1")), (tick.tick2line, 1.0, transform("tick2")))
    for line, across, where in sides:
        if not (line.get_visible() and line.get_markersize()):
            continue
        beside = np.full(len(places), across)
        gathered = Line2D(
            *((places, beside) if name == "x" else (beside, places)),
            linestyle="none",
            marker=line.get_marker(),
            markersize=line.get_markersize(),
            markeredgewidth=line.get_markeredgewidth(),
            markeredgecolor=line.get_markeredgecolor(),
            transform=where,
            zorder=ax.xaxis.get_zorder(),
            clip_on=False,
        )
        ax.add_artist(gathered)
