"""Files that were fetched once, by their content: shared by all folders and runs."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path

from hepline.data.catalogue.checksums import is_strong
from hepline.data.catalogue.record import RemoteFile
from hepline.files import replacing
from hepline.records import cache_folder, checksum

__all__ = ["Stored", "clean", "datasets_folder", "keep", "place", "stored", "stored_files"]

# In place of an edit that would change the file in every folder that it is linked to.
_READ_ONLY = 0o444


@dataclass(frozen=True)
class Stored:
    """A file in the store.

    Attributes
    ----------
    sha256, name, address : str
        Name and address of when it was fetched first.
    size : int
    """

    sha256: str
    name: str
    address: str
    size: int

    @property
    def path(self) -> Path:
        """Where its bytes lie."""
        return _store() / "sha256" / self.sha256[:2] / self.sha256

    @property
    def intact(self) -> bool:
        """Whether its content is still what it was."""
        return self.path.exists() and checksum(self.path) == self.sha256


def datasets_folder() -> Path:
    """Where `hepline.dataset` has one folder for each dataset."""
    return cache_folder() / "datasets"


def stored(file: RemoteFile) -> Stored | None:
    """The file of a record, if the store has it whole; a damaged one is thrown away."""
    if not file.checksum:
        return None
    note = _known() / _key(file)
    with suppress(OSError, ValueError, TypeError):
        known = Stored(**json.loads(note.read_text("utf-8")))
        if known.intact:
            return known
        known.path.unlink(missing_ok=True)
        note.unlink(missing_ok=True)
    return None


def keep(path: Path, file: RemoteFile, *, sha256: str, address: str) -> None:
    """Remember a verified file; one that cannot be written to does not matter."""
    if not file.checksum:
        return
    new = Stored(sha256, file.name, address, path.stat().st_size)
    with suppress(OSError):
        if not new.path.exists():
            _shared(path, new.path)
        note = _known() / _key(file)
        with replacing(note) as partial:
            partial.write_text(json.dumps(asdict(new)), "utf-8")


def place(file: Stored, target: Path) -> None:
    """Put a file of the store into a folder: as a link where the file system can, else a copy."""
    _shared(file.path, target)


def stored_files() -> Iterator[Stored]:
    """All files of the store, each once."""
    seen: set[str] = set()
    for note in sorted(_known().glob("*")) if _known().is_dir() else ():
        with suppress(OSError, ValueError, TypeError):
            file = Stored(**json.loads(note.read_text("utf-8")))
            if file.sha256 not in seen:
                seen.add(file.sha256)
                yield file


def clean() -> int:
    """Remove all of the store and the folders of `hepline.dataset`; the bytes that were there."""
    size = sum(file.size for file in stored_files() if file.path.exists())
    for folder in (_store(), datasets_folder()):
        shutil.rmtree(folder, ignore_errors=True)
    return size


def _shared(path: Path, target: Path) -> None:
    with replacing(target) as partial:
        try:
            os.link(path, partial)
        except OSError:
            shutil.copyfile(path, partial)
        partial.chmod(_READ_ONLY)


def _store() -> Path:
    return cache_folder() / "files"


def _known() -> Path:
    return _store() / "known"


def _key(file: RemoteFile) -> str:
    # 32 bits of checksum do not tell files apart: their size and their name have to agree, too.
    name = "" if is_strong(file.checksum) else file.name
    text = f"{file.checksum.lower()}/{file.size}/{name}"
    return hashlib.sha256(text.encode()).hexdigest()[:32]
