"""Ranges of bytes of a file: what readers ask for, and how a file on disk answers."""

from __future__ import annotations

import math
import os
import weakref
from collections.abc import Sequence
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

__all__ = ["Bytes", "OnDisk", "Range", "joined"]

Range = tuple[int, int]
"""First byte, and the one after the last."""

# Gap between two ranges that is cheaper to read than to skip.
_GAP = 1 << 14


class Bytes(Protocol):
    """The bytes of a file; thread-safe.

    Attributes
    ----------
    largest : int
        Largest range that is worth a single request; 0 if ranges need not be joined.
    """

    largest: int

    def ahead(self, ranges: Sequence[Range], *, needed: bool = False) -> None:
        """Start to fetch ranges, without waiting.

        Parameters
        ----------
        ranges : sequence of Range
        needed : bool
            Whether `get` asks for them next, not only for a later chunk.
        """
        ...

    def get(self, begin: int, end: int, room: NDArray[np.uint8] | None = None) -> memoryview:
        """Return the bytes `begin` to `end`.

        Parameters
        ----------
        begin, end : int
        room : ndarray of uint8, optional
            Memory of that size, which may be used.

        Raises
        ------
        OSError
            If the file ends earlier.
        """
        ...


def joined(ranges: Sequence[Range], most: float = math.inf) -> list[tuple[Range, slice]]:
    """Join ascending ranges that are close to each other.

    Parameters
    ----------
    ranges : sequence of Range
    most : float
        Bytes of a joined range; a longer range stays alone.

    Returns
    -------
    list of (Range, slice)
        Each joined range, and the ranges in it.
    """
    groups: list[tuple[Range, slice]] = []
    begin = end = first = 0
    for place, (low, high) in enumerate(ranges):
        if groups and low <= end + _GAP and max(high, end) - begin <= most:
            end = max(high, end)
            groups[-1] = (begin, end), slice(first, place + 1)
        else:
            begin, end, first = low, high, place
            groups.append(((begin, end), slice(first, place + 1)))
    return groups


class OnDisk:
    """A file on disk. Never mapped into memory: one that is cut short would end the process.

    Parameters
    ----------
    path : str
    """

    # Small enough to stay in the processor's cache until it is unpacked.
    largest = 1 << 20

    def __init__(self, path: str) -> None:
        self._file = os.open(path, os.O_RDONLY)
        weakref.finalize(self, os.close, self._file)

    def ahead(self, ranges: Sequence[Range], *, needed: bool = False) -> None:  # noqa: ARG002
        """Tell the operating system."""
        if hasattr(os, "posix_fadvise"):
            for (begin, end), _ in joined(sorted(ranges)):
                os.posix_fadvise(self._file, begin, end - begin, os.POSIX_FADV_WILLNEED)

    def get(self, begin: int, end: int, room: NDArray[np.uint8] | None = None) -> memoryview:
        """Read a range, into `room` where the system can."""
        if room is None or not hasattr(os, "preadv"):
            content = memoryview(os.pread(self._file, end - begin, begin))
        else:
            content = room.data[: os.preadv(self._file, [room.data], begin)]
        if len(content) != end - begin:
            raise OSError(f"the file ends at byte {begin + len(content)}, not after {end}")
        return content
