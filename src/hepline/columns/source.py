"""What the engine asks of a source of events; `data` implements it, neither imports the other."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol, runtime_checkable

import awkward as ak

from hepline.columns.schema import Schema

__all__ = ["Part", "Source"]


@dataclass(frozen=True)
class Part:
    """One file of a source.

    Attributes
    ----------
    path : str
        As the user gave it.
    entries : int
        Events in it.
    size : int
        Bytes.
    """

    path: str
    entries: int
    size: int


@runtime_checkable
class Source(Protocol):
    """Events in files that share a schema. It must be picklable: workers get their own copy.

    Two sources of the same events compare equal, so that their columns may be mixed.
    """

    @property
    def name(self) -> str:
        """For messages."""
        ...

    @property
    def schema(self) -> Schema:
        """The columns that every part has."""
        ...

    @property
    def parts(self) -> tuple[Part, ...]:
        """The files, in order; those that cannot be opened are in `unreadable`."""
        ...

    @property
    def unreadable(self) -> tuple[tuple[str, str], ...]:
        """Path and reason of every file that is left out."""
        ...

    def read(
        self, part: Part, columns: Sequence[str], start: int, stop: int
    ) -> Mapping[str, ak.Array]:
        """Columns of the events `start` to `stop` of one file.

        Raises
        ------
        hepline.errors.DataError
            If the file is damaged or its lists contradict each other.
        """
        ...
