"""What the engine asks of a source of events; `data` implements it, neither imports the other."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from hepline.columns.schema import Schema

__all__ = ["Chunk", "Part", "Source", "Worded"]


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
    tree : str
        Of the file, where it has several, or could.
    checked : str
        Whether checksums verify what is read of it, and how.
    notices : tuple of str
        What a user should know of it.
    """

    path: str
    entries: int
    size: int
    tree: str = ""
    checked: str = ""
    notices: tuple[str, ...] = ()


@dataclass(frozen=True)
class Chunk:
    """Columns of consecutive events as flat rows, the form that kernels take.

    Attributes
    ----------
    events : int
    contents : mapping of str to ndarray, shape (element,)
        Column to the elements of all events in a row: native byte order, C-contiguous, in the
        dtype of the source's schema; of text, its codes (`hepline.columns.text`).
    offsets : mapping of str to ndarray of int64, shape (list + 1,)
        Axis to where each list begins and ends among the elements; begins with 0. There is one
        list for each event (`ColumnSpec.axis`), or for each element of the lists around it
        (`ColumnSpec.inner`).
    """

    events: int
    contents: Mapping[str, NDArray[Any]]
    offsets: Mapping[str, NDArray[np.int64]]


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

    def pieces(
        self, part: Part, columns: Sequence[str], most: int | None = None
    ) -> tuple[int, ...]:
        """Where one file can be cut without unpacking things twice.

        Parameters
        ----------
        part : Part
        columns : sequence of str
        most : int, optional
            About how many events there should be at most between two cuts, if more of them cost
            next to nothing.

        Returns
        -------
        tuple of int
            Event numbers, ascending from 0 to `part.entries`, at which every one of these columns
            begins a new basket, cluster or row group (or all but a few of very many), or shares
            what is unpacked with the events before.
        """
        ...

    def read(
        self,
        part: Part,
        columns: Sequence[str],
        collections: Sequence[str],
        start: int,
        stop: int,
    ) -> Chunk:
        """Columns of the events `start` to `stop` of one file. Threads may call it side by side.

        Parameters
        ----------
        part : Part
        columns : sequence of str
        collections : sequence of str
            Axes whose lengths are needed even if none of their columns is; those of the columns
            that are asked for are always given.
        start, stop : int

        Raises
        ------
        hepline.errors.DataError
            If the file is damaged or its lists contradict each other.
        """
        ...

    def prefetch(
        self,
        part: Part,
        columns: Sequence[str],
        collections: Sequence[str],
        start: int,
        stop: int,
    ) -> None:
        """Hint that this will be read soon; it neither blocks nor raises."""
        ...


@runtime_checkable
class Worded(Protocol):
    """A source that can tell which texts the codes in its columns stand for."""

    def words(self, part: Part, column: str, start: int, stop: int) -> Mapping[int, str]:
        """The texts in a column of some events of one file, by their codes.

        Parameters
        ----------
        part : Part
        column : str
        start, stop : int
        """
        ...
