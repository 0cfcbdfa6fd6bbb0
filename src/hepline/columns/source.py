"""The protocol between engine and `data`, neither of which imports the other."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from hepline.columns.schema import Schema
from hepline.columns.skimmed import Skimmed

__all__ = ["Chunk", "Part", "Source", "Worded"]


@dataclass(frozen=True)
class Part:
    """One file of a source.

    Attributes
    ----------
    path : str
        The path that the user gave.
    entries : int
        Events in it.
    size : int
        Bytes.
    tree : str
        Name of the tree, in formats that can have several.
    checked : str
        How checksums verify the bytes that are read, if they do.
    notices : tuple of str
        Remarks for the user.
    version : str
        For an address: what its server says of the state of the file.
    skimmed : Skimmed or None
        Of a skim: what it was made of.
    """

    path: str
    entries: int
    size: int
    tree: str = ""
    checked: str = ""
    notices: tuple[str, ...] = ()
    version: str = ""
    skimmed: Skimmed | None = None


@dataclass(frozen=True)
class Chunk:
    """Columns of consecutive events as flat rows, the input of kernels.

    Attributes
    ----------
    events : int
    contents : mapping of str to ndarray, shape (element,)
        Elements of all events by column: native byte order, C-contiguous, in the dtype of the
        source's schema; codes for text (`hepline.columns.text`).
    offsets : mapping of str to ndarray of int64, shape (list + 1,)
        Offsets of the lists among the elements, by axis; the first is 0. There is one
        list for each event (`ColumnSpec.axis`), or for each element of the lists around it
        (`ColumnSpec.inner`).
    """

    events: int
    contents: Mapping[str, NDArray[Any]]
    offsets: Mapping[str, NDArray[np.int64]]


@runtime_checkable
class Source(Protocol):
    """Events in files that share a schema. Must be picklable, because workers get copies.

    Two sources of the same events compare equal, so that their columns may be mixed.
    """

    @property
    def name(self) -> str:
        """For messages."""
        ...

    @property
    def schema(self) -> Schema:
        """The columns of every part."""
        ...

    @property
    def parts(self) -> tuple[Part, ...]:
        """The readable files, in order; see `unreadable` for the others."""
        ...

    @property
    def unreadable(self) -> tuple[tuple[str, str], ...]:
        """Path and reason of every skipped file."""
        ...

    def pieces(
        self, part: Part, columns: Sequence[str], most: int | None = None
    ) -> tuple[int, ...]:
        """Events at which a file can be cut without unpacking anything twice.

        Parameters
        ----------
        part : Part
        columns : sequence of str
        most : int, optional
            Rough upper limit on the events between two cuts, applied where extra cuts cost next to
            nothing.

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
        """Read columns of the events `start` to `stop` of one file. Must be thread-safe.

        Parameters
        ----------
        part : Part
        columns : sequence of str
        collections : sequence of str
            Axes whose offsets are needed beside those of the columns, which are always included.
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
        """Announce a coming `read`; neither blocks nor raises."""
        ...

    def give_up(self) -> None:
        """End the waits of threads that read, with an error: nobody wants their chunks any more."""
        ...


@runtime_checkable
class Worded(Protocol):
    """A source that knows the texts behind the codes of its columns."""

    def words(self, part: Part, column: str, start: int, stop: int) -> Mapping[int, str]:
        """Read the texts of a column for some events of one file, by code.

        Parameters
        ----------
        part : Part
        column : str
        start, stop : int
        """
        ...
