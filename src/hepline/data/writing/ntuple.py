"""Events written as an RNTuple, by uproot."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import awkward as ak
import numpy as np

from hepline.columns.types import row_dtype
from hepline.data.writing.columns import Written
from hepline.data.writing.rootfile import ROOTFile
from hepline.data.writing.rows import Rows

__all__ = ["BLOCK", "NTupleFile", "unfit"]

BLOCK = 64 << 20
"""Bytes in memory that become one cluster; see bench/skim.py."""


class NTupleFile(ROOTFile):
    """A ROOT file whose events are an RNTuple."""

    def _begin(self, name: str, columns: Sequence[Written], blocks: int) -> Any:  # noqa: ARG002
        return self.file.mkrntuple(name, _record(columns, _nothing(columns)).form)

    def _extend(self, tree: Any, columns: Sequence[Written], rows: Mapping[str, Rows]) -> None:
        tree.extend(ak.Array(_record(columns, rows)))


def unfit(column: Written) -> str:
    """Why an RNTuple cannot hold a column; empty if it can."""
    if column.optional:
        return "values of it may be missing, which is not read back from an RNTuple"
    return ""


def _record(columns: Sequence[Written], rows: Mapping[str, Rows]) -> ak.contents.RecordArray:
    names = [column.name for column in columns]
    return ak.contents.RecordArray([rows[name].layout() for name in names], names)


def _nothing(columns: Sequence[Written]) -> dict[str, Rows]:
    """The columns without events."""
    return {
        column.name: Rows(
            np.zeros(0, row_dtype(column.dtype)),
            (np.zeros(1, np.int64),) * column.depth,
            words={} if column.is_text else None,
        )
        for column in columns
    }
