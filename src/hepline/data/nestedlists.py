"""Lists of lists in the baskets of a TTree, taken apart byte by byte.

C++ writes ``vector<vector<T>>`` as a header, a size, and for each inner vector its size and its
elements. How long anything is shows only when one gets there, so this is compiled.
"""

# Types are numba's to infer.
# mypy: disable-error-code="no-untyped-def, misc"

from __future__ import annotations

from typing import Any

import numpy as np
from numba import njit
from numpy.typing import NDArray

from hepline.arrays import empty
from hepline.data.baskets import Basket
from hepline.data.lengths import offsets_of
from hepline.data.vectors import Vectors

__all__ = ["taken_apart", "within"]

_WORD = 4


def taken_apart(
    basket: Basket, events: int, vectors: Vectors
) -> tuple[list[NDArray[np.int64]], NDArray[Any]]:
    """The lists of lists of a basket.

    Parameters
    ----------
    basket : Basket
    events : int
    vectors : Vectors
        How they are written.

    Returns
    -------
    list of ndarray of int64
        Lengths of the lists of each level, outermost first.
    ndarray, shape (element,)
        In the dtype of the file.

    Raises
    ------
    ValueError
        If the sizes do not fit the bytes, or an object does not begin as its class does.
    """
    content = np.frombuffer(basket.content, np.uint8)
    starts = basket.starts(events)
    size = vectors.record.itemsize
    # Where no size is stored a list of nothing takes no byte, and otherwise four.
    words = len(content) // _WORD + 1
    counts = [empty(events, np.int64), empty(words, np.int64), empty(words, np.int64)]
    elements = empty(len(content), np.uint8)
    found = _walk(
        content, starts, vectors.header, vectors.depth, vectors.counted, size, *counts, elements
    )
    if found[0] < 0:
        raise ValueError("the sizes of lists of lists do not fit their bytes")
    levels = [counts[0], counts[1][: found[1]], counts[2][: found[2]]][: vectors.depth]
    records = elements[: found[0]].view(vectors.record)
    vectors.check(records)
    return levels, records


def within(
    levels: list[NDArray[np.int64]], records: NDArray[Any], low: int, high: int
) -> tuple[list[NDArray[np.int64]], NDArray[Any]]:
    """The lists of the events `low` to `high` among those of a basket."""
    parts = []
    for counts in levels:
        parts.append(counts[low:high])
        if low or high < len(counts):
            low, high = offsets_of(counts)[[low, high]].tolist()
        else:
            high = int(counts.sum())
    return parts, records[low:high]


@njit("int64(Array(uint8, 1, 'C', readonly=True), int64)", nogil=True, cache=True)
def _size(content, at):
    """A signed integer of four bytes, the most significant first."""
    word = np.int64(content[at]) << 24 | np.int64(content[at + 1]) << 16
    word |= np.int64(content[at + 2]) << 8 | np.int64(content[at + 3])
    return word - (np.int64(1) << 32) if word >> 31 else word


@njit(
    "UniTuple(int64, 3)(Array(uint8, 1, 'C', readonly=True), int64[::1], int64, int64, boolean,"
    " int64, int64[::1], int64[::1], int64[::1], uint8[::1])",
    nogil=True,
    cache=True,
)
def _walk(content, starts, header, depth, counted, size, first, second, third, elements):
    """Lengths of all lists and the bytes of all elements; a negative number of bytes if damaged."""
    nothing = (-1, 0, 0)
    lists = inner = out = 0
    for event in range(len(starts) - 1):
        at, end = starts[event] + header, starts[event + 1]
        number = 0
        left = np.int64(1) << 60
        if counted:
            if at + _WORD > end:
                return nothing
            left = _size(content, at)
            at += _WORD
        elif at > end:
            return nothing
        while number < left and (counted or at < end):
            if at + _WORD > end:
                return nothing
            length = _size(content, at)
            at += _WORD
            if length < 0:
                return nothing
            second[lists] = length
            lists += 1
            number += 1
            for _ in range(length if depth == 3 else 1):
                if depth == 3:
                    if at + _WORD > end:
                        return nothing
                    length = _size(content, at)
                    at += _WORD
                    third[inner] = length
                    inner += 1
                stop = at + length * size
                if length < 0 or stop > end:
                    return nothing
                for place in range(at, stop):
                    elements[out] = content[place]
                    out += 1
                at = stop
        if at != end or (counted and number != left):
            return nothing
        first[event] = number
    return out, lists, inner
