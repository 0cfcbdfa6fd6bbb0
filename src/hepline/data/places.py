"""Positions of lists among all elements, from a counter."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

__all__ = ["Places"]

Integers = NDArray[np.int64]


@dataclass(frozen=True)
class Places:
    """Positions of the elements of events among those of all events from `first` on.

    Attributes
    ----------
    first : int
        The event that `offsets` begin with.
    offsets : ndarray of int64, shape (event + 1,)
    part : ndarray of int64, shape (event + 1,)
        Offsets of the requested events alone, from 0.
    """

    first: int
    offsets: Integers
    part: Integers

    @classmethod
    def between(cls, first: int, offsets: Integers, start: int, stop: int) -> Places:
        """Make the places of the events `start` to `stop`, from offsets that begin at `first`."""
        part = offsets[start - first : stop - first + 1]
        return cls(first, offsets, part - part[0] if part[0] else part)

    def within(self, edges: Sequence[int], basket: int) -> Integers:
        """The first element of each event of a basket."""
        first, last = edges[basket : basket + 2]
        return self.offsets[first - self.first : last - self.first]

    def of(self, events: Sequence[int]) -> list[int]:
        """Positions at which the elements of events begin."""
        places: list[int] = self.offsets[np.asarray(events) - self.first].tolist()
        return places
