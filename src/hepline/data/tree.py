"""Read the TTree of a ROOT file: baskets are unpacked straight into the rows of a chunk.

uproot tells where baskets lie and what is in them; everything that takes time is done here.
"""

from __future__ import annotations

import math
import re
import threading
from collections.abc import Mapping, Sequence
from contextlib import suppress
from functools import reduce
from pathlib import Path
from typing import Any, NoReturn

import awkward as ak
import numpy as np
from numpy.typing import NDArray

from hepline.columns.source import Chunk
from hepline.columns.types import row_dtype
from hepline.data.access import bytes_of
from hepline.data.baskets import Basket, Tables, ragged
from hepline.data.branches import Branch, branch_of, schema_of
from hepline.data.damage import DAMAGE, damaged, reading
from hepline.data.lengths import agreed, offsets_of
from hepline.data.nestedlists import taken_apart, within
from hepline.data.places import Places
from hepline.data.rows import empty_row
from hepline.data.textlists import texts_apart
from hepline.data.treecolumns import columns_of
from hepline.data.treefacts import facts_of, suspicious
from hepline.data.vectors import Vectors

__all__ = ["TreeReader"]

Integers = NDArray[np.int64]


# Elements of one column in one chunk: a counter that says more is damaged.
_MOST = 1 << 30
# Baskets from one cut of a cluster to the next: one of so many is unpacked twice.
_APART = 32


class TreeReader:
    """One opened file.

    Parameters
    ----------
    path : str
    tree : uproot.TTree

    Attributes
    ----------
    schema : Schema
    entries : int
    """

    def __init__(self, path: str, tree: Any) -> None:
        self.entries = int(tree.num_entries)
        self._stored, obstacles = columns_of(tree)
        doubts = list(suspicious(self._stored))
        self.schema = schema_of(Path(path).name, self._stored, dict(doubts) | obstacles)
        # Where only the lengths of inner lists are needed, any column that has them will do.
        self._inner = {a: spec.name for spec in self.schema.columns.values() for a in spec.inner}
        self._path = path
        self._bytes = bytes_of(path)
        reasons = [why for _, why in doubts]
        self.facts = facts_of(path, _place(tree), self._stored, self.entries, reasons)
        self._branches: dict[str, Branch] = {}
        self._one_at_a_time = threading.Lock()

    def pieces(
        self,
        columns: Sequence[str],
        most: int | None = None,  # noqa: ARG002
    ) -> tuple[int, ...]:
        """Where all of these columns, and their counters, begin a new basket: ends of clusters.

        Baskets of a cluster seldom line up. Long clusters are cut all the same, at events so far
        apart that the few baskets that both sides unpack do not count.
        """
        branches = [self._branch(name) for name in dict.fromkeys(columns)]
        counters = {self._branch(b.counter) for b in branches if b.counter is not None}
        edges = {branch: np.unique(branch.entries) for branch in (*branches, *counters)}
        common = reduce(np.intersect1d, edges.values() or [np.unique([0, self.entries])])
        # Events of the longest basket in each cluster; those of counters are soon unpacked.
        longest = np.zeros(len(common) - 1, np.int64) if branches else np.diff(common)
        for branch in branches:
            branch_edges = edges[branch]
            within = np.maximum.reduceat(
                np.diff(branch_edges), np.searchsorted(branch_edges, common[:-1])
            )
            longest = np.maximum(longest, within)
        cuts = [0]
        for start, stop, basket in zip(common, common[1:], longest, strict=False):
            count = max(1, (stop - start) // (_APART * basket))
            cuts += [int(start + (stop - start) * part // count) for part in range(1, count + 1)]
        return tuple(cuts)

    def prefetch(
        self, columns: Sequence[str], collections: Sequence[str], start: int, stop: int
    ) -> None:
        """Begin to fetch what `read` will ask for soon."""
        # What is wrong with the file is said when it is read.
        with suppress(*DAMAGE):
            self._ahead(self._spans(columns, collections, start, stop), needed=False)

    def read(
        self, columns: Sequence[str], collections: Sequence[str], start: int, stop: int
    ) -> Chunk:
        """Columns of the events `start` to `stop`.

        Raises
        ------
        FileUnreadable
            If a basket is damaged, with column and entries.
        CorruptData
            If lists of one axis disagree about their lengths.
        """
        lists = self._lists(columns, collections)
        spans = self._spans(columns, collections, start, stop)
        self._ahead(spans, needed=True)
        counted = {
            name: Places.between(spans[name][0], self._counter(name, *spans[name]), start, stop)
            for name in self._counters(lists)
        }
        contents: dict[str, NDArray[Any]] = {}
        offsets: dict[str, Integers] = {}
        for collection, names in lists.items():
            shared = self.schema.counters.get(collection)
            lengths = [] if shared is None else [(shared, counted[shared].part)]
            for name in names:
                (outer, *inner), row = self._list(self._branch(name), counted, start, stop)
                contents[name] = row
                lengths.append((name, outer))
                offsets |= dict(zip(self.schema.columns[name].inner, inner, strict=True))
            offsets[collection] = agreed(self._path, start, lengths)
        for name in columns:
            if name not in contents:
                contents[name] = self._numbers(self._branch(name), start, stop)
        return Chunk(stop - start, {name: contents[name] for name in columns}, offsets)

    def _lists(self, columns: Sequence[str], collections: Sequence[str]) -> dict[str, list[str]]:
        """The lists to read along each axis: those asked for, or any if nothing else counts."""
        specs, counters = self.schema.columns, self.schema.counters
        tellers = [self._inner[axis] for axis in collections if axis in self._inner]
        lists: dict[str, list[str]] = {a: [] for a in collections if a not in self._inner}
        for name in dict.fromkeys((*columns, *tellers)):
            axis = specs[name].axis
            if axis is not None:
                lists.setdefault(axis, []).append(name)
        for axis, names in lists.items():
            if not names and axis not in counters:
                names.append(next(s.name for s in specs.values() if s.axis == axis))
        return lists

    def _counters(self, lists: dict[str, list[str]]) -> set[str]:
        """The columns that tell the lengths of these lists."""
        counters = {self._branch(name).counter for names in lists.values() for name in names}
        shared = {self.schema.counters.get(collection) for collection in lists}
        return {name for name in counters | shared if name is not None}

    def _spans(
        self, columns: Sequence[str], collections: Sequence[str], start: int, stop: int
    ) -> dict[str, tuple[int, int]]:
        """The events to read of each column.

        A list may begin in the middle of a basket: how many elements to skip there, the counter
        tells, which is read from the first event of that basket on.
        """
        lists = self._lists(columns, collections)
        listed = [self._branch(name) for names in lists.values() for name in names]
        spans = dict.fromkeys((*columns, *self._counters(lists)), (start, stop))
        for branch in listed:
            spans[branch.name] = (start, stop)
            if branch.counter is not None:
                wide, reach = spans[branch.counter], branch.reach(start, stop)
                spans[branch.counter] = (min(wide[0], reach[0]), max(wide[1], reach[1]))
        return spans

    def _ahead(self, spans: dict[str, tuple[int, int]], *, needed: bool) -> None:
        ranges: list[tuple[int, int]] = []
        for name, span in spans.items():
            branch = self._branch(name)
            touched = branch.touched(*span)
            ranges += branch.ranges[touched.start : touched.stop]
        self._bytes.ahead(ranges, needed=needed)

    def _branch(self, name: str) -> Branch:
        branch = self._branches.get(name)
        if branch is None:
            with reading(self._path, f"'{name}'"):
                column = self._stored[name]
                branch = self._branches[name] = branch_of(column, self.schema, self.entries)
        return branch

    def _counter(self, name: str, start: int, stop: int) -> Integers:
        """Offsets of the lists that a column counts."""
        counts = self._numbers(self._branch(name), start, stop)
        with reading(self._path, f"'{name}' in the entries {start} to {stop}"):
            return offsets_of(counts)

    def _list(
        self, branch: Branch, counted: dict[str, Places], start: int, stop: int
    ) -> tuple[list[Integers], NDArray[Any]]:
        """Where the lists of each level begin and end, and their elements."""
        column = branch.column
        if branch.stored is None:
            return self._by_uproot(branch, start, stop)
        if column.vectors is not None:
            return self._nested(branch, column.vectors, start, stop)
        if not column.listed:
            levels, row = [], self._row(branch, None, start, stop)
        elif branch.counter is None:
            outer, row = self._ragged(branch, branch.stored, start, stop)
            levels = [outer]
        else:
            places = counted[branch.counter]
            levels, row = [places.part], self._row(branch, places, start, stop)
        size = len(row)
        for length in column.lengths:
            levels.append(np.arange(size + 1, dtype=np.int64) * length)
            size *= length
        return levels, row.reshape(-1)

    def _nested(
        self, branch: Branch, vectors: Vectors, start: int, stop: int
    ) -> tuple[list[Integers], NDArray[Any]]:
        """Lists of lists and text, whose lengths only their bytes tell."""
        counts: list[list[Integers]] = [[np.zeros(0, np.int64)] for _ in range(vectors.depth)]
        rows: list[NDArray[Any]] = [self._empty(branch, 0)]
        for number in branch.touched(start, stop):
            first, last = branch.entries[number : number + 2]
            try:
                levels, records = _apart(self._basket(branch, number), last - first, vectors)
            except DAMAGE as error:
                raise damaged(self._path, branch.described(number), error) from error
            low, high = max(first, start) - first, min(last, stop) - first
            parts, records = within(levels, records, low, high)
            rows.append(branch.numbers(records))
            for level, part in zip(counts, parts, strict=True):
                level.append(part)
        row = np.concatenate(rows, dtype=self._dtype(branch), casting="unsafe")
        return [offsets_of(np.concatenate(level)) for level in counts], row

    def words(self, column: str, start: int, stop: int) -> Mapping[int, str]:
        """The texts in a column of text, by their codes.

        Raises
        ------
        FileUnreadable
            If a basket is damaged.
        """
        branch, words = self._branch(column), dict[int, str]()
        vectors = branch.column.vectors
        if vectors is None:
            return words
        for number in branch.touched(start, stop):
            first, last = branch.entries[number : number + 2]
            with reading(self._path, branch.described(number)):
                _, texts = texts_apart(self._basket(branch, number), last - first, vectors)
                words |= texts.words()
        return words

    def _numbers(self, branch: Branch, start: int, stop: int) -> NDArray[Any]:
        """One number per event."""
        if branch.stored is None:
            return self._by_uproot(branch, start, stop)[1]
        if branch.column.vectors is not None:
            return self._nested(branch, branch.column.vectors, start, stop)[1]
        return self._row(branch, None, start, stop)

    def _row(self, branch: Branch, places: Places | None, start: int, stop: int) -> NDArray[Any]:
        """The elements of all events, whose places are known before."""
        if start == stop:
            return self._empty(branch, 0)
        begin, end = (start, stop) if places is None else places.of([start, stop])
        row = self._empty(branch, end - begin)
        stored = branch.stored
        touched = branch.touched(start, stop)
        edges = branch.entries[touched.start : touched.stop + 1]
        ends = edges if places is None else places.of(edges)
        number = touched.start
        tables = None if places is None or stored is None else Tables(stored.itemsize)
        try:
            for number, there, then in zip(touched, ends, ends[1:], strict=False):
                basket = self._basket(branch, number)
                records = np.frombuffer(basket.content, stored)
                if len(records) != then - there:
                    self._contradiction(branch, number, basket, places)
                if tables is not None and places is not None:
                    tables.add(number, basket, places.within(branch.entries, number))
                elements = branch.numbers(records)
                if begin <= there and then <= end:
                    row[there - begin : then - begin] = elements
                else:
                    low, high = max(there, begin), min(then, end)
                    row[low - begin : high - begin] = elements[low - there : high - there]
            wrong = None if tables is None else tables.wrong()
            if wrong is not None:
                number = wrong
                self._contradiction(branch, number, self._basket(branch, number), places)
        except DAMAGE as error:
            raise damaged(self._path, branch.described(number), error) from error
        return row

    def _ragged(
        self, branch: Branch, stored: np.dtype[Any], start: int, stop: int
    ) -> tuple[Integers, NDArray[Any]]:
        """Lists whose lengths only the baskets know."""
        counts = np.zeros(stop - start, np.int64)
        rows: list[NDArray[Any]] = []
        for number in branch.touched(start, stop):
            first, last = branch.entries[number : number + 2]
            try:
                basket = self._basket(branch, number)
                header = branch.column.header
                lengths, records = ragged(basket, last - first, header, stored)
                elements = branch.numbers(records)
            except DAMAGE as error:
                raise damaged(self._path, branch.described(number), error) from error
            low, high = max(first, start), min(last, stop)
            part = lengths[low - first : high - first]
            counts[low - start : high - start] = part
            skipped = int(lengths[: low - first].sum())
            rows.append(elements[skipped : skipped + int(part.sum())])
        row = np.concatenate(
            [self._empty(branch, 0), *rows], dtype=self._dtype(branch), casting="unsafe"
        )
        return offsets_of(counts), row

    def _contradiction(
        self, branch: Branch, number: int, basket: Basket, places: Places | None
    ) -> NoReturn:
        """Say which event's list is not as long as its counter says."""
        first, last = branch.entries[number : number + 2]
        if places is not None and branch.counter is not None:
            counts = np.diff(places.offsets[first - places.first : last - places.first + 1])
            size = 1 if branch.stored is None else branch.stored.itemsize
            lengths = np.diff(basket.starts(last - first)) // size
            lists = [(branch.counter, offsets_of(counts)), (branch.name, offsets_of(lengths))]
            agreed(self._path, first, lists)
        raise ValueError(f"{len(basket.content)} bytes are not those of {last - first} events")

    def _dtype(self, branch: Branch) -> np.dtype[Any]:
        return row_dtype(self.schema.columns[branch.name].dtype)

    def _empty(self, branch: Branch, size: int) -> NDArray[Any]:
        if size > _MOST:
            raise ValueError(f"'{branch.name}' says that it has {size} elements")
        row = math.prod(branch.column.lengths)
        numbers = empty_row(size * row, self._dtype(branch))
        return numbers.reshape(size, row) if branch.column.lengths else numbers

    def _basket(self, branch: Branch, number: int) -> Basket:
        if number >= len(branch.ranges):
            return Basket.loose(branch.loose[number - len(branch.ranges)])
        events = branch.entries[number + 1] - branch.entries[number]
        return Basket.parsed(self._bytes.get(*branch.ranges[number]), events)

    def _by_uproot(
        self, branch: Branch, start: int, stop: int
    ) -> tuple[list[Integers], NDArray[Any]]:
        """What has no plain bytes, such as sets and maps of C++."""
        with reading(self._path, f"'{branch.name}'"), self._one_at_a_time:
            array = branch.column.branch.array(entry_start=start, entry_stop=stop, library="ak")
            if len(array) != stop - start:
                raise ValueError(f"{len(array)} values of {stop - start} events")
        levels = []
        for _ in range(branch.column.depth):
            levels.append(offsets_of(np.asarray(ak.num(array, axis=1), np.int64)))
            array = ak.flatten(array, axis=1)
        return levels, np.ascontiguousarray(ak.to_numpy(array), dtype=self._dtype(branch))


def _apart(basket: Basket, events: int, vectors: Vectors) -> tuple[list[Integers], NDArray[Any]]:
    """Lengths of lists, and their elements as the file has them; the codes of text."""
    if vectors.is_text:
        levels, texts = texts_apart(basket, events, vectors)
        return levels, texts.codes()
    return taken_apart(basket, events, vectors)


def _place(tree: Any) -> str:
    """Name of a tree with the folders that it lies in, without the numbers of versions."""
    return re.sub(r";\d+", "", str(tree.object_path)).strip("/")
