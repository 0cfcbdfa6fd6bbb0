"""Several processes for work that falls into numbered pieces, such as toys.

Processes and not threads: a fit steps through Python between its kernels, and two threads wait for
each other's interpreter. What the pieces give must not depend on how they are grouped.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import ExitStack
from types import TracebackType
from typing import Self, TypeVar

from hepline.errors import FitError
from hepline.processes import interrupts_held, worker_processes
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

    Raises
    ------
    FitError
        At the end of the block, if a process died.
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
        self._open = ExitStack()

    def __enter__(self) -> Self:
        if self._workers > 1:
            self._pool = self._open.enter_context(worker_processes(self._workers, error=FitError))
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._open.__exit__(kind, error, trace)

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
        """
        count = len(pieces)
        size = min(_LARGEST_CHUNK, -(-count // (4 * self._workers)))
        chunks = [pieces[first : first + size] for first in range(0, count, size)]
        if self._pool is None:
            return [_on_one_core(work, chunk) for chunk in chunks]
        with interrupts_held():
            futures = [self._pool.submit(_on_one_core, work, chunk) for chunk in chunks]
        return [future.result() for future in futures]


@on_one_core
def _on_one_core(work: Callable[[Sequence[Piece]], Result], chunk: Sequence[Piece]) -> Result:
    return work(chunk)
