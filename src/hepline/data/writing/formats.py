"""The formats that events are written in, and which of them can hold which columns."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from hepline.data.writing import ntuple, parquetfile, tree
from hepline.data.writing.columns import Written
from hepline.data.writing.rows import Rows
from hepline.errors import OutputError, nearest

__all__ = ["FORMATS", "Format", "Writer", "format_of"]


class Writer(Protocol):
    """A file that is being written."""

    def add(self, rows: Mapping[str, Rows]) -> None:
        """Write one block of events."""
        ...

    def add_tree(self, name: str, columns: Sequence[Written], rows: Mapping[str, Rows]) -> None:
        """Write a further tree."""
        ...

    def finish(self, key: str, note: str) -> None:
        """Write a note under a name, and close the file."""
        ...

    def close(self) -> None:
        """Close the file, finished or not."""
        ...


@dataclass(frozen=True)
class Format:
    """A format of files.

    Attributes
    ----------
    name : str
    ending : str
        Of file names.
    block : int
        Bytes in memory that are written at a time.
    open : callable
        From path, name of the tree, columns, and how many blocks may come, to a `Writer`.
    unfit : callable
        Why it cannot hold a column; empty if it can.
    trees : bool
        Whether a file holds further trees.
    renamed : callable
        Names in the file of columns that cannot keep their own.
    """

    name: str
    ending: str
    block: int
    open: Callable[[Path, str, Sequence[Written], int], Writer]
    unfit: Callable[[Written], str]
    trees: bool = True
    renamed: Callable[[Sequence[Written]], Mapping[str, str]] = lambda _: {}


def _anything(column: Written) -> str:  # noqa: ARG001
    return ""


FORMATS = {
    "ttree": Format("ttree", ".root", tree.BLOCK, tree.TreeFile, tree.unfit),
    "rntuple": Format(
        "rntuple", ".root", ntuple.BLOCK, ntuple.NTupleFile, ntuple.unfit, renamed=ntuple.renamed
    ),
    "parquet": Format(
        "parquet", ".parquet", parquetfile.BLOCK, parquetfile.ParquetFile, _anything, trees=False
    ),
}


def format_of(out: Path, name: str, columns: Sequence[Written]) -> Format:
    """The format of a file to be written.

    Parameters
    ----------
    out : Path
    name : str
        A key of `FORMATS`; empty to choose by the ending: ``.parquet``, or ``.root`` for a TTree,
        and for an RNTuple if a column has lists of lists, lists of text, or missing values.
    columns : sequence of Written

    Raises
    ------
    OutputError
        If the format is not known, does not fit the ending, or cannot hold a column.
    """
    if name and name not in FORMATS:
        raise OutputError(
            f"format='{name}'.",
            why=f"events are written as {', '.join(FORMATS)}.",
            fix=nearest(name, FORMATS),
        )
    endings = {kind.ending for kind in FORMATS.values()}
    if out.suffix not in endings or (name and FORMATS[name].ending != out.suffix):
        wanted = f"'{FORMATS[name].ending}' for {name}" if name else "'.root' or '.parquet'"
        raise OutputError(
            f"events cannot be written to '{out.name}'.",
            why="programs tell a file by the ending of its name.",
            fix=f"let it end in {wanted}.",
        )
    candidates = [kind for kind in FORMATS.values() if kind.ending == out.suffix]
    if name:
        candidates = [FORMATS[name]]
    for kind in candidates:
        if not any(map(kind.unfit, columns)):
            return kind
    raise _unfit(candidates[-1], columns)


def _unfit(kind: Format, columns: Sequence[Written]) -> OutputError:
    reasons = {column.name: kind.unfit(column) for column in columns}
    reasons = {column: why for column, why in reasons.items() if why}
    (first, why), *others = reasons.items()
    more = f", and so do {len(others)} more" if others else ""
    if any(column.optional for column in columns if column.name in reasons):
        advice = "say what stands for a missing value, x.fill_missing(…), or write another format."
    else:
        advice = "write an RNTuple (format='rntuple') or Parquet, or leave it out."
    return OutputError(
        f"the column '{first}' does not fit into a {kind.name}{more}.",
        why=f"{why}.",
        fix=advice,
    )
