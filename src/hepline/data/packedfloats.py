"""Floats of ROOT that take fewer bits on disk: Float16_t and Double32_t."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["Packing", "packing_of"]

# "[min,max]" or "[min,max,bits]"; a bracket without a comma is a length.
_RANGE = re.compile(r"\[([^\[\],]*),([^\[\],]*)(?:,([^\[\],]*))?\]")
_PI = re.compile(r"([+-]?[\d.]*)\*?(2|two)?pi(?:/([\d.]+))?")
# Bits of a Float16_t mantissa by default, with the sign.
_MANTISSA = 12


@dataclass(frozen=True)
class Packing:
    """The storage of a column's numbers.

    Attributes
    ----------
    dtype : str
        Of the numbers: float32 of a Float16_t, float64 of a Double32_t.
    factor : float
        Integers per unit if there is a range; otherwise zero.
    low : float
        Lower end of the range.
    bits : int
        Bits of a truncated mantissa; zero for plain float32.
    """

    dtype: str
    factor: float
    low: float
    bits: int

    @property
    def stored(self) -> np.dtype[Any]:
        """The dtype of a stored number."""
        if self.factor:
            return np.dtype(">u4")
        return np.dtype([("exponent", "u1"), ("mantissa", ">u2")] if self.bits else ">f4")

    def unpacked(self, elements: NDArray[Any]) -> NDArray[Any]:
        """Unpack numbers exactly as ROOT does.

        Parameters
        ----------
        elements : ndarray of `stored`

        Returns
        -------
        ndarray of `dtype`
        """
        if self.factor:
            return (elements / self.factor + self.low).astype(self.dtype)
        if not self.bits:
            return elements.astype(self.dtype)
        mantissa = elements["mantissa"].astype(np.uint32)
        word = elements["exponent"].astype(np.uint32) << 23
        word |= (mantissa & ((1 << (self.bits + 1)) - 1)) << (23 - self.bits)
        numbers = word.view(np.float32)
        negative = (mantissa & (1 << (self.bits + 1))) != 0
        return np.where(negative, -numbers, numbers).astype(self.dtype)


def packing_of(title: str, *, short: bool) -> Packing:
    """The storage of a Float16_t or Double32_t with this comment.

    Follows `TStreamerElement` [1]_: without a valid range, fewer than 15 bits truncate the
    mantissa, and more are ignored.

    Parameters
    ----------
    title : str
        ``[0,100,12]``, with anything around it.
    short : bool
        Whether it is a Float16_t.

    Raises
    ------
    ValueError
        If the range cannot be read.

    References
    ----------
    .. [1] TStreamerElement.cxx (GetRange) and TBufferFile.cxx (ReadFloat16, ReadDouble32) of ROOT.
    """
    dtype = "float32" if short else "float64"
    default = Packing(dtype, 0.0, 0.0, _MANTISSA if short else 0)
    match = _RANGE.search(title)
    if match is None:
        return default
    low, high = _number(match[1]), _number(match[2])
    bits = int(match[3]) if (match[3] or "").strip() else 32
    if not 2 <= bits <= 32:
        bits = 32
    if low < high:
        # Like ROOT: the largest integer for 32 bits, but one more than that for fewer.
        top = 0xFFFFFFFF if bits == 32 else 1 << bits
        return Packing(dtype, top / (high - low), low, 0)
    # ROOT then takes "low" for the number of bits, even if invalid: [4,4,16].
    width = bits if bits < 15 else int(low)
    return Packing(dtype, 0.0, 0.0, width) if width else default


def _number(text: str) -> float:
    """Parse a number or a multiple of π in ROOT's notation: ``-pi``, ``2pi``, ``pi/2``."""
    word = text.replace(" ", "").lower()
    match = _PI.fullmatch(word)
    if match is None:
        return float(word)
    sign = match[1] if match[1] not in ("", "+", "-") else f"{match[1]}1"
    return float(sign) * (2 if match[2] else 1) * math.pi / float(match[3] or 1)
