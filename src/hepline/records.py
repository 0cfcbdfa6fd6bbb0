"""What a result remembers of its making: files, versions, seeds, expressions."""

from __future__ import annotations

import hashlib
import json
import os
import platform
import time
from contextlib import suppress
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path

from hepline.files import replacing

__all__ = [
    "DatasetRecord",
    "FileRecord",
    "Provenance",
    "cache_folder",
    "checksum",
    "known_checksum",
    "versions",
]

_SETTLED = 2_000_000_000  # ns
_REPORTED = (
    "hepline", "awkward", "numpy", "llvmlite", "numba", "uproot", "hist", "pyhf", "scipy",
    "iminuit",
)  # fmt: skip


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
        Hexadecimal digest of the whole file; empty for one behind an address.
    state : str
        For an address: the checksum that its server knows (``adler32:e5c82ef4``), or its tag, or
        when it was modified.
    """

    path: str
    entries: int
    size: int
    sha256: str
    state: str = ""


@dataclass(frozen=True)
class DatasetRecord:
    """A published dataset that input files belong to.

    Attributes
    ----------
    address : str
        ``cod:12341``.
    title, doi, license, citation : str
        Empty where its source does not say.
    files : tuple of str
        Names of those that were read.
    about : tuple of (str, str or float)
        What else its source says: cross-section (pb), generator, run period, ….
    """

    address: str
    title: str
    doi: str
    license: str
    citation: str
    files: tuple[str, ...]
    about: tuple[tuple[str, str | float], ...] = ()


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
    datasets : tuple of DatasetRecord
        Published ones, by the lock files beside the input files.
    """

    command: str
    started: str
    versions: tuple[tuple[str, str], ...] = ()
    files: tuple[FileRecord, ...] = ()
    seeds: tuple[tuple[str, str], ...] = ()
    expressions: tuple[tuple[str, str], ...] = ()
    datasets: tuple[DatasetRecord, ...] = ()


def checksum(path: str | Path) -> str:
    """SHA-256 of a file's bytes, as 64 hexadecimal digits."""
    with Path(path).open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def cache_folder() -> Path:
    """Where hepline keeps what it need not make again: ``HEPLINE_CACHE``, or the user's cache."""
    given = os.environ.get("HEPLINE_CACHE")
    home = os.environ.get("XDG_CACHE_HOME")
    return Path(given) if given else (Path(home) if home else Path.home() / ".cache") / "hepline"


def known_checksum(path: str | Path) -> str:
    """The checksum of a file, from memory if the file was not touched since it was computed.

    A dataset takes longer to be read whole than to be analysed, and is analysed again and again.
    """
    path = Path(path).resolve()
    status = path.stat()
    state = [str(path), status.st_size, status.st_mtime_ns, status.st_ctime_ns, status.st_ino]
    note = cache_folder() / "checksums" / hashlib.sha256(str(path).encode()).hexdigest()[:32]
    # No note, or one that cannot be read, is no loss: the file is read instead.
    with suppress(OSError, ValueError):
        stored = json.loads(note.read_text("utf-8"))
        if isinstance(stored, list) and stored[:-1] == state:
            return str(stored[-1])
    digest = checksum(path)
    # A file of this very moment may change again without a new time.
    if time.time_ns() - status.st_mtime_ns > _SETTLED:
        with suppress(OSError), replacing(note) as partial:
            partial.write_text(json.dumps([*state, digest]), "utf-8")
    return digest


def versions() -> tuple[tuple[str, str], ...]:
    """Versions of Python, the platform and the libraries that touch numbers."""
    pairs = [("python", platform.python_version()), ("platform", platform.platform(terse=True))]
    for package in _REPORTED:
        try:
            pairs.append((package, metadata.version(package)))
        except metadata.PackageNotFoundError:
            continue
    return tuple(pairs)
