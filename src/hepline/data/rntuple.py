"""RNTuples, read page by page into rows."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hepline.columns.leaves import presence_of
from hepline.columns.source import Chunk
from hepline.data.access import bytes_of
from hepline.data.addresses import is_remote
from hepline.data.lengths import agreed, offsets_of
from hepline.data.nested import Flat, flattened, schema_of_flat, unfit
from hepline.data.ntuplelayout import Columns, FixedLists, ItemOf, Layout, LengthOf, MaybeOf, TextOf
from hepline.data.pagereader import PageReader, Range, Wanted
from hepline.data.reader import Facts
from hepline.data.rootfile import opened
from hepline.data.rows import empty_row
from hepline.data.skimnote import KEY, names_of
from hepline.data.texts import Texts
from hepline.errors import FileUnreadable

__all__ = ["NTupleReader"]

_END = np.dtype(np.int64)
_LETTER = np.dtype(np.uint8)
# Fraction by which a chunk may grow or shrink to begin with a cluster.
_NEAR = 4

Place = Columns | FixedLists
"""Columns of a list, or its constant length."""

Chain = tuple[Place, ...]
"""Lists inside each other, outermost first."""

Lengths = Mapping[Chain, tuple[NDArray[np.int64], list[Range]]]
"""Where the innermost lists begin and end, and the ranges of their elements in the clusters."""


class NTupleReader:
    """One RNTuple; see `Reader`.

    Parameters
    ----------
    path, name : str
    layout : Layout
    pages : PageReader
    note : str
        Of a skim: see `hepline.data.skimnote`.

    Attributes
    ----------
    schema : Schema
    entries : int
    """

    def __init__(
        self, path: str, name: str, layout: Layout, pages: PageReader, note: str = ""
    ) -> None:
        self._path = path
        self._layout = layout
        self._starts = layout.starts
        self._pages = pages
        self.entries = layout.starts[-1]
        self.facts = Facts(name, layout.checked(), note=note)
        names = names_of(path, note) if note else {}
        fields = [replace(f, name=names.get(f.name, f.name)) for f in layout.nested()]
        flats = flattened(fields)
        counted: dict[Columns, str] = {}
        for flat in flats:
            if isinstance(flat.place, LengthOf):
                counted.setdefault(flat.place.lists, flat.name)
        self.schema, self._columns = schema_of_flat(Path(path).name, flats, counted, unfit(fields))
        # For the lengths along an axis, any of its lists will do.
        self._lists = {axis: flat for flat in self._columns.values() for _, axis in flat.levels}

    @classmethod
    def open(cls, path: str, name: str) -> NTupleReader:
        """Open a file and read the description of the RNTuple `name`, but no events.

        Parameters
        ----------
        path, name : str

        Raises
        ------
        FileUnreadable, or another of `hepline.data.damage.DAMAGE`
        """
        file = opened(path)
        layout = Layout(file[name])
        note = str(file[KEY]) if KEY in file else ""
        source = bytes_of(path)
        file.close()
        return cls(path, name, layout, PageReader(path, layout, source), note)

    def pieces(self, columns: Sequence[str], most: int | None = None) -> tuple[int, ...]:
        """Event numbers at which clusters begin, or parts of them, and the number of events.

        Parts of a cluster share pages, which are unpacked once if the parts are read together or
        one after the other. Remote files are fetched in whole clusters.

        Raises
        ------
        FileUnreadable
            If a column has fewer elements than there are events.
        """
        for name in columns:
            self._check_whole(self._columns[name])
        longest = max((stop - start for start, stop in pairwise(self._starts)), default=0)
        if most is None or longest <= most or is_remote(self._path):
            return tuple(sorted({0, *self._starts}))
        count = max(round(self.entries / most), 1)
        cuts = (self.entries * part // count for part in range(count + 1))
        return tuple(sorted({self._settled(cut, most // _NEAR) for cut in cuts}))

    def read(
        self, columns: Sequence[str], collections: Sequence[str], start: int, stop: int
    ) -> Chunk:
        """Columns of the events `start` to `stop`.

        Raises
        ------
        CorruptData
            If lists of one axis disagree about their lengths.
        FileUnreadable, or another of `hepline.data.damage.DAMAGE`
            If pages are damaged or missing.
        """
        flats = [self._columns[name] for name in columns]
        tellers = self._tellers(flats, collections)
        # A column of numbers counts lists that prove nothing about each other.
        counted = [name for name in collections if name not in tellers]
        counters = [self._columns[self.schema.counters[name]] for name in counted]
        flats = list(dict.fromkeys([*flats, *counters]))
        events = list(self._clusters(start, stop))
        lengths = self._lengths(_lists(flats, tellers), events)
        contents = {
            flat.name: np.diff(lengths[flat.place.lists,][0]).astype(flat.dtype)
            for flat in flats
            if isinstance(flat.place, LengthOf)
        }
        stored = [flat for flat in flats if flat.name not in contents]
        rows = self._pages.rows([_request(flat, _ranges(flat, lengths, events)) for flat in stored])
        for flat, row in zip(stored, rows, strict=True):
            contents |= _content(flat, row, lengths)
        offsets: dict[str, NDArray[np.int64]] = {}
        for axis, members in tellers.items():
            lists = [(flat.name, lengths[_chain(flat, axis)][0]) for flat in members]
            counter = self.schema.counters.get(axis, "")
            if counter in contents:
                lists.insert(0, (counter, offsets_of(contents[counter])))
            offsets[axis] = agreed(self._path, start, lists)
        offsets |= {
            axis: offsets_of(contents[counter.name])
            for axis, counter in zip(counted, counters, strict=True)
        }
        present = [presence_of(flat.name) for flat in flats if flat.optional]
        return Chunk(stop - start, {name: contents[name] for name in (*columns, *present)}, offsets)

    def words(self, column: str, start: int, stop: int) -> Mapping[int, str]:
        """The texts in a column of text, by their codes.

        Raises
        ------
        FileUnreadable, or another of `hepline.data.damage.DAMAGE`
            If pages are damaged or missing.
        """
        flat = self._columns[column]
        events = list(self._clusters(start, stop))
        lengths = self._lengths(_lists([flat], self._tellers([flat], ())), events)
        (letters,) = self._pages.rows([_request(flat, _ranges(flat, lengths, events))])
        return Texts.joined(letters, lengths[_chain(flat)][0]).words()

    def prefetch(
        self, columns: Sequence[str], collections: Sequence[str], start: int, stop: int
    ) -> None:
        """Start to fetch the pages that `read` will need, certainly or probably."""
        if is_remote(self._path):
            # For a remote file, a wrong guess would fetch pages twice.
            if start not in self._starts or stop not in self._starts:
                return
        else:
            # Whole clusters that begin here, also for the chunks after this one.
            start = self._starts[bisect_left(self._starts, start)]
            if start >= stop:
                return
            stop = self._starts[bisect_left(self._starts, stop)]
        flats = [self._columns[name] for name in columns]
        lists = _lists(flats, self._tellers(flats, collections))
        events = list(self._clusters(start, stop))
        outermost = {chain[0]: name for chain, name in lists.items()}
        self._pages.ahead(
            [
                Wanted(name, place, _ends(events), _END)
                for place, name in outermost.items()
                if not isinstance(place, FixedLists)
            ]
        )
        self._pages.ahead(
            [
                _request(flat, list(self._likely(flat.place, events)))
                for flat in flats
                if not (flat.inner or isinstance(flat.place, LengthOf | ItemOf | TextOf | MaybeOf))
                if not isinstance(flat.lists, FixedLists)
            ]
        )

    def _check_whole(self, flat: Flat) -> None:
        """Check that the pages of a column hold as many elements as the clusters declare."""
        place, size = flat.lists, 1
        if isinstance(place, FixedLists):
            place, size = flat.place, place.size
        elif place is None and isinstance(flat.place, ItemOf):
            place, size = flat.place.columns, flat.place.size
        elif place is None:
            place = flat.place.lists if isinstance(flat.place, LengthOf) else flat.place
            place = place.ends if isinstance(place, TextOf | MaybeOf) else place
        if any(self._layout.pages(column).deferred for column in place):
            return
        for cluster, (begin, end) in enumerate(pairwise(self._starts)):
            count = self._pages.stored(place, cluster)
            if count < size * (end - begin):
                raise FileUnreadable(
                    f"the column '{flat.name}' of {self._path} is not whole.",
                    why=f"its pages hold {count // size} of the {end - begin} entries from entry "
                    f"{begin} on.",
                    fix="the file is damaged: fetch or make it again.",
                )

    def _settled(self, cut: int, near: int) -> int:
        """The start of a cluster near a cut, or the cut itself."""
        place = bisect_left(self._starts, cut)
        edges = self._starts[max(place - 1, 0) : place + 1]
        edge = min(edges, key=lambda start: abs(start - cut), default=cut)
        return edge if abs(edge - cut) <= near else cut

    def _clusters(self, start: int, stop: int) -> Iterator[Range]:
        cluster = bisect_right(self._starts, start) - 1
        for number in range(cluster, len(self._starts) - 1):
            begin, end = self._starts[number : number + 2]
            low, high = max(start, begin) - begin, min(stop, end) - begin
            if low < high:
                yield number, low, high

    def _tellers(self, flats: Iterable[Flat], collections: Iterable[str]) -> dict[str, list[Flat]]:
        """The lists with the lengths along each axis."""
        tellers: dict[str, list[Flat]] = {}
        for flat in flats:
            for _, axis in flat.levels:
                tellers.setdefault(axis, []).append(flat)
        for axis in collections:
            if axis in self._lists:
                tellers.setdefault(axis, [self._lists[axis]])
        return tellers

    def _lengths(self, lists: Mapping[Chain, str], events: list[Range]) -> Lengths:
        """Read the offsets of all list levels, outer levels first."""
        lengths: dict[Chain, tuple[NDArray[np.int64], list[Range]]] = {}
        for depth in range(1, max(map(len, lists), default=0) + 1):
            # Lists that share their pages are read once.
            twins: dict[Chain, Chain] = {}
            requests: dict[Chain, Wanted] = {}
            for chain, name in lists.items():
                if len(chain) != depth:
                    continue
                around = lengths[chain[:-1]][1] if depth > 1 else events
                place = chain[-1]
                if isinstance(place, FixedLists):
                    lengths[chain] = _even(place.size, around)
                    continue
                twins[chain] = (*chain[:-1], self._layout.twin(place))
                requests.setdefault(twins[chain], Wanted(name, place, _ends(around), _END))
            rows = self._pages.rows(list(requests.values()))
            offsets = {
                chain: _offsets(row, lengths[chain[:-1]][1] if depth > 1 else events)
                for chain, row in zip(requests, rows, strict=True)
            }
            lengths |= {chain: offsets[twin] for chain, twin in twins.items()}
        return lengths

    def _likely(self, columns: Columns, events: list[Range]) -> Iterator[Range]:
        """Guess a range of elements: the same fraction of the cluster as that of the events."""
        for cluster, low, high in events:
            size = self._starts[cluster + 1] - self._starts[cluster]
            stored = self._pages.stored(columns, cluster)
            yield cluster, low * stored // size, -(-high * stored // size)


def _ranges(flat: Flat, lengths: Lengths, events: list[Range]) -> list[Range]:
    """The elements of a column to read: those of its innermost lists, or letters."""
    chain = _chain(flat)
    return lengths[chain][1] if chain else events


def _request(flat: Flat, ranges: list[Range]) -> Wanted:
    place = flat.place
    if isinstance(place, TextOf):
        return Wanted(flat.name, place.letters, ranges, _LETTER)
    dtype = np.dtype(flat.dtype)
    if isinstance(place, MaybeOf):
        return Wanted(flat.name, place.values, ranges, dtype)
    if isinstance(place, ItemOf):
        size = place.size
        whole = [(cluster, size * low, size * high) for cluster, low, high in ranges]
        return Wanted(flat.name, place.columns, whole, dtype)
    return Wanted(flat.name, place, ranges, dtype)


def _content(flat: Flat, row: NDArray[Any], lengths: Lengths) -> dict[str, NDArray[Any]]:
    """The rows of a column, by their names: its elements, and which of them are there."""
    if isinstance(flat.place, TextOf):
        return {flat.name: Texts.joined(row, lengths[_chain(flat)][0]).codes()}
    if isinstance(flat.place, MaybeOf):
        there = np.diff(lengths[_chain(flat)][0]) > 0
        values = np.zeros(len(there), row.dtype)
        values[there] = row
        return {flat.name: values, presence_of(flat.name): there}
    return {flat.name: _numbers(flat, row)}


def _numbers(flat: Flat, row: NDArray[Any]) -> NDArray[Any]:
    """The numbers of a column; for a place in arrays of fixed length, every such number."""
    if not isinstance(flat.place, ItemOf):
        return row
    return np.ascontiguousarray(row.reshape(-1, flat.place.size)[:, flat.place.index])


def _chain(flat: Flat, axis: str | None = None) -> Chain:
    """The lists around a column, down to those along an axis; a text is a list of letters.

    What may be missing is a list of one, or of none.
    """
    chain: list[Place] = []
    for place, name in flat.levels:
        chain.append(place)
        if name == axis:
            return tuple(chain)
    if isinstance(flat.place, TextOf | MaybeOf):
        chain.append(flat.place.ends)
    return tuple(chain)


def _lists(flats: Iterable[Flat], tellers: Mapping[str, list[Flat]]) -> dict[Chain, str]:
    """All needed lists, each with a name for messages."""
    lists: dict[Chain, str] = {}
    for axis, members in tellers.items():
        for flat in members:
            chain = _chain(flat, axis)
            lists |= {chain[: depth + 1]: flat.name for depth in range(len(chain))}
    for flat in flats:
        if isinstance(flat.place, LengthOf):
            lists.setdefault((flat.place.lists,), flat.name)
        elif isinstance(flat.place, TextOf | MaybeOf):
            # `tellers` already has the lists around it.
            lists.setdefault(_chain(flat), flat.name)
    return lists


def _even(size: int, around: Sequence[Range]) -> tuple[NDArray[np.int64], list[Range]]:
    """Offsets of lists of constant length inside elements."""
    count = sum(high - low for _, low, high in around)
    items = [(cluster, low * size, high * size) for cluster, low, high in around]
    return np.arange(count + 1, dtype=np.int64) * size, items


def _ends(events: Iterable[Range]) -> list[Range]:
    """The ranges of list ends to read, inside a cluster with the end before the first list."""
    return [(cluster, max(low - 1, 0), high) for cluster, low, high in events]


def _offsets(
    ends: NDArray[np.int64], events: Sequence[Range]
) -> tuple[NDArray[np.int64], list[Range]]:
    """Convert list ends, which count from the start of their cluster, to offsets."""
    offsets = empty_row(sum(high - low for _, low, high in events) + 1, np.int64)
    offsets[0] = 0
    items: list[Range] = []
    place = event = total = 0
    for cluster, low, high in events:
        before = int(ends[place]) if low else 0
        place += low > 0
        part = ends[place : place + high - low]
        np.add(part, total - before, out=offsets[event + 1 : event + 1 + len(part)])
        # Empty lists have nothing inside to read.
        last = int(part[-1]) if len(part) else before
        items.append((cluster, before, last))
        total += last - before
        place += len(part)
        event += len(part)
    if (offsets[1:] < offsets[:-1]).any():
        raise ValueError("a list ends before it begins")
    return offsets, items
