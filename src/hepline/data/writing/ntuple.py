"""Events written as an RNTuple, by uproot."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import awkward as ak
import numpy as np

from hepline.columns.types import row_dtype
from hepline.data.writing.columns import Written
from hepline.data.writing.rootfile import ROOTFile
from hepline.data.writing.rows import Rows

__all__ = ["BLOCK", "NTupleFile", "renamed", "unfit"]

BLOCK = 64 << 20
"""Bytes in memory that become one cluster; see bench/skim.py."""

_REFUSED = re.compile(r"[\x00-\x20./\\\x7f]")  # ROOT 6.40, RNTupleUtils.cxx


class NTupleFile(ROOTFile):
    """A ROOT file whose events are an RNTuple."""

    def _begin(self, name: str, columns: Sequence[Written], blocks: int) -> Any:  # noqa: ARG002
        return self.file.mkrntuple(name, _record(columns, _nothing(columns)).form)

    def _extend(self, tree: Any, columns: Sequence[Written], rows: Mapping[str, Rows]) -> None:
        tree.extend(ak.Array(_record(columns, rows)))


def renamed(columns: Sequence[Written]) -> dict[str, str]:
    """Names in the file of columns whose own names ROOT refuses, such as ``Jet.energy``.

    Parameters
    ----------
    columns : sequence of Written

    Returns
    -------
    dict of str to str
        By the name of the column.
    """
    taken = {column.name for column in columns}
    names: dict[str, str] = {}
    for column in columns:
        name = _REFUSED.sub("_", column.name)
        if name == column.name:
            continue
        while name in taken:
            name += "_"
        taken.add(name)
        names[column.name] = name
    return names


def unfit(column: Written) -> str:
    """Why an RNTuple cannot hold a column; empty if it can."""
    if column.optional and column.is_text:
        return "texts of it may be missing, which is not read back from an RNTuple"
    return ""


def _record(columns: Sequence[Written], rows: Mapping[str, Rows]) -> ak.contents.RecordArray:
    others = renamed(columns)
    names = [others.get(column.name, column.name) for column in columns]
    layouts = [_certain(column, rows[column.name]).layout() for column in columns]
    for column, layout in zip(columns, layouts, strict=True):
        if column.title:
            layout.parameters["__doc__"] = column.title
    return ak.contents.RecordArray(layouts, names)


def _certain(column: Written, rows: Rows) -> Rows:
    """Rows that say which values are there if, and only if, the column may miss some."""
    if column.optional and rows.there is None:
        return replace(rows, there=np.ones(len(rows.values), bool))
    return rows


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
