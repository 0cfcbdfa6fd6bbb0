"""Texts in the baskets of a TTree, in lists or not, taken apart byte by byte.

C++ writes a string as its length in one byte, or in four after a byte of ones, and its letters;
how long it is shows only when one gets there, so this is compiled.
"""

# Types are numba's to infer.
# mypy: disable-error-code="no-untyped-def, misc"

from __future__ import annotations

import numpy as np
from numba import njit
from numpy.typing import NDArray

from hepline.arrays import empty
from hepline.data.baskets import Basket
from hepline.data.texts import Texts
from hepline.data.vectors import Vectors

__all__ = ["texts_apart"]

_WORD = 4
_LONG = 255


def texts_apart(
    basket: Basket, events: int, vectors: Vectors
) -> tuple[list[NDArray[np.int64]], Texts]:
    """The texts of a basket, in lists or not.

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
    Texts

    Raises
    ------
    ValueError
        If the sizes do not fit the bytes.
    """
    content = np.frombuffer(basket.content, np.uint8)
    starts = basket.starts(events)
    # Every text takes a byte at least, and every inner list four.
    size = len(content)
    first, second = empty(events, np.int64), empty(size // _WORD + 1, np.int64)
    begins, ends = empty(size, np.int64), empty(size, np.int64)
    lists, found = _walk(
        content, starts, vectors.header, vectors.depth, vectors.counted, first, second, begins, ends
    )
    if found < 0:
        raise ValueError("the sizes of texts do not fit their bytes")
    levels = [first, second[:lists]][: vectors.depth]
    return levels, Texts(content, begins[:found], ends[:found])


@njit("int64(Array(uint8, 1, 'C', readonly=True), int64)", nogil=True, cache=True)
def _size(content, at):
    """An integer of four bytes, the most significant first."""
    word = np.int64(content[at]) << 24 | np.int64(content[at + 1]) << 16
    return word | np.int64(content[at + 2]) << 8 | np.int64(content[at + 3])


@njit(
    "UniTuple(int64, 2)(Array(uint8, 1, 'C', readonly=True), int64[::1], int64, int64, boolean,"
    " int64[::1], int64[::1], int64[::1], int64[::1])",
    nogil=True,
    cache=True,
)
def _walk(content, starts, header, depth, counted, first, second, begins, ends):
    """Lengths of lists and the places of texts; a negative number of texts if damaged."""
    nothing = (0, -1)
    lists = found = 0
    for event in range(len(starts) - 1):
        at, end = starts[event] + header, starts[event + 1]
        if at > end:
            return nothing
        left = np.int64(1) if depth == 0 else np.int64(1) << 60
        if counted:
            if at + _WORD > end:
                return nothing
            left = _size(content, at)
            at += _WORD
        number = 0
        while number < left and (counted or depth == 0 or at < end):
            length = 1
            if depth == 2:
                if at + _WORD > end:
                    return nothing
                length = _size(content, at)
                at += _WORD
                second[lists] = length
                lists += 1
            for _ in range(length):
                if at >= end:
                    return nothing
                letters = np.int64(content[at])
                at += 1
                if letters == _LONG:
                    if at + _WORD > end:
                        return nothing
                    letters = _size(content, at)
                    at += _WORD
                if at + letters > end:
                    return nothing
                begins[found], ends[found] = at, at + letters
                found += 1
                at += letters
            number += 1
        if at != end or (counted and number != left):
            return nothing
        first[event] = number
    return lists, found
