"""Chunks of files behind addresses that are fetched ahead as soon as their file is open."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable
from contextlib import suppress
from functools import partial

from hepline.data.damage import DAMAGE
from hepline.data.remote.lanes import Lanes, Work
from hepline.errors import HeplineError

__all__ = ["Announcements"]

# Files that are opened at a time: each takes several answers, one after the other.
_LANES = 4

Open = Callable[[], Work]
"""Opens a file, and returns what orders its bytes."""


class Announcements:
    """Chunks that nobody reads yet; thread-safe."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._waiting: OrderedDict[Hashable, Open] = OrderedDict()
        self._coming: set[Hashable] = set()
        self._lanes = Lanes(_LANES, self._next, "announce")

    def add(self, chunk: Hashable, open_: Open) -> None:
        """Announce a chunk, without waiting; its reading will report any error."""
        with self._lock:
            self._waiting[chunk] = open_
            self._coming.add(chunk)
        self._lanes.wake()

    def withdraw(self, chunk: Hashable) -> None:
        """Withdraw a chunk, because its reading begins: nothing would be read twice."""
        with self._lock:
            self._waiting.pop(chunk, None)
            self._coming.discard(chunk)

    def _next(self) -> Work | None:
        with self._lock:
            if not self._waiting:
                return None
            return partial(self._carry_out, *self._waiting.popitem(last=False))

    def _carry_out(self, chunk: Hashable, open_: Open) -> None:
        with suppress(*DAMAGE, HeplineError):
            order = open_()
            with self._lock:
                is_coming = chunk in self._coming
                self._coming.discard(chunk)
            if is_coming:
                order()
