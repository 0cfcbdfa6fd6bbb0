"""Threads that come with work and go without."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Iterable
from concurrent.futures import Future
from typing import TypeVar

__all__ = ["Lanes", "Work", "started"]

_T = TypeVar("_T")

Work = Callable[[], None]


class Lanes:
    """A few threads that never keep Python from ending, not even while a server keeps silent.

    Parameters
    ----------
    most : int
        Threads at a time.
    take : callable
        The next piece of work; None if there is none now. The work must not raise.
    name : str
        Of the threads.
    """

    def __init__(self, most: int, take: Callable[[], Work | None], name: str) -> None:
        self._most = most
        self._take = take
        self._name = name
        self._running = 0
        self._lock = threading.Lock()

    def wake(self, pieces: int = 1) -> None:
        """Start threads for so many new pieces of work, if not all are running."""
        if not pieces:
            return
        with self._lock:
            new = min(self._most - self._running, pieces)
            self._running += new
        for _ in range(new):
            threading.Thread(target=self._run, name=self._name, daemon=True).start()

    def _run(self) -> None:
        while True:
            # Whoever adds work after the last look wakes another thread.
            with self._lock:
                work = self._take()
                if work is None:
                    self._running -= 1
                    return
            work()


def started(calls: Iterable[Callable[[], _T]], most: int, name: str) -> list[Future[_T]]:
    """Start calls, a few at a time; those that have not begun can be cancelled.

    Parameters
    ----------
    calls : iterable of callable
    most : int
        At a time.
    name : str
        Of the threads.
    """
    waiting = deque((call, Future[_T]()) for call in calls)
    futures = [future for _, future in waiting]

    def take() -> Work | None:
        while waiting:
            call, future = waiting.popleft()
            if future.set_running_or_notify_cancel():
                return lambda: _fill(future, call)
        return None

    Lanes(most, take, name).wake(len(futures))
    return futures


def _fill(future: Future[_T], call: Callable[[], _T]) -> None:
    try:
        future.set_result(call())
    except BaseException as error:  # noqa: BLE001 (raised by whoever waits for it)
        future.set_exception(error)
