"""What was fetched, when it is read: is it still the same, and how is it cited?"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from hepline.data.addresses import is_remote
from hepline.data.catalogue.lock import LOCK, LockedDataset, LockedFile, read_lock
from hepline.errors import CorruptData
from hepline.records import DatasetRecord, FileRecord, known_checksum

__all__ = ["check_locked", "datasets_of"]


def check_locked(paths: Iterable[str]) -> None:
    """Hold files to the lock files beside them.

    Raises
    ------
    CorruptData
        If a file is not the one that was fetched.
    FetchFailed
        If a lock file cannot be read.
    """
    for path in paths:
        entry = _entry(path)
        if entry is None:
            continue
        _, locked = entry
        size = Path(path).stat().st_size
        if size == locked.size and known_checksum(path) == locked.sha256:
            continue
        raise CorruptData(
            f"{path} is not the file that was fetched.",
            why=f"{LOCK} beside it says {locked.size} bytes with the SHA-256 "
            f"{locked.sha256[:12]}…, and it has {size} bytes"
            + (" with another one." if size == locked.size else "."),
            fix="remove it and fetch the dataset again; if you have changed it on purpose, save it "
            "under another name.",
        )


def datasets_of(files: Iterable[FileRecord]) -> tuple[DatasetRecord, ...]:
    """The published datasets that files belong to, by the lock files beside them.

    Parameters
    ----------
    files : iterable of FileRecord
        Files that have changed since they were fetched belong to none.
    """
    names: dict[str, list[str]] = {}
    datasets: dict[str, LockedDataset] = {}
    for file in files:
        entry = _entry(file.path)
        if entry is None or entry[1].sha256 != file.sha256:
            continue
        (address, dataset), locked = entry
        datasets[address] = dataset
        if locked.name not in names.setdefault(address, []):
            names[address].append(locked.name)
    return tuple(
        DatasetRecord(
            address,
            dataset.title,
            dataset.doi,
            dataset.license,
            dataset.citation,
            tuple(names[address]),
            tuple(dataset.about.items()),
        )
        for address, dataset in datasets.items()
    )


def _entry(path: str) -> tuple[tuple[str, LockedDataset], LockedFile] | None:
    """The dataset of a file, and what its lock file says of it."""
    if is_remote(path):
        return None
    file = Path(path)
    if not (file.parent / LOCK).is_file():
        return None
    for address, dataset in read_lock(file.parent).datasets.items():
        if file.name in dataset.files:
            return (address, dataset), dataset.files[file.name]
    return None
