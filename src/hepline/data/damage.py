"""What damaged bytes raise, turned into one error that names the file."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator
from contextlib import contextmanager

import uproot

from hepline.data.compression import FAILURES
from hepline.errors import FileUnreadable

__all__ = ["DAMAGE", "damaged", "reading"]

# What uproot and the decompressors raise on damaged bytes.
DAMAGE = (
    OSError,
    EOFError,
    ValueError,
    TypeError,
    LookupError,
    AssertionError,
    AttributeError,
    NotImplementedError,
    OverflowError,
    RecursionError,
    struct.error,
    zlib.error,
    uproot.deserialization.DeserializationError,
    *FAILURES,
)


@contextmanager
def reading(path: str, what: str = "") -> Iterator[None]:
    """Turn what damaged bytes raise into one error that names the file.

    Parameters
    ----------
    path : str
    what : str, optional
        What is being read.

    Raises
    ------
    FileUnreadable
    """
    try:
        yield
    except DAMAGE as error:
        raise damaged(path, what, error) from error


def damaged(path: str, what: str, error: Exception) -> FileUnreadable:
    """The error to raise for what damaged bytes raised.

    Parameters
    ----------
    path : str
    what : str
        What was being read: ``'Muon_pt' in the entries 0 to 100``.
    error : Exception
        One of `DAMAGE`.
    """
    first = str(error).strip().splitlines()
    return FileUnreadable(
        f"{path} cannot be read{what and ': '}{what}.",
        why=f"{type(error).__name__}: {first[0] if first else 'no further word'}",
        fix="if it is there and readable, it is damaged: fetch or make it again.",
    )
