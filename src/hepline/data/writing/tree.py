"""Events written as a TTree, by uproot."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

import awkward as ak
import numpy as np
from uproot.writing._cascadetree import Tree

from hepline.data.writing.columns import Written
from hepline.data.writing.rootfile import ROOTFile
from hepline.data.writing.rows import Rows
from hepline.errors import OutputError

__all__ = ["BLOCK", "TreeFile", "unfit"]

BLOCK = 32 << 20
"""Bytes in memory that become one basket of each branch; see bench/skim.py."""

_MOST_PLANNED = 100  # baskets: a header with room for more would be larger than small files


class TreeFile(ROOTFile):
    """A ROOT file whose events are a TTree."""

    def _begin(self, name: str, columns: Sequence[Written], blocks: int) -> Any:
        counters = {column.name: column.counter for column in columns if column.depth}
        directory = self.file._cascading
        directory.add_tree = partial(_add_tree, directory, {c.name: c for c in columns})
        return self.file.mktree(
            name,
            {column.name: _branch(column) for column in columns},
            title=name,
            counter_name=lambda branch: counters.get(branch, f"n{branch}"),
            initial_basket_capacity=min(max(blocks + 2, 4), _MOST_PLANNED),
        )

    def _extend(self, tree: Any, columns: Sequence[Written], rows: Mapping[str, Rows]) -> None:
        # The lengths of lists make the counters.
        counters = {column.counter for column in columns if column.depth}
        _check_lengths(columns, rows)
        tree.extend(
            {
                column.name: _values(column, rows[column.name])
                for column in columns
                if column.name not in counters
            }
        )


def unfit(column: Written) -> str:
    """Why a TTree cannot hold a column; empty if it can."""
    if column.depth > 1:
        return "it holds lists of lists, which uproot does not write into a TTree"
    if column.depth and column.is_text:
        return "it holds lists of text, which uproot does not write into a TTree"
    if column.optional:
        return "values of it may be missing, and a TTree has no missing values"
    return ""


def _check_lengths(columns: Sequence[Written], rows: Mapping[str, Rows]) -> None:
    """Refuse lists of different lengths that share a counter.

    Raises
    ------
    OutputError
        With the names of two columns.
    """
    first: dict[str, str] = {}
    for column in columns:
        if not column.depth:
            continue
        name = first.setdefault(column.counter, column.name)
        if not np.array_equal(rows[name].lists[0], rows[column.name].lists[0]):
            raise OutputError(
                f"the lists '{name}' and '{column.name}' differ in length.",
                why=f"a TTree stores one length for both of them, '{column.counter}'.",
                fix="write an RNTuple (format='rntuple') or Parquet.",
            )


def _branch(column: Written) -> Any:
    if column.is_text:
        return "string"
    if not column.depth:
        return np.dtype(column.dtype)
    return ak.types.ListType(ak.types.NumpyType(column.dtype))


def _values(column: Written, rows: Rows) -> Any:
    return ak.Array(rows.layout()) if column.depth or column.is_text else rows.values


class _Tree(Tree):  # type: ignore[misc]  # uproot has no types
    """uproot's tree, with titles, and counters that are unsigned where they were: NanoAOD's are.

    Parameters
    ----------
    columns : mapping of str to Written
    *settings : object
        Those of uproot's tree.
    """

    def __init__(self, columns: Mapping[str, Written], *settings: Any) -> None:
        self._columns = columns
        super().__init__(*settings)

    def _branch_np(self, branch: str, as_given: Any, dtype: Any, **role: Any) -> dict[str, Any]:
        column = self._columns.get(branch)
        if role.get("kind") == "counter" and column is not None and column.dtype == "uint32":
            as_given = dtype = np.dtype(np.uint32)
        made: dict[str, Any] = super()._branch_np(branch, as_given, dtype, **role)
        if column is not None and column.title:
            made["fTitle"] = column.title
        return made


def _add_tree(directory: Any, columns: Mapping[str, Written], sink: Any, *settings: Any) -> Tree:
    """Make an empty tree: uproot's own method, which takes no other class of trees.

    Writing its header a second time takes seconds for a thousand branches.
    """
    name, title, branches, counters, *others = settings
    arguments = (name, title, branches, directory.freesegments, counters, *others)
    tree = _Tree(columns, directory, *arguments)
    tree.write_anew(sink)
    return tree
