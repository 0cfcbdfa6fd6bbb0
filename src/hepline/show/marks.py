"""How data points and uncertainties are drawn, the same everywhere."""

from __future__ import annotations

import numpy as np
from matplotlib.axes import Axes
from matplotlib.container import ErrorbarContainer
from matplotlib.patches import StepPatch

from hepline.arrays import Floats
from hepline.show.style import BAND, INK

__all__ = ["draw_band", "draw_points"]


def draw_band(ax: Axes, center: Floats, half_width: Floats, edges: Floats) -> StepPatch:
    """Hatch an uncertainty of one standard deviation to both sides."""
    return ax.stairs(
        center + half_width,
        edges,
        baseline=center - half_width,
        fill=True,
        facecolor="none",
        edgecolor=BAND,
        hatch="//////",
        linewidth=0,
        zorder=3,
    )


def draw_points(ax: Axes, edges: Floats, values: Floats, errors: Floats) -> ErrorbarContainer:
    """Draw data at the centres of their bins; an error of zero has no bar."""
    centers = (edges[1:] + edges[:-1]) / 2
    return ax.errorbar(
        centers,
        values,
        yerr=np.where(errors > 0, errors, np.nan),
        fmt="o",
        color=INK,
        markersize=4.5,
        elinewidth=1.2,
        zorder=5,
    )
