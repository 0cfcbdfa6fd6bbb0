"""Work ahead of a loop: results in order, the next ones computed while one is used."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Generator, Iterable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TypeVar

__all__ = ["ahead"]

Task = TypeVar("Task")
Result = TypeVar("Result")


def ahead(
    function: Callable[[Task], Result],
    tasks: Iterable[Task],
    *,
    workers: int,
    most: int | None = None,
    give_up: Callable[[], None] | None = None,
) -> Generator[Result, None, None]:
    """Call a function for each task, in threads, and yield the results in order.

    Parameters
    ----------
    function : callable
    tasks : iterable
    workers : int
    most : int, optional
        Results that wait at a time, beside the one in use; as many as there are workers by default.
    give_up : callable, optional
        Ends what the function waits for, if the loop ends before the tasks, also by Ctrl-C.

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

    most = workers if most is None else most
    pool = ThreadPoolExecutor(workers, "ahead")
    waiting: deque[Future[Result]] = deque()
    try:
        for task in tasks:
            waiting.append(pool.submit(compute, task))
            if len(waiting) > most:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()
    except BaseException:
        # Ctrl-C, too: threads may wait for a server that keeps silent.
        stopping.set()
        if give_up is not None:
            give_up()
        raise
    finally:
        stopping.set()
        pool.shutdown(wait=True, cancel_futures=True)
