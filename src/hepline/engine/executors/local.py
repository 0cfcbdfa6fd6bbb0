"""Compute chunks in this process, or in several processes of this machine.

For evaluators that hold Python's lock; the compiled one runs in `threads`.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from concurrent.futures import Future, as_completed

from hepline.columns.source import Part
from hepline.engine.chunk import Partial, Prepared, Work, prepare, process
from hepline.errors import DataError
from hepline.processes import interrupts_held, worker_processes

__all__ = ["Task", "execute"]

Task = tuple[int, Part, int, int]
"""Number of the work, file, first and last event."""

# State of this worker process, set once when it starts.
_PREPARED: list[Prepared] = []


def execute(
    work: Sequence[Work], tasks: Sequence[Task], *, workers: int
) -> Iterator[tuple[int, Partial | DataError]]:
    """Compute tasks, and yield results as they are ready, with the number of their task.

    Parameters
    ----------
    work : sequence of Work
    tasks : sequence of Task
    workers : int
        1 computes in this process.

    Yields
    ------
    number : int
        Position in `tasks`.
    result : Partial or DataError
        An error in the data is a result: the caller decides whether to go on without the file.
    """
    if workers <= 1 or len(tasks) <= 1:
        prepared = [prepare(item) for item in work]
        for number, (index, part, start, stop) in enumerate(tasks):
            yield number, _attempt(prepared[index], part, start, stop)
        return
    count = min(workers, len(tasks))
    with worker_processes(count, _start, list(work), error=DataError) as pool:
        with interrupts_held():
            futures: dict[Future[Partial | DataError], int] = {
                pool.submit(_in_worker, *task): number for number, task in enumerate(tasks)
            }
        for future in as_completed(futures):
            yield futures.pop(future), future.result()


def _start(work: list[Work]) -> None:
    _PREPARED[:] = [prepare(item) for item in work]


def _in_worker(index: int, part: Part, start: int, stop: int) -> Partial | DataError:
    return _attempt(_PREPARED[index], part, start, stop)


def _attempt(prepared: Prepared, part: Part, start: int, stop: int) -> Partial | DataError:
    try:
        return process(prepared, part, start, stop)
    except DataError as error:
        return error
