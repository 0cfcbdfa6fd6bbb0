"""Events written as a Parquet file, by pyarrow."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from hepline.data.writing.columns import Written
from hepline.data.writing.rows import Rows
from hepline.errors import MissingPackage, OutputError

__all__ = ["BLOCK", "LEVEL", "ParquetFile", "arrow_of", "arrow_type"]

BLOCK = 128 << 20
"""Bytes in memory that become one row group; see bench/skim.py."""

LEVEL = 3
"""Of zstd; see bench/skim.py."""

_MOST = 2**31 - 1  # elements that offsets of 32 bits can count


class ParquetFile:
    """A Parquet file; every page carries a checksum.

    Parameters
    ----------
    path : Path
    name : str
        Of the events; Parquet has no place for it.
    columns : sequence of Written
    blocks : int
        Is not needed.

    Raises
    ------
    MissingPackage
        Without pyarrow.
    """

    def __init__(
        self,
        path: Path,
        name: str,  # noqa: ARG002
        columns: Sequence[Written],
        blocks: int,  # noqa: ARG002
    ) -> None:
        try:
            import pyarrow as pa
            import pyarrow.parquet as pq
        except ImportError:
            raise MissingPackage(
                "a Parquet file needs pyarrow to be written.",
                why="Parquet files are written through pyarrow, which is not installed.",
                fix="pip install 'hepline[parquet]'",
            ) from None
        self._columns = columns
        self._schema = pa.schema(
            pa.field(
                column.name,
                arrow_type(column),
                nullable=column.optional and not column.depth,
                metadata={"title": column.title} if column.title else None,
            )
            for column in columns
        )
        self._file = pq.ParquetWriter(
            path,
            self._schema,
            compression="zstd",
            compression_level=LEVEL,
            write_page_checksum=True,
            # Hardly any two floats are equal: with dictionaries of them, NanoAOD is a third larger.
            # Split by bytes, it is 3 % smaller, and decimals as in CSV twice as large.
            use_dictionary=[_leaf(column) for column in columns if not _is_float(column)],
        )

    def add(self, rows: Mapping[str, Rows]) -> None:
        """Write one row group."""
        import pyarrow as pa

        arrays = [arrow_of(column, rows[column.name]) for column in self._columns]
        self._file.write_table(pa.Table.from_arrays(arrays, schema=self._schema))

    def add_tree(self, name: str, columns: Sequence[Written], rows: Mapping[str, Rows]) -> None:
        """Refuse a further tree, for which Parquet has no place."""
        raise OutputError(
            f"the tree '{name}' ({len(columns)} columns) cannot be kept.",
            why=f"a Parquet file holds one table, and no second one of {len(rows)} columns.",
            fix="write a ROOT file.",
        )

    def finish(self, key: str, note: str) -> None:
        """Write a note into the metadata of the file, and close it."""
        self._file.add_key_value_metadata({key: note})
        self.close()

    def close(self) -> None:
        """Close the file, finished or not."""
        self._file.close()


def _is_float(column: Written) -> bool:
    return not column.is_text and np.dtype(column.dtype).kind == "f"


def _leaf(column: Written) -> str:
    """The path of a column's elements in the file."""
    return column.name + ".list.element" * column.depth


def arrow_type(column: Written) -> Any:
    """Arrow's type of a column; only values that may be missing are nullable."""
    import pyarrow as pa

    kind = pa.string() if column.is_text else pa.from_numpy_dtype(np.dtype(column.dtype))
    for level in range(column.depth):
        is_optional = column.optional and level == 0
        kind = pa.list_(pa.field("item", kind, nullable=is_optional))
    return kind


def arrow_of(column: Written, rows: Rows) -> Any:
    """A column as an Arrow array, on the same memory where that is possible.

    Parameters
    ----------
    column : Written
    rows : Rows
    """
    import pyarrow as pa

    mask = None if rows.there is None else ~rows.there
    if rows.words is not None:
        distinct, places = np.unique(rows.values, return_inverse=True)
        texts = pa.array([rows.words.get(int(code), "") for code in distinct], pa.string())
        values = texts.take(pa.array(places, mask=mask))
    else:
        values = pa.array(rows.values, mask=mask)
    kind = arrow_type(column)
    kinds = []
    while pa.types.is_list(kind):
        kinds.append(kind)
        kind = kind.value_type
    for offsets, around in zip(reversed(rows.lists), reversed(kinds), strict=True):
        if offsets[-1] > _MOST:
            raise OutputError(
                f"a block of '{column.name}' holds {offsets[-1]} elements.",
                why="lists of Parquet are counted by 32 bits.",
                fix="write a ROOT file.",
            )
        ends = pa.array(offsets.astype(np.int32))
        values = pa.ListArray.from_arrays(ends, values, type=around)
    return values
