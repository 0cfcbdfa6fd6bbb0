"""Where each part of a model stands in the two arrays that kernels take.

A kernel with an argument for each of thirty arrays takes minutes of compilers for all that call it,
and 15 µs of each call; two arrays take next to nothing.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from hepline.arrays import Floats, Integers
from hepline.stats.compiling import inlined

__all__ = [
    "ACTIVE", "ACTIVE_START", "AUXILIARY", "BINS", "BLOCKS", "BLOCK_BIN", "BLOCK_CHANNEL",
    "BLOCK_START", "CELLS", "CHANNELS", "CHANNEL_BIN", "CONSTRAINED", "FACTOR_CODE", "INTEGERS",
    "IS_NORMAL", "LEAST_BIN", "LEAST_CELL", "NOMINAL", "NORMSYS_HIGH", "NORMSYS_LOW",
    "NORMSYS_POLYNOMIAL", "NUMBERS", "PARAMETERS", "REALS", "SCALAR_SLOT", "SCALAR_START",
    "SCALAR_TERM", "SCALE", "SHIFT_CODE", "SHIFT_DOWN", "SHIFT_PARAMETER", "SHIFT_ROW",
    "SHIFT_SLOT", "SHIFT_START", "SHIFT_UP", "SOFTNESS", "STRIDE", "TERMS", "TERM_CURVE",
    "TERM_PARAMETER", "VECTOR_PARAMETER", "VECTOR_SLOT", "VECTOR_START", "at", "filled", "packed",
]  # fmt: skip


# Numbers, at the beginning of the integers and of the reals.
(PARAMETERS, BINS, FACTOR_CODE, SHIFT_CODE, BLOCKS, CHANNELS, TERMS, CELLS, AUXILIARY) = range(9)
LEAST_CELL, LEAST_BIN, SOFTNESS = range(3)
NUMBERS = (9, 3)

# Where the integers say at which of them, or at which of the reals, each part begins. Columns of
# the lists of scalars, vectors and shifts follow their starts.
(
    BLOCK_START, BLOCK_BIN, BLOCK_CHANNEL, CHANNEL_BIN, ACTIVE_START, ACTIVE, STRIDE,
    TERM_PARAMETER, TERM_CURVE, SCALAR_START, SCALAR_TERM, SCALAR_SLOT, VECTOR_START,
    VECTOR_PARAMETER, VECTOR_SLOT, SHIFT_START, SHIFT_PARAMETER, SHIFT_SLOT, SHIFT_ROW,
    CONSTRAINED, IS_NORMAL,
) = range(9, 30)  # fmt: skip
(NOMINAL, NORMSYS_LOW, NORMSYS_HIGH, NORMSYS_POLYNOMIAL, SHIFT_UP, SHIFT_DOWN, SCALE) = range(
    31, 38
)
INTEGERS, REALS = range(9, 30), range(31, 38)  # each followed by where the last one ends
_BEGIN = 39


def packed(
    counts: Mapping[int, int], integers: Mapping[int, Integers], reals: Mapping[int, Floats]
) -> tuple[Integers, Floats]:
    """Join all parts of a model.

    Parameters
    ----------
    counts : mapping of int to int
        Numbers at the beginning of the integers.
    integers, reals : mapping of int to ndarray
        Every part of `INTEGERS` and of `REALS`.

    Returns
    -------
    integers, reals : ndarray
        Without a least expectation.
    """
    head = np.zeros(_BEGIN, dtype=np.int64)
    head[list(counts)] = list(counts.values())
    for parts, content, begin in ((INTEGERS, integers, _BEGIN), (REALS, reals, NUMBERS[1])):
        sizes = [np.size(content[part]) for part in parts]
        head[parts.start : parts.stop + 1] = begin + np.cumsum([0, *sizes])
    numbers = np.array([-np.inf, -np.inf, 0.0])
    return (
        np.concatenate([head, *(integers[part] for part in INTEGERS)]),
        np.concatenate([numbers, *(np.ravel(reals[part]) for part in REALS)]),
    )


@inlined
def at(integers: Integers, part: int, place: int) -> int:
    """Look up one integer of a part."""
    number: int = integers[integers[part] + place]
    return number


@inlined
def filled(count: int, value: float) -> Floats:
    """Make an array of equal numbers; numba's own is compiled anew for each of its uses."""
    array = np.empty(count)
    for i in range(count):
        array[i] = value
    return array
