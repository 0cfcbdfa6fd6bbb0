"""The branches of a TTree: the axes of their lists, and the places of their baskets."""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hepline.columns.schema import ColumnSpec, Schema, own_axis
from hepline.columns.types import holds_integers
from hepline.data.treecolumns import Stored

__all__ = ["Branch", "branch_of", "schema_of"]


def schema_of(
    file: str, columns: Mapping[str, Stored], obstacles: Mapping[str, str] | None = None
) -> Schema:
    """Assign the columns of a TTree to axes.

    Lists that share a counter share an axis. Lists that have their own counter (``nMuon_pt``) or
    none (``std::vector``) have a separate axis, and belong to the collection named by their prefix,
    up to a dot or an underscore.
    """
    # A split object counts itself: only a number per event is a counter.
    plain = {n for n, c in columns.items() if not c.depth and holds_integers(c.dtype)}
    counted = {name: column.counter for name, column in columns.items() if column.listed}
    shared = dict.fromkeys(c for name, c in counted.items() if c and c != f"n{name}")
    named = _named(shared, plain)
    counters = {axis: counter for counter, axis in named.items() if counter in plain}
    specs: list[ColumnSpec] = []
    for name, column in columns.items():
        axis = named.get(counted.get(name) or "")
        # Members of the objects in one branch share all of its lists.
        whole = column.branch.name
        inner = tuple(own_axis(whole, level) for level in range(1, column.depth))
        if not column.depth:
            specs.append(ColumnSpec(name, column.dtype))
        elif axis is not None:
            specs.append(ColumnSpec(name, column.dtype, axis, axis, inner=inner))
        else:
            prefix = name.partition("." if "." in name else "_")[0] or name
            specs.append(ColumnSpec(name, column.dtype, prefix, own_axis(whole), inner=inner))
            if f"n{prefix}" in plain:
                counters.setdefault(prefix, f"n{prefix}")
    return Schema.from_specs(file, specs, counters=counters, obstacles=obstacles)


def _named(counters: Iterable[str], plain: set[str]) -> dict[str, str]:
    """Map counters to distinct names of their axes."""
    short = {c: _without_n(c) if c in plain else c for c in counters}
    times = Counter(short.values())
    return {counter: axis if times[axis] == 1 else counter for counter, axis in short.items()}


def _without_n(counter: str | None) -> str:
    """``Muon`` of ``nMuon`` or ``NMuon``."""
    return re.sub(r"^[nN]_?(?=[A-Z])", "", counter or "") or str(counter)


@dataclass(frozen=True, eq=False)
class Branch:
    """The baskets of one branch: their places and content.

    Attributes
    ----------
    column : Stored
    entries : list of int
        First event of each basket, and the number of events.
    ranges : list of (int, int)
        First byte of each basket in the file, and the one after the last.
    loose : list of uproot's TBasket
        The last baskets, if they lie inside the header of the tree.
    counter : str or None
        Column that holds the lengths of the lists.
    """

    column: Stored
    entries: list[int]
    ranges: list[tuple[int, int]]
    loose: list[Any]
    counter: str | None

    @property
    def name(self) -> str:
        """The name of the column."""
        return self.column.name

    @property
    def stored(self) -> np.dtype[Any] | None:
        """The dtype of the stored elements; None if only uproot can read them."""
        record = self.column.record
        # Every byte except 0 is true.
        return np.dtype(np.uint8) if record is not None and record.kind == "b" else record

    def numbers(self, records: NDArray[Any]) -> NDArray[Any]:
        """The numbers of this column, from stored records."""
        column = self.column
        if column.member is not None:
            records = records[column.member]
        if column.place is not None:
            records = records[:, column.place]
        elif column.lengths:
            records = records.reshape(len(records), -1)
        return records if column.packing is None else column.packing.unpacked(records)

    def touched(self, start: int, stop: int) -> range:
        """The baskets that hold events of a range."""
        if start >= stop:
            return range(0)
        return range(bisect_right(self.entries, start) - 1, bisect_left(self.entries, stop))

    def reach(self, start: int, stop: int) -> tuple[int, int]:
        """First and last event of the baskets that hold a range."""
        touched = self.touched(start, stop)
        if not touched:
            return start, stop
        return self.entries[touched.start], self.entries[touched.stop]

    def described(self, number: int) -> str:
        """Describe a basket, for messages."""
        first, last = self.entries[number : number + 2]
        return f"'{self.name}' in the entries {first} to {last}"


def branch_of(column: Stored, schema: Schema, entries: int) -> Branch:
    """Find the baskets of a column.

    Parameters
    ----------
    column : Stored
    schema : Schema
        Of the whole tree.
    entries : int
        Of the whole tree.

    Raises
    ------
    ValueError
        If the baskets are not consecutive, or hold too few events.
    """
    branch = column.branch
    edges = np.asarray(branch.entry_offsets, np.int64)
    loose = list(branch.embedded_baskets)
    normal = len(edges) - 1 - len(loose)
    seeks = np.asarray(branch.member("fBasketSeek"), np.int64)[:normal]
    sizes = np.asarray(branch.member("fBasketBytes"), np.int64)[:normal]
    if (np.diff(edges) < 0).any() or edges[0] or (seeks < 0).any() or (sizes < 0).any():
        raise ValueError(f"the baskets of '{column.name}' do not follow each other")
    if edges[-1] < entries:
        raise ValueError(
            f"the baskets of the branch '{branch.name}' hold {edges[-1]} of the {entries} events "
            "that the tree announces"
        )
    ranges = list(zip(seeks.tolist(), (seeks + sizes).tolist(), strict=True))
    exact = column.record is not None and not column.header and column.vectors is None
    counter = _counter(column, schema) if column.listed and exact else None
    return Branch(column, edges.tolist(), ranges, loose, counter)


def _counter(column: Stored, schema: Schema) -> str | None:
    """The column that counts the elements, if it is a plain integer."""
    spec = schema.columns.get(column.counter or "")
    if spec is None or spec.axis is not None or not holds_integers(spec.dtype):
        return None
    return spec.name
