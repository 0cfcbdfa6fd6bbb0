"""Kernels are compiled in a thread of their own, and how far it has come can be said."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from typing import Any, TypeVar

from hepline.engine.compiled.compiler import Kernel, compiled, is_kept
from hepline.engine.compiled.lowering import Lowered

__all__ = ["Compiling"]

Result = TypeVar("Result")


class Compiling:
    """One thread that compiles.

    Parameters
    ----------
    progress : callable, optional
        Called as ``progress(done, total)`` with numbers of kernels that earlier runs have not
        compiled, by `report` and `awaited`, in the thread of their caller.
    """

    def __init__(self, progress: Callable[[int, int], None] | None = None) -> None:
        self._thread = ThreadPoolExecutor(1, "compile")
        self._progress = progress
        self._new: dict[str, Future[Kernel]] = {}
        self._reported = -1

    def kernel(self, lowered: Lowered) -> Future[Kernel]:
        """A kernel, on its way."""
        is_new = self._progress is not None and not is_kept(lowered)
        future = self._thread.submit(compiled, lowered)
        if is_new:
            # Many samples share a kernel: the first of them has it compiled.
            self._new.setdefault(lowered.source, future)
        return future

    def report(self) -> None:
        """Say how far it has come, if that is news."""
        ready = sum(future.done() for future in self._new.values())
        if self._progress is not None and self._new and ready > self._reported:
            self._progress(ready, len(self._new))
            self._reported = ready

    def awaited(self, future: Future[Result]) -> Result:
        """Result of something that may wait for a kernel; meanwhile kernels are reported."""
        while not future.done():
            awaited: list[Future[Any]] = [
                kernel for kernel in self._new.values() if not kernel.done()
            ]
            if not awaited:
                break
            wait([future, *awaited], return_when=FIRST_COMPLETED)
            self.report()
        self.report()
        return future.result()

    def shutdown(self) -> None:
        """End the thread; what it has not begun is dropped."""
        self._thread.shutdown(wait=True, cancel_futures=True)
