"""Compilation of kernels in a separate thread, with progress reports."""

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
        """Start to compile a kernel."""
        is_new = self._progress is not None and not is_kept(lowered)
        future = self._thread.submit(compiled, lowered)
        if is_new:
            # Many samples share a kernel; only the first compiles it.
            self._new.setdefault(lowered.source, future)
        return future

    def report(self) -> None:
        """Report progress, if there is any."""
        ready = sum(future.done() for future in self._new.values())
        if self._progress is not None and self._new and ready > self._reported:
            self._progress(ready, len(self._new))
            self._reported = ready

    def awaited(self, future: Future[Result]) -> Result:
        """Wait for a result that may need kernels, and report their progress meanwhile."""
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
        """End the thread, and drop kernels that have not been started."""
        self._thread.shutdown(wait=True, cancel_futures=True)
