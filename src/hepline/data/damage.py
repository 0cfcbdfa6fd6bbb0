"""Conversion of the exceptions from damaged bytes into one error that names the file."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator
from contextlib import contextmanager

import uproot

from hepline.data.compression import FAILURES
from hepline.errors import FileUnreadable

__all__ = ["DAMAGE", "damaged", "reading", "sentence"]

# Exceptions of uproot and the decompressors for damaged bytes.
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
def reading(path: str, part: str = "") -> Iterator[None]:
    """Turn the exceptions from damaged bytes into one error that names the file.

    Parameters
    ----------
    path : str
    part : str, optional
        The part of the file that is being read.

    Raises
    ------
    FileUnreadable
    """
    try:
        yield
    except DAMAGE as error:
        raise damaged(path, part, error) from error


def sentence(error: Exception) -> str:
    """Turn the message of a library into a sentence."""
    # uproot's messages begin with "while reading"; the cause comes later.
    message = getattr(error, "message", None) or str(error)
    lines = [line.strip() for line in str(message).splitlines() if line.strip()]
    text = lines[0] if lines else ""
    if isinstance(error, KeyError):
        return f"it does not hold {text or 'what it announces'}."
    if isinstance(error, AttributeError | AssertionError | TypeError | IndexError) or not text:
        kind = type(error).__name__
        detail = f" ({kind}{': ' if text else ''}{text})"
        return f"its bytes do not follow the rules of the format{detail}."
    return f"{text[0].lower() if text[1:2].islower() else text[0]}{text[1:].rstrip('.')}."


def damaged(path: str, part: str, error: Exception) -> FileUnreadable:
    """Make the error for an exception from damaged bytes.

    Parameters
    ----------
    path : str
    part : str
        The part that was read: ``'Muon_pt' in the entries 0 to 100``.
    error : Exception
        One of `DAMAGE`.
    """
    return FileUnreadable(
        f"{path} cannot be read{part and ': '}{part}.",
        why=sentence(error),
        fix="if it is there and readable, it is damaged: fetch or make it again.",
    )
