"""Elements of RNTuple columns: fetch their pages, unpack them, put them into rows."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import xxhash
from numpy.typing import NDArray

from hepline.arrays import empty
from hepline.data.compression import FAILURES
from hepline.data.fetching import Bytes
from hepline.data.ntuplelayout import Columns, Layout, Pages
from hepline.data.pages import decode
from hepline.data.rows import empty_row
from hepline.data.sharing import Claim, Shared
from hepline.data.unpacking import unpacked_for_now
from hepline.errors import FileUnreadable

__all__ = ["PageReader", "Range", "Wanted"]

Range = tuple[int, int, int]
"""Cluster, first element and last element + 1, both counted from the begin of the cluster."""

_CHECKSUM = 8
# Pages this close are fetched in one go, up to so many bytes.
_GAP = 1 << 14
_MOST = 1 << 23


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
class _Piece:
    """Elements of one page from `low` on: they are `first` to `last` of a row."""

    column: int
    pages: Pages
    page: int
    low: int
    first: int
    last: int

    @property
    def elements(self) -> int:
        return self.pages.elements[self.page + 1] - self.pages.elements[self.page]

    @property
    def span(self) -> tuple[int, int]:
        begin = self.pages.positions[self.page]
        return begin, begin + self.pages.sizes[self.page] + _CHECKSUM * self.pages.checked[
            self.page
        ]


@dataclass(frozen=True)
class _Task:
    """A piece, the row it goes to, and who unpacks it if other chunks need the page as well."""

    piece: _Piece
    name: str
    row: NDArray[Any]
    claim: Claim[NDArray[Any]] | None

    @property
    def out(self) -> NDArray[Any]:
        return self.row[self.piece.first : self.piece.last]

    def take(self, numbers: NDArray[Any]) -> None:
        out = self.out
        out[...] = numbers[self.piece.low :][: len(out)]


class PageReader:
    """The pages of one RNTuple. Several threads may ask at once.

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
        self._shared: Shared[NDArray[Any]] = Shared()

    def rows(self, wanted: Sequence[Wanted]) -> list[NDArray[Any]]:
        """The elements of several columns.

        Returns
        -------
        list of ndarray, shape (element,)
            One for each of `wanted`, its ranges one after the other. Zeros where a column was
            not yet in the file.

        Raises
        ------
        FileUnreadable, or another of `hepline.data.damage.DAMAGE`
            If pages are damaged or missing.
        """
        rows = [empty_row(len(each), each.dtype) for each in wanted]
        tasks: list[_Task] = []
        with self._shared.keeping(task.claim for task in tasks if task.claim):
            for each, row in zip(wanted, rows, strict=True):
                pieces = list(self._pieces(each))
                if sum(piece.last - piece.first for piece in pieces) < len(row):
                    row[...] = 0
                for piece in pieces:
                    tasks.append(_Task(piece, each.name, row, self._claim(piece)))  # noqa: PERF401
            todo = [task for task in tasks if task.claim is None or task.claim.mine]
            self._work(sorted(todo, key=lambda task: task.piece.span))
        for task in tasks:
            if task.claim is not None and not task.claim.mine:
                task.take(task.claim.result.result())
        return rows

    def ahead(self, wanted: Sequence[Wanted]) -> None:
        """Begin to fetch what `rows` will need; do not wait."""
        spans = sorted(piece.span for each in wanted for piece in self._pieces(each))
        self._source.ahead([_around(spans[group]) for group in _joined(spans)])

    def stored(self, columns: Columns, cluster: int) -> int:
        """How many elements of a column are in a cluster."""
        pages = (self._layout.pages(column) for column in columns)
        ends = ((each.elements, each.first[cluster : cluster + 2]) for each in pages)
        return sum(elements[last] - elements[first] for elements, (first, last) in ends)

    def _pieces(self, wanted: Wanted) -> Iterator[_Piece]:
        place = 0
        for cluster, low, high in wanted.ranges:
            # Lists that are not yet there have no elements, and their items no pages.
            found = self._written(wanted.columns, cluster) if low < high else None
            if found is not None:
                yield from _cut(*found, (cluster, low, high), place)
            place += high - low

    def _written(self, columns: Columns, cluster: int) -> tuple[int, Pages] | None:
        """The representation that is used in a cluster; None if the column was not yet there."""
        every = [(column, self._layout.pages(column)) for column in columns]
        for column, pages in every:
            if pages.absent[cluster] is not None:
                return column, pages
        if not any(pages.deferred for _, pages in every):
            raise ValueError(f"the {cluster + 1}. cluster lacks a column")
        return None

    def _claim(self, piece: _Piece) -> Claim[NDArray[Any]] | None:
        taken = piece.last - piece.first
        if taken == piece.elements:
            return None
        return self._shared.claim(piece.column, piece.page, taken, piece.elements)

    def _work(self, todo: Sequence[_Task]) -> None:
        spans = [task.piece.span for task in todo]
        groups = _joined(spans)
        self._source.ahead([_around(spans[group]) for group in groups])
        for group in groups:
            begin, end = _around(spans[group])
            block = self._source.get(begin, end)
            for task in todo[group]:
                low, high = task.piece.span
                self._fill(task, block[low - begin : high - begin])

    def _fill(self, task: _Task, page: memoryview) -> None:
        piece = task.piece
        encoding = piece.pages.encoding
        straight = task.claim is None and task.row.dtype == encoding.dtype
        numbers = task.out if straight else empty(piece.elements, encoding.dtype)
        try:
            if piece.pages.checked[piece.page]:
                page = _verified(page)
            raw = unpacked_for_now(page, encoding.size(piece.elements))
            decode(raw, encoding, numbers)
        except FAILURES as error:
            raise FileUnreadable(
                f"'{task.name}' of {self._path} cannot be unpacked.",
                why=f"its page at byte {piece.span[0]}: {error}.",
                fix="the file is damaged: fetch or make it again.",
            ) from error
        if not straight:
            task.take(numbers)
        if task.claim is not None:
            task.claim.result.set_result(numbers)


def _cut(column: int, pages: Pages, wanted: Range, place: int) -> Iterator[_Piece]:
    """Pieces for a range of one cluster, which begins at `place` in the row."""
    cluster, low, high = wanted
    counted = pages.elements
    before, after = (counted[page] for page in pages.first[cluster : cluster + 2])
    # Element 0 of the cluster, in the count of stored elements; those before the first are absent.
    zero = before - (pages.absent[cluster] or 0)
    begin, end = max(zero + low, before), zero + high
    if end > after:
        raise ValueError(f"{end - after} elements of a column are missing")
    page = bisect_right(counted, begin) - 1
    while begin < end:
        stop = min(end, counted[page + 1])
        first = place + begin - zero - low
        yield _Piece(column, pages, page, begin - counted[page], first, first + stop - begin)
        begin = stop
        page += 1


def _verified(page: memoryview) -> memoryview:
    page, checksum = page[:-_CHECKSUM], page[-_CHECKSUM:]
    if xxhash.xxh3_64_intdigest(page) != int.from_bytes(checksum, "little"):
        raise ValueError("its checksum does not fit its bytes")
    return page


def _joined(spans: Sequence[tuple[int, int]]) -> list[slice]:
    """Which of these spans, in ascending order, are fetched together."""
    groups: list[slice] = []
    begin = end = 0
    for place, (low, high) in enumerate(spans):
        if groups and low <= end + _GAP and max(high, end) - begin <= _MOST:
            groups[-1] = slice(groups[-1].start, place + 1)
            end = max(high, end)
        else:
            groups.append(slice(place, place + 1))
            begin, end = low, high
    return groups


def _around(spans: Iterable[tuple[int, int]]) -> tuple[int, int]:
    begins, ends = zip(*spans, strict=True)
    return min(begins), max(ends)
