"""Sums of values and of their squares that are exact, and mean and deviation from them."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from hepline.arrays import Floats, Integers, empty
from hepline.survey.loops import ROWS, SUMS, float_sums, integer_sums

__all__ = ["NOTHING", "Moments", "moments_of_floats", "moments_of_integers"]

_SMALLEST = 1074
"""The smallest positive float64 is two to minus this power."""
_BITS = 64
"""Bits of a square root beyond those that a float64 holds."""


@dataclass(frozen=True)
class Moments:
    """Sums over values, as integers: adding and taking away lose nothing, in any order.

    Attributes
    ----------
    count : int
    total : int
        Sum of the values, in units of two to the power of ``-fraction``.
    squares : int
        Sum of their squares, in the square of this unit.
    fraction : int
        0 for integers, 1074 for floats.
    """

    count: int = 0
    total: int = 0
    squares: int = 0
    fraction: int = 0

    def __add__(self, other: Moments) -> Moments:
        if not (self.count and other.count):
            return self if self.count else other
        return Moments(
            self.count + other.count,
            self.total + other.total,
            self.squares + other.squares,
            self.fraction,
        )

    def without(self, value: float, count: int) -> Moments:
        """Take a value away.

        Parameters
        ----------
        value : float or int
        count : int
            How often it was added.
        """
        above, below = value.as_integer_ratio()
        units = (above << self.fraction) // below
        return Moments(
            self.count - count,
            self.total - units * count,
            self.squares - units * units * count,
            self.fraction,
        )

    @property
    def mean(self) -> float | None:
        """The mean, correctly rounded; None without values."""
        if not self.count:
            return None
        # Python rounds quotients of integers correctly.
        return self.total / (self.count << self.fraction)

    @property
    def deviation(self) -> float | None:
        """The standard deviation, as ``numpy.std`` defines it; None without values."""
        if not self.count:
            return None
        variance = self.count * self.squares - self.total * self.total
        shift = max(0, 2 * _BITS + 2 * self.fraction - variance.bit_length())
        shift += shift % 2
        return math.isqrt(variance << shift) / (self.count << (self.fraction + shift // 2))


NOTHING = Moments()
"""Sums over no values."""


def moments_of_floats(values: Floats, keys: Integers) -> Moments:
    """Sum finite values.

    Parameters
    ----------
    values : ndarray of float64, shape (entry,)
        Sorted.
    keys : ndarray of int64, shape (entry,)
        Filled with integers in the order of the values.
    """
    sums, size = empty((ROWS, SUMS), np.int64), np.zeros(1, np.int64)
    float_sums(values, keys, sums, size)
    total = squares = 0
    for row in sums[: size[0]].tolist():
        top, high, low, *parts = row
        # Numbers without a hidden bit have the exponent of the smallest ones that have it.
        exponent = max(top & 0x7FF, 1) - 1
        sign = -1 if top >> 11 else 1
        total += sign * ((high << 26) + low) << exponent
        squares += _square(parts, 27, 26) << (2 * exponent)
    return Moments(len(values), total, squares, _SMALLEST)


def moments_of_integers(values: Integers, lowest: int = 0) -> Moments:
    """Sum integers.

    Parameters
    ----------
    values : ndarray of int64, shape (entry,)
    lowest : int
        Is added to each value.
    """
    sums = empty((1, SUMS), np.int64)
    integer_sums(values, sums)
    _, high, low, *parts = sums[0].tolist()
    total, squares, count = (high << 32) + low, _square(parts, 32, 32), len(values)
    return Moments(
        count,
        total + count * lowest,
        squares + 2 * total * lowest + count * lowest * lowest,
    )


def _square(parts: list[int], split: int, half: int) -> int:
    """Sum of ``(2**half a + b)**2`` from the sums of aa, ab and bb, each in two parts."""
    aa, ab, bb = ((parts[i] << split) + parts[i + 1] for i in (0, 2, 4))
    return (aa << (2 * half)) + (ab << (half + 1)) + bb
