"""Join the byte planes of RNTuple's split pages (all first bytes, all second bytes, …)."""

# The decorator declares the types.
# mypy: disable-error-code="no-untyped-def, no-untyped-call"

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from hepline.machine.function import function

__all__ = ["join"]

_8, _16, _24, _32 = np.uint64(8), np.uint64(16), np.uint64(24), np.uint64(32)
_40, _48, _56 = np.uint64(40), np.uint64(48), np.uint64(56)
_0, _1 = np.uint64(0), np.uint64(1)


def join(raw: NDArray[np.uint8], out: NDArray[Any], *, zigzag: bool, delta: bool) -> None:
    """Join the byte planes of a page to numbers.

    Parameters
    ----------
    raw : ndarray, shape (element * bytes of an element,)
    out : ndarray, shape (element,)
        Filled; of 2, 4 or 8 bytes.
    zigzag : bool
        Whether the sign is in the lowest bit.
    delta : bool
        Whether differences are stored.
    """
    numbers = out.view(f"u{out.itemsize}")
    _JOIN[out.itemsize](raw, numbers, int(zigzag), int(delta))


@function(raw="u1[]", out="u2[]", zigzag="i8", delta="i8")
def _join_2(raw, out, zigzag, delta):
    count = len(out)
    for i in range(count):
        out[i] = raw[i] | raw[count + i] << _8
    _finish(out, zigzag, delta)


@function(raw="u1[]", out="u4[]", zigzag="i8", delta="i8")
def _join_4(raw, out, zigzag, delta):
    count = len(out)
    for i in range(count):
        low = raw[i] | raw[count + i] << _8
        out[i] = low | raw[2 * count + i] << _16 | raw[3 * count + i] << _24
    _finish(out, zigzag, delta)


@function(raw="u1[]", out="u8[]", zigzag="i8", delta="i8")
def _join_8(raw, out, zigzag, delta):
    count = len(out)
    for i in range(count):
        low = raw[i] | raw[count + i] << _8
        low = low | raw[2 * count + i] << _16 | raw[3 * count + i] << _24
        high = raw[4 * count + i] << _32 | raw[5 * count + i] << _40
        out[i] = low | high | raw[6 * count + i] << _48 | raw[7 * count + i] << _56
    _finish(out, zigzag, delta)


def _finish(out, zigzag, delta):
    if zigzag != 0:
        for i in range(len(out)):
            number = np.uint64(out[i])
            out[i] = (number >> _1) ^ (_0 - (number & _1))
    if delta != 0:
        total = _0
        for i in range(len(out)):
            total = total + out[i]
            out[i] = total


_JOIN = {2: _join_2, 4: _join_4, 8: _join_8}
