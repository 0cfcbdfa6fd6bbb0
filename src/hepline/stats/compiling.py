"""Kernels: interpreted while there is little to do, compiled when it is worth the time.

To load numba takes longer than Python needs for the fit of a small model, and to compile takes a
hundred times longer. A kernel is therefore a Python function until it has worked for a second, or
has a large model to work on. The numbers are the same to the last bit: neither adds in another
order, and both call the same exponential and logarithm.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from types import FunctionType
from typing import Any, Generic, ParamSpec, TypeVar

import numpy as np
import xxhash

__all__ = ["Kernel", "inlined", "inner", "kernel"]

P = ParamSpec("P")
T = TypeVar("T")
F = TypeVar("F", bound=Callable[..., Any])

_MOST_SECONDS = 1.0
"""Of the processor. To load numba takes about this, to compile ten times more."""
_LARGEST = 10_000
"""Numbers of an array; Python takes a tenth of a second to evaluate a model of so many."""

_FLAG = "_already_initialized"
_INNER: dict[Callable[..., Any], bool] = {}
"""Whether each is put where it is called."""


def inner(function: F) -> F:
    """Decorate what kernels call, with arguments of one type each.

    In it, square numbers by a product, and take exponentials and logarithms from `math`, of numbers
    that have one: Python and numba do not agree on others.
    """
    _INNER[function] = False
    return function


def inlined(function: F) -> F:
    """Decorate what kernels call for every cell: to count references to arrays takes longer."""
    _INNER[function] = True
    return function


class Kernel(Generic[P, T]):
    """A function of arrays that numba can compile.

    Parameters
    ----------
    function : callable
        Calls none but those that are decorated with `inner` or `inlined`.
    """

    def __init__(self, function: Callable[P, T]) -> None:
        self.function = function
        self.seconds = 0.0
        self.compiled: Callable[P, T] | None = None

    def __call__(self, *arguments: P.args, **options: P.kwargs) -> T:
        """Run it, one way or the other."""
        if self.compiled is not None:
            return self.compiled(*arguments, **options)
        if self._is_due(*arguments, **options):
            self.compiled = self.compile()
            with without_extensions():
                return self.compiled(*arguments, **options)
        begin = time.thread_time()
        with np.errstate(all="ignore"):
            result = self.function(*arguments, **options)
        self.seconds += time.thread_time() - begin
        return result

    def compile(self) -> Callable[P, T]:
        """Compile it, or load what was compiled on this machine."""
        replaced, digest = _jitted()
        # Numba's cache looks at the file of a function only, not at those of what it calls.
        own = _copy(self.function, replaced)
        own.__qualname__ = f"{own.__name__}_{digest}"
        compiled: Callable[P, T] = _njit(own, cache=True)
        return compiled

    def _is_due(self, *arguments: Any, **_: Any) -> bool:
        if self.seconds > _MOST_SECONDS:
            return True
        arrays = (each[-1] if isinstance(each, tuple) else each for each in arguments)
        return any(np.size(array) > _LARGEST for array in arrays)


@cache
def _jitted() -> tuple[dict[Callable[..., Any], Any], str]:
    """What numba calls in place of every inner function, and a digest of their sources."""
    replaced: dict[Callable[..., Any], Any] = {}
    copies = {each: _copy(each, replaced) for each in _INNER}
    hidden = {"no_cpython_wrapper": True, "no_cfunc_wrapper": True}
    for each, own in copies.items():
        replaced[each] = _njit(own, forceinline=_INNER[each], **hidden)
    for own in copies.values():
        own.__globals__.update(_names(own.__globals__, replaced))
    files = {each.__code__.co_filename for each in _INNER}
    digest = xxhash.xxh64(b"".join(Path(file).read_bytes() for file in sorted(files)))
    return replaced, digest.hexdigest()


def _njit(function: Callable[..., Any], **options: bool) -> Any:
    from numba import njit  # takes a second, which small fits have no need of

    return njit(nogil=True, error_model="numpy", **options)(function)


def _copy(function: Callable[..., Any], replaced: Mapping[Callable[..., Any], Any]) -> FunctionType:
    """The same function, calling others: those of Python stay as they are."""
    known = {**function.__globals__, **_names(function.__globals__, replaced)}
    own = FunctionType(function.__code__, known, function.__name__, function.__defaults__)
    own.__module__ = function.__module__
    return own


def _names(known: Mapping[str, Any], replaced: Mapping[Callable[..., Any], Any]) -> dict[str, Any]:
    return {
        name: replaced[value]
        for name, value in known.items()
        if isinstance(value, FunctionType) and value in replaced
    }


@contextmanager
def without_extensions() -> Iterator[None]:
    """Keep numba from importing vector and awkward, which takes a second.

    Numba loads what registers as its extension before the first kernel runs; what is there already,
    or asked for afterwards, works as ever. Without the flag, which is numba's own, nothing is put
    off.
    """
    from numba.core import entrypoints

    if "awkward" in sys.modules or getattr(entrypoints, _FLAG, True):
        yield
        return
    setattr(entrypoints, _FLAG, True)
    try:
        yield
    finally:
        setattr(entrypoints, _FLAG, False)


def kernel(function: Callable[P, T]) -> Kernel[P, T]:
    """Decorate a function that Python calls and numba may compile."""
    return Kernel(function)
