"""Values of an expression for a chunk of events: a row of elements, and its division into lists.

These are awkward's buffers: expressions along one list share one `Level`, so that nothing about its
shape is computed twice, and a missing value is always a missing *element* (awkward's broadcasting
would turn a missing event scalar into a missing list).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import awkward as ak
import numpy as np
from numpy.typing import NDArray

from hepline.columns.types import Type

__all__ = ["Jagged", "Level", "all_present", "offsets_of"]

Integers = NDArray[np.int64]
Truths = NDArray[np.bool_]


@dataclass(frozen=True, eq=False)
class Level:
    """One list level: offsets of the lists among the elements.

    Attributes
    ----------
    offsets : ndarray of int64, shape (list + 1,)
    """

    offsets: Integers

    @cached_property
    def counts(self) -> Integers:
        """Length of each list."""
        return np.diff(self.offsets)

    @cached_property
    def parents(self) -> Integers:
        """The list of each element."""
        return np.repeat(np.arange(len(self.counts)), self.counts)

    @cached_property
    def local(self) -> Integers:
        """Place of each element in its list."""
        return np.arange(self.offsets[-1]) - self.offsets[:-1][self.parents]

    @property
    def size(self) -> int:
        """Number of elements."""
        return int(self.offsets[-1])

    def keep(self, mask: Truths) -> Level:
        """The lists after dropping the elements outside a mask."""
        return Level(np.concatenate(([0], np.cumsum(mask)))[self.offsets])


def all_present(masks: Iterable[Truths | None]) -> Truths | None:
    """Where corresponding elements are all present; None if none can be missing."""
    rows = [mask for mask in masks if mask is not None]
    return np.logical_and.reduce(rows) if rows else None


def offsets_of(counts: Integers) -> Integers:
    """Offsets of lists of these lengths."""
    return np.concatenate(([0], np.cumsum(counts, dtype=np.int64)))


@dataclass(frozen=True, eq=False)
class Jagged:
    """The values of an expression.

    Attributes
    ----------
    content : ndarray, shape (element,), or NumPy scalar
        A scalar is a constant: the same for every event.
    levels : tuple of Level
        Outermost first; none for one value per event.
    present : ndarray of bool, shape (element,), or None
        False where an element is missing; None if none is.
    """

    content: Any
    levels: tuple[Level, ...] = ()
    present: Truths | None = None

    @property
    def is_constant(self) -> bool:
        """Whether the value is one number for all events."""
        return np.ndim(self.content) == 0

    def row(self, size: int) -> NDArray[Any]:
        """The elements as an array; a constant is repeated `size` times."""
        if self.is_constant:
            return np.full(size, self.content)
        return np.asarray(self.content)

    def spread(self, levels: Sequence[Level]) -> Jagged:
        """Repeat each element along deeper list levels."""
        if self.is_constant:
            return self
        content, present = self.content, self.present
        for level in levels[len(self.levels) :]:
            content = content[level.parents]
            present = None if present is None else present[level.parents]
        return Jagged(content, tuple(levels), present)

    def events(self, mask: Truths, shorter: dict[Level, tuple[Level, Truths]]) -> Jagged:
        """The values of the events in a mask.

        Parameters
        ----------
        mask : ndarray of bool, shape (event,)
        shorter : dict of Level to (Level, ndarray of bool)
            Cache of levels shortened by the same mask; the levels of this call are added.
        """
        if self.is_constant:
            return self
        keep, levels = mask, []
        for level in self.levels:
            if level not in shorter:
                shorter[level] = (Level(offsets_of(level.counts[keep])), keep[level.parents])
            fewer, keep = shorter[level]
            levels.append(fewer)
        present = None if self.present is None else self.present[keep]
        return Jagged(self.content[keep], tuple(levels), present)

    def array(self, type_: Type, events: int) -> ak.Array:
        """Convert to an awkward array of the expression's type, even if it is empty.

        Parameters
        ----------
        type_ : Type
        events : int
        """
        row = np.ascontiguousarray(self.row(events), dtype=type_.dtype)
        layout = ak.contents.NumpyArray(row)
        if type_.optional:
            present = np.ones(len(row), np.bool_) if self.present is None else self.present
            mask = ak.index.Index8(present.astype(np.int8))
            layout = ak.contents.ByteMaskedArray(mask, layout, valid_when=True)
        for level in reversed(self.levels):
            layout = ak.contents.ListOffsetArray(ak.index.Index64(level.offsets), layout)
        return ak.Array(layout)
