"""Linear algebra on one core: threads cost more than they bring at the size of a likelihood.

On a busy machine OpenBLAS' threads wait for each other: inverting a matrix of 34 parameters takes
milliseconds instead of microseconds, and toys that run side by side stand in each other's way.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from functools import cache, wraps
from typing import ParamSpec, TypeVar

from threadpoolctl import LibController, ThreadpoolController

__all__ = ["on_one_core"]

P = ParamSpec("P")
T = TypeVar("T")


def on_one_core(function: Callable[P, T]) -> Callable[P, T]:
    """Decorate a function whose linear algebra shall start no threads."""

    @wraps(function)
    def alone(*arguments: P.args, **options: P.kwargs) -> T:
        if getattr(_HERE, "is_alone", False):
            return function(*arguments, **options)
        _HERE.is_alone = True
        before = [(library, library.get_num_threads()) for library in _libraries()]
        before = [(library, threads) for library, threads in before if threads != 1]
        try:
            for library, _ in before:
                library.set_num_threads(1)
            return function(*arguments, **options)
        finally:
            for library, threads in before:
                library.set_num_threads(threads)
            _HERE.is_alone = False

    return alone


_HERE = threading.local()


@cache
def _libraries() -> list[LibController]:
    """Those of linear algebra that are loaded.

    Finding them takes milliseconds; they do not change afterwards. Asked one by one, because a
    `ThreadpoolController` takes 40 µs to set the same numbers, a whole fit twice as long.
    """
    blas = ThreadpoolController().select(user_api="blas")
    return list(blas.lib_controllers)
