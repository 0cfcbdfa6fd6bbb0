"""Several spectra of one quantity in one picture."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, LogLocator, NullFormatter
from numpy.typing import ArrayLike

from hepline.show.labels import unit_of
from hepline.show.stamps import Stamp, stamp_axes
from hepline.show.style import PETROFF6, house_style, ticks_inside, write

__all__ = ["draw_overlay"]

_SIZE, _BOX = (7.2, 4.8), (0.11, 0.13, 0.86, 0.79)


@house_style()
def draw_overlay(
    counts: Mapping[str, ArrayLike],
    edges: ArrayLike,
    *,
    axis_label: str = "m [GeV]",
    logarithmic: bool = True,
    stamp: Stamp | None = None,
) -> Figure:
    """Draw spectra as steps: pairs of charges ++, −− and +−, say.

    Parameters
    ----------
    counts : mapping of str to array_like, shape (bin,)
        By label.
    edges : array_like, shape (bin + 1,)
        Unequal ones, if positive, are drawn on a logarithmic axis.
    axis_label : str
    logarithmic : bool
        Whether events are.
    stamp : Stamp, optional

    Returns
    -------
    Figure
    """
    borders = np.asarray(edges, float)
    figure = Figure(figsize=_SIZE)
    ax = figure.add_axes(_BOX)
    highest = 1.0
    for place, (label, values) in enumerate(counts.items()):
        heights = np.asarray(values, float)
        highest = max(highest, float(heights.max()))
        color = PETROFF6[place % len(PETROFF6)]
        ax.stairs(heights, borders, color=color, linewidth=1.5, label=label, baseline=None)
    if logarithmic:
        ax.set_yscale("log")
        ax.set_ylim(0.5, 12 * highest)  # the legend stands above
    else:
        ax.set_ylim(0, 1.12 * highest)
    ax.set_xlim(borders[0], borders[-1])
    write(ax.set_xlabel(axis_label, loc="right"))
    steps = np.diff(borders)
    same = np.allclose(steps, steps[0], rtol=1e-3, atol=0)
    width = f"{steps[0]:.3g} {unit_of(axis_label) or 'unit'}" if same else "bin"
    ax.set_ylabel(f"Events / {width}", loc="top")
    geometric = bool(borders[0] > 0) and not same
    if geometric:
        ax.set_xscale("log")
        ax.xaxis.set_major_locator(LogLocator(subs=(1.0, 2.0, 5.0)))
        ax.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
        ax.xaxis.set_minor_formatter(NullFormatter())
    ticks_inside(ax, minor=not (logarithmic or geometric))
    ax.legend(loc="upper right", fontsize=11)
    stamp_axes(ax, stamp or Stamp())
    return figure
