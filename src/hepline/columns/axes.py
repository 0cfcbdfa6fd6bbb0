"""Histogram axes: which bin a number falls into."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from hepline.errors import LanguageError

__all__ = [
    "Axis",
    "IntegerAxis",
    "MemberAxis",
    "RegularAxis",
    "VariableAxis",
    "axis_from_bins",
]


@dataclass(frozen=True)
class Axis(ABC):
    """Bins along one quantity, with underflow and overflow.

    Attributes
    ----------
    label : str
        Quantity and unit: ``m [GeV]``.
    """

    label: str

    @property
    def bins(self) -> int:
        """Number of bins, without underflow and overflow."""
        return len(self.edges) - 1

    @property
    @abstractmethod
    def edges(self) -> NDArray[np.float64]:
        """Bin edges, shape (bins + 1,)."""

    @abstractmethod
    def index(self, values: NDArray[np.float64]) -> NDArray[np.int64]:
        """Bin of each value: 0 is underflow, 1 to `bins` the bins, `bins` + 1 overflow and NaN."""


@dataclass(frozen=True)
class RegularAxis(Axis):
    """Bins of one width; the lower edge belongs to the bin, the upper edge to the next.

    The arithmetic is that of Boost.Histogram's ``axis::regular``, so that a value on an edge
    lands in the same bin as in `hist`.
    """

    count: int
    low: float
    high: float

    @property
    def edges(self) -> NDArray[np.float64]:
        """Bin edges, shape (bins + 1,)."""
        share = np.arange(self.count + 1) / self.count
        return np.asarray((1.0 - share) * self.low + share * self.high)

    def index(self, values: NDArray[np.float64]) -> NDArray[np.int64]:
        """Bin of each value."""
        position = (np.asarray(values, np.float64) - self.low) / (self.high - self.low)
        inside = (position >= 0) & (position < 1)
        scaled = np.where(inside, position, 0.0) * self.count
        bins = scaled.astype(np.int64) + 1
        return np.where(inside, bins, np.where(position < 0, 0, self.count + 1))


@dataclass(frozen=True)
class VariableAxis(Axis):
    """Bins between given edges."""

    boundaries: tuple[float, ...]

    @property
    def edges(self) -> NDArray[np.float64]:
        """Bin edges, shape (bins + 1,)."""
        return np.asarray(self.boundaries, np.float64)

    def index(self, values: NDArray[np.float64]) -> NDArray[np.int64]:
        """Bin of each value."""
        # NaN sorts after every edge, hence into the overflow.
        return np.searchsorted(self.edges, np.asarray(values, np.float64), side="right")


@dataclass(frozen=True)
class IntegerAxis(Axis):
    """One bin for each integer from `low` up to, not including, `high`."""

    low: int
    high: int

    @property
    def edges(self) -> NDArray[np.float64]:
        """Bin edges, shape (bins + 1,)."""
        return np.arange(self.low, self.high + 1, dtype=np.float64)

    def index(self, values: NDArray[np.float64]) -> NDArray[np.int64]:
        """Bin of each value."""
        floor = np.floor(np.asarray(values, np.float64))
        inside = (floor >= self.low) & (floor < self.high)
        bins = np.where(inside, floor - self.low + 1, 0).astype(np.int64)
        return np.where(inside, bins, np.where(floor < self.low, 0, self.high - self.low + 1))


@dataclass(frozen=True)
class MemberAxis(IntegerAxis):
    """The members of an array of weights, by number; its label names the nuisance."""


def axis_from_bins(bins: object, label: str) -> Axis:
    """Make an axis from what a user gives as ``bins=``.

    Parameters
    ----------
    bins : (int, float, float), sequence of float, or range
        Count, low and high; or edges; or consecutive integers.
    label : str

    Raises
    ------
    LanguageError
        If there is no bin, or the edges do not increase.
    """
    if isinstance(bins, Axis):
        return bins
    if isinstance(bins, range) and bins.step == 1 and len(bins):
        return IntegerAxis(label, bins.start, bins.stop)
    numbers = _numbers(bins)
    if isinstance(bins, tuple) and len(numbers) == 2:
        # Without this check, a forgotten count would silently give one bin.
        raise LanguageError(
            f"bins={bins!r} does not say how many bins there are.",
            why="a tuple holds the number of bins, the lower edge and the upper edge.",
            fix=f"give bins=(50, {bins[0]!r}, {bins[1]!r}); one bin is bins=[{bins[0]!r}, "
            f"{bins[1]!r}], a list of edges.",
        )
    if isinstance(bins, tuple) and len(numbers) == 3 and isinstance(bins[0], int | np.integer):
        count, (low, high) = int(bins[0]), numbers[1:]
        if count > 0 and low < high and np.isfinite(high - low):
            return RegularAxis(label, count, low, high)
    elif len(numbers) > 1 and (np.diff(numbers) > 0).all():
        return VariableAxis(label, tuple(numbers))
    raise LanguageError(
        f"bins={bins!r} is not an axis.",
        why="an axis has at least one bin and edges that increase.",
        fix="give bins=(60, 60, 120) for 60 bins from 60 to 120, a list of edges, or range(0, 10).",
    )


def _numbers(bins: object) -> list[float]:
    """The numbers of a flat sequence; empty for anything else."""
    if not isinstance(bins, list | tuple | range | np.ndarray):
        return []
    numbers = np.asarray(bins, object)
    real = (int, float, np.integer, np.floating)
    if numbers.ndim != 1 or not all(isinstance(number, real) for number in numbers):
        return []
    return [float(number) for number in numbers]
