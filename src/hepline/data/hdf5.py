"""HDF5 files, through h5py."""

from __future__ import annotations

import weakref
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

import numpy as np
from numpy.typing import NDArray

from hepline.columns.schema import Schema, own_axis
from hepline.columns.source import Chunk
from hepline.columns.types import TEXT
from hepline.data.access import stream_of
from hepline.data.hdf5column import HDF5Column, Layout, Lists, Place
from hepline.data.hdf5layout import base_of, layout_of
from hepline.data.lengths import agreed, offsets_of
from hepline.data.reader import Facts
from hepline.data.texts import Texts
from hepline.errors import FileUnreadable, MissingPackage, nearest

__all__ = ["HDF5Reader"]

# The name that means the whole file if nothing in it has this name.
_DEFAULT = "Events"
# Events between stored sums of lengths, and between possible cuts.
_STEP = 1 << 16
# HDF5's cache of unpacked chunks, in bytes per dataset.
_CACHE = 1 << 24

Integers = NDArray[np.int64]


class HDF5Reader:
    """One HDF5 file; see `Reader`. `layout_of` finds its columns.

    Parameters
    ----------
    path : str
    tree : str
        Path of a group, or of a dataset of structures.

    Attributes
    ----------
    schema : Schema
    entries : int
    """

    def __init__(self, path: str, tree: str) -> None:
        self._path = path
        with _reading():
            self._file, stream = _opened(path)
            weakref.finalize(self, _close, self._file, stream)
            self._layout = layout_of(_base(self._file, path, tree), path)
            self.entries = self._layout.entries
            levels = [
                level.lists for f in self._layout.columns.values() for level in f.counted_levels
            ]
            tellers = {
                lists.name: lists for lists in (*self._layout.tellers.values(), *levels) if lists
            }
            self._sums = {
                lists.name: self._sum(lists) for lists in tellers.values() if lists.kind == "counts"
            }
            self.facts = Facts(checked=self._checked())
        # For the lengths along an axis, any of its columns will do.
        self._lists = {axis: f for f in self._layout.columns.values() for axis in f.axes}
        self.schema: Schema = _schema(Path(path).name, self._layout)

    def _checked(self) -> str:
        """Describe which datasets HDF5 verifies when it reads them."""
        names = sorted({column.place.dataset for column in self._layout.columns.values()})
        bare = [name for name in names if not self._file[name].fletcher32]
        if not bare:
            return "yes, by the Fletcher-32 of every chunk."
        if len(bare) == len(names):
            return "no: its datasets were written without the filter fletcher32."
        return f"in part: {len(bare)} of {len(names)} datasets have no filter fletcher32."

    @classmethod
    def open(cls, path: str, tree: str) -> HDF5Reader:
        """Open a file and read its description, and the lengths of its lists.

        Parameters
        ----------
        path, tree : str

        Raises
        ------
        MissingPackage
            Without h5py.
        FileUnreadable
            If there is no such group, or its datasets do not belong to the same events.
        OSError, ValueError, or another of `hepline.data.damage.DAMAGE`
            If the file is damaged.
        """
        try:
            import h5py  # noqa: F401
        except ImportError:
            raise MissingPackage(
                f"{path} needs h5py to be read.",
                why="HDF5 files are read through h5py, which is not installed.",
                fix="pip install 'hepline[hdf5]'",
            ) from None
        return cls(path, tree)

    def pieces(
        self,
        columns: Sequence[str],
        most: int | None = None,  # noqa: ARG002
    ) -> tuple[int, ...]:
        """Event numbers at which the largest chunks of these columns begin."""
        step = 1
        for name in columns:
            column = self._layout.columns[name]
            chunks = None if column.collection else self._file[column.place.dataset].chunks
            step = max(step, chunks[0] if chunks else 1)
        step *= max(1, _STEP // step)
        return (*range(0, self.entries, step), self.entries)

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
        contents: dict[str, NDArray[Any]] = {}
        lengths: dict[str, list[tuple[str, Integers]]] = {}
        bounds: dict[str, tuple[int, int]] = {}
        with _reading():
            for axis, lists in self._layout.tellers.items():
                if axis in collections:
                    lengths[axis] = [(lists.name, self._offsets(lists, start, stop)[1])]
            for column in self._columns_for(columns, collections):
                bounds[column.name] = self._along(column, start, stop, lengths)
                if column.has_lists:
                    ends, contents[column.name] = self._lists_of(column, start, stop)
                    lengths.setdefault(own_axis(column.name), []).append((column.name, ends))
            contents |= self._flat([name for name in columns if name not in contents], bounds)
        offsets_by = {
            name: agreed(self._path, start, candidates) for name, candidates in lengths.items()
        }
        return Chunk(stop - start, {name: contents[name] for name in columns}, offsets_by)

    def words(self, column: str, start: int, stop: int) -> Mapping[int, str]:
        """The texts in a column of text, by their codes.

        Raises
        ------
        OSError, ValueError, or another of `hepline.data.damage.DAMAGE`
            If the file is damaged.
        """
        item = self._layout.columns[column]
        place = item.place
        with _reading():
            low, high = self._along(item, start, stop, {})
            values = _of(self._rows(place.dataset, [place.member], low, high), place)
            return _texts(_joined(values) if item.has_lists else values).words()

    def prefetch(
        self, columns: Sequence[str], collections: Sequence[str], start: int, stop: int
    ) -> None:
        """Do nothing: HDF5 is single-threaded and exposes no byte offsets to prefetch."""

    def _columns_for(self, columns: Sequence[str], collections: Sequence[str]) -> list[HDF5Column]:
        """The requested columns, and one more for each axis that they do not cover."""
        requested = [self._layout.columns[name] for name in columns]
        covered = {
            axis for column in requested for axis in column.axes
        } | self._layout.tellers.keys()
        return [*requested, *(self._lists[axis] for axis in collections if axis not in covered)]

    def _along(
        self,
        column: HDF5Column,
        start: int,
        stop: int,
        lengths: dict[str, list[tuple[str, Integers]]],
    ) -> tuple[int, int]:
        """The rows of a column's dataset for some events; adds the lengths of its lists."""
        low, high = start, stop
        for level in column.counted_levels:
            if level.lists is not None:
                low, offsets = self._offsets(level.lists, low, high)
                high = low + int(offsets[-1])
                lengths[level.axis] = [(level.lists.name, offsets)]
        number = high - low
        for level in column.levels[len(column.counted_levels) :]:
            even = np.arange(number + 1, dtype=np.int64) * level.size
            lengths.setdefault(level.axis, []).append((column.name, even))
            number *= level.size
        return low, high

    def _lists_of(self, column: HDF5Column, start: int, stop: int) -> tuple[Integers, NDArray[Any]]:
        """Offsets and elements of a dataset of lists."""
        rows = self._file[column.place.dataset][start:stop]
        ends = offsets_of(np.fromiter(map(len, rows), np.int64, len(rows)))
        if column.dtype == TEXT:
            return ends, _texts(_joined(rows)).codes()
        return ends, np.concatenate([np.zeros(0, column.dtype), *rows], dtype=column.dtype)

    def _flat(
        self, columns: Sequence[str], bounds: Mapping[str, tuple[int, int]]
    ) -> dict[str, NDArray[Any]]:
        """Read columns of numbers; of structures only the requested members."""
        places: dict[tuple[str, tuple[int, int]], list[HDF5Column]] = {}
        for name in columns:
            column = self._layout.columns[name]
            at = column.place.dataset, bounds[name]
            places.setdefault(at, []).append(column)
        rows: dict[str, NDArray[Any]] = {}
        for (dataset, (low, high)), several in places.items():
            # Several columns may be elements of one member: pos_0, pos_1.
            members = list(dict.fromkeys(column.place.member for column in several))
            whole = self._rows(dataset, members, low, high)
            for column in several:
                values = _of(whole, column.place)
                if column.dtype == TEXT:
                    rows[column.name] = _texts(values).codes()
                else:
                    rows[column.name] = np.array(values, column.dtype, order="C").ravel()
        return rows

    def _rows(
        self, dataset: str, members: Sequence[str | None], low: int, high: int
    ) -> NDArray[Any]:
        """Read rows of a dataset; of structures only some members."""
        stored = self._file[dataset]
        rows: NDArray[Any] = (stored if members == [None] else stored.fields(members))[low:high]
        return rows

    def _offsets(self, lists: Lists, start: int, stop: int) -> tuple[int, Integers]:
        """The first element of the event `start`, and the offsets of lists from there."""
        if lists.kind == "offsets":
            ends = self._integers(lists.place, start, stop + 1)
            return int(ends[0]), ends - ends[0]
        step = start // _STEP
        counts = self._integers(lists.place, step * _STEP, stop)
        before = start - step * _STEP
        low = int(self._sums[lists.name][step]) + int(counts[:before].sum())
        return low, offsets_of(counts[before:])

    def _sum(self, lists: Lists) -> Integers:
        """Elements before every `_STEP` events."""
        sums = [
            self._integers(lists.place, start, min(start + _STEP, lists.number)).sum()
            for start in range(0, lists.number, _STEP)
        ]
        return np.concatenate(([0], np.cumsum(sums, dtype=np.int64)))

    def _integers(self, place: Place, low: int, high: int) -> Integers:
        stored = self._file[place.dataset]
        rows = stored[low:high] if place.member is None else stored.fields(place.member)[low:high]
        integers: Integers = rows.astype(np.int64)
        return integers


@contextmanager
def _reading() -> Iterator[None]:
    """Turn h5py's exceptions for damaged bytes into `OSError`."""
    try:
        yield
    except RuntimeError as error:
        raise OSError(str(error)) from error


def _opened(path: str) -> tuple[Any, IO[bytes]]:
    """Open a file through a Python stream, and return both.

    HDF5 refuses to write a file that it holds open by name: opening it by name would block whoever
    rewrites it in this process.
    """
    import h5py

    stream = stream_of(path)
    try:
        return h5py.File(stream, "r", rdcc_nbytes=_CACHE), stream
    except BaseException:
        # Ctrl-C, too: nobody else knows the stream.
        stream.close()
        raise


def _close(file: Any, stream: IO[bytes]) -> None:
    file.close()
    stream.close()


def _base(file: Any, path: str, tree: str) -> Any:
    """The group or dataset with this name; the whole file for an absent default name."""
    if tree in file:
        return file[tree]
    if tree != _DEFAULT:
        names: list[str] = []
        file.visit(names.append)
        raise FileUnreadable(
            f"no group '{tree}' in {path}.",
            why=f"the file holds {', '.join(names[:8]) or 'nothing'}{', …' if names[8:] else ''}.",
            fix=f"{nearest(tree, names)}  Say tree='GROUP'.",
        )
    return base_of(file)


def _schema(name: str, layout: Layout) -> Schema:
    specs = {column.name: column.spec for column in layout.columns.values()}
    counters = {
        collection: lists.name
        for collection, lists in layout.tellers.items()
        if lists.kind == "counts"
    }
    return Schema(name, specs, counters, {}, layout.obstacles)


def _of(rows: NDArray[Any], place: Place) -> NDArray[Any]:
    """One column of a dataset's rows."""
    if place.member is not None:
        rows = rows[place.member]
    at: Any = (..., *place.row)
    return rows[at] if place.row else rows


def _joined(rows: NDArray[Any]) -> NDArray[Any]:
    """Join the texts of lists in one row."""
    return np.concatenate([np.zeros(0, object), *rows])


def _texts(rows: NDArray[Any]) -> Texts:
    """Convert texts of fixed length, or objects."""
    rows = rows.ravel()
    if rows.dtype.kind == "S":
        return Texts.padded(rows)
    return Texts.gathered([e if isinstance(e, bytes) else str(e).encode() for e in rows])
