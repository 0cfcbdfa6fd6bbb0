"""The layout of an RNTuple: its fields, and the places of its columns' pages."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import xxhash

from hepline.columns.types import TEXT
from hepline.data.nested import LONGEST_ARRAY, Nested, is_base
from hepline.data.pages import Encoding, encoding_of
from hepline.errors import FileUnreadable

__all__ = ["Columns", "FixedLists", "ItemOf", "Layout", "LengthOf", "MaybeOf", "Pages", "TextOf"]

Columns = tuple[int, ...]
"""The physical columns of one field: one for each representation it may be written in."""

_LEAF, _COLLECTION, _RECORD = 0, 1, 2
_DEFERRED = 1
_TYPES = {
    "bool": "bool",
    "char": "int8",
    "float": "float32",
    "double": "float64",
    "std::byte": "uint8",
    **{f"std::{kind}_t": kind for kind in ("int8", "int16", "int32", "int64")},
    **{f"std::{kind}_t": kind for kind in ("uint8", "uint16", "uint32", "uint64")},
}
# Collections of none or one.
_OPTIONAL = ("std::optional<", "std::unique_ptr<")
_CARDINALITY = "ROOT::RNTupleCardinality<"


@dataclass(frozen=True)
class LengthOf:
    """Place of a number that is not stored: the length of a list.

    Attributes
    ----------
    lists : tuple of int
        Columns of the list.
    """

    lists: Columns


@dataclass(frozen=True)
class TextOf:
    """Place of a text.

    Attributes
    ----------
    ends : tuple of int
        Columns with the ends of the texts.
    letters : tuple of int
        Columns of the letters of all texts.
    """

    ends: Columns
    letters: Columns


@dataclass(frozen=True)
class MaybeOf:
    """Place of a number that may be missing: in a list of one, or of none.

    Attributes
    ----------
    ends : tuple of int
        Columns with the ends of these lists.
    values : tuple of int
        Columns of the numbers that are there.
    """

    ends: Columns
    values: Columns


@dataclass(frozen=True, eq=False)
class FixedLists:
    """Place of arrays: lists of one length, whose numbers are stored in a row.

    Attributes
    ----------
    size : int
        Of each list.
    """

    size: int


@dataclass(frozen=True)
class ItemOf:
    """Place of a number in an array of fixed length.

    Attributes
    ----------
    columns : tuple of int
        Of the numbers of all arrays in a row.
    size : int
        Of each array.
    index : int
        In the array.
    """

    columns: Columns
    size: int
    index: int


@dataclass(frozen=True)
class Pages:
    """The pages of one physical column, in the order of events.

    Attributes
    ----------
    encoding : Encoding
    absent : tuple of int or None, one for each cluster
        Elements that the column lacks at the start of the cluster because it was added later; None
        if it is absent, or another representation is used.
    first : tuple of int, one for each cluster and one more
        First page.
    elements : tuple of int, one for each page and one more
        Stored elements in the pages before.
    positions, sizes : tuple of int, one for each page
        In the file; without the checksum.
    checked : tuple of bool, one for each page
        Whether a checksum of eight bytes follows.
    deferred : bool
        Whether the column was added after the first event.
    """

    encoding: Encoding
    absent: tuple[int | None, ...]
    first: tuple[int, ...]
    elements: tuple[int, ...]
    positions: tuple[int, ...]
    sizes: tuple[int, ...]
    checked: tuple[bool, ...]
    deferred: bool


class Layout:
    """Fields and pages of an RNTuple whose metadata uproot has parsed.

    Parameters
    ----------
    ntuple : uproot.behaviors.RNTuple.RNTuple

    Raises
    ------
    ValueError
        If the lists of pages do not fit their checksum, or clusters leave gaps.
    """

    def __init__(self, ntuple: Any) -> None:
        _verify_page_lists(ntuple)
        self._fields = ntuple.field_records
        self._records = ntuple.column_records
        self._links = ntuple.page_link_list
        sizes = [(c.num_first_entry, c.num_entries) for c in ntuple.cluster_summaries]
        self.starts: tuple[int, ...] = (*(first for first, _ in sizes), ntuple.num_entries)
        """First event of each cluster, and the number of events."""
        ends = [first + entries for first, entries in sizes]
        if list(self.starts) != [0, *ends]:
            raise ValueError("the clusters of events leave gaps, or overlap")
        self._pages: dict[int, Pages] = {}
        self._first: dict[tuple[Pages, ...], Columns] = {}
        self._twins: dict[Columns, Columns] = {}
        self._children: dict[int, list[int]] = defaultdict(list)
        self._columns: dict[int, list[Any]] = defaultdict(list)
        for number, field in enumerate(self._fields):
            if field.parent_field_id != number:
                self._children[field.parent_field_id].append(number)
        for record in self._records:
            self._columns[record.field_id].append(record)

    def pages(self, column: int) -> Pages:
        """The pages of one physical column.

        Raises
        ------
        FileUnreadable
            If its encoding is unknown.
        """
        pages = self._pages.get(column)
        return self._pages.setdefault(column, self._pages_of(column)) if pages is None else pages

    def twin(self, columns: Columns) -> Columns:
        """The first requested columns with exactly the same pages.

        ROOT writes equal pages once, so lists of equal lengths share their pages.
        """
        twin = self._twins.get(columns)
        if twin is None:
            pages = tuple(self.pages(column) for column in columns)
            twin = self._twins.setdefault(columns, self._first.setdefault(pages, columns))
        return twin

    def _pages_of(self, column: int) -> Pages:
        record, encoding = self._records[column], self._encodings[column]
        if encoding is None:
            name = self._fields[record.field_id].field_name
            raise FileUnreadable(
                f"the column '{name}' is written in a way that hepline does not know.",
                why=f"its type in the RNTuple is {record.type:#x} with {record.nbits} bits.",
                fix="read the file without it, or write it with another column type.",
            )
        deferred = bool(record.flags & _DEFERRED)
        absent: list[int | None] = []
        first, elements = [0], [0]
        descriptions: list[Any] = []
        for links, start in zip(self._links, self.starts, strict=False):
            link = links[column] if column < len(links) else None
            if link is None or link.suppressed:
                absent.append(None)
            else:
                # A column that was added late has one element per event.
                absent.append(max(link.element_offset - start, 0) if deferred else 0)
                descriptions += link.pages
            first.append(len(descriptions))
        for page in descriptions:
            elements.append(elements[-1] + page.num_elements)
        return Pages(
            encoding,
            tuple(absent),
            tuple(first),
            tuple(elements),
            tuple(page.locator.offset for page in descriptions),
            tuple(page.locator.num_bytes for page in descriptions),
            tuple(page.has_checksum for page in descriptions),
            deferred,
        )

    @cached_property
    def _encodings(self) -> list[Encoding | None]:
        return [encoding_of(r.type, r.nbits, r.min_value, r.max_value) for r in self._records]

    def checked(self) -> str:
        """Whether a checksum verifies the pages."""
        lists = (link for links in self._links for link in links if not link.suppressed)
        flags = [bool(page.has_checksum) for link in lists for page in link.pages]
        if all(flags):
            return "yes, by a checksum of every page (xxHash)." if flags else ""
        if not any(flags):
            return "no: the pages were written without checksums."
        return f"in part: {flags.count(False)} of {len(flags)} pages have no checksum."

    def nested(self) -> list[Nested]:
        """The top-level fields.

        ROOT's importer of TTrees puts lists with one counter into ``_collection0`` and projects
        the names of the TTree onto its members: only these are given.
        """
        top = [number for number, f in enumerate(self._fields) if f.parent_field_id == number]
        aliased = {field.source_field_id for field in self._fields}
        return [
            self._field(number)
            for number in top
            if not (number in aliased and self._fields[number].field_name.startswith("_"))
        ]

    def _field(self, number: int, inside_list: bool = False) -> Nested:
        record = self._fields[number]
        # TTrees of ATLAS say AnalysisJetsAuxDyn.pt where their RNTuples have a colon.
        name = record.field_name
        name = name if is_base(name) else name.replace(":", ".")
        children = self._children[number]
        source = number if record.source_field_id is None else record.source_field_id
        columns = self._representations(source)
        if record.struct_role == _RECORD:
            members = (self._field(child, inside_list) for child in children)
            return Nested(name, members=tuple(members))
        if record.type_name == "std::string" and not record.repetition:
            return self._text(name, source, inside_list)
        if record.struct_role == _COLLECTION and columns and len(children) == 1:
            if record.type_name.startswith(_OPTIONAL):
                return self._maybe(name, record, columns, self._field(children[0], True))
            return Nested(name, columns, item=self._field(children[0], True))
        if record.struct_role != _LEAF:
            return Nested(name, why=f"it holds objects of the type {record.type_name}.")
        if record.repetition:
            return self._array(name, record, children, inside_list)
        if not columns and len(children) == 1:
            # Enumerations and atomic numbers store their value in a subfield.
            inner = self._field(children[0], inside_list)
            return Nested(name, inner.place, inner.dtype, why=inner.why)
        return self._number(name, record.type_name, columns, inside_list)

    def _maybe(self, name: str, record: Any, columns: Columns, value: Nested) -> Nested:
        """A number that may be missing: a list of one, or of none."""
        if value.dtype in (None, TEXT) or not isinstance(value.place, tuple):
            return Nested(name, why=f"a value of it may be missing ({record.type_name}).")
        return Nested(name, MaybeOf(columns, value.place), value.dtype, optional=True)

    def _array(self, name: str, record: Any, children: list[int], inside_list: bool) -> Nested:
        """One number for each place in an array of fixed length."""
        size = int(record.repetition)
        inner = self._field(children[0], inside_list) if len(children) == 1 else Nested(name)
        columns = inner.place
        if inner.dtype is None or not isinstance(columns, tuple):
            return Nested(name, why=f"it holds arrays of something else ({record.type_name}).")
        if any(self._records[column].flags & _DEFERRED for column in columns):
            return Nested(name, why="it was added to the RNTuple after the first event.")
        if size > LONGEST_ARRAY:
            return Nested(name, FixedLists(size), item=inner)
        members = tuple(
            Nested(str(index), ItemOf(columns, size, index), inner.dtype) for index in range(size)
        )
        return Nested(name, members=members, numbered=True)

    def _text(self, name: str, field: int, inside_list: bool) -> Nested:
        records = self._columns.get(field, [])
        # Each representation has two columns: where texts end, and their letters.
        ends = tuple(record.idx for record in records[::2])
        letters = tuple(record.idx for record in records[1::2])
        indices, bytes_ = ([self._encodings[c] for c in columns] for columns in (ends, letters))
        is_readable = all(e is not None and e.index for e in indices) and None not in bytes_
        if not ends or len(ends) != len(letters) or not is_readable:
            return Nested(name, why="it holds text that is written in an unknown way.")
        if inside_list and any(record.flags & _DEFERRED for record in records):
            return Nested(name, why="it was added to a list after the first event.")
        return Nested(name, TextOf(ends, letters), TEXT)

    def _number(self, name: str, kind: str, columns: Columns, inside_list: bool) -> Nested:
        if not columns:
            return Nested(name, why=f"it holds {kind}.")
        if kind.startswith(_CARDINALITY):
            length = _TYPES.get(kind[len(_CARDINALITY) : -1], "uint64")
            if inside_list:
                return Nested(name, why="it counts the elements of lists in lists.")
            return Nested(name, LengthOf(columns), length)
        encodings = [self._encodings[column] for column in columns]
        dtypes = [encoding.dtype for encoding in encodings if encoding is not None]
        # A late column inside lists cannot record how many elements it lacks.
        late = any(self._records[column].flags & _DEFERRED for column in columns)
        if late and inside_list:
            return Nested(name, why="it was added to a list after the first event.")
        if any(e is not None and e.index for e in encodings):
            return Nested(name, why=f"it holds {kind}, which is not a number.")
        if len(dtypes) < len(encodings):
            codes = sorted({f"{self._records[c].type:#x}" for c in columns})
            return Nested(name, why=f"its encoding is not known ({', '.join(codes)}).")
        return Nested(name, columns, _TYPES.get(kind) or np.result_type(*dtypes).name)

    def _representations(self, field: int) -> Columns:
        """One column for each representation; none if a representation takes several."""
        records = self._columns.get(field, [])
        if len({record.repr_idx for record in records}) != len(records):
            return ()
        return tuple(record.idx for record in records)


def _verify_page_lists(ntuple: Any) -> None:
    # uproot verifies the header and the footer, but not the lists of pages.
    for group in ntuple.footer.cluster_group_records:
        link = group.page_list_link
        chunk, cursor = ntuple.read_locator(link.locator, link.env_uncomp_size)
        envelope = chunk.get(
            cursor.index, cursor.index + link.env_uncomp_size, cursor, {}
        ).tobytes()
        if xxhash.xxh3_64_intdigest(envelope[:-8]) != int.from_bytes(envelope[-8:], "little"):
            raise ValueError("the list of pages does not fit its checksum")
