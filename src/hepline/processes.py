"""Worker processes that end with the process that started them, and leave Ctrl-C to it."""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from typing import Any

from hepline.errors import HeplineError
from hepline.garbage import seldom_collected

__all__ = ["interrupts_held", "worker_processes"]


@contextmanager
def worker_processes(
    count: int,
    start: Callable[..., None] | None = None,
    *arguments: Any,
    error: type[HeplineError] = HeplineError,
) -> Iterator[ProcessPoolExecutor]:
    """Processes that live as long as a ``with`` block; what has not begun by then is dropped.

    Parameters
    ----------
    count : int
    start : callable, optional
        What each of them does first: a function of a module.
    *arguments
        Of `start`.
    error : type
        Of the room that the work belongs to.

    Yields
    ------
    ProcessPoolExecutor
        Hand over work inside of `interrupts_held`: the first piece starts the processes.

    Raises
    ------
    HeplineError
        An `error`, if a process died.
    """
    # Spawned, not forked: a fork copies threads' locks, those of a progress display say, but not
    # the threads.
    spawn = multiprocessing.get_context("spawn")
    pool = ProcessPoolExecutor(count, spawn, _start, (start, arguments))
    try:
        yield pool
    except BrokenProcessPool as broken:
        raise error(
            "a worker process died.",
            why="the system ended it, most often for lack of memory, or the script that calls "
            "hepline starts workers again when a worker imports it.",
            fix="put the script's calls under  if __name__ == '__main__':  or use fewer workers; "
            "workers=1 starts none.",
        ) from broken
    finally:
        pool.shutdown(wait=True, cancel_futures=True)


@contextmanager
def interrupts_held() -> Iterator[None]:
    """Start processes that Ctrl-C does not reach, not even while they still import hepline.

    A new process inherits the blocked signal; here it is delivered as soon as all have started.
    Ctrl-C is the parent's business: it cancels what has not begun and waits for the rest.
    """
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _start(start: Callable[..., None] | None, arguments: tuple[Any, ...]) -> None:
    seldom_collected()
    threading.Thread(target=_end_with_parent, daemon=True).start()
    if start is not None:
        start(*arguments)


def _end_with_parent() -> None:
    """End this worker as soon as the process that started it is gone, killed perhaps."""
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)
