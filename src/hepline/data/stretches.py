"""Stretches of a column that several chunks share, unpacked once by any thread."""

from __future__ import annotations

import threading
from collections.abc import Callable, Hashable
from typing import Any

from numpy.typing import NDArray

__all__ = ["Stretch", "Stretches"]

# Most stretches per column; chunks that threads read at the same time share few.
_MOST = 8

_WAITING, _CLAIMED, _DONE = range(3)


class Stretch:
    """Consecutive pages of a column, and the memory for their elements.

    Parameters
    ----------
    row : ndarray, shape (element,)
        Uninitialized at first.
    pages : int
    """

    def __init__(self, row: NDArray[Any], pages: int) -> None:
        self.row = row
        self._states = [_WAITING] * pages
        self._errors: dict[int, BaseException] = {}
        self._changed = threading.Condition()

    @property
    def is_broken(self) -> bool:
        """Whether a page could not be unpacked."""
        return bool(self._errors)

    def claim(self, page: int) -> bool:
        """Whether the caller must unpack a page, and then call `finish`."""
        with self._changed:
            mine = self._states[page] == _WAITING
            if mine:
                self._states[page] = _CLAIMED
            return mine

    def finish(self, page: int, error: BaseException | None = None) -> None:
        """Mark a claimed page as unpacked, or as damaged."""
        with self._changed:
            self._states[page] = _DONE
            if error is not None:
                self._errors[page] = error
            self._changed.notify_all()

    def missing(self, first: int, last: int) -> int | None:
        """Wait for the pages `first` to `last`, or return a page to unpack meanwhile.

        Returns
        -------
        int or None
            A page that the caller now owns, for itself or for later chunks; None if all pages are
            unpacked. The caller must have finished all earlier claims; else two threads could
            wait for each other.

        Raises
        ------
        Exception
            The error of a page that could not be unpacked.
        """
        with self._changed:
            while any(state != _DONE for state in self._states[first:last]):
                for page in range(first, len(self._states)):
                    if self._states[page] == _WAITING:
                        self._states[page] = _CLAIMED
                        return page
                self._changed.wait()
            for page in range(first, last):
                if page in self._errors:
                    raise self._errors[page]
        return None


class Stretches:
    """Stretches, kept until all elements are taken or newer stretches replace them."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._stretches: dict[Hashable, dict[int, tuple[Stretch, int]]] = {}

    def take(
        self, column: Hashable, begin: int, count: int, make: Callable[[], Stretch]
    ) -> Stretch:
        """Take elements of a stretch.

        Parameters
        ----------
        column, begin
            Keys of the stretch.
        count : int
            Number of elements.
        make : callable
            Makes a new stretch.
        """
        with self._lock:
            pieces = self._stretches.setdefault(column, {})
            stretch, remaining = pieces.pop(begin, (None, 0))
            # Later callers retry a stretch that failed.
            if stretch is None or stretch.is_broken:
                stretch = make()
                remaining = len(stretch.row)
            if remaining > count:
                pieces[begin] = stretch, remaining - count
            while len(pieces) > _MOST:
                del pieces[next(iter(pieces))]
        return stretch

    def forget(self) -> None:
        """Drop all stretches: their users keep them, later callers start again."""
        with self._lock:
            self._stretches.clear()
