"""Trying again after a pause that grows."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TypeVar

from hepline.data.transport import Cut
from hepline.errors import FetchFailed

__all__ = ["Stop", "Stopped", "retried"]

_T = TypeVar("_T")

TRIES = 6
"""In a row without a single new byte; with the pauses below they last half a minute."""

PAUSE = 1.0
"""Seconds before the second try; twice as many before each further one."""

_FIX = (
    "check the network, and fetch again later: what has come is kept, and the rest will be added "
    "to it."
)


class Stopped(Exception):
    """The user, or another file's error, has ended the fetch."""


class Stop(threading.Event):
    """An event that also ends the requests that threads are waiting for."""

    def __init__(self) -> None:
        super().__init__()
        self._ends: set[Callable[[], None]] = set()

    def set(self) -> None:
        """Let all threads stop now."""
        super().set()
        for end in list(self._ends):
            end()

    @contextmanager
    def ending(self, end: Callable[[], None]) -> Iterator[None]:
        """Call `end`, from another thread, if the event is set meanwhile."""
        self._ends.add(end)
        try:
            yield
        finally:
            self._ends.discard(end)


def retried(
    attempt: Callable[[], _T],
    what: str,
    *,
    progress: Callable[[], int] = lambda: 0,
    stop: Stop | None = None,
    fix: str = _FIX,
) -> _T:
    """Call a function until it is not cut off.

    Parameters
    ----------
    attempt : callable
        Raises `Cut` if it is worth another try.
    what : str
    progress : callable
        How far it has come; tries are counted anew after every step ahead.
    stop : Stop, optional
    fix : str
        What to do if it never succeeds.

    Raises
    ------
    FetchFailed, Stopped
    """
    stopped = Stop() if stop is None else stop
    failures, reached = 0, progress()
    while True:
        try:
            return attempt()
        except Cut as error:
            now = progress()
            failures, reached = (1 if now > reached else failures + 1), max(now, reached)
            if failures >= TRIES:
                raise FetchFailed(
                    f"{what} cannot be fetched: {error}.",
                    why=f"{TRIES} tries in a row brought nothing new.",
                    fix=fix,
                ) from error
        if stopped.wait(PAUSE * 2 ** (failures - 1)):
            raise Stopped
