"""Lists of lists in the baskets of a TTree, parsed byte by byte.

ROOT writes ``vector<vector<T>>`` as a header, a size, and for each inner vector its size and its
elements. Every size must be read before the next is found, so the loop is compiled.
"""

# The decorator declares the types.
# mypy: disable-error-code="no-untyped-def, no-untyped-call"

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from hepline.arrays import empty
from hepline.data.baskets import Basket
from hepline.data.lengths import offsets_of
from hepline.data.vectors import Vectors
from hepline.machine.function import function

__all__ = ["taken_apart", "within", "word_at"]

_WORD = 4


def taken_apart(
    basket: Basket, events: int, vectors: Vectors
) -> tuple[list[NDArray[np.int64]], NDArray[Any]]:
    """Unpack the lists of lists of a basket.

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
        If the sizes do not fit the bytes, or an object has the wrong header.
    """
    content = np.frombuffer(basket.content, np.uint8)
    starts = basket.starts(events)
    size = vectors.record.itemsize
    # An empty list takes no byte if its size is not stored, else four.
    words = len(content) // _WORD + 1
    counts = [empty(events, np.int64), empty(words, np.int64), empty(words, np.int64)]
    elements = empty(len(content), np.uint8)
    sizes = np.array([-1, 0, 0])
    numbers = vectors.header, vectors.depth, vectors.counted, size
    _walk(content, starts, *numbers, *counts, elements, sizes)
    size_, lists, inner = sizes.tolist()
    if size_ < 0:
        raise ValueError("the sizes of lists of lists do not fit their bytes")
    levels = [counts[0], counts[1][:lists], counts[2][:inner]][: vectors.depth]
    records = elements[:size_].view(vectors.record)
    vectors.check(records)
    return levels, records


def within(
    levels: list[NDArray[np.int64]], records: NDArray[Any], low: int, high: int
) -> tuple[list[NDArray[np.int64]], NDArray[Any]]:
    """Cut the lists of a basket to the events `low` to `high`."""
    parts = []
    for counts in levels:
        parts.append(counts[low:high])
        if low or high < len(counts):
            low, high = offsets_of(counts)[[low, high]].tolist()
        else:
            high = int(counts.sum())
    return parts, records[low:high]


def word_at(content, at):
    """Read a big-endian unsigned integer of four bytes."""
    word = np.int64(content[at]) << 24 | np.int64(content[at + 1]) << 16
    return word | np.int64(content[at + 2]) << 8 | np.int64(content[at + 3])


@function(
    content="u1[]", starts="i8[]", header="i8", depth="i8", counted="i8", size="i8",
    first="i8[]", second="i8[]", third="i8[]", elements="u1[]", sizes="i8[]",
)  # fmt: skip
def _walk(content, starts, header, depth, counted, size, first, second, third, elements, sizes):
    """Lengths of all lists and the bytes of all elements; `sizes` says of how many, at the end."""
    lists = inner = out = 0
    for event in range(len(starts) - 1):
        at, end = starts[event] + header, starts[event + 1]
        number = 0
        left = np.int64(1) << 60
        if counted != 0:
            if at + _WORD > end:
                return
            left = word_at(content, at)
            at += _WORD
        elif at > end:
            return
        while number < left and (counted != 0 or at < end):
            if at + _WORD > end:
                return
            length = word_at(content, at)
            at += _WORD
            second[lists] = length
            lists += 1
            number += 1
            for _ in range(length if depth == 3 else 1):
                if depth == 3:
                    if at + _WORD > end:
                        return
                    length = word_at(content, at)
                    at += _WORD
                    third[inner] = length
                    inner += 1
                stop = at + length * size
                if stop > end:
                    return
                for place in range(at, stop):
                    elements[out] = content[place]
                    out += 1
                at = stop
        if at != end or (counted != 0 and number != left):
            return
        first[event] = number
    sizes[0], sizes[1], sizes[2] = out, lists, inner
