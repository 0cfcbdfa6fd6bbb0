"""What a writer must know of a column before the first event."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from hepline.columns.types import TEXT, row_dtype

__all__ = ["Written", "events_per_block"]

_LENGTH = 4  # of a list that has not been read, to estimate memory


@dataclass(frozen=True)
class Written:
    """One column of a file to be written.

    Attributes
    ----------
    name : str
    dtype : str
        NumPy's name of the element type, or ``string``.
    depth : int
        The number of lists around an element.
    optional : bool
        Whether values may be missing.
    counter : str
        For a TTree: the column that counts the elements of a list.
    title : str
        What the column is, for people.
    """

    name: str
    dtype: str
    depth: int = 0
    optional: bool = False
    counter: str = ""
    title: str = ""

    @property
    def is_text(self) -> bool:
        """Whether it holds text."""
        return self.dtype == TEXT


def events_per_block(columns: Iterable[Written], size: int) -> int:
    """How many events make a block of about this size, by the types of the columns alone.

    Not by what is read: the same columns are always cut at the same events, whatever the chunks.

    Parameters
    ----------
    columns : iterable of Written
    size : int
        Bytes in memory.

    Returns
    -------
    int
        Between 1000 and 100 000.
    """
    event: int = sum(row_dtype(c.dtype).itemsize * _LENGTH**c.depth for c in columns)
    return min(max(size // max(event, 1), 1_000), 100_000)
