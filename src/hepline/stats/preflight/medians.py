"""The smoother 353QH, twice: running medians that follow steps and forget spikes.

Medians of three, five and three neighbors, a quadratic bridge over flat places, running means
with weights 1/4, 1/2, 1/4 ("Hanning"); then the same for what is left over, added back ("twice").
"""

from __future__ import annotations

import numpy as np

from hepline.arrays import Floats

__all__ = ["smooth_353qh"]


def smooth_353qh(values: Floats) -> Floats:
    """Smooth a sequence as `TH1::Smooth` of ROOT does.

    A constant and a straight line stay as they are. The sum is not preserved in general.

    Parameters
    ----------
    values : ndarray, shape (bin,)

    Returns
    -------
    ndarray, shape (bin,)
        The same numbers if there are fewer than three. Not negative if no value was.

    References
    ----------
    J. Friedman, Proc. 1974 CERN School of Computing, CERN 74-23, p. 271 (353QH);
    J. W. Tukey, Exploratory Data Analysis (1977), on "twicing" and the rule for end points.
    """
    if len(values) < 3:
        return values.copy()
    # ROOT looks for flat places to the last bit; then a rounding error would decide on a bridge.
    tolerance = 1e-12 * float(np.abs(values).max())
    first = _once(values, tolerance)
    smoothed = first + _once(values - first, tolerance)
    return smoothed if values.min() < 0 else np.maximum(smoothed, 0.0)


def _once(values: Floats, tolerance: float) -> Floats:
    smoothed = _medians(values, 3)
    smoothed[0] = _end(values[0], smoothed[1], smoothed[2])
    smoothed[-1] = _end(values[-1], smoothed[-2], smoothed[-3])
    # Windows of five do not fit around the second and the last but one: those keep three.
    by_three = _medians(smoothed, 3)
    by_five = _medians(smoothed, 5)
    by_five[[1, -2]] = by_three[[1, -2]]
    return _means(_bridged(_medians(by_five, 3), tolerance))


def _medians(values: Floats, window: int) -> Floats:
    """Running medians; values closer to an end than half a window stay."""
    medians = values.copy()
    if len(values) >= window:
        reach = window // 2
        windows = np.lib.stride_tricks.sliding_window_view(values, window)
        medians[reach:-reach] = np.median(windows, axis=1)
    return medians


def _end(value: float, neighbor: float, next_one: float) -> float:
    """Median of an end point, its neighbor, and what a line through the next two would have.

    The line is taken one and a half steps further than the end, as Tukey has it.
    """
    return float(np.median([value, neighbor, 3 * neighbor - 2 * next_one]))


def _bridged(values: Floats, tolerance: float) -> Floats:
    """Replace the flat tops and bottoms that medians leave by a parabola through their ends."""
    bridged = values.copy()
    for at in range(2, len(values) - 2):
        here = values[at]
        left, before, _, after, right = values[at - 2 : at + 3] - here
        flat = max(abs(before), abs(after)) <= tolerance < min(abs(left), abs(right))
        if flat and left * right > 0:
            # The parabola bends toward the end that is closer to the flat place.
            step = -1 if abs(right) > abs(left) else 1
            near, far = values[at + 2 * step], values[at - 2 * step]
            bridged[at] = -0.5 * far + here / 0.75 + near / 6
            bridged[at + step] = 0.5 * (near - far) + here
    return bridged


def _means(values: Floats) -> Floats:
    means = values.copy()
    means[1:-1] = 0.25 * values[:-2] + 0.5 * values[1:-1] + 0.25 * values[2:]
    return means
