"""Codes of texts, computed byte by byte in compiled code."""

# The decorator declares the types.
# mypy: disable-error-code="no-untyped-def"

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from hepline.arrays import empty
from hepline.columns.text import FNV_OFFSET, FNV_PRIME
from hepline.machine.function import function

__all__ = ["codes_of"]

_BEGIN, _FACTOR = np.uint64(FNV_OFFSET), np.uint64(FNV_PRIME)


def codes_of(
    content: NDArray[np.uint8], begins: NDArray[np.int64], ends: NDArray[np.int64]
) -> NDArray[np.uint64]:
    """The code of each text among some bytes.

    Raises
    ------
    ValueError
        If a text does not lie among the bytes.
    """
    if len(begins) and (
        begins.min() < 0 or (ends < begins).any() or int(ends.max()) > len(content)
    ):
        raise ValueError("a text ends before it begins, or behind the last byte")
    codes = empty(len(begins), np.uint64)
    _hash(*map(np.ascontiguousarray, (content, begins, ends)), codes)
    return codes


@function(content="u1[]", begins="i8[]", ends="i8[]", codes="u8[]")
def _hash(content, begins, ends, codes):
    for text in range(len(codes)):
        code = _BEGIN
        for place in range(begins[text], ends[text]):
            code = (code ^ np.uint64(content[place])) * _FACTOR
        codes[text] = code
