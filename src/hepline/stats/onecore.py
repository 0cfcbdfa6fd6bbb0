"""Linear algebra on one core: threads cost more than they bring at the size of a likelihood.

On a busy machine OpenBLAS' threads wait for each other: inverting a matrix of 34 parameters takes
milliseconds instead of microseconds, and toys that run side by side stand in each other's way.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from functools import cache, wraps
from typing import ParamSpec, TypeVar

from threadpoolctl import ThreadpoolController

__all__ = ["on_one_core"]

P = ParamSpec("P")
T = TypeVar("T")


def on_one_core(function: Callable[P, T]) -> Callable[P, T]:
    """Decorate a function whose linear algebra shall start no threads."""

    @wraps(function)
    def alone(*arguments: P.args, **options: P.kwargs) -> T:
        if getattr(_HERE, "is_alone", False):
            return function(*arguments, **options)  # entering takes 40 µs, a whole fit 200
        _HERE.is_alone = True
        try:
            with _controller().limit(limits=1, user_api="blas"):
                return function(*arguments, **options)
        finally:
            _HERE.is_alone = False

    return alone


_HERE = threading.local()


@cache
def _controller() -> ThreadpoolController:
    # Finding the loaded libraries takes milliseconds; they do not change afterwards.
    return ThreadpoolController()
