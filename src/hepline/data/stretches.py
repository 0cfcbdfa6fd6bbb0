"""Stretches of a column that several chunks take parts of: unpacked once, by whoever has time."""

from __future__ import annotations

import threading
from collections.abc import Callable, Hashable
from typing import Any

from numpy.typing import NDArray

__all__ = ["Stretch", "Stretches"]

# Of each column; chunks that threads read at the same time meet in few.
_MOST = 8

_WAITING, _CLAIMED, _DONE = range(3)


class Stretch:
    """Pages of a column in a row, and the memory that their elements are unpacked into.

    Parameters
    ----------
    row : ndarray, shape (element,)
        Not filled yet.
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
        """Whether the caller is to unpack a page, and to say so with `finish`."""
        with self._changed:
            mine = self._states[page] == _WAITING
            if mine:
                self._states[page] = _CLAIMED
            return mine

    def finish(self, page: int, error: BaseException | None = None) -> None:
        """Say that a claimed page is unpacked, or why it cannot be."""
        with self._changed:
            self._states[page] = _DONE
            if error is not None:
                self._errors[page] = error
            self._changed.notify_all()

    def missing(self, first: int, last: int) -> int | None:
        """Wait for the pages `first` to `last`; there may be something to do meanwhile.

        Returns
        -------
        int or None
            A page that the caller has claimed herewith, needed now or by later chunks; None if
            all that were asked for are unpacked. Who asks must have finished all earlier claims,
            or two threads would wait for each other.

        Raises
        ------
        Exception
            What was said of a page that could not be unpacked.
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
    """Stretches that are kept until every element was taken, or newer ones come."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._stretches: dict[Hashable, dict[int, tuple[Stretch, int]]] = {}

    def take(
        self, column: Hashable, begin: int, count: int, make: Callable[[], Stretch]
    ) -> Stretch:
        """A stretch of a column, of which the caller takes some elements.

        Parameters
        ----------
        column, begin
            Which it is.
        count : int
            How many elements.
        make : callable
            Gives a new one.
        """
        with self._lock:
            pieces = self._stretches.setdefault(column, {})
            stretch, remaining = pieces.pop(begin, (None, 0))
            # Who comes later tries again what has failed.
            if stretch is None or stretch.is_broken:
                stretch = make()
                remaining = len(stretch.row)
            if remaining > count:
                pieces[begin] = stretch, remaining - count
            while len(pieces) > _MOST:
                del pieces[next(iter(pieces))]
        return stretch

    def forget(self) -> None:
        """Keep nothing: who has a stretch goes on with it, who comes later begins anew."""
        with self._lock:
            self._stretches.clear()
