"""The protocol of a file format: one reader per open file."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from hepline.columns.schema import Schema
from hepline.columns.source import Chunk

__all__ = ["Facts", "Reader"]


@dataclass(frozen=True)
class Facts:
    """Facts about a file besides its columns.

    Attributes
    ----------
    tree : str
        Name of the TTree, RNTuple or group that is read.
    checked : str
        How checksums verify the bytes that are read, if they do.
    notices : tuple of str
        Remarks for the user.
    note : str
        Of a skim: see `hepline.data.skimnote`.
    titles : mapping of str to str
        What columns are, in words, where the file says it.
    """

    tree: str = ""
    checked: str = ""
    notices: tuple[str, ...] = ()
    note: str = ""
    titles: Mapping[str, str] = field(default_factory=dict)


class Reader(Protocol):
    """One open file. Must be thread-safe; closes its file on destruction.

    Every method may let the exceptions of damaged bytes (`hepline.data.damage.DAMAGE`) pass: the
    source turns them into `FileUnreadable`, which names the file.

    Attributes
    ----------
    schema : Schema
    entries : int
        Events in the file.
    facts : Facts
    """

    schema: Schema
    entries: int
    facts: Facts

    def pieces(self, columns: Sequence[str], most: int | None = None) -> tuple[int, ...]:
        """Event numbers, from 0 to `entries`, at which the file can be cut.

        Parameters
        ----------
        columns : sequence of str
        most : int, optional
            Rough upper limit on the events between two cuts, applied where extra cuts cost next to
            nothing.

        Returns
        -------
        tuple of int
            Ascending. Events between two of them share no basket, cluster or row group with
            their neighbors, or a few of very many, or what is unpacked once for all.
        """
        ...

    def read(
        self, columns: Sequence[str], collections: Sequence[str], start: int, stop: int
    ) -> Chunk:
        """Columns of the events `start` to `stop`, in the dtypes of this file's schema.

        Parameters
        ----------
        columns : sequence of str
        collections : sequence of str
            Axes whose lengths are needed beside those of the columns' own (`ColumnSpec.axis`); one
            that no column has is the collection that a counter of the schema counts.
        start, stop : int

        Raises
        ------
        CorruptData
            If lists of one axis disagree about their lengths.
        """
        ...

    def words(self, column: str, start: int, stop: int) -> Mapping[int, str]:
        """Read the texts of a column for the events `start` to `stop`, by code.

        Parameters
        ----------
        column : str
        start, stop : int
        """
        ...

    def prefetch(
        self, columns: Sequence[str], collections: Sequence[str], start: int, stop: int
    ) -> None:
        """Start to fetch the bytes of a coming `read`; neither block nor raise."""
        ...
