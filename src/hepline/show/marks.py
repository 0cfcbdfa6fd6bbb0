"""How data points, uncertainties, hidden bins and cuts are drawn, the same everywhere."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.container import ErrorbarContainer
from matplotlib.patches import Patch, StepPatch

from hepline.arrays import Floats, Mask
from hepline.show.bins import Bins
from hepline.show.stack_content import Cut
from hepline.show.style import BAND, INK, MUTED
from hepline.stats.counting import poisson_interval

__all__ = [
    "blinded_patch",
    "draw_band",
    "draw_blinded",
    "draw_cuts",
    "draw_flow",
    "draw_points",
    "draw_statistical",
    "name_held_flow",
    "poisson_errors",
]

_BLINDED: dict[str, Any] = {
    "facecolor": "#eceef1", "edgecolor": "#b4b9c1", "hatch": "xx", "linewidth": 0.0,
}  # fmt: skip
_ARROW = 26.0  # points


def poisson_errors(counts: Floats) -> Floats:
    """Distances to the ends of the central interval of the expectation (Garwood).

    Negative counts, of weighted data, have the root of their size.

    Returns
    -------
    ndarray, shape (2, bin)
        Downwards and upwards; NaN where there is no count.
    """
    low, high = poisson_interval(np.where(counts >= 0, counts, 0.0))
    root = np.sqrt(np.abs(counts))
    errors = np.where(counts >= 0, (counts - low, high - counts), (root, root))
    return np.where(np.isfinite(counts), errors, np.nan)


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


def draw_statistical(ax: Axes, center: Floats, half_width: Floats, edges: Floats) -> StepPatch:
    """Shade the statistical part of an uncertainty, inside of the hatched whole."""
    return ax.stairs(
        center + half_width,
        edges,
        baseline=center - half_width,
        fill=True,
        facecolor=BAND,
        alpha=0.35,
        linewidth=0,
        zorder=2.9,
    )


def draw_points(ax: Axes, bins: Bins, values: Floats, errors: Floats) -> ErrorbarContainer:
    """Draw data at the centers of their bins; an error of zero has no bar.

    Parameters
    ----------
    ax : Axes
    bins : Bins
        Horizontal bars show their widths where these differ.
    values : ndarray, shape (bin,)
    errors : ndarray, shape (bin,) or (2, bin)
    """
    return ax.errorbar(
        bins.centers,
        values,
        yerr=np.where(errors > 0, errors, np.nan),
        xerr=None if bins.equal else np.diff(bins.edges) / 2,
        fmt="o",
        color=INK,
        markersize=4.5,
        elinewidth=1.2,
        zorder=5,
    )


def draw_blinded(ax: Axes, bins: Bins, blinded: Mask, *, top: float = 1.0) -> None:
    """Hatch bins whose data are hidden, up to a share of the height of the axes."""
    for first, last in _runs(blinded):
        low, high = bins.edges[first], bins.edges[last]
        ax.axvspan(low, high, ymax=top, alpha=0.75, zorder=2.5, **_BLINDED)


def blinded_patch() -> Patch:
    """What stands for hidden bins in a legend."""
    return Patch(**_BLINDED)


def _runs(mask: Mask) -> list[tuple[int, int]]:
    """First and one past the last index of each stretch that is true."""
    steps = np.diff(np.concatenate(([0], mask.astype(int), [0])))
    return list(zip(np.flatnonzero(steps == 1), np.flatnonzero(steps == -1), strict=True))


def draw_flow(ax: Axes, bins: Bins, *, named: bool, top: float = 1.0) -> None:
    """Mark bins that hold what lies outside of the axis with a dashed line, and name them.

    Parameters
    ----------
    ax : Axes
    bins : Bins
    named : bool
        Write the names inside of the axes.
    top : float
        Share of the height of the axes that the lines take.
    """
    for present, place, inner, name in (
        (bins.underflow, 0, 1, "underflow"),
        (bins.overflow, -2, -2, "overflow"),
    ):
        if not present:
            continue
        ax.plot(
            [bins.edges[inner]] * 2,
            [0, top],
            color=MUTED,
            linewidth=1.0,
            linestyle=(0, (2, 2)),
            transform=ax.get_xaxis_transform(),
            zorder=6,
        )
        if named:
            _name_bin(ax, bins, place if place >= 0 else -1, name)


def name_held_flow(ax: Axes, bins: Bins, *, underflow: bool, overflow: bool) -> None:
    """Say that the first bin also holds what lies below it, the last one what lies above.

    Parameters
    ----------
    ax : Axes
    bins : Bins
    underflow, overflow : bool
    """
    if underflow:
        _name_bin(ax, bins, 0, "with underflow")
    if overflow:
        _name_bin(ax, bins, -1, "with overflow")


def _name_bin(ax: Axes, bins: Bins, place: int, name: str) -> None:
    ax.text(
        bins.centers[place],
        0.03,
        name,
        transform=ax.get_xaxis_transform(),
        rotation=90,
        ha="center",
        va="bottom",
        size=9,
        zorder=6,
    ).set_bbox({"facecolor": "white", "alpha": 0.75, "linewidth": 0, "pad": 1.2})


def draw_cuts(ax: Axes, cuts: Sequence[Cut], top: float) -> None:
    """Draw each cut as a line up to a height, with an arrow to the side that passes.

    Parameters
    ----------
    ax : Axes
        With its final horizontal limits.
    cuts : sequence of Cut
    top : float
        Share of the height of the axes.
    """
    where = ax.get_xaxis_transform()
    for cut in cuts:
        ax.plot([cut.value] * 2, [0, top], color=INK, linewidth=1.6, transform=where, zorder=6)
        # The head is at the end that is said in points: there, every scale has the same length.
        ax.annotate(
            "",
            (cut.value, top),
            (_ARROW if cut.keeps == "above" else -_ARROW, 0),
            xycoords=where,
            textcoords="offset points",
            arrowprops={"arrowstyle": "<|-", "color": INK, "linewidth": 1.6,
                        "shrinkA": 0, "shrinkB": 0},
            zorder=6,
        )  # fmt: skip
