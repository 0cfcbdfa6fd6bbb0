"""What a source says of a dataset: its files with sizes and checksums, and how to cite it."""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from pathlib import PurePosixPath

from hepline.errors import FetchFailed, nearest

__all__ = ["Record", "RemoteFile", "chosen_files", "facts", "safe_names"]

_CONTROL = re.compile(r"[\x00-\x1f\x7f]")


@dataclass(frozen=True)
class RemoteFile:
    """A file of a dataset, as its record describes it.

    Attributes
    ----------
    name : str
        Without folders.
    url : str
        Where its bytes lie.
    size : int or None
        Bytes; None if the record does not say.
    checksum : str
        ``adler32:e5c82ef4``; empty if the record has none.
    """

    name: str
    url: str
    size: int | None = None
    checksum: str = ""


@dataclass(frozen=True)
class Record:
    """A dataset in a catalogue.

    Attributes
    ----------
    address : str
        ``cod:12341``.
    files : tuple of RemoteFile
    title, doi, license, citation : str
        Empty where the source does not say.
    events : int or None
        In all files together.
    mirrors : tuple of str
        Hosts, and endings of hosts (``.hf.co``), that the source may send requests on to.
    obstacle : str
        Why its events cannot be read here; empty if they can.
    about : mapping of str to str or float
        What else the source says, for reports: ``cross_section`` and its ``…_uncertainty`` (pb),
        ``filter_efficiency``, ``k_factor``, ``sum_of_weights``, ``luminosity``, ``generator``,
        ``run_period``, ``collision``.
    """

    address: str
    files: tuple[RemoteFile, ...]
    title: str = ""
    doi: str = ""
    license: str = ""
    citation: str = ""
    events: int | None = None
    mirrors: tuple[str, ...] = ()
    obstacle: str = ""
    about: Mapping[str, str | float] = field(default_factory=dict)


def facts(given: Mapping[str, object]) -> dict[str, str | float]:
    """Keep what a source really says: numbers as numbers, and no empty text."""
    kept: dict[str, str | float] = {}
    for name, value in given.items():
        try:
            number = float(value) if isinstance(value, int | float | str) else None
        except ValueError:
            number = None
        if number is not None and math.isfinite(number):
            kept[name] = number
        elif isinstance(value, str) and value.strip():
            kept[name] = value.strip()
    return kept


def safe_names(paths: Sequence[str], address: str) -> list[str]:
    """Names of files in one folder, from their paths at the source.

    Parameters
    ----------
    paths : sequence of str
        Relative or absolute, separated by ``/``. Files of different folders that have the same
        name get the folder in front: ``train-0.parquet``.
    address : str
        For messages.

    Raises
    ------
    FetchFailed
        For a name that could lead out of the folder.
    """
    names = [PurePosixPath(path).name for path in paths]
    again = {name for name, count in Counter(names).items() if count > 1}
    for place, path in enumerate(paths):
        parts = path.split("/")
        if ".." in parts or not parts[-1] or "\\" in path or _CONTROL.search(path):
            raise FetchFailed(
                f"{address} names a file {path!r}.",
                why="'..', separators and control characters in a name could lead out of the "
                "folder that files are written to.",
                fix="do not trust this source; ask its owners to correct the record.",
            )
        if names[place].startswith("."):
            names[place] = f"dot{names[place]}"
        if names[place] in again:
            names[place] = "-".join(part for part in parts[-2:] if part)
    if len(set(names)) < len(names):
        twice = next(name for name, count in Counter(names).items() if count > 1)
        raise FetchFailed(
            f"{address} has two files called {twice}.",
            why="both would be written to the same place.",
            fix="fetch them one by one, by their https:// addresses, into different folders.",
        )
    return names


def chosen_files(record: Record, patterns: Sequence[str]) -> tuple[RemoteFile, ...]:
    """The files of a record whose names match; all of them without patterns.

    Raises
    ------
    FetchFailed
        For a pattern that matches nothing, or a record without files.
    """
    if not record.files:
        raise FetchFailed(
            f"{record.address} has no files.",
            why=f"its record, '{record.title}', lists none.",
            fix="look at the record's page: it may point to other records that hold the files.",
        )
    names = [file.name for file in record.files]
    for pattern in patterns:
        if not any(fnmatchcase(name, pattern) for name in names):
            raise FetchFailed(
                f"{record.address} has no file {pattern}.",
                why=f"its record lists {len(names)} files, and none of them matches.",
                fix=nearest(pattern, names),
            )
    if not patterns:
        return record.files
    return tuple(
        file
        for file in record.files
        if any(fnmatchcase(file.name, pattern) for pattern in patterns)
    )
