"""Kernels: interpreted while there is little to do, compiled when it is worth the time.

To load numba takes longer than Python needs for the fit of a small model, and to compile takes a
hundred times longer. A kernel is therefore a Python function until it has worked for a second, or
has a large model to work on. The numbers are the same to the last bit: neither adds in another
order, and both call the same exponential and logarithm.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from functools import cache, cached_property
from pathlib import Path
from types import FunctionType
from typing import Any, Generic, ParamSpec, TypeVar

import numpy as np
import xxhash

__all__ = ["Kernel", "by_loops", "inlined", "inner", "kernel"]

P = ParamSpec("P")
T = TypeVar("T")
F = TypeVar("F", bound=Callable[..., Any])

_MOST_SECONDS = 1.0
"""Of the processor. To compile takes ten times more."""
_MOST_SECONDS_IF_KEPT = 0.3
"""To load numba and a kernel that an earlier run has left takes 0.7 s: whoever needed it once has a
model that will need it again."""
_LARGEST = 10_000
"""Numbers of an array; Python takes a tenth of a second to evaluate a model of so many."""

_FLAG = "_already_initialized"
_INNER: dict[Callable[..., Any], bool] = {}
"""Whether each is put where it is called."""
_LOOPS: dict[Callable[..., Any], Callable[..., Any]] = {}
"""What is compiled in place of some."""


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


def by_loops(loops: F) -> Callable[[F], F]:
    """Decorate what kernels call, and NumPy does faster than loops in Python.

    Parameters
    ----------
    loops : callable
        What numba compiles in its place. It has the same bits.
    """

    def decorate(function: F) -> F:
        _LOOPS[function] = loops
        return inner(function)

    return decorate


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
        own = _copy(self.function, _jitted())
        own.__qualname__ = self._kept_name
        compiled: Callable[P, T] = _njit(own, cache=True)
        return compiled

    @property
    def _kept_name(self) -> str:
        # Numba's cache looks at the file of a function only, not at those of what it calls.
        return f"{self.function.__name__}_{_sources()}"

    @cached_property
    def _is_kept(self) -> bool:
        """Whether numba's cache has it in its usual place: elsewhere it is found when it is due."""
        file = Path(self.function.__code__.co_filename)
        return any((file.parent / "__pycache__").glob(f"{file.stem}.{self._kept_name}-*.nbi"))

    def _is_due(self, *arguments: Any, **_: Any) -> bool:
        if self.seconds > _MOST_SECONDS:
            return True
        if self.seconds > _MOST_SECONDS_IF_KEPT and self._is_kept:
            return True
        arrays = (each[-1] if isinstance(each, tuple) else each for each in arguments)
        return any(np.size(array) > _LARGEST for array in arrays)


@cache
def _sources() -> str:
    """Digest of the files of all inner functions."""
    files = {each.__code__.co_filename for each in _INNER}
    return xxhash.xxh64(b"".join(Path(file).read_bytes() for file in sorted(files))).hexdigest()


@cache
def _jitted() -> dict[Callable[..., Any], Any]:
    """What numba calls in place of every inner function."""
    replaced: dict[Callable[..., Any], Any] = {}
    copies = {each: _copy(_LOOPS.get(each, each), replaced) for each in _INNER}
    hidden = {"no_cpython_wrapper": True, "no_cfunc_wrapper": True}
    for each, own in copies.items():
        replaced[each] = _njit(own, forceinline=_INNER[each], **hidden)
    for own in copies.values():
        own.__globals__.update(_names(own.__globals__, replaced))
    return replaced


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

    Numba loads what registers as its extension before the first kernel runs; what is asked for
    afterwards works as ever. Without the flag, which is numba's own, nothing is put
    off.
    """
    from numba.core import entrypoints

    if getattr(entrypoints, _FLAG, True):
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
