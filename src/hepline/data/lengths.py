"""Lengths of a collection's lists: its counter and all of its columns must agree."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

from hepline.data.rows import empty_row
from hepline.errors import CorruptData

__all__ = ["agreed", "offsets_of"]

Integers = NDArray[np.int64]


def offsets_of(counts: NDArray[np.integer]) -> Integers:
    """Offsets of lists of these lengths.

    Parameters
    ----------
    counts : ndarray of int, shape (event,)

    Returns
    -------
    ndarray of int64, shape (event + 1,)

    Raises
    ------
    ValueError
        If a length is negative.
    """
    if len(counts) and counts.min() < 0:
        raise ValueError(f"a list has {counts.min()} elements")
    offsets: Integers = empty_row(len(counts) + 1, np.int64)
    offsets[0] = 0
    np.cumsum(counts, dtype=np.int64, out=offsets[1:])
    return offsets


def agreed(path: str, start: int, columns: Iterable[tuple[str, Integers]]) -> Integers:
    """The offsets of a collection, checked for agreement between its columns.

    Parameters
    ----------
    path : str
        For messages.
    start : int
        Number of the first event.
    columns : iterable of (str, ndarray of int64, shape (event + 1,))
        Columns, the counter first if there is one, with their offsets.

    Raises
    ------
    CorruptData
        If two of them disagree, with the event and both lengths.
    """
    (reference, expected), *others = columns
    for name, offsets in others:
        if offsets is expected or np.array_equal(offsets, expected):
            continue
        lengths, expected_lengths = np.diff(offsets), np.diff(expected)
        event = int(np.flatnonzero(lengths != expected_lengths)[0])
        raise CorruptData(
            f"'{name}' has {lengths[event]} elements in entry {start + event} of {path}, "
            f"'{reference}' says {expected_lengths[event]}.",
            why="columns of one collection describe the same objects.",
            fix="the file is damaged or was merged wrongly: fetch or make it again.",
        )
    return expected
