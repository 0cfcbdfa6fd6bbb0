"""Where a scan of limits excludes a signal: limits that fall below the theory."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from hepline.arrays import Floats
from hepline.errors import FitError

__all__ = ["ExcludedRange", "excluded_ranges", "ratio_to_theory"]


@dataclass(frozen=True)
class ExcludedRange:
    """A range of a parameter in which a signal as predicted is excluded.

    Attributes
    ----------
    low, high : float
        Where the limit crosses the theory, or the end of the scan.
    open_low, open_high : bool
        Whether that end is the end of the scan, so that exclusion may go on beyond it.
    """

    low: float
    high: float
    open_low: bool = False
    open_high: bool = False

    @property
    def crossings(self) -> tuple[float, ...]:
        """Ends at which the limit crosses the theory."""
        ends = ((self.low, self.open_low), (self.high, self.open_high))
        return tuple(place for place, is_open in ends if not is_open)


def ratio_to_theory(
    at: ArrayLike, limits: ArrayLike, theory_at: ArrayLike, theory: ArrayLike
) -> tuple[Floats, Floats]:
    """Limit divided by theory wherever one of both has a point, and both are defined.

    Both are interpolated in the logarithm: cross-sections fall like exponentials.

    Parameters
    ----------
    at, limits : array_like, shape (point,)
        Values of the parameter in any order, and limits there; NaN is left out.
    theory_at, theory : array_like, shape (other point,)

    Returns
    -------
    tuple of (ndarray, ndarray)
        Places in ascending order, and the ratio.

    Raises
    ------
    FitError
        If a limit or a prediction is not above zero.
    """
    places, log_limits = _logarithms(at, limits, "limit")
    known, log_theory = _logarithms(theory_at, theory, "prediction")
    if not len(places) or not len(known):
        return np.array([]), np.array([])
    low, high = max(places[0], known[0]), min(places[-1], known[-1])
    union = np.union1d(places, known)
    shared = union[(union >= low) & (union <= high)]
    ratio = np.interp(shared, places, log_limits) - np.interp(shared, known, log_theory)
    return shared, np.exp(ratio)


def excluded_ranges(at: ArrayLike, ratio: ArrayLike) -> tuple[ExcludedRange, ...]:
    """Find the ranges in which a ratio of limit to theory is below one.

    Parameters
    ----------
    at : array_like, shape (point,)
        Ascending.
    ratio : array_like, shape (point,)
        Positive; its logarithm is interpolated.

    Returns
    -------
    tuple of ExcludedRange
        Ascending.
    """
    places = np.asarray(at, dtype=np.float64)
    height = np.log(np.asarray(ratio, dtype=np.float64))
    below = height < 0
    ranges: list[ExcludedRange] = []
    start: float | None = None
    for index, inside in enumerate(below):
        changed = index > 0 and inside != below[index - 1]
        edge = _crossing(places, height, index) if changed else float(places[index])
        if inside and start is None:
            start = edge
        elif not inside and start is not None:
            ranges.append(ExcludedRange(start, edge, open_low=bool(below[0]) and not ranges))
            start = None
    if start is not None:
        ranges.append(
            ExcludedRange(
                start, float(places[-1]), open_low=bool(below[0]) and not ranges, open_high=True
            )
        )
    return tuple(ranges)


def _crossing(places: Floats, height: Floats, index: int) -> float:
    """Where the line between a point and the one before it is zero."""
    before, after = float(height[index - 1]), float(height[index])
    share = before / (before - after)
    return float(places[index - 1] + share * (places[index] - places[index - 1]))


def _logarithms(at: ArrayLike, values: ArrayLike, what: str) -> tuple[Floats, Floats]:
    places, heights = np.asarray(at, dtype=np.float64), np.asarray(values, dtype=np.float64)
    finite = np.isfinite(heights)
    places, heights = places[finite], heights[finite]
    if (heights <= 0).any():
        place = float(places[heights <= 0][0])
        raise FitError(
            f"the {what} at {place:g} is not above zero.",
            why="limits and predictions are compared, and interpolated, by their logarithms.",
            fix="leave out this point.",
        )
    order = np.argsort(places)
    return places[order], np.log(heights[order])
