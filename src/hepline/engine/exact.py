"""Sums of floats that do not depend on the order: exact until they are read.

Every float64 is an integer times a power of two. Adding the integers exponent by exponent loses
nothing, so chunks may be merged in any order, and the total read at the end is the correctly
rounded true sum (that of `math.fsum`).
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

__all__ = ["ExactSums"]

_MANTISSA = 53
_LOW = 26  # Halves of 27 and 26 bits: 2**36 of them fit an int64, 2**26 a float64 of bincount.
_MOST = 1 << 26


@dataclass
class ExactSums:
    """One exact sum per bin.

    Attributes
    ----------
    bins : int
    parts : dict of int to ndarray of int64, shape (2, bins)
        Exponent → sums of the high and low halves of the mantissas.
    """

    bins: int
    parts: dict[int, NDArray[np.int64]] = field(default_factory=dict)

    def add(self, index: NDArray[np.int64], values: NDArray[np.float64]) -> None:
        """Add finite values to their bins.

        Parameters
        ----------
        index : ndarray of int64, shape (entry,)
        values : ndarray of float64, shape (entry,)
        """
        fraction, exponent = np.frexp(values)
        mantissa = np.ldexp(fraction, _MANTISSA).astype(np.int64)
        for start in range(0, len(values), _MOST):
            part = slice(start, start + _MOST)
            self._add(index[part], mantissa[part], exponent[part])

    def _add(
        self, index: NDArray[np.int64], mantissa: NDArray[np.int64], exponent: NDArray[np.int32]
    ) -> None:
        # Numbers with equal exponents are added as integers, one row of bins per exponent.
        lowest = int(exponent.min())
        occurring = np.flatnonzero(np.bincount(exponent - lowest))
        row = np.zeros(occurring[-1] + 1, np.int64)
        row[occurring] = np.arange(len(occurring))
        cell = row[exponent - lowest] * self.bins + index
        shape = (len(occurring), self.bins)
        halves = [
            np.bincount(cell, weights=half, minlength=len(occurring) * self.bins)
            .astype(np.int64)
            .reshape(shape)
            for half in (mantissa >> _LOW, mantissa & ((1 << _LOW) - 1))
        ]
        for place, above in enumerate(occurring.tolist()):
            if halves[0][place].any() or halves[1][place].any():
                sums = self._part(above + lowest - _MANTISSA)
                sums[0] += halves[0][place]
                sums[1] += halves[1][place]

    def add_repeated(self, counts: NDArray[np.int64], value: float) -> None:
        """Add a finite value to each bin, as often as counted.

        Parameters
        ----------
        counts : ndarray of int64, shape (bins,)
        value : float
        """
        fraction, exponent = np.frexp(np.float64(value))
        mantissa = int(np.ldexp(fraction, _MANTISSA))
        sums = self._part(int(exponent) - _MANTISSA)
        sums[0] += (mantissa >> _LOW) * counts
        sums[1] += (mantissa & ((1 << _LOW) - 1)) * counts

    def add_digits(self, digits: NDArray[np.int64], exponent: int) -> None:
        """Add one integer per bin, in units of a power of two.

        Parameters
        ----------
        digits : ndarray of int64, shape (bins,)
        exponent : int
            Of the unit.
        """
        sums = self._part(exponent)
        sums[0] += digits >> _LOW
        sums[1] += digits & ((1 << _LOW) - 1)

    def _part(self, exponent: int) -> NDArray[np.int64]:
        if exponent not in self.parts:
            self.parts[exponent] = np.zeros((2, self.bins), np.int64)
        return self.parts[exponent]

    def merge(self, other: ExactSums) -> None:
        """Add the sums of another chunk."""
        for exponent, sums in other.parts.items():
            self._part(exponent)[...] += sums

    def values(self) -> NDArray[np.float64]:
        """The sums, correctly rounded, shape (bins,)."""
        if not self.parts:
            return np.zeros(self.bins)
        lowest = min(self.parts)
        totals = [0] * self.bins
        for exponent, (high, low) in self.parts.items():
            occupied = np.flatnonzero(high | low)
            halves = zip(high[occupied].tolist(), low[occupied].tolist(), strict=True)
            for place, (above, below) in zip(occupied.tolist(), halves, strict=True):
                totals[place] += ((above << _LOW) + below) << (exponent - lowest)
        # Python rounds quotients of integers correctly.
        up, down = 1 << max(lowest, 0), 1 << max(-lowest, 0)
        return np.array([total * up / down for total in totals])
