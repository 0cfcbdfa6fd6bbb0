"""Data compared with the prediction, in the panel below a distribution: ratio or pull."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.ticker import MaxNLocator

from hepline.arrays import Floats
from hepline.show.bins import Bins
from hepline.show.marks import draw_band, draw_points, draw_statistical, poisson_errors
from hepline.show.stack_content import StackContent
from hepline.show.style import INK, WARNING, ticks_inside

__all__ = ["draw_pull", "draw_ratio"]


_SPANS = (0.05, 0.1, 0.2, 0.3, 0.5, 0.8, 1.0)
# A few outliers must not squeeze everything else into a line: they become arrows.
_WIDEST = 1.0
_PULLS = (3.0, 5.0)  # standard deviations: least and largest range
_PULL_FILL = "#9aa3b2"


def draw_ratio(
    ax: Axes, content: StackContent, bins: Bins, *, beside: Sequence[StackContent] = ()
) -> None:
    """Draw the ratio of data and prediction with the errors of both.

    Parameters
    ----------
    ax : Axes
    content : StackContent
    bins : Bins
    beside : sequence of StackContent
        Others whose ratio has to fit into the same range.
    """
    total = content.expected
    ax.axhline(1.0, color=INK, linewidth=0.9, zorder=2)
    unity = np.ones_like(total)
    if content.uncertainty is not None and content.statistical_error.any():
        statistical = np.nan_to_num(_relative(content.statistical_error, total))
        draw_statistical(ax, unity, statistical, bins.edges)
    draw_band(ax, unity, np.nan_to_num(_relative(content.error, total)), bins.edges)
    values, errors = _ratio_points(content)
    draw_points(ax, bins, values, errors)
    _dress(ax, bins, "Data / pred.")
    ax.set_ylim(*_range((content, *beside)))
    _mark_outside(ax, values, bins)


def draw_pull(
    ax: Axes, content: StackContent, bins: Bins, *, beside: Sequence[StackContent] = ()
) -> None:
    """Draw the difference of data and prediction in standard deviations of both together.

    Parameters
    ----------
    ax : Axes
    content : StackContent
    bins : Bins
    beside : sequence of StackContent
        Others that have to fit into the same range.
    """
    values = _pulls(content)
    ax.stairs(np.nan_to_num(values), bins.edges, fill=True, color=_PULL_FILL, baseline=0, zorder=2)
    ax.stairs(np.nan_to_num(values), bins.edges, baseline=0, color=INK, linewidth=0.8, zorder=3)
    ax.axhline(0.0, color=INK, linewidth=0.9, zorder=4)
    for place in (-2.0, 2.0):
        ax.axhline(place, color=INK, linewidth=0.7, linestyle=(0, (2, 3)), zorder=1)
    _dress(ax, bins, "Pull [σ]")
    sizes = np.abs(np.concatenate([_pulls(other) for other in (content, *beside)]))
    least, largest = _PULLS
    reach = min(max(least, math.ceil(float(np.nanmax(sizes, initial=0.0)))), largest)
    ax.set_ylim(-reach, reach)
    _mark_outside(ax, values, bins)


def _dress(ax: Axes, bins: Bins, label: str) -> None:
    ax.set_xlim(bins.edges[0], bins.edges[-1])
    ticks_inside(ax)
    ax.yaxis.set_major_locator(MaxNLocator(5, prune="both", steps=[1, 2, 2.5, 5, 10]))
    ax.set_ylabel(label, size=11)


def _range(contents: Sequence[StackContent]) -> tuple[float, float]:
    """Choose a symmetric range around one that holds points, error bars and bands."""
    reach = 0.0
    for content in contents:
        ratios, errors = _ratio_points(content)
        for reaches in (
            np.abs(ratios - 1) + errors.max(axis=0),
            _relative(content.error, content.expected),
        ):
            finite = reaches[np.isfinite(reaches)]
            reach = max(reach, float(finite.max(initial=0.0)))
    needed_span = reach * 1.1
    span = next((span for span in _SPANS if span >= needed_span), _WIDEST)
    return 1 - span, 1 + span


def _ratio_points(content: StackContent) -> tuple[Floats, Floats]:
    """Divide data, with their intervals, by the prediction; an empty bin has no ratio to show."""
    data = np.where(content.counts != 0, content.counts, np.nan)
    values = _relative(data, content.expected)
    errors = _relative(poisson_errors(content.counts), content.expected)
    return values, np.nan_to_num(errors)


def _pulls(content: StackContent) -> Floats:
    """Difference over its error, of which the data have the side that faces the prediction."""
    difference = content.counts - content.expected
    down, up = poisson_errors(content.counts)
    error = np.hypot(np.where(difference > 0, down, up), content.error)
    return _relative(difference, error)


def _relative(numerator: Floats, denominator: Floats) -> Floats:
    """Divide; NaN, which is not drawn, where nothing is expected."""
    safe = np.where(denominator > 0, denominator, np.nan)
    return np.asarray(numerator / safe)


def _mark_outside(ax: Axes, values: Floats, bins: Bins) -> None:
    """Put arrows at the border for points that the range cuts off."""
    low, high = ax.get_ylim()
    reach = (high - low) / 2
    for marker, outside, place in (
        ("^", values >= high, high - 0.09 * reach),
        ("v", values <= low, low + 0.09 * reach),
    ):
        if outside.any():
            where = bins.centers[outside]
            ax.plot(where, np.full_like(where, place), marker, color=WARNING, markersize=7)
