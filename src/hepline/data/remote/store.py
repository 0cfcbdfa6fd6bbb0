"""Bytes on their way from servers: fetched ahead in several threads, in bounded memory."""

from __future__ import annotations

import threading
import time
from collections import OrderedDict, deque
from collections.abc import Iterable, Sequence
from concurrent.futures import Future, InvalidStateError
from contextlib import suppress
from dataclasses import dataclass, field
from functools import lru_cache, partial
from typing import Protocol

from hepline.data.fetching import Range
from hepline.data.remote.joining import Joining, Request, requests
from hepline.data.remote.lanes import Lanes, Work

__all__ = ["Store", "Traffic", "Transfer", "shared_store"]

LANES = 8
"""Requests at a time: more do not help where a request has many ranges, and servers count them
(bench/in_place.py --lanes; with one range in each and 20 ms, 16 would take half of the time)."""

AHEAD = 64 << 20
"""Bytes that may wait to be read, for chunks that are not yet being read."""

KEPT = 16 << 20
"""Bytes that are kept after they were read: the next chunk may begin inside of the same basket."""

FORGOTTEN = 60.0
"""Seconds after which bytes that nobody has read give way: their run was interrupted."""


class Transfer(Protocol):
    """One open file on a server; thread-safe.

    Attributes
    ----------
    joining : Joining
    """

    joining: Joining

    def bring(self, segments: Sequence[Range]) -> list[memoryview]:
        """The bytes of one request; tried again where that may help.

        Raises
        ------
        FileUnreadable
            If they do not come, or belong to another state of the file.
        """
        ...

    def checksum(self) -> str:
        """What the server knows of it, ``adler32:e5c82ef4``; empty if it does not say at once."""
        ...


@dataclass(frozen=True)
class Traffic:
    """What has come of a file.

    Attributes
    ----------
    bytes, requests : int
    """

    bytes: int = 0
    requests: int = 0


@dataclass(eq=False)
class _Block:
    """The answer to one request.

    Attributes
    ----------
    pending : set of Range
        Members that have not been read.
    begun : bool
        Whether some thread brings it, has brought it, or nobody should.
    counted : bool
        Whether it counts among the unread bytes.
    came : float
        When it was there.
    """

    transfer: Transfer
    request: Request
    pending: set[Range]
    begun: bool = False
    counted: bool = False
    came: float = 0.0
    result: Future[dict[Range, memoryview]] = field(default_factory=Future)

    @property
    def size(self) -> int:
        return self.request.size

    def fail(self, error: BaseException) -> None:
        # Whoever waited may have been told already.
        with suppress(InvalidStateError):
            self.result.set_exception(error)


class Store:
    """What is on its way, or waits to be read, of all files.

    Parameters
    ----------
    lanes, ahead, kept : int
        See `LANES`, `AHEAD` and `KEPT`.
    """

    def __init__(self, lanes: int = LANES, ahead: int = AHEAD, kept: int = KEPT) -> None:
        self._lanes = Lanes(lanes, self._begun, "remote")
        self._ahead, self._kept = ahead, kept
        self._lock = threading.Lock()
        self._blocks: dict[Transfer, dict[Range, _Block]] = {}
        self._needed: deque[_Block] = deque()
        self._later: deque[_Block] = deque()
        self._abandoned: deque[Transfer] = deque()
        self._traffic: dict[Transfer, Traffic] = {}
        self._unread = 0
        self._read: OrderedDict[_Block, None] = OrderedDict()
        self._read_size = 0
        self.most = 0
        """Most bytes that it has held at once."""

    def order(self, transfer: Transfer, ranges: Iterable[Range], *, needed: bool) -> None:
        """Let ranges be brought, without waiting for them.

        Parameters
        ----------
        transfer : Transfer
        ranges : iterable of Range
        needed : bool
            Whether they are read next: they are not held back for lack of memory.
        """
        with self._lock:
            self._put(transfer, ranges, needed)
            pieces = self._pieces()
        self._lanes.wake(pieces)

    def take(self, transfer: Transfer, range_: Range) -> memoryview:
        """Wait for a range, which is ordered if it was not.

        Raises
        ------
        FileUnreadable
        """
        pieces = 0
        with self._lock:
            block = self._blocks.get(transfer, {}).get(range_)
            if block is None or not block.begun:
                block = self._put(transfer, [range_], True)[range_]
                pieces = self._pieces()
        self._lanes.wake(pieces)
        view = block.result.result()[range_]
        with self._lock:
            block.pending.discard(range_)
            if not block.pending and block.counted:
                self._uncount(block)
                self._read[block] = None
                self._read_size += block.size
                while self._read_size > self._kept:
                    self._let_go(next(iter(self._read)))
            may_begin = self._may_begin()
        if may_begin:
            self._lanes.wake()
        return view

    def has(self, transfer: Transfer, range_: Range) -> bool:
        """Whether a range is on its way, or there."""
        with self._lock:
            return range_ in self._blocks.get(transfer, {})

    def traffic(self, transfer: Transfer) -> Traffic:
        """What has come of a file until now."""
        with self._lock:
            return self._traffic.get(transfer, Traffic())

    def give_up(self, transfer: Transfer) -> None:
        """End the waits for bytes of a file, with an error."""
        with self._lock:
            blocks = {block for block in self._blocks.get(transfer, {}).values() if not block.came}
            for block in blocks:
                self._let_go(block)
        for block in blocks:
            block.fail(InterruptedError("the run was stopped"))

    def abandon(self, transfer: Transfer) -> None:
        """Let go of all bytes of a file, soon: may be called while garbage is collected."""
        self._abandoned.append(transfer)

    def _put(
        self, transfer: Transfer, ranges: Iterable[Range], needed: bool
    ) -> dict[Range, _Block]:
        """Make blocks of what is not coming yet; all blocks of the file."""
        self._let_go_of_abandoned()
        table = self._blocks.setdefault(transfer, {})
        new = [range_ for range_ in ranges if not self._is_coming(table, range_, needed)]
        blocks = [
            _Block(transfer, request, set(request.members))
            for request in requests(new, transfer.joining)
        ]
        for block in blocks:
            table.update(dict.fromkeys(block.request.members, block))
        (self._needed if needed else self._later).extend(blocks)
        return table

    def _pieces(self) -> int:
        """Blocks that threads may begin with now."""
        return len(self._needed) + len(self._later) if self._may_begin() else 0

    def _is_coming(self, table: dict[Range, _Block], range_: Range, needed: bool) -> bool:
        block = table.get(range_)
        if block is None:
            return False
        if block in self._read:
            self._read.move_to_end(block)
            return True
        block.pending.add(range_)
        if needed and not block.begun:
            self._needed.append(block)
        return True

    def _begun(self) -> Work | None:
        """Begin with the next block, if there is memory for it."""
        with self._lock:
            if not self._may_begin():
                return None
            block = (self._needed or self._later).popleft()
            block.begun = True
            self._count(block)
        return partial(self._bring, block)

    def _may_begin(self) -> bool:
        """Whether there is a block to begin with, and memory for it."""
        for waiting in (self._needed, self._later):
            # What was ordered again as needed stands in both.
            while waiting and waiting[0].begun:
                waiting.popleft()
        if self._needed:
            return True
        if not self._later:
            return False
        size = self._later[0].size
        if self._unread and self._unread + size > self._ahead:
            self._let_go_of_forgotten()
        return not self._unread or self._unread + size <= self._ahead

    def _bring(self, block: _Block) -> None:
        try:
            contents = block.transfer.bring(block.request.segments)
            block.came = time.monotonic()
            self._add_traffic(block)
            with suppress(InvalidStateError):
                block.result.set_result(block.request.views(contents))
        except BaseException as error:  # noqa: BLE001 (raised by whoever waits for it)
            # Whoever comes later tries again.
            with self._lock:
                self._let_go(block)
            block.fail(error)

    def _add_traffic(self, block: _Block) -> None:
        with self._lock:
            before = self._traffic.get(block.transfer, Traffic())
            after = Traffic(before.bytes + block.size, before.requests + 1)
            self._traffic[block.transfer] = after

    def _count(self, block: _Block) -> None:
        block.counted = True
        self._unread += block.size
        self.most = max(self.most, self._unread + self._read_size)

    def _uncount(self, block: _Block) -> None:
        if block.counted:
            block.counted = False
            self._unread -= block.size

    def _unkeep(self, block: _Block) -> None:
        if block in self._read:
            del self._read[block]
            self._read_size -= block.size

    def _let_go(self, block: _Block) -> None:
        block.begun = True
        self._uncount(block)
        self._unkeep(block)
        table = self._blocks.get(block.transfer, {})
        for member in block.request.members:
            if table.get(member) is block:
                del table[member]

    def _let_go_of_abandoned(self) -> None:
        while self._abandoned:
            transfer = self._abandoned.popleft()
            self._traffic.pop(transfer, None)
            for block in set(self._blocks.pop(transfer, {}).values()):
                self._let_go(block)

    def _let_go_of_forgotten(self) -> None:
        before = time.monotonic() - FORGOTTEN
        blocks = {block for table in self._blocks.values() for block in table.values()}
        for block in blocks:
            if block.counted and 0 < block.came < before:
                self._let_go(block)


@lru_cache(maxsize=1)
def shared_store() -> Store:
    """The store of this process: memory is bounded for all files together."""
    return Store()
