"""Encodings of numbers in RNTuple pages."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hepline.arrays import empty
from hepline.data.planes import join

__all__ = ["Encoding", "decode", "encoding_of"]

# "Column Description" in the binary format specification of RNTuple (release 1.0).
_PLAIN = {
    0x01: "uint8",  # Byte
    0x02: "int8",  # Char: signed, as C++ has it where data are taken
    0x03: "int8",
    0x04: "uint8",
    0x05: "int16",
    0x06: "uint16",
    0x07: "int32",
    0x08: "uint32",
    0x09: "int64",
    0x0A: "uint64",
    0x0B: "float16",
    0x0C: "float32",
    0x0D: "float64",
    0x0E: "int32",  # Index32
    0x0F: "int64",  # Index64
}
_SPLIT = {
    0x11: "int16",
    0x12: "uint16",
    0x13: "int32",
    0x14: "uint32",
    0x15: "int64",
    0x16: "uint64",
    0x17: "float16",
    0x18: "float32",
    0x19: "float64",
    0x1A: "int32",  # SplitIndex32
    0x1B: "int64",  # SplitIndex64
}
_ZIGZAG = (0x11, 0x13, 0x15)
_INDEX = (0x0E, 0x0F, 0x1A, 0x1B)
_DELTA = (0x1A, 0x1B)
_BIT, _TRUNCATED, _QUANTIZED = 0x00, 0x1C, 0x1D


@dataclass(frozen=True)
class Encoding:
    """How a column's numbers are laid out in its pages.

    Attributes
    ----------
    dtype : dtype
        Of the decoded numbers.
    bits : int
        Bits of an element in the page.
    split : bool
        Whether bytes are split into planes: all first bytes, then all second bytes, and so on.
    zigzag : bool
        Whether the sign is in the lowest bit.
    delta : bool
        Whether differences are stored, restarting in each page.
    packed : {"", "bit", "truncated", "quantized"}
        Kind of numbers that do not take whole bytes.
    index : bool
        Whether the numbers are ends of lists, counted from the start of the cluster.
    low, high : float
        Range of a quantized column.
    """

    dtype: np.dtype[Any]
    bits: int
    split: bool = False
    zigzag: bool = False
    delta: bool = False
    packed: str = ""
    index: bool = False
    low: float = 0.0
    high: float = 0.0

    def size(self, elements: int) -> int:
        """Bytes of an unpacked page."""
        return -(-elements * self.bits // 8)


def encoding_of(kind: int, bits: int, low: float | None, high: float | None) -> Encoding | None:
    """The encoding of a column record.

    Parameters
    ----------
    kind, bits : int
        Column type and bits on storage.
    low, high : float or None
        Range of a quantized column.

    Returns
    -------
    Encoding or None
        None for types other than numbers (the switch of a variant, or future types).
    """
    if kind == _BIT:
        return Encoding(np.dtype(bool), 1, packed="bit")
    if kind == _TRUNCATED and 10 <= bits <= 31:
        return Encoding(np.dtype("float32"), bits, packed="truncated")
    if kind == _QUANTIZED and 1 <= bits <= 32 and low is not None and high is not None:
        return Encoding(np.dtype("float32"), bits, packed="quantized", low=low, high=high)
    name = _PLAIN.get(kind) or _SPLIT.get(kind)
    if name is None or np.dtype(name).itemsize * 8 != bits:
        return None
    return Encoding(
        np.dtype(name), bits, kind in _SPLIT, kind in _ZIGZAG, kind in _DELTA, index=kind in _INDEX
    )


def decode(page: Any, encoding: Encoding, out: NDArray[Any]) -> None:
    """Turn the bytes of an unpacked page into numbers.

    Parameters
    ----------
    page : bytes-like
    encoding : Encoding
    out : ndarray, shape (element,)
        Of the encoding's dtype; filled.

    Raises
    ------
    ValueError
        If the page has fewer or more bytes than `out` needs.
    """
    raw = np.frombuffer(page, np.uint8)
    if len(raw) != encoding.size(len(out)):
        raise ValueError(f"a page of {len(out)} elements has {len(raw)} bytes")
    if encoding.packed:
        out[...] = _PACKED[encoding.packed](raw, encoding, len(out))
    elif encoding.split:
        join(raw, out, zigzag=encoding.zigzag, delta=encoding.delta)
    else:
        out[...] = raw.view(encoding.dtype.newbyteorder("<"))


def _bits(raw: NDArray[np.uint8], _encoding: Encoding, elements: int) -> NDArray[Any]:
    return np.unpackbits(raw, count=elements, bitorder="little").view(bool)


def _truncated(raw: NDArray[np.uint8], encoding: Encoding, elements: int) -> NDArray[Any]:
    numbers = _integers(raw, encoding.bits, elements)
    numbers <<= 32 - encoding.bits
    return numbers.view(np.float32)


def _quantized(raw: NDArray[np.uint8], encoding: Encoding, elements: int) -> NDArray[Any]:
    step = (encoding.high - encoding.low) / ((1 << encoding.bits) - 1)
    return _integers(raw, encoding.bits, elements) * step + encoding.low


def _integers(raw: NDArray[np.uint8], bits: int, elements: int) -> NDArray[np.uint32]:
    """Unsigned integers of any width up to 32 bits, lowest bit first without gaps."""
    # Eight elements fill whole bytes: the k-th of every eight lies at the same place.
    rows = math.ceil(elements / 8)
    padded = np.zeros(rows * bits, np.uint8)
    padded[: len(raw)] = raw
    table = padded.reshape(rows, bits)
    numbers = empty((rows, 8), np.uint32)
    for k in range(8):
        first, shift = divmod(k * bits, 8)
        word = np.zeros(rows, np.uint64)
        for place in range(first, (k * bits + bits - 1) // 8 + 1):
            word |= table[:, place].astype(np.uint64) << np.uint64(8 * (place - first))
        numbers[:, k] = (word >> np.uint64(shift)) & np.uint64((1 << bits) - 1)
    return numbers.reshape(-1)[:elements]


_PACKED = {"bit": _bits, "truncated": _truncated, "quantized": _quantized}
