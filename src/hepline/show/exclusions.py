"""Excluded signals in the plane of two parameters: contours between the points of a grid."""

from __future__ import annotations

from typing import Literal

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch
from matplotlib.tri import Triangulation

from hepline.arrays import Floats
from hepline.errors import OutputError
from hepline.show.bands import explain
from hepline.show.grid_content import ExclusionContent
from hepline.show.labels import drawn_label
from hepline.show.layers import Entry
from hepline.show.stamps import Stamp, stamp_axes
from hepline.show.style import INK, MUTED, house_style, ticks_inside, write

__all__ = ["contour_lines", "draw_exclusion"]

_Dashes = Literal["-", "--", ":"]

_SIZE, _BOX = (6.6, 5.6), (0.145, 0.125, 0.815, 0.80)
_FILL, _ONE_SIGMA, _OBSERVED = "#fbe7c6", "#d98a00", "#b3132b"
_HEADROOM = 0.24  # of the height, above the points, for legend and words


@house_style()
def draw_exclusion(content: ExclusionContent, *, stamp: Stamp | None = None) -> Figure:
    """Draw contours of exclusion, observed and expected, with the points that they stand on.

    Between the points, the logarithm is interpolated linearly on Delaunay triangles. Beyond them
    nothing is drawn: there is no extrapolation.

    Parameters
    ----------
    content : ExclusionContent
    stamp : Stamp, optional

    Returns
    -------
    Figure

    Raises
    ------
    OutputError
        If the points do not span a plane.
    """
    figure = Figure(figsize=_SIZE)
    ax = figure.add_axes(_BOX)
    entries: list[Entry] = []
    observed = content.heights("observed")
    hidden = not np.isfinite(observed).any()
    if not hidden:
        entries.append(_draw_contour(ax, content, observed, "observed", _OBSERVED, "-"))
    median = content.heights(2)
    entries.append(_draw_contour(ax, content, median, "expected", INK, "--"))
    for place in (1, 3):
        sigma = _draw_contour(ax, content, content.heights(place), "expected ±1σ", _ONE_SIGMA, ":")
    entries.append(sigma)
    _fill(ax, content, median if hidden else observed)
    entries.append((Patch(facecolor=_FILL), "excluded"))
    _draw_points(ax, content, median if hidden else observed)
    _frame(ax, content)
    explain(ax, entries)
    words = f"{drawn_label(content.label, 50)}, {100 * content.level:g} % CL".lstrip(", ")
    write(ax.text(0.965, 0.965, words, transform=ax.transAxes, ha="right", va="top", size=11))
    stamp_axes(ax, stamp or Stamp())
    return figure


def contour_lines(content: ExclusionContent, which: str | int) -> tuple[Floats, ...]:
    """The lines between excluded and allowed points.

    Parameters
    ----------
    content : ExclusionContent
    which : str or int
        ``observed``, or the place of an expected quantile: 2 for the median.

    Returns
    -------
    tuple of ndarray, shape (point on the line, 2)
        Exact for the linear interpolation on triangles; empty if nothing is, or all is excluded.

    Raises
    ------
    OutputError
        If the points do not span a plane.
    """
    heights = content.heights(which)
    if not np.isfinite(heights).any() or not heights.min() < 0 < heights.max():
        return ()
    ax = Figure().add_subplot()
    lines = ax.tricontour(_triangles(content, heights), heights[np.isfinite(heights)], levels=[0.0])
    return tuple(np.asarray(line) for line in lines.allsegs[0])


def _triangles(content: ExclusionContent, heights: Floats) -> Triangulation:
    """Delaunay triangles of the points that have a value, in units of their spread.

    Which triangles are good must not depend on the unit of an axis.
    """
    present = np.isfinite(heights)
    x = np.array([point.x for point in content.points])[present]
    y = np.array([point.y for point in content.points])[present]
    try:
        scaled = Triangulation(*(_spread(places) for places in (x, y)))
    except (RuntimeError, ValueError) as problem:
        raise OutputError(
            f"the {len(x)} points of '{content.name}' do not span a plane.",
            why="a contour is drawn between at least three points that are not on a line.",
            fix="add signals to the grid, or draw limits against one parameter.",
        ) from problem
    return Triangulation(x, y, scaled.triangles)


def _spread(places: Floats) -> Floats:
    width = float(np.ptp(places)) or 1.0
    return np.asarray((places - places.min()) / width)


def _draw_contour(
    ax: Axes, content: ExclusionContent, heights: Floats, name: str, color: str, dashes: _Dashes
) -> Entry:
    width = 1.2 if dashes == ":" else 2.0
    if heights.min() < 0 < heights.max():
        shown = heights[np.isfinite(heights)]
        ax.tricontour(
            _triangles(content, heights),
            shown,
            levels=[0.0],
            colors=[color],
            linewidths=[width],
            linestyles=[dashes],
            zorder=4,
        )
    return Line2D([], [], color=color, linewidth=width, linestyle=dashes), name


def _fill(ax: Axes, content: ExclusionContent, heights: Floats) -> None:
    shown = heights[np.isfinite(heights)]
    if len(shown) and shown.min() < 0:
        lowest = float(shown.min()) - 1
        triangles = _triangles(content, heights)
        ax.tricontourf(triangles, shown, levels=[lowest, 0.0], colors=[_FILL], zorder=1)


def _draw_points(ax: Axes, content: ExclusionContent, heights: Floats) -> None:
    """Full points are excluded, hollow ones are not."""
    for excluded in (True, False):
        here = [
            point
            for point, height in zip(content.points, heights, strict=True)
            if np.isfinite(height) and (height < 0) == excluded
        ]
        ax.plot(
            [point.x for point in here],
            [point.y for point in here],
            "o",
            markersize=3.5,
            color=MUTED,
            markerfacecolor=MUTED if excluded else "white",
            zorder=5,
        )


def _frame(ax: Axes, content: ExclusionContent) -> None:
    x, y = (np.array([getattr(point, name) for point in content.points]) for name in "xy")
    beside, above = (0.03 * (float(np.ptp(places)) or 1.0) for places in (x, y))
    ax.set_xlim(x.min() - beside, x.max() + beside)
    height = (y.max() - y.min() + 2 * above) / (1 - _HEADROOM)
    ax.set_ylim(y.min() - above, y.min() - above + height)
    ticks_inside(ax)
    write(ax.set_xlabel(drawn_label(content.x_label, 60), loc="right"))
    write(ax.set_ylabel(drawn_label(content.y_label, 60), loc="top"))
