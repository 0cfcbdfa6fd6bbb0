"""Access to ranges of bytes in a file, on disk or behind an address."""

from __future__ import annotations

import math
import os
import queue
import threading
import weakref
from collections import OrderedDict
from collections.abc import Sequence
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from hepline.data.disk import is_remote

__all__ = ["Bytes", "Range", "bytes_of", "joined"]

Range = tuple[int, int]
"""First byte, and the one after the last."""

# Most ranges that are kept in advance; older ones are dropped.
_KEPT = 20_000
# Gap between two ranges that is cheaper to read than to skip.
_GAP = 1 << 14


class Bytes(Protocol):
    """The bytes of a file; thread-safe.

    Attributes
    ----------
    largest : int
        Largest range that is worth a single request.
    """

    largest: int

    def ahead(self, ranges: Sequence[Range]) -> None:
        """Start to fetch ranges, without waiting."""
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


def bytes_of(path: str, source: Any) -> Bytes:
    """The bytes of a file that uproot has opened.

    Parameters
    ----------
    path : str
    source : uproot.source.chunk.Source
    """
    return _Remote(source) if is_remote(path) else _OnDisk(path)


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


class _OnDisk:
    """A file on disk. Never mapped into memory: one that is cut short would end the process."""

    # Small enough to stay in the processor's cache until it is unpacked.
    largest = 1 << 20

    def __init__(self, path: str) -> None:
        self._file = os.open(path, os.O_RDONLY)
        weakref.finalize(self, os.close, self._file)

    def ahead(self, ranges: Sequence[Range]) -> None:
        if hasattr(os, "posix_fadvise"):
            for (begin, end), _ in joined(sorted(ranges)):
                os.posix_fadvise(self._file, begin, end - begin, os.POSIX_FADV_WILLNEED)

    def get(self, begin: int, end: int, room: NDArray[np.uint8] | None = None) -> memoryview:
        if room is None or not hasattr(os, "preadv"):
            content = memoryview(os.pread(self._file, end - begin, begin))
        else:
            content = room.data[: os.preadv(self._file, [room.data], begin)]
        if len(content) != end - begin:
            raise OSError(f"the file ends at byte {begin + len(content)}, not after {end}")
        return content


class _Remote:
    """A file behind an address: many ranges in one request."""

    largest = 1 << 23

    def __init__(self, source: Any) -> None:
        self._source = source
        self._coming: OrderedDict[Range, Any] = OrderedDict()
        self._lock = threading.Lock()

    def ahead(self, ranges: Sequence[Range]) -> None:
        with self._lock:
            new = [range_ for range_ in dict.fromkeys(ranges) if range_ not in self._coming]
            if new:
                chunks = self._source.chunks(new, queue.Queue())
                self._coming.update(zip(new, chunks, strict=True))
            while len(self._coming) > _KEPT:
                self._coming.popitem(last=False)

    def get(self, begin: int, end: int, room: NDArray[np.uint8] | None = None) -> memoryview:  # noqa: ARG002
        with self._lock:
            chunk = self._coming.pop((begin, end), None)
        if chunk is None:
            (chunk,) = self._source.chunks([(begin, end)], queue.Queue())
        content = memoryview(chunk.raw_data)
        if len(content) != end - begin:
            raise OSError(f"{len(content)} of the bytes {begin} to {end} came")
        return content
