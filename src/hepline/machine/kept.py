"""Machine code on the disk: written whole, and checked when it is read."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from contextlib import suppress
from functools import cache
from pathlib import Path

from hepline.files import replacing

__all__ = ["digest", "is_there", "kept", "write"]


def kept(path: Path, make: Callable[[], bytes]) -> bytes:
    """Machine code that an earlier run has left, or what is made now.

    Parameters
    ----------
    path : Path
        Where it lies: its name says all that the code depends on, but for the processor and LLVM.
    make : callable
        Compiles.

    Returns
    -------
    bytes
        An object file.
    """
    path = _object_file(path)
    code = _read(path)
    if code is None:
        code = make()
        # A home that cannot be written costs the next run some time, and nobody a result.
        with suppress(OSError):
            write(path, hashlib.sha256(code).digest() + code)
    return code


def is_there(path: Path) -> bool:
    """Whether an earlier run has left machine code, which is checked only when it is read."""
    return _object_file(path).is_file()


def _object_file(path: Path) -> Path:
    return path.with_name(f"{path.name}.{_machine()}.o")


def write(path: Path, content: bytes) -> None:
    """Write a file whole or not at all.

    Raises
    ------
    OSError
        If the folder cannot be written.
    """
    with replacing(path) as partial:
        partial.write_bytes(content)


def digest(*texts: str) -> str:
    """A name for what code depends on: these texts, and the translation."""
    whole = "\0".join((_translation(), *texts))
    return hashlib.sha256(whole.encode()).hexdigest()[:24]


def _read(path: Path) -> bytes | None:
    """Code that was written whole; None for none, and for what a killed run has left."""
    try:
        whole = path.read_bytes()
    except OSError:
        return None
    stored_digest, code = whole[:32], whole[32:]
    return code if hashlib.sha256(code).digest() == stored_digest else None


@cache
def _machine() -> str:
    from hepline.machine import native

    return hashlib.sha256(native.machine().encode()).hexdigest()[:12]


@cache
def _translation() -> str:
    room = sorted(Path(__file__).parent.glob("*.py"))
    return "".join(file.read_text(encoding="utf-8") for file in room)
