"""The bytes of one file behind an address: for readers of formats, and for libraries."""

from __future__ import annotations

import io
import threading
import weakref
from collections import OrderedDict
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hepline.data.fetching import Range
from hepline.data.remote.store import Store, Traffic, Transfer, shared_store

__all__ = ["PAGE", "RemoteFile", "Stream"]

PAGE = 1 << 14
"""Bytes that are read around the small things that libraries look for: headers, directories, …"""

# What is longer is read as it is.
_LONG = 4 * PAGE
# Pages that are kept of each file.
_PAGES = 64
_PIECE = 4 << 20


class RemoteFile:
    """The bytes of a file; see `hepline.data.fetching.Bytes`.

    Parameters
    ----------
    address : str
    transfer : Transfer
    size : int
    version : str
        What the server says of the state of the file.
    head : bytes
        Its first bytes, if they have come already: a page, or the whole file if it is shorter.

    Attributes
    ----------
    largest : int
        0: ranges are joined here.
    """

    largest = 0

    def __init__(
        self,
        address: str,
        transfer: Transfer,
        *,
        size: int,
        version: str = "",
        head: bytes = b"",
        store: Store | None = None,
    ) -> None:
        self.address = address
        self.size = size
        self.version = version
        self._transfer = transfer
        self._store = shared_store() if store is None else store
        self._lock = threading.Lock()
        self._pages: OrderedDict[int, memoryview] = OrderedDict()
        self._head = len(head)
        if len(head) >= min(PAGE, size):
            self._pages[0] = memoryview(head)[:PAGE]
        weakref.finalize(self, self._store.abandon, transfer)

    @property
    def traffic(self) -> Traffic:
        """What has come of it until now, its head included."""
        come = self._store.traffic(self._transfer)
        return Traffic(come.bytes + self._head, come.requests + bool(self._head))

    def checksum(self) -> str:
        """What the server knows of the file, ``adler32:e5c82ef4``; empty if it does not say."""
        return self._transfer.checksum()

    def give_up(self) -> None:
        """End the waits for its bytes, with an error."""
        self._store.give_up(self._transfer)

    def ahead(self, ranges: Sequence[Range], *, needed: bool = False) -> None:
        """Start to fetch ranges, without waiting."""
        inside = [
            (begin, end)
            for begin, end in ranges
            if 0 <= begin < end <= self.size and not self._is_kept(begin, end)
        ]
        self._store.order(self._transfer, inside, needed=needed)

    def get(self, begin: int, end: int, room: NDArray[np.uint8] | None = None) -> memoryview:  # noqa: ARG002
        """Return the bytes `begin` to `end`.

        Raises
        ------
        OSError
            If the file ends earlier.
        FileUnreadable
            If the server does not give them.
        """
        if end > self.size:
            raise OSError(f"the file ends at byte {self.size}, not after {end}")
        if begin >= end:
            return memoryview(b"")
        if self._is_kept(begin, end) and not self._store.has(self._transfer, (begin, end)):
            content = self._kept(begin, end)
            if content is not None:
                return content
        return self._store.take(self._transfer, (begin, end))

    def look(self, begin: int, end: int) -> memoryview:
        """Return a few bytes, and keep those around them: more will be asked for nearby."""
        end = min(end, self.size)
        if self._store.has(self._transfer, (begin, end)):
            return self.get(begin, end)
        if end - begin > _LONG:
            return self._long(begin, end)
        first, last = begin // PAGE, -(-end // PAGE)
        with self._lock:
            pages = {page: self._pages.get(page) for page in range(first, last)}
            for page, content in pages.items():
                if content is not None:
                    self._pages.move_to_end(page)
        absent = [page for page, content in pages.items() if content is None]
        if absent:
            low, high = absent[0] * PAGE, min((absent[-1] + 1) * PAGE, self.size)
            content = self._store.take(self._transfer, (low, high))
            self._keep(absent[0], content)
            for page in range(absent[0], absent[-1] + 1):
                pages[page] = content[(page - absent[0]) * PAGE :][:PAGE]
        whole = _joined(list(pages.values())) or memoryview(b"")
        return whole[begin - first * PAGE : end - first * PAGE]

    def _long(self, begin: int, end: int) -> memoryview:
        """A range, of which the last pages may be there: libraries look at the end first."""
        page, tail = -(-end // PAGE) - 1, memoryview(b"")
        while page * PAGE > begin and (content := self._kept(page * PAGE, end)) is not None:
            tail, page = content, page - 1
        middle = self.get(begin, end - len(tail))
        return memoryview(b"".join([middle, tail])) if tail else middle

    def stream(self) -> Stream:
        """The file as an object that libraries can read and seek in; not thread-safe."""
        return Stream(self)

    def copy_to(self, file: Any) -> None:
        """Write all of it to a file, several pieces at a time."""
        pieces = [(begin, min(begin + _PIECE, self.size)) for begin in range(0, self.size, _PIECE)]
        self.ahead(pieces)
        for piece in pieces:
            file.write(self.get(*piece))

    def _is_kept(self, begin: int, end: int) -> bool:
        # Few pages are kept, and readers ask for thousands of ranges.
        return begin // PAGE in self._pages and self._kept(begin, end) is not None

    def _kept(self, begin: int, end: int) -> memoryview | None:
        """A range, if all of its pages are there."""
        first, last = begin // PAGE, -(-end // PAGE)
        with self._lock:
            pages = [self._pages.get(page) for page in range(first, last)]
        content = _joined(pages)
        return None if content is None else content[begin - first * PAGE : end - first * PAGE]

    def _keep(self, first: int, content: memoryview) -> None:
        with self._lock:
            for place in range(0, len(content), PAGE):
                self._pages[first + place // PAGE] = content[place : place + PAGE]
            while len(self._pages) > _PAGES:
                self._pages.popitem(last=False)


def _joined(pages: Sequence[memoryview | None]) -> memoryview | None:
    """Pages in a row; None if any is absent."""
    parts = [content for content in pages if content is not None]
    if len(parts) < len(pages):
        return None
    return parts[0] if len(parts) == 1 else memoryview(b"".join(parts))


class Stream(io.RawIOBase):
    """A file as libraries know it."""

    def __init__(self, file: RemoteFile) -> None:
        self._file = file
        self._place = 0

    def readable(self) -> bool:
        """True."""
        return True

    def seekable(self) -> bool:
        """True."""
        return True

    def tell(self) -> int:
        """The byte that is read next."""
        return self._place

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        """Choose the byte that is read next."""
        origin = {io.SEEK_SET: 0, io.SEEK_CUR: self._place, io.SEEK_END: self._file.size}[whence]
        self._place = max(origin + offset, 0)
        return self._place

    def read(self, size: int = -1) -> bytes:
        """Read so many bytes; all that are left without a number."""
        end = self._file.size if size is None or size < 0 else self._place + size
        content = bytes(self._file.look(self._place, min(end, self._file.size)))
        self._place += len(content)
        return content

    def readinto(self, room: Any) -> int:
        """Read as many bytes as fit."""
        content = self.read(memoryview(room).nbytes)
        memoryview(room).cast("B")[: len(content)] = content
        return len(content)
