"""Data over prediction, in the panel below a distribution."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.ticker import MaxNLocator

from hepline.arrays import Floats
from hepline.show.marks import draw_band, draw_points
from hepline.show.style import INK, WARNING, ticks_inside
from hepline.stats.results import ChannelPrediction

__all__ = ["draw_ratio"]


_SPANS = (0.05, 0.1, 0.2, 0.3, 0.5, 0.8, 1.0)
# A few outliers must not squeeze everything else into a line: they become arrows.
_WIDEST = 1.0


def draw_ratio(
    ax: Axes,
    prediction: ChannelPrediction,
    edges: Floats,
    *,
    beside: Sequence[ChannelPrediction] = (),
) -> None:
    """Draw the ratio of data and prediction with the errors of both.

    Parameters
    ----------
    ax : Axes
    prediction : ChannelPrediction
    edges : ndarray, shape (bin + 1,)
    beside : sequence of ChannelPrediction
        Others whose ratio has to fit into the same range.
    """
    total = prediction.total
    band = np.nan_to_num(_relative(prediction.uncertainty, total))
    ax.axhline(1.0, color=INK, linewidth=0.9, zorder=2)
    draw_band(ax, np.ones_like(total), band, edges)
    draw_points(ax, edges, *_ratio_points(prediction))
    ax.set_xlim(edges[0], edges[-1])
    ticks_inside(ax)
    ax.yaxis.set_major_locator(MaxNLocator(5, prune="both", steps=[1, 2, 2.5, 5, 10]))
    ax.set_ylabel("Data / pred.", size=11)
    ax.set_ylim(*_range((prediction, *beside)))
    _mark_outside(ax, prediction, edges)


def _range(predictions: Sequence[ChannelPrediction]) -> tuple[float, float]:
    """Choose a symmetric range around one that holds points, error bars and bands."""
    reach = 0.0
    for prediction in predictions:
        ratios, errors = _ratio_points(prediction)
        for reaches in (
            np.abs(ratios - 1) + errors,
            _relative(prediction.uncertainty, prediction.total),
        ):
            finite = reaches[np.isfinite(reaches)]
            reach = max(reach, float(finite.max(initial=0.0)))
    needed_span = reach * 1.1
    span = next((span for span in _SPANS if span >= needed_span), _WIDEST)
    return 1 - span, 1 + span


def _ratio_points(prediction: ChannelPrediction) -> tuple[Floats, Floats]:
    """Divide data by prediction, with √N / prediction; a bin without data has no ratio to show."""
    data = np.where(prediction.data != 0, prediction.data, np.nan)
    values = _relative(data, prediction.total)
    errors = _relative(np.sqrt(np.abs(prediction.data)), prediction.total)
    return values, np.nan_to_num(errors)


def _relative(numerator: Floats, denominator: Floats) -> Floats:
    """Divide; NaN, which is not drawn, where nothing is expected."""
    safe = np.where(denominator > 0, denominator, np.nan)
    return np.asarray(numerator / safe)


def _mark_outside(ax: Axes, prediction: ChannelPrediction, edges: Floats) -> None:
    """Put arrows at the border for points that the range cuts off."""
    values, _ = _ratio_points(prediction)
    centers = (edges[1:] + edges[:-1]) / 2
    low, high = ax.get_ylim()
    reach = (high - low) / 2
    for marker, outside, place in (
        ("^", values >= high, high - 0.09 * reach),
        ("v", values <= low, low + 0.09 * reach),
    ):
        if outside.any():
            where = centers[outside]
            ax.plot(where, np.full_like(where, place), marker, color=WARNING, markersize=7)
