"""Digests of figures: equal digests mean equal figures."""

from __future__ import annotations

import hashlib
import math
import struct
import sys
from collections.abc import Callable, Mapping
from dataclasses import fields, is_dataclass
from functools import cache, partial
from importlib.metadata import version
from pathlib import Path
from types import FunctionType
from typing import Any

import contourpy
import matplotlib as mpl
import numpy as np
import PIL

__all__ = ["digest_of"]

_PACKAGE = Path(__file__).parents[1]


def digest_of(draw: Callable[..., object]) -> str:
    """Digest of a call: of the function, of all it is given, and of the code that will run.

    Parameters
    ----------
    draw : callable
        A function of a module, or a partial one.

    Returns
    -------
    str
        64 hexadecimal digits.

    Raises
    ------
    TypeError
        If an argument is not made of numbers, texts and arrays, so that a change could go
        unnoticed.
    """
    digest = hashlib.sha256(_code().encode())
    _add(digest.update, draw)
    return digest.hexdigest()


@cache
def _code() -> str:
    """Digest of all of hepline, and the versions of what it draws with.

    All of it: a figure shows what properties of results compute, which stand in other rooms.
    """
    digest = hashlib.sha256()
    for path in sorted(_PACKAGE.rglob("*.py")):
        digest.update(path.relative_to(_PACKAGE).as_posix().encode() + b"\0")
        digest.update(hashlib.sha256(path.read_bytes()).digest())
    libraries = (mpl, np, PIL, contourpy)
    versions = [
        sys.version,
        *(f"{library.__name__} {library.__version__}" for library in libraries),
        f"mplhep {version('mplhep')}",  # not imported: it sets few of the figures
    ]
    return "\n".join((digest.hexdigest(), *versions))


def _add(update: Callable[[bytes], None], value: Any) -> None:
    """Feed a value with its type and its length, so that no two values feed the same bytes."""
    # Equal values of different types must differ here: 1, 1.0 and True print differently.
    match value:
        case None | bool() | int():
            _feed(update, type(value).__name__, repr(value).encode())
        case float():
            _feed(update, "float", struct.pack("<d", math.nan if math.isnan(value) else value))
        case str():
            _feed(update, "str", value.encode())
        case bytes():
            _feed(update, "bytes", value)
        case np.ndarray() | np.generic():
            _add_array(update, np.asarray(value))
        case Mapping():
            _feed(update, "mapping", str(len(value)).encode())
            # In its own order, which is that of legends and rows.
            for key, item in value.items():
                _add(update, key)
                _add(update, item)
        case tuple() | list():
            _feed(update, "sequence", str(len(value)).encode())
            for item in value:
                _add(update, item)
        case _:
            _add_parts(update, value)


def _feed(update: Callable[[bytes], None], kind: str, content: bytes) -> None:
    update(f"{kind} {len(content)}\n".encode())
    update(content)


def _add_array(update: Callable[[bytes], None], array: np.ndarray) -> None:
    if array.dtype.hasobject:
        raise TypeError(f"an array of {array.dtype} has no digest.")
    _feed(update, f"array {array.dtype.str} {array.shape}", array.tobytes())


def _add_parts(update: Callable[[bytes], None], value: Any) -> None:
    if isinstance(value, partial):
        parts: tuple[Any, ...] = (value.func, value.args, value.keywords)
        name = "partial"
    elif isinstance(value, FunctionType) and "<" not in value.__qualname__:
        parts, name = (), f"{value.__module__}.{value.__qualname__}"
    elif is_dataclass(value) and not isinstance(value, type):
        parts = tuple(getattr(value, field.name) for field in fields(value))
        name = f"{type(value).__module__}.{type(value).__qualname__}"
    else:
        raise TypeError(f"{type(value).__name__} has no digest.")
    _feed(update, name, str(len(parts)).encode())
    for part in parts:
        _add(update, part)
