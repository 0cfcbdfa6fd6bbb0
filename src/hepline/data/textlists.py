"""Texts in the baskets of a TTree, inside lists or not, parsed byte by byte.

ROOT writes a string as its length in one byte, or in four after a byte of ones, and its letters.
Every length must be read before the next is found, so the loop is compiled.
"""

# The decorator declares the types.
# mypy: disable-error-code="no-untyped-def, no-untyped-call"

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from hepline.arrays import empty
from hepline.data.baskets import Basket
from hepline.data.nestedlists import word_at
from hepline.data.texts import Texts
from hepline.data.vectors import Vectors
from hepline.machine.function import function

__all__ = ["texts_apart"]

_WORD = 4
_LONG = 255


def texts_apart(
    basket: Basket, events: int, vectors: Vectors
) -> tuple[list[NDArray[np.int64]], Texts]:
    """Unpack the texts of a basket, inside lists or not.

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
    # Every text takes at least a byte, and every inner list four.
    size = len(content)
    first, second = empty(events, np.int64), empty(size // _WORD + 1, np.int64)
    begins, ends = empty(size, np.int64), empty(size, np.int64)
    sizes = np.array([0, -1])
    numbers = vectors.header, vectors.depth, vectors.counted
    _walk(content, starts, *numbers, first, second, begins, ends, sizes)
    lists, count = sizes.tolist()
    if count < 0:
        raise ValueError("the sizes of texts do not fit their bytes")
    levels = [first, second[:lists]][: vectors.depth]
    return levels, Texts(content, begins[:count], ends[:count])


@function(
    content="u1[]", starts="i8[]", header="i8", depth="i8", counted="i8",
    first="i8[]", second="i8[]", begins="i8[]", ends="i8[]", sizes="i8[]",
)  # fmt: skip
def _walk(content, starts, header, depth, counted, first, second, begins, ends, sizes):
    """Lengths of lists and the places of texts; `sizes` says of how many, at the end."""
    lists = texts = 0
    for event in range(len(starts) - 1):
        at, end = starts[event] + header, starts[event + 1]
        if at > end:
            return
        left = np.int64(1) if depth == 0 else np.int64(1) << 60
        if counted != 0:
            if at + _WORD > end:
                return
            left = word_at(content, at)
            at += _WORD
        number = 0
        while number < left and (counted != 0 or depth == 0 or at < end):
            length = 1
            if depth == 2:
                if at + _WORD > end:
                    return
                length = word_at(content, at)
                at += _WORD
                second[lists] = length
                lists += 1
            for _ in range(length):
                if at >= end:
                    return
                letters = np.int64(content[at])
                at += 1
                if letters == _LONG:
                    if at + _WORD > end:
                        return
                    letters = word_at(content, at)
                    at += _WORD
                if at + letters > end:
                    return
                begins[texts], ends[texts] = at, at + letters
                texts += 1
                at += letters
            number += 1
        if at != end or (counted != 0 and number != left):
            return
        first[event] = number
    sizes[0], sizes[1] = lists, texts
