"""Columns of nested records, under names like those of NanoAOD."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from hepline.columns.schema import ColumnSpec, Schema, own_axis
from hepline.columns.types import holds_integers

__all__ = ["LONGEST_ARRAY", "Flat", "Nested", "flattened", "is_base", "schema_of_flat", "unfit"]

LONGEST_ARRAY = 32
"""An array of more numbers than this is a list (an image, a padded list), not a column for each."""

# Base classes of a C++ object (":_0"): their members belong to the object.
_BASE = re.compile(r":_\d+")
# Members of pairs, tuples and maps have no names.
_NAMELESS = re.compile(r"_?\d+")


@dataclass(frozen=True)
class Nested:
    """A field of a file: a number, a list, or a record.

    Lists may hold lists, and records lists.

    Attributes
    ----------
    name : str
    place : Any
        The reader's handle for its numbers, or for the lengths of a list.
    dtype : str or None
        Of a number.
    optional : bool
        Whether a number may be missing.
    item : Nested or None
        What a list holds.
    members : tuple of Nested
        Of a record, or of numbers in a fixed order.
    numbered : bool
        Whether the names of members are their places in a list of fixed length (``x_0``, ``x_1``).
    why : str
        Why it cannot be read.
    """

    name: str
    place: Any = None
    dtype: str | None = None
    item: Nested | None = None
    members: tuple[Nested, ...] = ()
    optional: bool = False
    numbered: bool = False
    why: str = ""


@dataclass(frozen=True)
class Flat:
    """A column made from a nested field.

    Attributes
    ----------
    name, dtype : str
    place : Any
        Of its numbers.
    lists : Any
        Place of the list around it; None for one value per event.
    collection : str or None
        None for one value per event.
    axis : str or None
        See `ColumnSpec`.
    optional : bool
        Whether values may be missing.
    inner : tuple
        Places of the lists inside that list, outermost first.
    inner_axes : tuple of str
        See `ColumnSpec.inner`.
    """

    name: str
    dtype: str
    place: Any
    lists: Any = None
    collection: str | None = None
    axis: str | None = None
    optional: bool = False
    inner: tuple[Any, ...] = ()
    inner_axes: tuple[str, ...] = ()

    @property
    def levels(self) -> tuple[tuple[Any, str], ...]:
        """Place and axis of the lists around its numbers, outermost first."""
        if self.axis is None:
            return ()
        return ((self.lists, self.axis), *zip(self.inner, self.inner_axes, strict=True))


def flattened(fields: Iterable[Nested]) -> tuple[Flat, ...]:
    """The columns of top-level fields.

    Numbers, lists of numbers (``Muon_pt``), lists of records (``Muon`` with ``pt``: the column
    ``Muon_pt`` of the collection ``Muon``), records (``MET`` with ``pt``: ``MET_pt``), and lists in
    lists. Names that stand for two fields are left out.
    """
    flats = [flat for field in fields for flat in _columns(field, field.name)]
    repeated = Counter(flat.name for flat in flats)
    return tuple(flat for flat in flats if repeated[flat.name] == 1)


@dataclass(frozen=True)
class _Around:
    """The lists around a field: their places and axes, and the collection."""

    places: tuple[Any, ...] = ()
    axes: tuple[str, ...] = ()
    collection: str | None = None

    def within(self, field: Nested, name: str) -> _Around:
        """Add one more list inside."""
        records = bool(field.item and field.item.members and not field.item.numbered)
        level = len(self.places)
        # A list of records has its own name; a list of numbers that of its prefix.
        axis = name if records else own_axis(name, level)
        first = name if records else _prefix(name)
        collection = self.collection if level else first
        return _Around((*self.places, field.place), (*self.axes, axis), collection)


def _columns(field: Nested, name: str, around: _Around | None = None) -> Iterator[Flat]:
    """Columns of one field."""
    around = around or _Around()
    if field.dtype is not None:
        lists, *inner = around.places or (None,)
        axis, *inner_axes = around.axes or (None,)
        yield Flat(
            name, field.dtype, field.place, lists, around.collection, axis, field.optional,
            tuple(inner), tuple(map(str, inner_axes)),
        )  # fmt: skip
    elif field.item is not None:
        yield from _columns(field.item, name, around.within(field, name))
    for member in field.members:
        if field.numbered or not _NAMELESS.fullmatch(member.name):
            yield from _columns(member, _joined(name, member.name), around)


def unfit(fields: Iterable[Nested]) -> dict[str, str]:
    """Unreadable fields, by the name that their column would have, with the reason."""
    fields = list(fields)
    repeated = Counter(flat.name for field in fields for flat in _columns(field, field.name))
    reasons = {
        name: f"{times} fields make a column of this name."
        for name, times in repeated.items()
        if times > 1
    }
    for field in fields:
        for name, why in _unfit(field, field.name):
            reasons.setdefault(name, why)
    return reasons


def _unfit(field: Nested, name: str) -> Iterator[tuple[str, str]]:
    if field.dtype is not None:
        return
    if field.item is not None:
        yield from _unfit(field.item, name)
    elif not field.members:
        yield name, field.why or "it holds no numbers."
    for member in field.members:
        if field.numbered or not _NAMELESS.fullmatch(member.name):
            yield from _unfit(member, _joined(name, member.name))
        else:
            yield name, "its parts have no names (a pair, a tuple or a map)."


def is_base(name: str) -> bool:
    """Whether a member is a base class, as in ``:_0``."""
    return _BASE.fullmatch(name) is not None


def _joined(record: str, member: str) -> str:
    if is_base(member):
        return record
    return f"{record}{member}" if record.endswith(".") else f"{record}_{member}"


def _prefix(name: str) -> str:
    return name.partition("." if "." in name else "_")[0] or name


def schema_of_flat(
    file: str,
    flats: Iterable[Flat],
    shared: Mapping[Any, str],
    obstacles: Mapping[str, str] | None = None,
) -> tuple[Schema, dict[str, Flat]]:
    """The schema of flat columns.

    Parameters
    ----------
    file : str
        For messages.
    flats : iterable of Flat
    shared : mapping
        Places of lists, with the column that holds their lengths and names their collection.
    obstacles : mapping of str to str, optional
        Unreadable columns, with the reason.

    Returns
    -------
    Schema
    dict of str to Flat
        Columns by name, with their final collections.
    """
    columns: dict[str, Flat] = {}
    named = {place: _without_n(counter) for place, counter in shared.items()}
    # Two fields may stand for the same list: ROOT's projections do.
    axes: dict[Any, str | None] = {**named}
    for flat in flats:
        collection = named.get(flat.lists, flat.collection)
        axis = axes.setdefault(flat.lists, flat.axis) if flat.lists is not None else None
        inner = tuple(str(axes.setdefault(place, name)) for place, name in flat.levels[1:])
        columns[flat.name] = replace(flat, collection=collection, axis=axis, inner_axes=inner)
    collections = {flat.collection for flat in columns.values() if flat.collection}
    counters = {named[place]: counter for place, counter in shared.items()}
    for collection in sorted(collections - counters.keys()):
        counter = columns.get(f"n{collection}")
        if counter and not counter.collection and holds_integers(counter.dtype):
            counters[collection] = counter.name
    specs = [
        ColumnSpec(f.name, f.dtype, f.collection, f.axis, f.optional, f.inner_axes)
        for f in columns.values()
    ]
    return Schema.from_specs(file, specs, counters=counters, obstacles=obstacles), columns


def _without_n(counter: str) -> str:
    """``Muon`` of ``nMuon`` or ``NMuon``."""
    return re.sub(r"^[nN]_?(?=[A-Z])", "", counter)
