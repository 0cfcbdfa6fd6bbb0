"""The Dalitz plot of a decay into three particles."""

from __future__ import annotations

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy.typing import ArrayLike

from hepline.show.stamps import Stamp, stamp_axes
from hepline.show.style import INK, PETROFF6, house_style, ticks_inside, write
from recipes.dalitz import mass12_range, mass23_limits

__all__ = ["draw_dalitz"]

_SIZE, _BOX = (6.4, 5.6), (0.125, 0.115, 0.72, 0.81)
_MANY = 3000  # events from which on points would hide each other
_PER_CELL = 8.0  # events, so that evenness shows
_EDGE_POINTS = 801
_MARGIN = 0.05


@house_style()
def draw_dalitz(
    squared_mass12: ArrayLike,
    squared_mass23: ArrayLike,
    *,
    mass: float,
    masses: tuple[float, float, float],
    names: tuple[str, str, str] = ("1", "2", "3"),
    stamp: Stamp | None = None,
) -> Figure:
    """Draw decays over the squared masses of two pairs, inside of the kinematic edge.

    Parameters
    ----------
    squared_mass12, squared_mass23 : array_like, shape (event,)
        GeV².
    mass : float
        Of the mother, GeV.
    masses : tuple of float
        Of the daughters, GeV.
    names : tuple of str
        Of the daughters: ``K⁻``.
    stamp : Stamp, optional

    Returns
    -------
    Figure
        Axes 0 has the edge as its first line; single events are points, many are counted in cells.
    """
    figure = Figure(figsize=_SIZE)
    ax = figure.add_axes(_BOX)
    low, high = mass12_range(mass, masses)
    grid = np.linspace(low, high, _EDGE_POINTS)
    bottom, top = mass23_limits(grid, mass, masses)
    around = np.concatenate([grid, grid[::-1]]), np.concatenate([bottom, top[::-1]])
    ax.plot(*around, color=INK, linewidth=1.2, zorder=4, label="kinematic edge")
    frame = (low, high), (float(bottom.min()), float(top.max()))
    _draw_events(ax, np.asarray(squared_mass12), np.asarray(squared_mass23), frame)
    (left, right), (down, up) = frame
    ax.set_xlim(left - _MARGIN * (right - left), right + _MARGIN * (right - left))
    ax.set_ylim(down - _MARGIN * (up - down), up + _MARGIN * (up - down))
    write(ax.set_xlabel(f"m²({names[0]} {names[1]}) [GeV²]", loc="right"))
    write(ax.set_ylabel(f"m²({names[1]} {names[2]}) [GeV²]", loc="top"))
    ticks_inside(ax)
    stamp_axes(ax, stamp or Stamp())
    return figure


def _draw_events(
    ax: Axes,
    x: np.ndarray,
    y: np.ndarray,
    frame: tuple[tuple[float, float], tuple[float, float]],
) -> None:
    if len(x) < _MANY:
        ax.plot(x, y, ".", color=PETROFF6[0], markersize=3, alpha=0.7, zorder=3)
        return
    cells = int(np.clip(np.sqrt(len(x) / _PER_CELL), 20, 80))
    counts, across, up = np.histogram2d(x, y, cells, frame)
    shown = np.where(counts > 0, counts, np.nan)
    mesh = ax.pcolormesh(across, up, shown.T, cmap="viridis", vmin=0, rasterized=True, zorder=2)
    figure = ax.figure
    side = figure.add_axes((_BOX[0] + _BOX[2] + 0.02, _BOX[1], 0.025, _BOX[3]))
    figure.colorbar(mesh, cax=side, label="Events / cell")
