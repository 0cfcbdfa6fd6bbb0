"""Compute chunks with the compiled evaluator: in threads of this process.

Unpacking and kernels release Python's lock, so threads share one copy of everything. Kernels are
compiled while the first chunks are read.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor

from hepline.engine.chunk import Partial, Prepared, Work, prepare, process
from hepline.engine.executors.local import Task
from hepline.errors import DataError

__all__ = ["execute"]

# Tasks that are announced beside those that workers take next: with 20 ms to a server, its files
# are opened and their bytes on their way before a worker waits for them (bench/remote.py).
_AHEAD = 2


def execute(
    work: Sequence[Work],
    tasks: Sequence[Task],
    *,
    workers: int,
    compiling: Callable[[int, int], None] | None = None,
) -> Iterator[tuple[int, Partial | DataError]]:
    """Compute tasks, and yield results in order, with the number of their task.

    Parameters
    ----------
    work : sequence of Work
    tasks : sequence of Task
    workers : int
        Threads.
    compiling : callable, optional
        Called in this thread with the number of compiled kernels and their total; never if all come
        from earlier runs.

    Yields
    ------
    number : int
        Position in `tasks`.
    result : Partial or DataError
        An error in the data is a result: the caller decides whether to go on without the file.
    """
    from hepline.engine.executors.compiling import Compiling

    if not tasks:
        return
    workers = min(workers, len(tasks))
    compiler = Compiling(compiling)
    pool = ThreadPoolExecutor(workers, "chunk")
    stopping = threading.Event()
    try:
        indices = dict.fromkeys(index for index, *_ in tasks)
        prepared = {index: prepare(work[index], compiler.kernel) for index in indices}
        compiler.report()

        def compute(number: int) -> Partial | DataError:
            if stopping.is_set():
                raise InterruptedError("the run was stopped")
            # The first tasks are read at once; the first of all announces several.
            begin = number + workers + (_AHEAD if number else 0)
            for task in tasks[begin : number + workers + _AHEAD + 1]:
                _announce(prepared, task)
            index, part, start, stop = tasks[number]
            try:
                return process(prepared[index], part, start, stop)
            except DataError as error:
                return error

        if workers == 1:
            # This thread keeps its memory from one run to the next.
            for number in range(len(tasks)):
                yield number, compute(number)
                compiler.report()
            return
        waiting: deque[Future[Partial | DataError]] = deque()
        for number in range(len(tasks)):
            waiting.append(pool.submit(compute, number))
            # Enough to keep all threads busy; results that wait take memory.
            if len(waiting) > 2 * workers:
                yield number + 1 - len(waiting), compiler.awaited(waiting.popleft())
        while waiting:
            yield len(tasks) - len(waiting), compiler.awaited(waiting.popleft())
    except BaseException:
        # Ctrl-C, too: threads may wait for a server that keeps silent.
        stopping.set()
        for index in dict.fromkeys(index for index, *_ in tasks):
            work[index].source.give_up()
        raise
    finally:
        stopping.set()
        pool.shutdown(wait=True, cancel_futures=True)
        compiler.shutdown()


def _announce(prepared: dict[int, Prepared], task: Task) -> None:
    """Prefetch the bytes of a later chunk while this one is computed."""
    index, part, start, stop = task
    later = prepared[index].task
    later.source.prefetch(part, later.columns, later.collections, start, stop)
