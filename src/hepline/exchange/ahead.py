"""Work ahead of a loop: results in order, the next ones computed while one is used."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TypeVar

__all__ = ["ahead"]

Task = TypeVar("Task")
Result = TypeVar("Result")


def ahead(
    function: Callable[[Task], Result], tasks: Iterable[Task], *, workers: int
) -> Iterator[Result]:
    """Call a function for each task, in threads, and yield the results in order.

    No more results wait than there are workers, beside the one in use.

    Parameters
    ----------
    function : callable
    tasks : iterable
    workers : int

    Yields
    ------
    object
        An error of the function is raised where its result would be yielded.
    """
    stopping = threading.Event()

    def compute(task: Task) -> Result:
        if stopping.is_set():
            raise InterruptedError("the loop has ended")
        return function(task)

    pool = ThreadPoolExecutor(workers, "ahead")
    waiting: deque[Future[Result]] = deque()
    try:
        for task in tasks:
            waiting.append(pool.submit(compute, task))
            if len(waiting) > workers:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()
    finally:
        stopping.set()
        pool.shutdown(wait=True, cancel_futures=True)
