"""``datasets.lock.json``: what was fetched into a folder, which later fetches are held to."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

from hepline.data.catalogue.record import Record, RemoteFile
from hepline.errors import FetchFailed
from hepline.jsonfile import write_json

__all__ = ["LOCK", "Lock", "LockedFile", "check_same", "read_lock", "write_lock"]

LOCK = "datasets.lock.json"


@dataclass(frozen=True)
class LockedFile:
    """A file as it was fetched.

    Attributes
    ----------
    name, url : str
    size : int
    sha256 : str
    checksum : str
        That of the record; empty if it has none.
    events : int or None
        Entries of the file; None if it is of no format that is read here.
    """

    name: str
    url: str
    size: int
    sha256: str
    checksum: str = ""
    events: int | None = None


@dataclass(frozen=True)
class LockedDataset:
    """A dataset as it was fetched.

    Attributes
    ----------
    title, doi, license, citation : str
    events : int or None
        In all files of the record.
    files : mapping of str to LockedFile
    complete : bool
        Whether these are all files of the record.
    about : mapping of str to str or float
        See `Record`.
    """

    title: str
    doi: str
    license: str
    citation: str
    events: int | None
    files: Mapping[str, LockedFile]
    complete: bool
    about: Mapping[str, str | float] = field(default_factory=dict)


@dataclass(frozen=True)
class Lock:
    """The datasets of a folder, by address."""

    datasets: Mapping[str, LockedDataset] = field(default_factory=dict)

    def check(self, file: RemoteFile, address: str) -> LockedFile | None:
        """What the lock file says of a file, if anything.

        Raises
        ------
        FetchFailed
            If its record has changed, or the name belongs to another dataset.
        """
        for other, dataset in self.datasets.items():
            if other != address and file.name in dataset.files:
                raise FetchFailed(
                    f"the folder has a file {file.name} of {other}.",
                    why=f"that of {address} would take its place.",
                    fix="fetch into another folder (out=).",
                )
        own = self.datasets.get(address)
        locked = None if own is None else own.files.get(file.name)
        if locked is None:
            return None
        size = file.size if file.size is not None else locked.size
        # Without a checksum then or now, the content is compared when it is there.
        checksum = file.checksum if locked.checksum and file.checksum else locked.checksum
        if (size, checksum.lower()) == (locked.size, locked.checksum.lower()):
            return locked
        raise _changed(
            file.name, f"{locked.size} bytes, {locked.checksum}", f"{size} bytes, {checksum}"
        )

    def with_files(self, record: Record, files: Mapping[str, LockedFile]) -> Lock:
        """The lock with more files of a record."""
        before = self.datasets.get(record.address)
        together = {**({} if before is None else before.files), **files}
        dataset = LockedDataset(
            record.title,
            record.doi,
            record.license,
            record.citation,
            record.events,
            together,
            complete={file.name for file in record.files} <= set(together),
            about=record.about,
        )
        return replace(self, datasets={**self.datasets, record.address: dataset})


def check_same(locked: LockedFile | None, sha256: str, name: str) -> None:
    """Refuse a file whose content is not what the lock file says.

    Raises
    ------
    FetchFailed
        If it has changed.
    """
    if locked is not None and locked.sha256 != sha256:
        raise _changed(name, f"sha256:{locked.sha256}", f"sha256:{sha256}")


def _changed(name: str, before: str, now: str) -> FetchFailed:
    return FetchFailed(
        f"{name} is not the file that was fetched before.",
        why=f"{LOCK} says {before}; the source now says {now}.",
        fix=f"if you accept the new file, delete the entry of {name} in {LOCK} and fetch again.",
    )


def read_lock(folder: Path) -> Lock:
    """The lock of a folder; an empty one if there is none.

    Raises
    ------
    FetchFailed
        If it cannot be read.
    """
    path = folder / LOCK
    if not path.exists():
        return Lock()
    try:
        content = json.loads(path.read_text("utf-8"))
        return Lock({address: _dataset(entry) for address, entry in content["datasets"].items()})
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise FetchFailed(
            f"{path} cannot be read as a lock file.",
            why=f"{type(error).__name__}: {error}.",
            fix="restore it from your repository, or remove it to fetch without it.",
        ) from error


def _dataset(entry: Mapping[str, Any]) -> LockedDataset:
    files = {item["name"]: LockedFile(**item) for item in entry["files"]}
    return LockedDataset(**{**entry, "files": files})


def write_lock(lock: Lock, folder: Path) -> None:
    """Write the lock of a folder.

    Raises
    ------
    OutputError
        If the file cannot be written.
    """
    datasets = {
        address: {**asdict(dataset), "files": [asdict(file) for file in dataset.files.values()]}
        for address, dataset in sorted(lock.datasets.items())
    }
    write_json({"version": 1, "datasets": datasets}, folder / LOCK, what="lock file")
