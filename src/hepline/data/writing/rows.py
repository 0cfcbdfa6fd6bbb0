"""Columns of consecutive events as flat rows, ready to be cut, joined and written."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import awkward as ak
import numpy as np
from numpy.typing import NDArray

from hepline.arrays import Integers, Mask
from hepline.columns.leaves import presence_of
from hepline.columns.schema import ColumnSpec
from hepline.columns.source import Chunk

__all__ = ["Chosen", "Rows", "joined", "offsets_of", "rows_of"]

Words = Mapping[int, str]


@dataclass(frozen=True, eq=False)
class Rows:
    """One column of some events.

    Attributes
    ----------
    values : ndarray, shape (element,)
        Of text: its codes.
    lists : tuple of ndarray of int64, shape (list + 1,)
        Offsets of the lists around the elements, outermost first; each begins with 0.
    there : ndarray of bool, shape (element,), or None
        False where an element is missing; None if values cannot be missing.
    words : mapping of int to str, or None
        The texts by their codes; None for numbers.
    """

    values: NDArray[Any]
    lists: tuple[Integers, ...] = ()
    there: Mask | None = None
    words: Words | None = None

    def __len__(self) -> int:
        return len(self.lists[0]) - 1 if self.lists else len(self.values)

    @property
    def nbytes(self) -> int:
        """Memory of the numbers and offsets."""
        mask = 0 if self.there is None else self.there.nbytes
        return self.values.nbytes + mask + sum(offsets.nbytes for offsets in self.lists)

    def cut(self, start: int, stop: int) -> Rows:
        """Cut out the events `start` to `stop`."""
        lists = []
        for offsets in self.lists:
            lists.append(offsets[start : stop + 1] - offsets[start])
            start, stop = int(offsets[start]), int(offsets[stop])
        there = None if self.there is None else self.there[start:stop]
        return Rows(self.values[start:stop], tuple(lists), there, self.words)

    def layout(self) -> ak.contents.Content:
        """The column as awkward's layout; text as strings."""
        layout = ak.contents.NumpyArray(np.ascontiguousarray(self.values))
        if self.words is not None:
            layout = _strings(self.values, self.words)
        if self.there is not None:
            # Only values that are there are written: the others hold anything.
            places = np.where(self.there, np.cumsum(self.there) - 1, -1)
            index = ak.index.Index64(places.astype(np.int64))
            layout = ak.contents.IndexedOptionArray(index, layout[self.there])
        for offsets in reversed(self.lists):
            layout = ak.contents.ListOffsetArray(ak.index.Index64(offsets), layout)
        return layout


def _strings(codes: NDArray[np.uint64], words: Words) -> ak.contents.Content:
    """Texts in place of their codes; where a value is missing, its code has no text."""
    distinct, places = np.unique(codes, return_inverse=True)
    texts = [words.get(int(code), "").encode() for code in distinct]
    lengths = np.array([len(text) for text in texts], np.int64)[places]
    letters = np.frombuffer(b"".join(texts[place] for place in places.tolist()), np.uint8)
    content = ak.contents.NumpyArray(letters, parameters={"__array__": "char"})
    offsets = ak.index.Index64(offsets_of(lengths))
    return ak.contents.ListOffsetArray(offsets, content, parameters={"__array__": "string"})


def offsets_of(counts: NDArray[Any]) -> Integers:
    """Offsets of lists of these lengths."""
    offsets = np.zeros(len(counts) + 1, np.int64)
    np.cumsum(counts, out=offsets[1:])
    return offsets


def joined(parts: Sequence[Rows]) -> Rows:
    """Join consecutive events.

    Parameters
    ----------
    parts : sequence of Rows
        Of the same column, at least one.
    """
    first = parts[0]
    if len(parts) == 1:
        return first
    lists = tuple(
        offsets_of(np.concatenate([np.diff(part.lists[level]) for part in parts]))
        for level in range(len(first.lists))
    )
    there = None
    if any(part.there is not None for part in parts):
        masks = (np.ones(len(p.values), bool) if p.there is None else p.there for p in parts)
        there = np.concatenate([*masks])
    words = None
    if first.words is not None:
        words = {code: text for part in parts for code, text in (part.words or {}).items()}
    return Rows(np.concatenate([part.values for part in parts]), lists, there, words)


def rows_of(array: ak.Array, words: Words | None = None) -> Rows:
    """The rows of a computed column.

    Parameters
    ----------
    array : awkward.Array
        Numbers, perhaps missing, in any number of lists; for text, its codes.
    words : mapping of int to str, optional
    """
    layout = ak.to_packed(array, highlevel=False)
    lists = []
    while layout.is_list:
        layout = layout.to_ListOffsetArray64(True)
        lists.append(np.asarray(layout.offsets.data))
        layout = layout.content[: lists[-1][-1]]
    there = None
    if layout.is_option:
        there = np.asarray(layout.mask_as_bool(valid_when=True))
        values = np.zeros(len(there), np.asarray(layout.project().data).dtype)
        values[there] = np.asarray(layout.project().data)
    else:
        values = np.asarray(layout.data)
    return Rows(values, tuple(lists), there, words)


class Chosen:
    """The chosen events of a chunk; columns of one axis share the work.

    Parameters
    ----------
    chunk : Chunk
    mask : ndarray of bool, shape (event,), or None
        None chooses all events.
    """

    def __init__(self, chunk: Chunk, mask: Mask | None) -> None:
        self._chunk = chunk
        self._mask = mask
        self._levels: dict[tuple[str, ...], tuple[Integers, Mask]] = {}

    def rows(self, spec: ColumnSpec, words: Words | None = None) -> Rows:
        """One stored column of the chosen events."""
        values = self._chunk.contents[spec.name]
        there = self._chunk.contents.get(presence_of(spec.name)) if spec.optional else None
        axes = () if spec.axis is None else (spec.axis, *spec.inner)
        if self._mask is None:
            return Rows(values, tuple(self._chunk.offsets[axis] for axis in axes), there, words)
        keep, lists = self._mask, []
        for depth in range(len(axes)):
            offsets, keep = self._level(axes[: depth + 1], keep)
            lists.append(offsets)
        there = None if there is None else there[keep]
        return Rows(values[keep], tuple(lists), there, words)

    def _level(self, axes: tuple[str, ...], keep: Mask) -> tuple[Integers, Mask]:
        if axes not in self._levels:
            counts = np.diff(self._chunk.offsets[axes[-1]])
            self._levels[axes] = offsets_of(counts[keep]), np.repeat(keep, counts)
        return self._levels[axes]
