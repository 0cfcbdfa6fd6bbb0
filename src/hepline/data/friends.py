"""Friends of a TTree: other trees whose entries belong to the same events."""

from __future__ import annotations

import re
import struct
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hepline.columns.schema import Schema
from hepline.columns.source import Chunk
from hepline.data.addresses import is_remote
from hepline.data.damage import DAMAGE, sentence
from hepline.data.disk import kind_of
from hepline.data.reader import Reader
from hepline.data.rootfile import opened
from hepline.data.tree import TreeReader
from hepline.errors import HeplineError

__all__ = ["FriendsReader", "with_friends"]

# A TFriendElement of version 2: byte count, version; a TNamed: byte count, version; a TObject.
_ELEMENT = re.compile(rb"\x40\x00..\x00\x02\x40\x00..\x00\x01\x00\x01.{8}", re.DOTALL)
_CLASS = b"TFriendElement\x00"
_INDEX = b"TTreeIndex\x00"
_COUNT = struct.Struct(">I")
_COUNTED = 0x40000000


@dataclass(frozen=True)
class Friend:
    """A friend, as a TTree names it.

    Attributes
    ----------
    alias, tree : str
        Its alias in the main tree, and its name in its file.
    file : str
        Path of its file; empty for the file of the main tree.
    """

    alias: str
    tree: str
    file: str

    def path(self, main: str) -> str:
        """The path of its file, relative to the working directory or to the file `main`."""
        if not self.file:
            return main
        beside = Path(main).parent / self.file
        return str(beside) if not is_remote(main) and beside.is_file() else self.file


def header_of(tree: Any) -> bytes:
    """The bytes of a TTree's header, of which uproot skips friends and index."""
    return bytes(tree.chunk.raw_data)


def friends_of(raw: bytes) -> list[Friend]:
    """The friends of a TTree.

    Parameters
    ----------
    raw : bytes
        The header of the tree.
    """
    begin = raw.find(_CLASS)
    friends: list[Friend] = []
    place = begin
    while begin >= 0 and (match := _ELEMENT.search(raw, place)):
        end = match.start() + _COUNT.size + (_COUNT.unpack_from(raw, match.start())[0] ^ _COUNTED)
        place = match.end()
        words: list[str] = []
        for _ in range(3):
            word, place = _string(raw, place)
            words.append(word)
        # The last byte is a flag for the ownership of the file.
        if place + 1 == end:
            alias, title, name = words
            friends.append(Friend(alias, name, title))
        else:
            place = match.start() + 1
    return friends


def _string(raw: bytes, place: int) -> tuple[str, int]:
    """A TString: its length in one byte, or in four after a byte of ones."""
    size = raw[place]
    place += 1
    if size == 0xFF:
        (size,) = _COUNT.unpack_from(raw, place)
        place += _COUNT.size
    return raw[place : place + size].decode("utf-8", "replace"), place + size


def with_friends(path: str, file: Any, tree: str) -> Reader:
    """Make the reader of a TTree with its readable friends.

    Parameters
    ----------
    path : str
    file : uproot.ReadOnlyDirectory
    tree : str
    """
    stored = file[tree]
    main = TreeReader(path, stored)
    friends: dict[str, Reader] = {}
    strangers: list[str] = []
    for friend in friends_of(header_of(stored)):
        try:
            friends[friend.alias] = _friend(path, file, friend, main.entries)
        except (HeplineError, *DAMAGE) as error:
            why = error.what if isinstance(error, HeplineError) else sentence(error)
            strangers.append(f"the friend '{friend.alias}' is not read: {why}")
    return FriendsReader(main, friends, strangers) if friends or strangers else main


def _friend(path: str, file: Any, friend: Friend, entries: int) -> Reader:
    there = friend.path(path)
    if there != path:
        kind_of(there)
        file = opened(there)
    stored = file[friend.tree]
    reader = TreeReader(there, stored)
    if _INDEX in header_of(stored):
        raise ValueError("it is matched by an index, which hepline does not follow")
    if reader.entries < entries:
        raise ValueError(f"it has {reader.entries} entries, and the tree {entries}")
    return reader


class FriendsReader:
    """A TTree and its friends as one; see `Reader`.

    Columns of a friend keep their names; where the tree has the same name, the alias of the friend
    comes before it.

    Parameters
    ----------
    main : Reader
    friends : mapping of str to Reader
        By their alias; each has as many entries as `main`, or more.
    strangers : sequence of str
        Remarks about friends that cannot be read.
    """

    def __init__(
        self, main: Reader, friends: Mapping[str, Reader], strangers: Sequence[str] = ()
    ) -> None:
        self.entries = main.entries
        self._readers = {"": main, **friends}
        columns = dict(main.schema.columns)
        counters = dict(main.schema.counters)
        obstacles = dict(main.schema.obstacles)
        self._places = {name: ("", name) for name in columns}
        for alias, friend in friends.items():
            for name, spec in friend.schema.columns.items():
                called = f"{alias}_{name}" if name in columns else name
                if called not in columns:
                    axis = None if spec.axis is None else _axis(alias, spec.axis)
                    collection = spec.collection and _called(alias, spec.collection, main.schema)
                    inner = tuple(_axis(alias, level) for level in spec.inner)
                    columns[called] = replace(
                        spec, name=called, collection=collection, axis=axis, inner=inner
                    )
                    self._places[called] = (alias, name)
            for name, reason in friend.schema.obstacles.items():
                obstacles.setdefault(name, f"in the friend '{alias}', {reason}")
        self.schema = Schema(main.schema.name, columns, counters, {}, obstacles)
        self.facts = replace(main.facts, notices=(*main.facts.notices, *strangers))

    def pieces(self, columns: Sequence[str], most: int | None = None) -> tuple[int, ...]:
        """Events at which the columns of all trees begin a new basket."""
        common: set[int] | None = None
        for alias, names, _ in self._requests(columns, ()):
            pieces = self._readers[alias].pieces(names, most)
            edges = {*(edge for edge in pieces if edge < self.entries)}
            common = edges if common is None else common & edges
        return (*sorted((common or set()) - {self.entries} | {0}), self.entries)

    def read(
        self, columns: Sequence[str], collections: Sequence[str], start: int, stop: int
    ) -> Chunk:
        """Columns of the events `start` to `stop`.

        Raises
        ------
        CorruptData
            If lists of one axis disagree about their lengths.
        FileUnreadable, or another of `hepline.data.damage.DAMAGE`
            If a file is damaged.
        """
        contents: dict[str, NDArray[Any]] = {}
        offsets: dict[str, NDArray[np.int64]] = {}
        parts: dict[str, Chunk] = {}
        for alias, names, axes in self._requests(columns, collections):
            chunk = parts[alias] = self._readers[alias].read(names, axes, start, stop)
            offsets |= {_axis(alias, axis): ends for axis, ends in chunk.offsets.items()}
        for name in columns:
            alias, column = self._places[name]
            contents[name] = parts[alias].contents[column]
        return Chunk(stop - start, contents, offsets)

    def words(self, column: str, start: int, stop: int) -> Mapping[int, str]:
        """Read the texts of a column from its tree, by code."""
        alias, name = self._places[column]
        return self._readers[alias].words(name, start, stop)

    def prefetch(
        self, columns: Sequence[str], collections: Sequence[str], start: int, stop: int
    ) -> None:
        """Start to fetch the bytes of a coming `read`."""
        for alias, names, axes in self._requests(columns, collections):
            self._readers[alias].prefetch(names, axes, start, stop)

    def _requests(
        self, columns: Sequence[str], collections: Sequence[str]
    ) -> list[tuple[str, list[str], list[str]]]:
        """Divide columns and axes by tree: alias, columns, axes."""
        requests: list[tuple[str, list[str], list[str]]] = []
        for alias in self._readers:
            places = dict.fromkeys(self._places[name] for name in columns)
            names = [column for whose, column in places if whose == alias]
            axes = [
                axis.removeprefix(f"{alias}:") if alias else axis
                for axis in collections
                if axis.startswith(f"{alias}:") or (not alias and not self._foreign(axis))
            ]
            if names or axes:
                requests.append((alias, names, axes))
        return requests or [("", [], [])]

    def _foreign(self, axis: str) -> bool:
        return any(alias and axis.startswith(f"{alias}:") for alias in self._readers)


def _axis(alias: str, axis: str) -> str:
    return f"{alias}:{axis}" if alias else axis


def _called(alias: str, collection: str, main: Schema) -> str:
    """The name of a friend's collection, with its alias if the tree has the same name."""
    collections = {spec.collection for spec in main.columns.values()}
    return f"{alias}_{collection}" if collection in collections else collection
