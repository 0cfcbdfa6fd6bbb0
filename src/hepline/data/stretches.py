"""Stretches of a column that several chunks share, unpacked once by any thread."""

from __future__ import annotations

import threading
from typing import Any

from numpy.typing import NDArray

__all__ = ["Stretch"]

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
