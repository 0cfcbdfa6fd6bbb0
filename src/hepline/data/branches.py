"""The branches of a TTree that have a meaning here: numbers, and lists of numbers."""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from uproot.interpretation.jagged import AsJagged
from uproot.interpretation.numerical import AsDtype, TruncatedNumerical

from hepline.columns.schema import ColumnSpec, Schema, own_axis

__all__ = ["Branch", "branch_of", "schema_of"]


def schema_of(path: str, tree: Any) -> Schema:
    """The columns of an opened TTree.

    Lists that share a counter are one collection. Lists that each have their own (``nMuon_pt``),
    or none (``std::vector``), belong to the collection of their prefix, up to a dot or an
    underscore; that they are equally long is checked when they are read. Objects, names that
    stand for two branches, and what uproot would misread are left out.
    """
    dtypes: dict[str, str] = {}
    counted: dict[str, str | None] = {}
    # Split objects hold their members inside: Muon.charge in Muon.
    branches = [b for b in tree.itervalues(recursive=True) if not _misread(b)]
    repeated = Counter(branch.name for branch in branches)
    for branch in branches:
        name, interpretation = branch.name, branch.interpretation
        listed = isinstance(interpretation, AsJagged)
        dtype = _element(interpretation.content if listed else interpretation)
        if dtype is None or repeated[name] > 1:
            continue
        dtypes[name] = dtype
        if listed:
            counter = branch.count_branch
            counted[name] = None if counter is None else counter.name
    return _grouped(Path(path).name, dtypes, counted)


def _misread(branch: Any) -> bool:
    """Whether uproot gives wrong numbers, or none: lists of shortened floats with a range.

    It takes the range in ``x[n]/d[0,100,12]`` for a length, and stumbles over ``x[n]/f``.
    """
    leaves = branch.member("fLeaves")
    if len(leaves) != 1 or leaves[0].member("fLeafCount") is None:
        return False
    kind = leaves[0].classname
    return kind == "TLeafF16" or (kind == "TLeafD32" and "/d[" in leaves[0].member("fTitle"))


def _grouped(file: str, dtypes: Mapping[str, str], counted: Mapping[str, str | None]) -> Schema:
    """Put lists on axes: that of the counter they share, or one of their own."""
    # A split object counts itself: only a number per event is a counter.
    plain = {name for name in dtypes.keys() - counted.keys() if np.dtype(dtypes[name]).kind in "iu"}
    shared = Counter(c for name, c in counted.items() if c is not None and c != f"n{name}")
    named = _named(shared, plain)
    counters = {axis: counter for counter, axis in named.items() if counter in plain}
    specs: list[ColumnSpec] = []
    for name, dtype in dtypes.items():
        if name not in counted:
            specs.append(ColumnSpec(name, dtype))
        elif counted[name] in named:
            axis = named[str(counted[name])]
            specs.append(ColumnSpec(name, dtype, axis, axis))
        else:
            prefix = name.partition("." if "." in name else "_")[0] or name
            specs.append(ColumnSpec(name, dtype, prefix, own_axis(name)))
            if f"n{prefix}" in plain:
                counters.setdefault(prefix, f"n{prefix}")
    return Schema.from_specs(file, specs, counters=counters)


def _named(counters: Iterable[str], plain: set[str]) -> dict[str, str]:
    """Counter to the name of the axis that it counts; no two have the same."""
    short = {c: _without_n(c) if c in plain else c for c in counters}
    times = Counter(short.values())
    return {counter: axis if times[axis] == 1 else counter for counter, axis in short.items()}


def _element(interpretation: Any) -> str | None:
    """NumPy's name of a plain number's type; None for objects, strings and fixed arrays."""
    if not isinstance(interpretation, AsDtype | TruncatedNumerical):
        return None
    dtype = interpretation.numpy_dtype
    if dtype.shape or dtype.kind not in "biuf":
        return None
    return str(dtype.newbyteorder("=").name)


def _without_n(counter: str | None) -> str:
    """``Muon`` of ``nMuon`` or ``NMuon``."""
    return re.sub(r"^[nN]_?(?=[A-Z])", "", counter or "") or str(counter)


@dataclass(frozen=True, eq=False)
class Branch:
    """Where the baskets of one branch lie, and what is in them.

    Attributes
    ----------
    name : str
    entries : list of int
        First event of each basket, and the number of events.
    ranges : list of (int, int)
        First byte of each basket in the file, and the one after the last.
    loose : list of uproot's TBasket
        The last baskets, if they lie inside the header of the tree.
    stored : dtype or None
        Of the elements in the file; None if only uproot knows how to unpack them (Double32).
    header : int
        Bytes before the elements of each list.
    counter : str or None
        Column that holds the lengths of the lists.
    """

    name: str
    entries: list[int]
    ranges: list[tuple[int, int]]
    loose: list[Any]
    stored: np.dtype[Any] | None
    header: int
    counter: str | None

    def touched(self, start: int, stop: int) -> range:
        """Numbers of the baskets with events of a range."""
        if start >= stop:
            return range(0)
        return range(bisect_right(self.entries, start) - 1, bisect_left(self.entries, stop))

    def reach(self, start: int, stop: int) -> tuple[int, int]:
        """The events of all baskets that hold a range."""
        touched = self.touched(start, stop)
        if not touched:
            return start, stop
        return self.entries[touched.start], self.entries[touched.stop]

    def described(self, number: int) -> str:
        """A basket, for messages."""
        first, last = self.entries[number : number + 2]
        return f"'{self.name}' in the entries {first} to {last}"


def branch_of(branch: Any, schema: Schema) -> Branch:
    """Learn where the baskets of a branch lie.

    Parameters
    ----------
    branch : uproot.TBranch
    schema : Schema
        Of the whole tree.

    Raises
    ------
    ValueError
        If the baskets do not follow each other, or hold too few events.
    """
    interpretation = branch.interpretation
    listed = isinstance(interpretation, AsJagged)
    content = interpretation.content if listed else interpretation
    plain = type(content) is AsDtype and type(interpretation) in (AsDtype, AsJagged)
    stored = content.from_dtype if plain else None
    if stored is not None and stored.kind == "b":
        # Any byte but 0 is true.
        stored = np.dtype(np.uint8)
    header = interpretation.header_bytes if listed else 0
    entries = np.asarray(branch.entry_offsets, np.int64)
    loose = list(branch.embedded_baskets)
    normal = len(entries) - 1 - len(loose)
    seeks = np.asarray(branch.member("fBasketSeek"), np.int64)[:normal]
    sizes = np.asarray(branch.member("fBasketBytes"), np.int64)[:normal]
    if (np.diff(entries) < 0).any() or entries[0] or (seeks < 0).any() or (sizes < 0).any():
        raise ValueError(f"the baskets of '{branch.name}' do not follow each other")
    ranges = list(zip(seeks.tolist(), (seeks + sizes).tolist(), strict=True))
    counter = _counter(branch, schema) if listed and plain and not header else None
    return Branch(branch.name, entries.tolist(), ranges, loose, stored, header, counter)


def _counter(branch: Any, schema: Schema) -> str | None:
    """The column that counts the elements, if it is a plain integer."""
    counter = branch.count_branch
    spec = None if counter is None else schema.columns.get(counter.name)
    if spec is None or spec.collection is not None or np.dtype(spec.dtype).kind not in "iu":
        return None
    return spec.name
