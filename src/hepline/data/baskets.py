"""One basket of a TTree: its key, its elements, and the offsets of lists."""

from __future__ import annotations

import struct
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from hepline.arrays import empty
from hepline.data.compression import VERIFIED, Bytes, unpacked

__all__ = ["Basket", "Tables", "ragged"]

# fNbytes, fVersion, fObjlen, fDatime, fKeylen, fCycle
_KEY = struct.Struct(">ihiIhh")
# The key ends with fNevBuf, fLast, and a flag of one byte.
_LAST = struct.Struct(">iib")


class Basket(NamedTuple):
    """The values of one branch for some events in a row.

    Attributes
    ----------
    content : buffer of bytes
        The elements of all events; lists may have a header each.
    table : buffer of bytes
        A length, then the offset of each event (big-endian int32); may be empty.
    key : int
        Constant to subtract from every offset in `table`.
    checked : bool
        Whether a checksum has verified the bytes.
    """

    content: Bytes
    table: Bytes
    key: int
    checked: bool = False

    @classmethod
    def parsed(cls, raw: memoryview, events: int) -> Basket:
        """Unpack a basket from its bytes in the file.

        Parameters
        ----------
        raw : memoryview of bytes
        events : int
            Expected number of events.

        Raises
        ------
        ValueError, struct.error, or another of `hepline.data.damage.DAMAGE`
            If it is damaged.
        """
        size, _, whole, _, key, _ = _KEY.unpack_from(raw)
        if size != len(raw) or not _KEY.size + _LAST.size <= key <= size:
            raise ValueError(f"a basket of {len(raw)} bytes says it has {size}, its key {key}")
        count, last, _ = _LAST.unpack_from(raw, key - _LAST.size)
        border = last - key
        if count != events or not 0 <= border <= whole:
            raise ValueError(f"a basket of {events} events says it has {count} in {border} bytes")
        body = memoryview(unpacked(raw[key:], whole))
        checked = size - key < whole and bytes(raw[key : key + 2]) in VERIFIED
        return cls(body[:border], body[border:], key, checked)

    @classmethod
    def loose(cls, basket: Any) -> Basket:
        """Take over a basket that uproot has read inside the header of its tree."""
        starts = basket.byte_offsets
        table = b"" if starts is None else np.append(0, starts[:-1]).astype(">i4").tobytes()
        return cls(memoryview(basket.data), table, 0)

    def starts(self, events: int) -> NDArray[np.int64]:
        """Offsets of the events among the bytes, with the end of the last.

        Raises
        ------
        ValueError
            If the basket has no offsets, or impossible ones.
        """
        starts = empty(events + 1, np.int64)
        starts[:-1] = np.frombuffer(self.table, ">i4", events, 4)
        starts[:-1] -= self.key
        starts[-1] = len(self.content)
        if starts[0] or (np.diff(starts) < 0).any():
            raise ValueError("the lists of a basket do not begin one after the other")
        return starts


@dataclass
class Tables:
    """Offsets of baskets without a checksum, for comparison with the counter of their lists.

    They are compared all at once and in 32 bits, as stored, so that reading takes no longer.

    Attributes
    ----------
    size : int
        Bytes of an element.
    """

    size: int
    _tables: list[NDArray[Any]] = field(default_factory=list)
    _offsets: list[NDArray[np.int64]] = field(default_factory=list)
    _begins: list[int] = field(default_factory=list)
    _numbers: list[int] = field(default_factory=list)

    def add(self, number: int, basket: Basket, offsets: NDArray[np.int64]) -> None:
        """Add the offsets of a basket, and the first element of each of its lists."""
        events = len(offsets)
        if basket.checked or not events or len(basket.table) < 4 * (events + 1):
            return
        self._tables.append(np.frombuffer(basket.table, ">i4", events, 4))
        self._offsets.append(offsets)
        self._begins.append(basket.key - int(offsets[0]) * self.size)
        self._numbers.append(number)

    def wrong(self) -> int | None:
        """The first basket whose table contradicts the counter."""
        if not self._tables:
            return None
        gaps = np.concatenate(self._tables).astype(np.int32)
        gaps -= np.concatenate(self._offsets).astype(np.int32) * np.int32(self.size)
        events = [len(table) for table in self._tables]
        gaps -= np.repeat(np.array(self._begins, np.int64).astype(np.int32), events)
        place = int(np.argmax(gaps != 0))
        if not gaps[place]:
            return None
        return self._numbers[int(np.searchsorted(np.cumsum(events), place, side="right"))]


def ragged(
    basket: Basket, events: int, header: int, dtype: np.dtype[Any]
) -> tuple[NDArray[np.int64], NDArray[Any]]:
    """Unpack lists whose lengths only the basket knows.

    Parameters
    ----------
    basket : Basket
    events : int
    header : int
        Bytes before the elements of each event (10 of ``std::vector``).
    dtype : dtype
        As in the file.

    Returns
    -------
    counts : ndarray of int64, shape (event,)
    elements : ndarray, shape (element,)

    Raises
    ------
    ValueError
        If the bytes of a list are not a whole number of elements.
    """
    starts = basket.starts(events)
    sizes = np.diff(starts) - header
    counts = sizes // dtype.itemsize
    if (sizes < 0).any() or (counts * dtype.itemsize != sizes).any():
        raise ValueError("the bytes of a list are not a whole number of elements")
    if not header:
        return counts, np.frombuffer(basket.content, dtype)
    # Everything lies on multiples of this unit, so that there are fewer places to check.
    unit = int(np.gcd(header, dtype.itemsize))
    units = np.frombuffer(basket.content, f"V{unit}")
    is_content = np.ones(len(units), np.bool_)
    is_content[starts[:-1, np.newaxis] // unit + np.arange(header // unit)] = False
    return counts, units[is_content].view(dtype)
