"""Several processes for work that falls into numbered pieces, such as toys.

Processes and not threads: a fit steps through Python between its kernels, and two threads wait for
each other's interpreter. What the pieces give must not depend on how they are grouped.
"""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from types import TracebackType
from typing import Self, TypeVar

from hepline.errors import FitError
from hepline.stats.onecore import on_one_core

__all__ = ["Crew"]

_LARGEST_CHUNK = 50  # pieces at a time: few enough that Ctrl-C does not wait for long

Piece = TypeVar("Piece")
Result = TypeVar("Result")


class Crew:
    """Processes that live as long as a ``with`` block.

    Parameters
    ----------
    workers : int
        1 works in this process and starts no other.
    """

    def __init__(self, workers: int = 1) -> None:
        if workers < 1:
            raise FitError(
                f"{workers} processes cannot work.",
                why="workers counts processes; with 1 the work is done in this one.",
                fix="give workers=1 or more.",
            )
        self._workers = workers
        self._pool: ProcessPoolExecutor | None = None

    def __enter__(self) -> Self:
        if self._workers > 1:
            # Spawned, not forked: a fork copies threads' locks but not the threads.
            spawn = multiprocessing.get_context("spawn")
            self._pool = ProcessPoolExecutor(self._workers, spawn, _start_worker)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._pool is not None:
            self._pool.shutdown(wait=True, cancel_futures=True)

    def spread(
        self, work: Callable[[Sequence[Piece]], Result], pieces: Sequence[Piece]
    ) -> list[Result]:
        """Work on pieces, chunk by chunk.

        Parameters
        ----------
        work : callable
            Takes neighboring pieces; a function of a module, or a partial one, so that it can
            travel to another process.
        pieces : sequence
            Numbers, say.

        Returns
        -------
        list
            What `work` gave for each chunk, in order.

        Raises
        ------
        FitError
            If a process died.
        """
        count = len(pieces)
        size = min(_LARGEST_CHUNK, -(-count // (4 * self._workers)))
        chunks = [pieces[first : first + size] for first in range(0, count, size)]
        if self._pool is None:
            return [_on_one_core(work, chunk) for chunk in chunks]
        try:
            with _interrupts_held():
                futures = [self._pool.submit(_on_one_core, work, chunk) for chunk in chunks]
            return [future.result() for future in futures]
        except BrokenProcessPool as error:
            raise FitError(
                "a worker process died.",
                why="it was killed (memory?), or the script that calls hepline starts workers "
                "again when a worker imports it.",
                fix="put the script's calls under  if __name__ == '__main__':  or use workers=1.",
            ) from error


@on_one_core
def _on_one_core(work: Callable[[Sequence[Piece]], Result], chunk: Sequence[Piece]) -> Result:
    return work(chunk)


@contextmanager
def _interrupts_held() -> Iterator[None]:
    """Start processes that Ctrl-C does not reach: it goes to the whole group.

    A new process inherits the blocked signal; here it is delivered once all have started.
    """
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _start_worker() -> None:
    threading.Thread(target=_end_with_parent, daemon=True).start()


def _end_with_parent() -> None:
    """End this worker as soon as the process that started it is gone, killed perhaps."""
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)
