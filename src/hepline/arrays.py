"""Types of arrays, memory that is filled later, and a switch that shows where it is not.

With ``HEPLINE_POISON=1`` in the environment, memory that nobody has written yet holds a pattern
that no sensible number has. Tests look for it in what comes out.
"""

from __future__ import annotations

import os
from typing import Any

import numpy as np
from numpy.typing import DTypeLike, NDArray

__all__ = ["Floats", "Integers", "Mask", "empty", "holds_poison", "pattern", "poison", "poisoned"]

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]
Mask = NDArray[np.bool_]

_VARIABLE = "HEPLINE_POISON"
_BYTE = 0xA5


def poisoned() -> bool:
    """Whether the switch is on."""
    return os.environ.get(_VARIABLE, "0") not in ("", "0")


def empty(shape: int | tuple[int, ...], dtype: DTypeLike) -> NDArray[Any]:
    """Like `numpy.empty`: whoever asks for it writes every element, or says that it failed."""
    return poison(np.empty(shape, dtype))


def poison(memory: NDArray[Any]) -> NDArray[Any]:
    """The same memory, with the pattern in it if the switch is on."""
    if poisoned() and memory.size:
        memory.reshape(-1).view(np.uint8)[...] = _BYTE
    return memory


def pattern(dtype: DTypeLike) -> np.generic:
    """The number that the pattern is."""
    kind = np.dtype(dtype)
    number: np.generic = np.frombuffer(bytes([_BYTE] * kind.itemsize), kind)[0]
    return number


def holds_poison(values: NDArray[Any]) -> bool:
    """Whether an element of an array is the pattern.

    Parameters
    ----------
    values : ndarray of numbers
    """
    flat = np.ascontiguousarray(values).reshape(-1)
    if not flat.size:
        return False
    raw = flat.view(np.uint8).reshape(flat.size, flat.itemsize)
    return bool((raw == _BYTE).all(axis=1).any())
