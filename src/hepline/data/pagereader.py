"""Reading of RNTuple columns: fetch their pages, unpack them, and fill rows."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from operator import itemgetter
from typing import Any

import numpy as np
import xxhash
from numpy.typing import NDArray

from hepline.arrays import empty
from hepline.data.compression import FAILURES
from hepline.data.damage import DAMAGE
from hepline.data.fetching import Bytes, joined
from hepline.data.fetching import Range as Span
from hepline.data.ntuplelayout import Columns, Layout, Pages
from hepline.data.pages import decode
from hepline.data.rows import empty_row, scratch
from hepline.data.sharing import Kept
from hepline.data.stretches import Stretch
from hepline.data.unpacking import unpacked_into
from hepline.errors import FileUnreadable

__all__ = ["PageReader", "Range", "Wanted"]

Range = tuple[int, int, int]
"""Cluster, first element and last element + 1, both counted from the begin of the cluster."""

_CHECKSUM = 8
# Elements per stretch that chunks of a cluster share, which bounds its memory.
_STRETCH = 1 << 21
# Most stretches per column.
_MOST = 8
_NOTHING = np.zeros(0, np.uint8)


@dataclass(frozen=True)
class Wanted:
    """Elements of one column.

    Attributes
    ----------
    name : str
        For messages.
    columns : tuple of int
    ranges : sequence of Range
    dtype : dtype
        Of the row.
    """

    name: str
    columns: Columns
    ranges: Sequence[Range]
    dtype: np.dtype[Any]

    def __len__(self) -> int:
        return sum(high - low for _, low, high in self.ranges)


@dataclass(frozen=True)
class _Part:
    """Elements `low` to `high` of the pages `begin` to `end`, which start at `place` in a row.

    Elements count from the first stored one of the column.
    """

    column: int
    pages: Pages
    begin: int
    end: int
    low: int
    high: int
    place: int

    @property
    def size(self) -> int:
        return self.high - self.low

    @property
    def bounds(self) -> tuple[int, int]:
        """First and last element of all of these pages."""
        counted = self.pages.elements
        return counted[self.begin], counted[self.end]

    @property
    def touched(self) -> range:
        """The pages that hold its elements."""
        counted = self.pages.elements
        first = bisect_right(counted, self.low, self.begin, self.end) - 1
        return range(first, bisect_left(counted, self.high, first, self.end))


@dataclass(frozen=True)
class _Run:
    """Pages from `begin` on and their memory, perhaps shared with other chunks."""

    name: str
    pages: Pages
    begin: int
    row: NDArray[Any]
    stretch: Stretch | None = None

    def span(self, page: int) -> Span:
        pages = self.pages
        begin = pages.positions[page]
        return begin, begin + pages.sizes[page] + _CHECKSUM * pages.checked[page]

    def out(self, page: int) -> NDArray[Any]:
        counted = self.pages.elements
        origin = counted[self.begin]
        return self.row[counted[page] - origin : counted[page + 1] - origin]

    def claim(self, page: int) -> bool:
        return self.stretch is None or self.stretch.claim(page - self.begin)

    def finish(self, page: int, error: BaseException | None = None) -> None:
        if self.stretch is not None:
            self.stretch.finish(page - self.begin, error)


class PageReader:
    """Reader of one RNTuple's pages; thread-safe.

    Parameters
    ----------
    path : str
        For messages.
    layout : Layout
    source : Bytes
    """

    def __init__(self, path: str, layout: Layout, source: Bytes) -> None:
        self._path = path
        self._layout = layout
        self._source = source
        self._stretches: Kept[Stretch] = Kept(_MOST, lambda stretch: stretch.is_broken)

    def rows(self, requests: Sequence[Wanted]) -> list[NDArray[Any]]:
        """Read the elements of several columns.

        Returns
        -------
        list of ndarray, shape (element,)
            One for each request, with its ranges in a row. Zeros where the file did not yet have
            the column. Read-only, because chunks share the memory.

        Raises
        ------
        FileUnreadable, or another of `hepline.data.damage.DAMAGE`
            If pages are damaged or missing.
        """
        runs: list[tuple[_Run, range]] = []
        copies: list[tuple[NDArray[Any], NDArray[Any]]] = []
        try:
            # The places of an array of fixed length share their pages.
            keys = [(request.columns, request.dtype, tuple(request.ranges)) for request in requests]
            once = dict(zip(keys, requests, strict=True))
            rows = {key: self._row(request, runs, copies) for key, request in once.items()}
            self._work(runs)
            for run, pages in runs:
                self._help(run, pages)
        except BaseException:
            # Ctrl-C, too, and between a claim and its page: later readers must not wait for it.
            self._stretches.forget()
            raise
        for out, elements in copies:
            out[...] = elements
        return [rows[key] for key in keys]

    def ahead(self, requests: Sequence[Wanted]) -> None:
        """Start to fetch the pages for `rows`, without waiting."""
        spans = []
        for request in requests:
            for part in self._parts(request):
                run = _Run(request.name, part.pages, part.begin, _NOTHING)
                spans += [run.span(page) for page in part.touched]
        spans.sort()
        self._source.ahead([around for around, _ in joined(spans, self._source.largest)])

    def stored(self, columns: Columns, cluster: int) -> int:
        """Number of a column's elements in a cluster."""
        pages = (self._layout.pages(column) for column in columns)
        ends = (
            (description.elements, description.first[cluster : cluster + 2])
            for description in pages
        )
        return sum(elements[last] - elements[first] for elements, (first, last) in ends)

    def _row(
        self,
        request: Wanted,
        runs: list[tuple[_Run, range]],
        copies: list[tuple[NDArray[Any], NDArray[Any]]],
    ) -> NDArray[Any]:
        """Allocate a row; add the pages that fill it, and the copies to make afterwards."""
        parts = list(self._parts(request))
        alone = len(parts) == 1 and parts[0].size == len(request)
        if alone and parts[0].bounds != (parts[0].low, parts[0].high):
            return self._common(request, parts[0], runs)
        row = empty_row(len(request), request.dtype)
        if sum(part.size for part in parts) < len(row):
            row[...] = 0
        for part in parts:
            out = row[part.place : part.place + part.size]
            if part.bounds == (part.low, part.high):
                runs.append((_Run(request.name, part.pages, part.begin, out), part.touched))
            else:
                copies.append((out, self._common(request, part, runs)))
        return row

    def _common(self, request: Wanted, part: _Part, runs: list[tuple[_Run, range]]) -> NDArray[Any]:
        """Elements of pages that other chunks share."""
        begin, end = part.bounds

        def new() -> Stretch:
            return Stretch(empty_row(end - begin, request.dtype), part.end - part.begin)

        column = part.column, request.dtype
        stretch = self._stretches.take(column, part.begin, part.size, end - begin, new)
        run = _Run(request.name, part.pages, part.begin, stretch.row, stretch)
        runs.append((run, part.touched))
        return stretch.row[part.low - begin : part.high - begin]

    def _parts(self, request: Wanted) -> Iterator[_Part]:
        place = 0
        for cluster, low, high in request.ranges:
            # Before a list column was added there are no elements, and no pages of its items.
            stored = self._representation(request.columns, cluster) if low < high else None
            if stored is not None:
                yield from _cut(*stored, (cluster, low, high), place)
            place += high - low

    def _representation(self, columns: Columns, cluster: int) -> tuple[int, Pages] | None:
        """The representation used in a cluster; None before the column was added."""
        every = [(column, self._layout.pages(column)) for column in columns]
        for column, pages in every:
            if pages.absent[cluster] is not None:
                return column, pages
        if not any(pages.deferred for _, pages in every):
            raise ValueError(f"the {cluster + 1}. cluster lacks a column")
        return None

    def _work(self, runs: Sequence[tuple[_Run, range]]) -> None:
        """Unpack pages that no other thread has claimed."""
        todo = [(run.span(page), page, run) for run, pages in runs for page in pages]
        todo.sort(key=itemgetter(0))
        groups = joined([span for span, *_ in todo], self._source.largest)
        self._source.ahead([around for around, _ in groups], needed=True)
        for around, group in groups:
            ours = [(page, run) for _, page, run in todo[group] if run.claim(page)]
            if ours:
                self._unpack(ours, around)

    def _help(self, run: _Run, pages: range) -> None:
        """Wait for pages of other threads, and take over some of theirs meanwhile."""
        if run.stretch is None:
            return
        first, last = pages.start - run.begin, pages.stop - run.begin
        while (number := run.stretch.missing(first, last)) is not None:
            page = run.begin + number
            # `missing` reports a bad page to the threads that need it.
            with suppress(FileUnreadable, *DAMAGE):
                self._unpack([(page, run)], run.span(page))

    def _unpack(self, claimed: Sequence[tuple[int, _Run]], around: Span) -> None:
        """Unpack pages; after an error, mark them so that no thread waits for them."""
        begin, end = around
        unfinished = list(reversed(claimed))
        try:
            with scratch(end - begin) as room:
                block = self._source.get(begin, end, room)
                while unfinished:
                    page, run = unfinished[-1]
                    low, high = run.span(page)
                    self._fill(run, page, block[low - begin : high - begin])
                    unfinished.pop()
                    run.finish(page)
        except BaseException as error:
            # Ctrl-C, too: other threads wait for these pages.
            for page, run in unfinished:
                run.finish(page, error)
            raise

    def _fill(self, run: _Run, page: int, packed: memoryview) -> None:
        encoding, out = run.pages.encoding, run.out(page)
        straight = out.dtype == encoding.dtype
        numbers = out if straight else empty(len(out), encoding.dtype)
        try:
            if run.pages.checked[page]:
                packed = _verified(packed)
            with scratch(encoding.size(len(out))) as room:
                decode(unpacked_into(room, packed), encoding, numbers)
        except FAILURES as error:
            raise FileUnreadable(
                f"'{run.name}' of {self._path} cannot be unpacked.",
                why=f"its page at byte {run.span(page)[0]}: {error}.",
                fix="the file is damaged: fetch or make it again.",
            ) from error
        if not straight:
            out[...] = numbers


def _cut(column: int, pages: Pages, range_: Range, place: int) -> Iterator[_Part]:
    """Parts for a range of one cluster, which begins at `place` in the row."""
    cluster, low, high = range_
    counted = pages.elements
    page, last = pages.first[cluster : cluster + 2]
    # Element 0 of the cluster among stored elements; those before the first are absent.
    zero = counted[page] - (pages.absent[cluster] or 0)
    begin, end = max(zero + low, counted[page]), zero + high
    if end > counted[last]:
        raise ValueError(f"{end - counted[last]} elements of a column are missing")
    while page < last:
        # Stretches begin at the same pages for all chunks.
        stop = max(bisect_right(counted, counted[page] + _STRETCH, page, last + 1) - 1, page + 1)
        first, beyond = max(begin, counted[page]), min(end, counted[stop])
        if first < beyond:
            yield _Part(column, pages, page, stop, first, beyond, place + first - zero - low)
        page = stop


def _verified(page: memoryview) -> memoryview:
    page, checksum = page[:-_CHECKSUM], page[-_CHECKSUM:]
    if xxhash.xxh3_64_intdigest(page) != int.from_bytes(checksum, "little"):
        raise ValueError("its checksum does not fit its bytes")
    return page
