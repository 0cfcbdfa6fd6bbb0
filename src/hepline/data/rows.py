"""Reuse of memory: fresh pages cost as much as a third of unpacking."""

from __future__ import annotations

import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hepline.arrays import empty, poison

__all__ = ["empty_row", "scratch"]

# Python itself reuses smaller blocks.
_SMALL = 1 << 16
# Most bytes that are kept: chunks of some ten columns for a few threads.
_MOST = 1 << 28
# Bytes of a block of scratch memory: an unpacked page of ROOT.
_LEAST = 1 << 20
# References are counted exactly only in CPython with its lock.
_COUNTED = sys.implementation.name == "cpython" and getattr(sys, "_is_gil_enabled", lambda: True)()


_KEPT: list[NDArray[np.uint8]] = []
_LOCK = threading.Lock()
_SCRATCH: list[NDArray[np.uint8]] = []


def _idle() -> int:
    """Number of references to an idle block, as `_block` counts them.

    Those of the list, the loop and the call differ between versions of Python.
    """
    blocks, counts = [np.empty(1, np.uint8)], []
    for block in blocks:
        counts.append(sys.getrefcount(block))  # noqa: PERF401 (a comprehension counts otherwise)
    return counts[0]


_IDLE = _idle()


def empty_row(size: int, dtype: np.dtype[Any] | type) -> NDArray[Any]:
    """Allocate an uninitialized row, like `numpy.empty`.

    Its memory is reused once no row or view refers to it.

    Parameters
    ----------
    size : int
    dtype : numpy.dtype

    Returns
    -------
    ndarray, shape (size,)
    """
    dtype = np.dtype(dtype)
    need = size * dtype.itemsize
    if need < _SMALL or not _COUNTED:
        return empty(size, dtype)
    with _LOCK:
        block = _block(need)
    # Remains of an earlier row would look like valid numbers.
    return poison(block[:need]).view(dtype)


def _block(need: int) -> NDArray[np.uint8]:
    """The smallest idle block that is large enough, or a new one."""
    best: NDArray[np.uint8] | None = None
    total = 0
    for block in _KEPT:
        total += len(block)
        if sys.getrefcount(block) > _IDLE:
            continue
        if need <= len(block) and (best is None or len(block) < len(best)):
            best = block
    if best is not None:
        return best
    new = np.empty(need + need // 8, np.uint8)
    if total + len(new) > _MOST:
        # Blocks of an earlier question, perhaps; those in use stay alive without the list.
        _KEPT.clear()
    _KEPT.append(new)
    return new


@contextmanager
def scratch(size: int) -> Iterator[NDArray[np.uint8]]:
    """Temporary bytes, which must not be used after the call.

    Each run starts new threads; they reuse the memory of earlier ones.

    Parameters
    ----------
    size : int
    """
    try:
        memory = _SCRATCH.pop()
    except IndexError:
        memory = np.empty(0, np.uint8)
    if len(memory) < size:
        memory = np.empty(max(size, _LEAST), np.uint8)
    try:
        yield poison(memory[:size])
    finally:
        _SCRATCH.append(memory)
