"""Expected limits in the field's green and yellow, and the observed ones on top."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.container import ErrorbarContainer

from hepline.arrays import Floats
from hepline.show.style import INK

__all__ = ["draw_bands", "draw_observed", "explain", "frame_x"]

_GREEN, _YELLOW = "#00cc00", "#ffcc00"


def draw_bands(
    ax: Axes, at: Floats, expected: Floats
) -> list[tuple[Artist | ErrorbarContainer, str]]:
    """Fill ±2σ and ±1σ around the dashed median; a single point is a bar."""
    if len(at) == 1:
        half = 0.02 * (abs(float(at[0])) or 1.0)
        at, expected = np.array([at[0] - half, at[0] + half]), np.repeat(expected, 2, axis=0)
    outer = ax.fill_between(
        at, expected[:, 0], expected[:, 4], color=_YELLOW, linewidth=0, zorder=1
    )
    inner = ax.fill_between(at, expected[:, 1], expected[:, 3], color=_GREEN, linewidth=0, zorder=2)
    median = ax.plot(at, expected[:, 2], color=INK, linewidth=1.6, linestyle="--", zorder=3)[0]
    return [(median, "expected"), (inner, "expected ±1σ"), (outer, "expected ±2σ")]


def draw_observed(ax: Axes, at: Floats, observed: Floats, errors: Floats | None = None) -> Artist:
    """Draw observed limits as points on a line, with errors where they have any."""
    line = ax.plot(at, observed, color=INK, linewidth=1.6, marker="o", markersize=3.5, zorder=5)[0]
    if errors is not None and (errors > 0).any():
        ax.errorbar(at, observed, yerr=errors, fmt="none", ecolor=INK, elinewidth=1, zorder=5)
    return line


def frame_x(ax: Axes, at: Floats) -> None:
    """End the horizontal axis with the points."""
    low, high = float(at.min(initial=np.inf)), float(at.max(initial=-np.inf))
    if high > low:
        ax.set_xlim(low, high)


def explain(ax: Axes, entries: Sequence[tuple[Artist | ErrorbarContainer, str]]) -> None:
    """Put the legend into the upper left corner, in two columns."""
    ax.legend(
        [handle for handle, _ in entries],
        [label for _, label in entries],
        loc="upper left",
        bbox_to_anchor=(0.025, 0.98),
        borderaxespad=0,
        borderpad=0,
        ncols=2,
        fontsize=10.5,
        handlelength=1.8,
        columnspacing=2.5,
        labelspacing=0.35,
    )
