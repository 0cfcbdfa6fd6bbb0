"""Numba without the extensions of other libraries, for commands whose kernels need none."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager

from numba.core import entrypoints

__all__ = ["no_extensions"]

_FLAG = "_already_initialized"


@contextmanager
def no_extensions() -> Iterator[None]:
    """Keep numba from importing vector and awkward, which takes a second.

    Numba loads what registers as its extension before the first kernel runs; what is there already,
    or asked for afterwards, works as ever. Without the flag, which is numba's own, nothing is put
    off.
    """
    if "awkward" in sys.modules or getattr(entrypoints, _FLAG, True):
        yield
        return
    setattr(entrypoints, _FLAG, True)
    try:
        yield
    finally:
        setattr(entrypoints, _FLAG, False)
