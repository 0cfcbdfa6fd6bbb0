"""Checksums as catalogues write them: ``adler32:e5c82ef4``, ``md5:…``, ``sha256:…``."""

from __future__ import annotations

import hashlib
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Protocol

__all__ = ["digests_of", "is_known", "is_strong"]

_BLOCK = 1 << 20


class _Digest(Protocol):
    def update(self, block: bytes, /) -> None: ...

    def hexdigest(self) -> str: ...


class _Adler32:
    def __init__(self) -> None:
        self._value = 1

    def update(self, block: bytes, /) -> None:
        self._value = zlib.adler32(block, self._value)

    def hexdigest(self) -> str:
        return f"{self._value:08x}"


def _git_blob(size: int) -> _Digest:
    # Git names a file by the SHA-1 of its length and its bytes.
    return hashlib.sha1(b"blob %d\0" % size, usedforsecurity=False)


_DIGESTS: dict[str, Callable[[int], _Digest]] = {
    "adler32": lambda _: _Adler32(),
    "md5": lambda _: hashlib.md5(usedforsecurity=False),
    "sha1": lambda _: hashlib.sha1(usedforsecurity=False),
    "sha256": lambda _: hashlib.sha256(),
    "sha512": lambda _: hashlib.sha512(),
    "git-blob": _git_blob,
}


def is_known(checksum: str) -> bool:
    """Whether a checksum can be verified here."""
    return checksum.partition(":")[0] in _DIGESTS


def is_strong(checksum: str) -> bool:
    """Whether two files with this checksum are the same; 32 bits do not tell that."""
    return is_known(checksum) and not checksum.startswith("adler32:")


def digests_of(path: Path, checksum: str) -> tuple[str, str]:
    """Read a file once for two checksums.

    Parameters
    ----------
    path : Path
    checksum : str
        Of the kind to compute; empty for none.

    Returns
    -------
    str, str
        That checksum of the file, and the hexadecimal digits of its SHA-256.
    """
    kind = checksum.partition(":")[0]
    own = _DIGESTS[kind](path.stat().st_size) if kind else None
    sha256 = hashlib.sha256()
    with path.open("rb") as file:
        while block := file.read(_BLOCK):
            sha256.update(block)
            if own is not None:
                own.update(block)
    return (f"{kind}:{own.hexdigest()}" if own is not None else ""), sha256.hexdigest()
