"""What a result remembers of its making: files, versions, seeds, expressions."""

from __future__ import annotations

import hashlib
import platform
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path

__all__ = ["FileRecord", "Provenance", "checksum", "versions"]

_REPORTED = ("hepline", "awkward", "numpy", "uproot", "hist", "pyhf", "scipy", "iminuit")


@dataclass(frozen=True)
class FileRecord:
    """One input file, as it was when it was read.

    Attributes
    ----------
    path : str
        As the user gave it.
    entries : int
        Events in the file.
    size : int
        Bytes.
    sha256 : str
        Hexadecimal digest of the whole file.
    """

    path: str
    entries: int
    size: int
    sha256: str


@dataclass(frozen=True)
class Provenance:
    """Everything needed to make a result again.

    Attributes
    ----------
    command : str
        What was run.
    started : str
        Coordinated universal time, ISO 8601.
    versions : tuple of (str, str)
        Package and version, ``python`` and ``platform`` among them.
    files : tuple of FileRecord
    seeds : tuple of (str, str)
        Name of a random stream with what its numbers are keyed by, or of a generated file with
        its seed.
    expressions : tuple of (str, str)
        Name with the recipe: as written for a cut or an observable; as full listing, variations
        included, for the weight and the template of a region. Each has the key of its recipe.
    """

    command: str
    started: str
    versions: tuple[tuple[str, str], ...] = ()
    files: tuple[FileRecord, ...] = ()
    seeds: tuple[tuple[str, str], ...] = ()
    expressions: tuple[tuple[str, str], ...] = ()


def checksum(path: str | Path) -> str:
    """SHA-256 of a file's bytes, as 64 hexadecimal digits."""
    with Path(path).open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def versions() -> tuple[tuple[str, str], ...]:
    """Versions of Python, the platform and the libraries that touch numbers."""
    found = [("python", platform.python_version()), ("platform", platform.platform(terse=True))]
    for package in _REPORTED:
        try:
            found.append((package, metadata.version(package)))
        except metadata.PackageNotFoundError:
            continue
    return tuple(found)
