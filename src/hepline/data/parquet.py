"""Parquet files: pyarrow's buffers become rows without detours."""

from __future__ import annotations

import threading
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hepline.columns.leaves import presence_of
from hepline.columns.source import Chunk
from hepline.columns.types import TEXT, row_dtype
from hepline.data.access import bytes_of, stream_of
from hepline.data.addresses import is_remote
from hepline.data.arrowtypes import Place, is_text, leaves_of, nested_of
from hepline.data.lengths import agreed, offsets_of
from hepline.data.nested import Flat, flattened, schema_of_flat, unfit
from hepline.data.pagechecksums import HEADER, has_page_checksum
from hepline.data.reader import Facts
from hepline.data.sharing import Claim, Shared
from hepline.data.skimnote import KEY
from hepline.data.texts import Texts
from hepline.errors import MissingPackage

__all__ = ["ParquetReader"]

Lists = tuple[NDArray[np.int64], ...]
"""Offsets of the lists a column lies in, outermost first; none for one value per event."""

Truths = NDArray[np.bool_] | None
"""Which values of a column are there; None if all are."""


@dataclass(frozen=True)
class _Row:
    """The numbers of a column for some events."""

    values: NDArray[Any]
    there: Truths
    lists: Lists

    def cut(self, low: int, high: int) -> _Row:
        """Cut the row to the events `low` to `high`."""
        lists = []
        for offsets in self.lists:
            lists.append(offsets[low : high + 1])
            low, high = offsets[[low, high]].tolist()
        there = None if self.there is None else self.there[low:high]
        return _Row(self.values[low:high], there, tuple(lists))


class ParquetReader:
    """One Parquet file; see `Reader`.

    Parameters
    ----------
    path : str
    name : str, optional
        For messages, in place of the path.

    Attributes
    ----------
    schema : Schema
    entries : int
    """

    def __init__(self, path: str, name: str = "") -> None:
        self._path, self._name = path, name or path
        # pyarrow's file objects are not thread-safe: one per thread.
        self._files = threading.local()
        file = self._file()
        self._metadata = file.metadata
        groups = range(self._metadata.num_row_groups)
        sizes = (self._metadata.row_group(group).num_rows for group in groups)
        self._starts: tuple[int, ...] = tuple(accumulate(sizes, initial=0))
        self.entries = self._starts[-1]
        if self.entries != self._metadata.num_rows:
            raise ValueError(
                f"its row groups hold {self.entries} rows, the file {self._metadata.num_rows}"
            )
        self._leaves = leaves_of(file)
        fields = [nested_of(field, self._may_miss) for field in file.schema_arrow]
        name, flats = Path(self._name).name, flattened(fields)
        self.schema, self._columns = schema_of_flat(name, flats, {}, unfit(fields))
        self._lists = {axis: flat for flat in self._columns.values() for _, axis in flat.levels}
        self._bytes = bytes_of(path)
        self._shared: Shared[_Row] = Shared()
        note = (self._metadata.metadata or {}).get(KEY.encode(), b"").decode()
        self.facts = Facts(checked=self._checked(), note=note)

    @classmethod
    def open(cls, path: str, name: str = "") -> ParquetReader:
        """Open a file and read its description, but no events.

        Parameters
        ----------
        path : str
        name : str, optional
            For messages, in place of the path.

        Raises
        ------
        MissingPackage
            Without pyarrow.
        OSError, ValueError, or another of `hepline.data.damage.DAMAGE`
            If the file is damaged.
        """
        try:
            import pyarrow.parquet  # noqa: F401
        except ImportError:
            raise MissingPackage(
                f"{path} needs pyarrow to be read.",
                why="Parquet files are read through pyarrow, which is not installed.",
                fix="pip install 'hepline[parquet]'",
            ) from None
        return cls(path, name)

    def pieces(
        self,
        columns: Sequence[str],  # noqa: ARG002
        most: int | None = None,  # noqa: ARG002
    ) -> tuple[int, ...]:
        """Event numbers at which row groups begin, and the number of events."""
        return tuple(sorted({0, *self._starts}))

    def read(
        self, columns: Sequence[str], collections: Sequence[str], start: int, stop: int
    ) -> Chunk:
        """Columns of the events `start` to `stop`.

        Raises
        ------
        CorruptData
            If lists of one collection disagree about their lengths.
        OSError, ValueError, or another of `hepline.data.damage.DAMAGE`
            If the file is damaged.
        """
        flats = [self._columns[name] for name in columns]
        along = {axis for flat in flats for _, axis in flat.levels}
        tellers = self._tellers(axis for axis in collections if axis not in along)
        parts: dict[str, list[_Row]] = {f.name: [] for f in flats + tellers}
        for group, low, high in self._groups(start, stop):
            rows = self._group(group, flats + tellers, high - low)
            for name, row in rows.items():
                parts[name].append(row.cut(low, high))
        contents = {flat.name: _values(parts[flat.name], flat) for flat in flats}
        contents |= {presence_of(f.name): _there(parts[f.name]) for f in flats if f.optional}
        lengths: dict[str, list[tuple[str, NDArray[np.int64]]]] = {}
        for flat in flats + tellers:
            for level, (_, axis) in enumerate(flat.levels):
                ends = [row.lists[level] for row in parts[flat.name]]
                lengths.setdefault(axis, []).append((flat.name, _chained(ends)))
        for collection, counter in self.schema.counters.items():
            alone = collection in collections and collection not in self._lists
            if alone or (collection in lengths and counter in contents):
                counts = _values(parts[counter], self._columns[counter])
                lengths.setdefault(collection, []).insert(0, (counter, offsets_of(counts)))
        offsets = {name: agreed(self._name, start, lists) for name, lists in lengths.items()}
        return Chunk(stop - start, contents, offsets)

    def words(self, column: str, start: int, stop: int) -> Mapping[int, str]:
        """The texts in a column of text, and perhaps more of its row groups, by their codes.

        Raises
        ------
        OSError, ValueError, or another of `hepline.data.damage.DAMAGE`
            If the file is damaged.
        """
        flat, words = self._columns[column], dict[int, str]()
        for group, _, _ in self._groups(start, stop):
            table = self._table(group, [flat])
            array, _ = self._opened(flat, table.column(flat.place[0]).combine_chunks())
            words |= _texts(array)[0].words()
        return words

    def prefetch(
        self, columns: Sequence[str], collections: Sequence[str], start: int, stop: int
    ) -> None:
        """Start to fetch the column chunks that `read` will need."""
        flats = [self._columns[name] for name in columns]
        flats += self._tellers(collections)
        # What several chunks share is unpacked for all of them with the first.
        groups = [group for group, low, _ in self._groups(start, stop) if not low]
        self._bytes.ahead([range_ for group in groups for range_ in self._ranges(group, flats)])

    def _ranges(self, group: int, flats: Iterable[Flat]) -> list[tuple[int, int]]:
        """Where the column chunks of a row group lie."""
        row_group = self._metadata.row_group(group)
        leaves = sorted({self._leaf(flat)[0] for flat in flats})
        return [_extent(row_group.column(leaf)) for leaf in leaves]

    def _tellers(self, axes: Iterable[str]) -> list[Flat]:
        """For each axis, a column with its lengths: one of its lists, or a counter."""
        lists, counters = self._lists, self.schema.counters
        return [lists.get(axis) or self._columns[counters[axis]] for axis in axes]

    def _leaf(self, flat: Flat) -> tuple[int, str]:
        """Number and path of the leaf column with the numbers."""
        return self._leaves[tuple(part for part in flat.place if isinstance(part, str))]

    def _may_miss(self, place: Place) -> bool:
        """Whether the file may have missing values; its count includes empty lists."""
        leaf = self._leaves[place][0]
        for group in range(self._metadata.num_row_groups):
            statistics = self._metadata.row_group(group).column(leaf).statistics
            if statistics is None or not statistics.has_null_count or statistics.null_count:
                return True
        return False

    def _checked(self) -> str:
        """Whether pages carry checksums, which writers add to all or none."""
        if not self.entries or not self._metadata.num_columns:
            return ""
        if self._name != self._path:
            return "no: text carries no checksums."
        begin, end = _extent(self._metadata.row_group(0).column(0))
        head = bytes(self._bytes.get(begin, min(end, begin + HEADER)))
        if has_page_checksum(head):
            return "yes, by the CRC-32 of every page."
        return "no: its pages were written without checksums."

    def _file(self) -> Any:
        import pyarrow.parquet as pq

        file = getattr(self._files, "file", None)
        if file is None:
            source = stream_of(self._path) if is_remote(self._path) else self._path
            metadata = getattr(self, "_metadata", None)
            # `ahead` fetches the same ranges, and for later chunks, too.
            file = pq.ParquetFile(
                source, metadata=metadata, pre_buffer=False, page_checksum_verification=True
            )
            self._files.file = file
        return file

    def _groups(self, start: int, stop: int) -> Iterator[tuple[int, int, int]]:
        """Row groups of a range, with the first event and the last event + 1 in each."""
        for group in range(bisect_right(self._starts, start) - 1, len(self._starts) - 1):
            begin, end = self._starts[group : group + 2]
            low, high = max(start, begin) - begin, min(stop, end) - begin
            if low < high:
                yield group, low, high

    def _group(self, group: int, flats: Sequence[Flat], count: int) -> dict[str, _Row]:
        """Rows and offsets of columns in one row group, shared with other chunks."""
        begin, end = self._starts[group : group + 2]
        if count == end - begin:
            return self._unpacked(group, flats)
        claims: dict[str, Claim[_Row]] = {}
        with self._shared.keeping(claims.values()):
            for flat in flats:
                claims[flat.name] = self._shared.claim(flat.name, group, count, end - begin)
            unpacked = self._unpacked(group, [flat for flat in flats if claims[flat.name].mine])
            for name, row in unpacked.items():
                claims[name].result.set_result(row)
        return {name: claim.result.result() for name, claim in claims.items()}

    def _unpacked(self, group: int, flats: Sequence[Flat]) -> dict[str, _Row]:
        if not flats:
            return {}
        table = self._table(group, flats)
        return {
            flat.name: self._flat(flat, table.column(flat.place[0]).combine_chunks())
            for flat in flats
        }

    def _table(self, group: int, flats: Sequence[Flat]) -> Any:
        self._bytes.ahead(self._ranges(group, flats), needed=True)
        paths = sorted({self._leaf(flat)[1] for flat in flats})
        table = self._file().read_row_group(group, columns=paths, use_threads=False)
        begin, end = self._starts[group : group + 2]
        if table.num_rows != end - begin:
            raise ValueError(f"row group {group} holds {table.num_rows} rows, not {end - begin}")
        return table

    def _flat(self, flat: Flat, array: Any) -> _Row:
        """The row of a column, the mask of present values, and the offsets of lists."""
        array, lists = self._opened(flat, array)
        there = array.is_valid().to_numpy(zero_copy_only=False) if array.null_count else None
        if flat.dtype == TEXT:
            texts, places = _texts(array)
            codes = texts.codes()
            return _Row(codes if places is None else codes[places], there, lists)
        if hasattr(array, "dictionary_decode"):
            array = array.dictionary_decode()
        values = array
        if there is not None:
            values = array.fill_null(False if flat.dtype == "bool" else 0)
        return _Row(values.to_numpy(zero_copy_only=False), there, lists)

    def _opened(self, flat: Flat, array: Any) -> tuple[Any, Lists]:
        """The elements of one column, and where the lists end that it lies in."""
        lists: list[NDArray[np.int64]] = []
        members = list(reversed(flat.place[1:]))
        while True:
            array = getattr(array, "storage", array)
            is_fixed = hasattr(array.type, "list_size")
            if is_fixed and members and isinstance(members[-1], int):
                array = _element(array, members.pop())
            elif is_fixed or (hasattr(array, "offsets") and not is_text(array.type)):
                ends, array = _opened(array)
                lists.append(ends)
            elif hasattr(array, "field"):
                # `flatten` makes the members of a missing record missing; `field` does not.
                place = array.type.get_field_index(members.pop())
                array = array.flatten()[place] if array.null_count else array.field(place)
            else:
                return array, tuple(lists)


def _extent(column: Any) -> tuple[int, int]:
    """Range of a column's bytes in a row group."""
    first = column.dictionary_page_offset
    begin = column.data_page_offset if first is None else first
    return begin, begin + column.total_compressed_size


def _opened(array: Any) -> tuple[NDArray[np.int64], Any]:
    """Offsets and elements of lists; one that is missing counts as empty."""
    if hasattr(array.type, "list_size"):
        there = array.is_valid().to_numpy(zero_copy_only=False)
        return offsets_of(there * np.int64(array.type.list_size)), array.flatten()
    if not array.null_count:
        ends = array.offsets.to_numpy()
        lists = np.subtract(ends, ends[0], dtype=np.int64)
        return lists, array.values.slice(ends[0], ends[-1] - ends[0])
    lengths = array.value_lengths().fill_null(0).to_numpy(zero_copy_only=False)
    # `flatten` skips the elements of a missing list.
    return offsets_of(lengths), array.flatten()


def _element(array: Any, place: int) -> Any:
    """One place of lists of fixed length; missing where the list is."""
    import pyarrow as pa
    import pyarrow.compute as pc

    width = array.type.list_size
    at = np.arange(array.offset, array.offset + len(array)) * width + place
    elements = array.values.take(pa.array(at))
    return pc.if_else(array.is_valid(), elements, None) if array.null_count else elements


def _texts(array: Any) -> tuple[Texts, NDArray[np.int64] | None]:
    """The texts of an Arrow array, with missing ones empty; for a dictionary also its indices."""
    import pyarrow as pa

    places = None
    if hasattr(array, "dictionary_decode"):
        places = array.indices.fill_null(0).cast(pa.int64()).to_numpy(zero_copy_only=False)
        array = array.dictionary
        if not len(array):
            # A dictionary without texts: all values are missing.
            array = pa.array([""])
    strings = array.cast(pa.large_string()).fill_null("")
    _, offsets, letters = strings.buffers()
    ends = np.frombuffer(offsets or b"\0" * 8, np.int64)[strings.offset :][: len(strings) + 1]
    return Texts.joined(np.frombuffer(letters or b"", np.uint8), ends), places


def _chained(parts: list[NDArray[np.int64]]) -> NDArray[np.int64]:
    """Join the offsets of consecutive parts."""
    offsets = np.zeros(sum(len(part) - 1 for part in parts) + 1, np.int64)
    event = 0
    for part in parts:
        after = event + len(part)
        np.add(part, offsets[event] - part[0], out=offsets[event:after])
        event = after - 1
    return offsets


def _values(parts: list[_Row], flat: Flat) -> NDArray[Any]:
    """Join the parts into a new row, since Arrow's buffers are read-only."""
    return np.concatenate([np.zeros(0, row_dtype(flat.dtype)), *(row.values for row in parts)])


def _there(parts: list[_Row]) -> NDArray[np.bool_]:
    rows = (np.ones(len(r.values), bool) if r.there is None else r.there for r in parts)
    return np.concatenate([np.zeros(0, bool), *rows])
