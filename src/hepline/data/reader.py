"""What a file format must offer: one reader for each opened file."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from hepline.columns.schema import Schema
from hepline.columns.source import Chunk

__all__ = ["Facts", "Reader"]


@dataclass(frozen=True)
class Facts:
    """What a reader knows of its file beside the columns.

    Attributes
    ----------
    tree : str
        Name of the TTree, RNTuple or group that is read.
    checked : str
        Whether checksums verify what is read, and how.
    notices : tuple of str
        What a user should know of the file.
    """

    tree: str = ""
    checked: str = ""
    notices: tuple[str, ...] = ()


class Reader(Protocol):
    """One opened file. Several threads call it at once; it closes its file when it is dropped.

    What damaged bytes raise (`hepline.data.damage.DAMAGE`) may leave every method as it is: the
    source turns it into `FileUnreadable`, which names the file.

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
            About how many events there should be at most between two of them, if more cuts cost
            next to nothing.

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
        """The texts in a column of text of the events `start` to `stop`, by their codes.

        Parameters
        ----------
        column : str
        start, stop : int
        """
        ...

    def prefetch(
        self, columns: Sequence[str], collections: Sequence[str], start: int, stop: int
    ) -> None:
        """Begin to fetch what `read` will ask for soon; neither block nor raise."""
        ...
