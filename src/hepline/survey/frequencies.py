"""How often values occur: exactly where they are few, else in as many bins as fit.

A bin holds the integers that are equal once their lowest bits are dropped. As many bits are dropped
as necessary, and no more, whatever the order in which values come: the result does not depend on
chunks. Floats are told apart by the integer of their bits, so that their bins are narrow where
they are dense, around zero, and never wider than a fixed fraction of the value.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from hepline.arrays import Floats, Integers, empty
from hepline.survey.loops import LEVELS, differing_bits, runs

__all__ = ["MOST", "Frequencies", "frequencies_of", "quantiles"]

MOST = 8192
"""Most bins: floats that fill sixty powers of two still have bins of 1 %."""

_POSITIVE = np.int64((1 << 63) - 1)


@dataclass(frozen=True, eq=False)
class Frequencies:
    """Counts of values.

    Attributes
    ----------
    level : int
        How many bits are dropped.
    keys : ndarray of int64, shape (bin,)
        Ascending.
    counts : ndarray of int64, shape (bin,)
    spare : int or None
        How many of the lowest bits never differ, in keys that are bits of float64; None for
        integers.
    lowest : int
        What is added to a key that is an integer.
    """

    level: int
    keys: Integers
    counts: Integers
    spare: int | None
    lowest: int = 0

    @property
    def exact(self) -> bool:
        """Whether each bin holds a single value."""
        return self.level <= (self.spare or 0)

    @cached_property
    def low(self) -> Floats:
        """The lowest value that each bin can hold."""
        return self.nearest if self.exact else self._values(self.keys << self.level)

    @cached_property
    def high(self) -> Floats:
        """The highest value that each bin can hold."""
        return self.nearest if self.exact else self._values(self._last)

    @cached_property
    def nearest(self) -> Floats:
        """The value of each bin that is nearest to zero."""
        return self._values(np.where(self.keys < 0, self._last, self.keys << self.level))

    @property
    def _last(self) -> Integers:
        return (self.keys << self.level) | np.int64((1 << self.level) - 1)

    def _values(self, keys: Integers) -> Floats:
        if self.spare is None and self.lowest:
            return (keys.view(np.uint64) + np.uint64(self.lowest)).astype(np.float64)
        if self.spare is None:
            return keys.astype(np.float64)
        return (keys ^ ((keys >> 63) & _POSITIVE)).view(np.float64)

    def place(self, value: float) -> int:
        """The bin of a value; -1 if it did not occur."""
        if self.spare is None:
            key = int(value) - self.lowest
        else:
            bits = int(np.float64(value + 0.0).view(np.int64))
            key = bits ^ int(_POSITIVE) if bits < 0 else bits
        place = int(np.searchsorted(self.keys, key >> self.level))
        return place if place < len(self.keys) and self.keys[place] == key >> self.level else -1

    def without(self, value: float, count: int) -> Frequencies:
        """Take a value away that occurs, as often as is said."""
        counts = self.counts.copy()
        counts[self.place(value)] -= count
        kept = counts > 0
        return replace(self, keys=self.keys[kept], counts=counts[kept])

    def __add__(self, other: Frequencies) -> Frequencies:
        level = max(self.level, other.level)
        first, second = self.coarser(level), other.coarser(level)
        keys = np.concatenate([first.keys, second.keys])
        order = np.argsort(keys, kind="stable")
        counts = np.concatenate([first.counts, second.counts])[order]
        return self._of(level, keys[order], counts)

    def coarser(self, level: int) -> Frequencies:
        """Drop more bits."""
        if level <= self.level:
            return self
        return self._joined(level, self.keys >> (level - self.level), self.counts)

    def _of(self, level: int, keys: Integers, counts: Integers) -> Frequencies:
        """Join equal keys, and neighbors until they are few."""
        dropped = _dropped(keys)
        return self._joined(level + dropped, keys >> dropped, counts)

    def _joined(self, level: int, keys: Integers, counts: Integers) -> Frequencies:
        starts = np.flatnonzero(np.concatenate([[True], keys[1:] != keys[:-1]]))[: len(keys)]
        sums = np.add.reduceat(counts, starts) if len(keys) else counts
        return Frequencies(level, keys[starts], sums, self.spare, self.lowest)


def frequencies_of(
    keys: Integers, level: int, *, spare: int | None, lowest: int = 0
) -> Frequencies:
    """Count values.

    Parameters
    ----------
    keys : ndarray of int64, shape (entry,)
        Sorted.
    level : int
        Bits that must be dropped anyway.
    spare, lowest
        See `Frequencies`.
    """
    bins, counts = (empty(min(MOST, len(keys)), np.int64) for _ in range(2))
    size = np.zeros(1, np.int64)
    runs(keys, level, bins, counts, size)
    if size[0] < 0:
        level = _dropped(keys)
        runs(keys, level, bins, counts, size)
    return Frequencies(level, bins[: size[0]].copy(), counts[: size[0]].copy(), spare, lowest)


def _distinct(keys: Integers) -> Integers:
    """How many keys are different once n bits are dropped."""
    differing = np.zeros(LEVELS, np.int64)
    differing_bits(keys, differing)
    return min(len(keys), 1) + np.cumsum(differing[:0:-1])[::-1]


def _dropped(keys: Integers) -> int:
    """The fewest bits to drop."""
    return int(np.argmax(_distinct(keys) <= MOST))


def quantiles(
    frequencies: Frequencies, ranks: Sequence[float], ends: tuple[float, float]
) -> tuple[list[float], float]:
    """Values below which fractions of all values lie, as ``numpy.quantile`` defines them.

    Parameters
    ----------
    frequencies : Frequencies
        Of at least one value.
    ranks : sequence of float
        From 0 to 1.
    ends : tuple of float
        The lowest and the highest value.

    Returns
    -------
    list of float
    float
        How wrong they can be at most: 0 where each bin holds one value.
    """
    counts = frequencies.counts
    through = np.cumsum(counts)
    places = np.asarray(ranks) * (through[-1] - 1)
    low = np.clip(frequencies.low, *ends)
    width = np.clip(frequencies.high, *ends) - low
    sides, errors = [], []
    for side in (np.floor(places), np.ceil(places)):
        bins = np.searchsorted(through, side, side="right")
        before = through[bins] - counts[bins]
        # Values are taken to be spread evenly in a bin.
        sides.append(low[bins] + width[bins] * ((side - before + 0.5) / counts[bins]))
        errors.append(width[bins])
    share = places - np.floor(places)
    values = sides[0] + (sides[1] - sides[0]) * share
    return values.tolist(), float(np.max(errors))
