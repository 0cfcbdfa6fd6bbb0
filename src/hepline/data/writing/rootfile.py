"""A ROOT file that is being written: events, further trees, and a note."""

from __future__ import annotations

import uuid
from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import uproot

from hepline.data.writing.columns import Written
from hepline.data.writing.fixed_bytes import fix_bytes
from hepline.data.writing.rows import Rows

__all__ = ["LEVEL", "ROOTFile"]

LEVEL = 5
"""Of zstd, as CMS compresses NanoAOD; see bench/skim.py."""


class ROOTFile(ABC):
    """A ROOT file; the same content makes the same bytes.

    Parameters
    ----------
    path : Path
    name : str
        Of the tree of events.
    columns : sequence of Written
    blocks : int
        How many blocks of events may come.
    """

    def __init__(self, path: Path, name: str, columns: Sequence[Written], blocks: int) -> None:
        unique = uuid.uuid5(uuid.NAMESPACE_URL, f"hepline:{name}")
        self._path = path
        self.file = uproot.recreate(
            path, compression=uproot.ZSTD(LEVEL), uuid_function=lambda: unique
        )
        self._columns = columns
        self._events = self._begin(name, columns, blocks)

    @abstractmethod
    def _begin(self, name: str, columns: Sequence[Written], blocks: int) -> Any:
        """Make an empty tree."""

    @abstractmethod
    def _extend(self, tree: Any, columns: Sequence[Written], rows: Mapping[str, Rows]) -> None:
        """Add events to a tree."""

    def add(self, rows: Mapping[str, Rows]) -> None:
        """Write one block of events."""
        self._extend(self._events, self._columns, rows)

    def add_tree(self, name: str, columns: Sequence[Written], rows: Mapping[str, Rows]) -> None:
        """Write a further tree."""
        made = self._begin(name, columns, 1)
        self._extend(made, columns, rows)

    def finish(self, key: str, note: str) -> None:
        """Write a note, and close the file.

        Parameters
        ----------
        key : str
            Name of the object, a string.
        note : str
        """
        self.file[key] = note
        self.close()
        fix_bytes(self._path)

    def close(self) -> None:
        """Close the file, finished or not."""
        self.file.close()
