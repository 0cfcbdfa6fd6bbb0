"""A disk cache of machine code, written atomically and verified when read."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from contextlib import suppress
from functools import cache
from pathlib import Path

from hepline.files import replacing

__all__ = ["digest", "is_there", "kept", "write"]


def kept(path: Path, make: Callable[[], bytes]) -> bytes:
    """Load machine code of an earlier run, or make and store it.

    Parameters
    ----------
    path : Path
        Its place; the name must depend on everything except the processor and LLVM.
    make : callable
        Compiles the code.

    Returns
    -------
    bytes
        An object file.
    """
    path = _object_file(path)
    code = _read(path)
    if code is None:
        code = make()
        # An unwritable home only costs the next run some time.
        with suppress(OSError):
            write(path, hashlib.sha256(code).digest() + code)
    return code


def is_there(path: Path) -> bool:
    """Whether the cache has machine code, which is verified only when it is read."""
    return _object_file(path).is_file()


def _object_file(path: Path) -> Path:
    return path.with_name(f"{path.name}.{_machine()}.o")


def write(path: Path, content: bytes) -> None:
    """Write a file completely or not at all.

    Raises
    ------
    OSError
        If the folder cannot be written.
    """
    with replacing(path) as partial:
        partial.write_bytes(content)


def digest(*texts: str) -> str:
    """A digest of everything that code depends on: these texts, and the translation."""
    whole = "\0".join((_translation(), *texts))
    return hashlib.sha256(whole.encode()).hexdigest()[:24]


def _read(path: Path) -> bytes | None:
    """Read and verify code; None if it is absent or incomplete."""
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
