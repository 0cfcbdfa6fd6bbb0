"""Events of one or more files, as a source for the engine."""

from __future__ import annotations

import gc
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from functools import lru_cache, partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hepline.columns.leaves import presence_of
from hepline.columns.schema import Schema
from hepline.columns.source import Chunk, Part
from hepline.columns.types import row_dtype
from hepline.data.access import give_up, remote_file
from hepline.data.addresses import is_remote
from hepline.data.announcing import Announcements
from hepline.data.damage import DAMAGE, reading
from hepline.data.disk import kind_of, size_of, stamp
from hepline.data.friends import with_friends
from hepline.data.reader import Reader
from hepline.data.rootfile import found_in, opened
from hepline.data.skimnote import KEY, remembering, skimmed_of
from hepline.errors import FileUnreadable, HeplineError

__all__ = ["FileSource", "look"]


@dataclass(frozen=True)
class FileSource:
    """Events of one or more files that share their columns.

    Attributes
    ----------
    name : str
    tree : str
        Name of the TTree or RNTuple, or of the group of an HDF5 file; others have none.
    schema : Schema
    parts : tuple of Part
    unreadable : tuple of (str, str)
        Path and reason of skipped files.
    """

    name: str
    tree: str
    schema: Schema
    parts: tuple[Part, ...]
    unreadable: tuple[tuple[str, str], ...] = ()

    def pieces(
        self, part: Part, columns: Sequence[str], most: int | None = None
    ) -> tuple[int, ...]:
        """Events at which a file can be cut without unpacking anything twice.

        Raises
        ------
        FileUnreadable
            If the file has changed.
        """
        if not part.entries:
            return (0,)
        with reading(part.path):
            edges = self._reader(part, columns).pieces(columns, most)
        # A part may be the beginning of a file.
        return (*(edge for edge in edges if edge < part.entries), part.entries)

    def read(
        self,
        part: Part,
        columns: Sequence[str],
        collections: Sequence[str],
        start: int,
        stop: int,
    ) -> Chunk:
        """Read columns of the events `start` to `stop` of one file.

        Raises
        ------
        FileUnreadable
            If the file is truncated or its content cannot be unpacked.
        CorruptData
            If lists of one collection disagree about their length.
        """
        _announced.withdraw((part.path, start, *columns))
        with reading(part.path):
            reader, name_of, axes = self._request(part, columns, collections)
            chunk = reader.read(columns, axes, start, stop)
        # A file may store a column with fewer bits than the others.
        contents: dict[str, NDArray[Any]] = {}
        for name in columns:
            spec, row = self.schema.columns[name], chunk.contents[name]
            contents[name] = row.astype(row_dtype(spec.dtype), copy=False)
            if spec.optional:
                there = chunk.contents.get(presence_of(name))
                contents[presence_of(name)] = np.ones(len(row), bool) if there is None else there
        offsets = {axis: chunk.offsets[there] for axis, there in name_of.items()}
        return Chunk(chunk.events, contents, offsets)

    def words(self, part: Part, column: str, start: int, stop: int) -> Mapping[int, str]:
        """The texts in a column of some events of one file, by their codes.

        Raises
        ------
        FileUnreadable
            If the file is damaged.
        """
        with reading(part.path):
            return self._reader(part, [column]).words(column, start, stop)

    def titles(self) -> Mapping[str, str]:
        """What columns are, in words, where the first file says it."""
        if not self.parts:
            return {}
        part = self.parts[0]
        remembered = {} if part.skimmed is None else dict(part.skimmed.titles)
        with reading(part.path):
            return remembered | dict(_reader(part.path, self.tree).facts.titles)

    def _request(
        self, part: Part, columns: Sequence[str], axes: Sequence[str]
    ) -> tuple[Reader, dict[str, str], tuple[str, ...]]:
        """The reader of a file, its names of the needed axes, and those of the requested ones.

        A file may prove more about its axes than the common schema.
        """
        reader = self._reader(part, columns)
        proved = reader.schema.proved
        specs = (self.schema.columns[name] for name in columns)
        names = [*axes, *(axis for spec in specs for axis in (spec.axis, *spec.inner))]
        name_of = {axis: proved.get(axis) or axis for axis in names if axis is not None}
        return reader, name_of, tuple(dict.fromkeys(name_of[axis] for axis in axes))

    def prefetch(
        self,
        part: Part,
        columns: Sequence[str],
        collections: Sequence[str],
        start: int,
        stop: int,
    ) -> None:
        """Start to fetch the bytes of a coming `read`."""

        def opened() -> Callable[[], None]:
            reader, _, axes = self._request(part, columns, collections)
            return partial(reader.prefetch, columns, axes, start, stop)

        if is_remote(part.path):
            _announced.add((part.path, start, *columns), opened)
            return
        # Reading the file will report any error.
        with suppress(*DAMAGE, HeplineError):
            opened()()

    def give_up(self) -> None:
        """End the waits of threads for bytes from servers."""
        for part in self.parts:
            if is_remote(part.path):
                give_up(part.path)

    def _reader(self, part: Part, columns: Sequence[str]) -> Reader:
        reader = _reader(part.path, self.tree)
        for name in columns:
            if name not in reader.schema.columns:
                raise reader.schema.missing(name)
        if is_remote(part.path) and stamp(part.path) != (part.version, part.size):
            raise FileUnreadable(
                f"{part.path} changed after it was opened.",
                why=f"its server called it '{part.version}' ({part.size} bytes), and calls it "
                f"'{stamp(part.path)[0]}' ({stamp(part.path)[1]} bytes) now.",
                fix="leave files alone while they are read; start again.",
            )
        if reader.entries < part.entries:
            raise FileUnreadable(
                f"{part.path} has {reader.entries} events.",
                why=f"it had {part.entries} when it was opened.",
                fix="leave files alone while they are read; start again.",
            )
        return reader


def look(path: str, tree: str) -> tuple[Part, Schema]:
    """Open a file, and read its columns but no events.

    Parameters
    ----------
    path : str
    tree : str

    Returns
    -------
    Part, Schema

    Raises
    ------
    FileUnreadable
        If it is missing, empty, truncated, of an unknown format, or lacks the tree.
    """
    version = remote_file(path, anew=True).version if is_remote(path) else ""
    kind_of(path)  # raises for unusable files
    with reading(path):
        reader = _reader(path, tree)
        facts = reader.facts
        skimmed = skimmed_of(path, facts.note, facts.tree) if facts.note else None
        of_file = facts.tree, facts.checked, facts.notices, version, skimmed
        part = Part(path, reader.entries, size_of(path), *of_file)
        schema = reader.schema
        return part, schema if skimmed is None else remembering(schema, skimmed)


_announced = Announcements()
_opening = [threading.Lock() for _ in range(64)]


def _reader(path: str, tree: str) -> Reader:
    # Two threads that need the same file share one opening.
    with _opening[hash(path) % len(_opening)], _uncollected():
        return _opened(path, tree, stamp(path))


@contextmanager
def _uncollected() -> Iterator[None]:
    """Suspend garbage collection: a header makes tens of thousands of objects that all stay."""
    searched = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if searched:
            gc.enable()


# Parsing the header of a file with a thousand branches takes longer than reading a chunk of it.
@lru_cache(maxsize=16)
def _opened(path: str, tree: str, _stamp_of_file: tuple[int, int]) -> Reader:
    kind = kind_of(path)
    if kind == "parquet":
        from hepline.data.parquet import ParquetReader

        return ParquetReader.open(path)
    if kind == "hdf5":
        from hepline.data.hdf5 import HDF5Reader

        return HDF5Reader.open(path, tree)
    if kind == "csv":
        from hepline.data.csvfile import CSVReader

        return CSVReader(path)
    if kind == "json":
        from hepline.data.jsonlines import converted
        from hepline.data.parquet import ParquetReader

        return ParquetReader.open(converted(path), name=path)
    file = opened(path)
    name, is_tree = found_in(file, path, tree)
    if is_tree:
        return _noted(with_friends(path, file, name), file)
    from hepline.data.rntuple import NTupleReader

    return NTupleReader.open(path, name)


def _noted(reader: Reader, file: Any) -> Reader:
    """The reader with the note of a skim, if the file has one."""
    if KEY in file:
        reader.facts = replace(reader.facts, note=str(file[KEY]))
    return reader
