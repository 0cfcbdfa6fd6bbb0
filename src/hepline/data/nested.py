"""The columns that nested records have, under the names that NanoAOD would give them."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from hepline.columns.schema import ColumnSpec, Schema, own_axis

__all__ = ["LONGEST_ARRAY", "Flat", "Nested", "flattened", "is_base", "schema_of_flat", "unfit"]

LONGEST_ARRAY = 32
"""More numbers per event than this are an image or a padded list, not columns."""

# Base classes of a C++ object (":_0"): their members are the object's own.
_BASE = re.compile(r":_\d+")
# Members of pairs, tuples and maps have no names.
_NAMELESS = re.compile(r"_?\d+")


@dataclass(frozen=True)
class Nested:
    """A field of a file: a number, a list, or a record; nothing else has a meaning here.

    Attributes
    ----------
    name : str
    place : Any
        Where the reader finds its numbers, or the lengths of a list.
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
        Why it is nothing of these.
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
    """A column that a nested field becomes.

    Attributes
    ----------
    name, dtype : str
    place : Any
        Of its numbers.
    lists : Any
        Place of the list it lies in; None for one value per event.
    collection : str or None
        None for one value per event.
    axis : str or None
        See `ColumnSpec`.
    optional : bool
        Whether values may be missing.
    """

    name: str
    dtype: str
    place: Any
    lists: Any = None
    collection: str | None = None
    axis: str | None = None
    optional: bool = False


def flattened(fields: Iterable[Nested]) -> tuple[Flat, ...]:
    """The columns of top-level fields.

    Numbers, lists of numbers (``Muon_pt``), lists of records (``Muon`` with ``pt``: the column
    ``Muon_pt`` of the collection ``Muon``) and records (``MET`` with ``pt``: ``MET_pt``). Lists
    of lists are left out, and so are names that stand for two fields.
    """
    found = [flat for field in fields for flat in _columns(field, field.name)]
    repeated = Counter(flat.name for flat in found)
    return tuple(flat for flat in found if repeated[flat.name] == 1)


def _columns(
    field: Nested, name: str, around: Nested | None = None, at: str = ""
) -> Iterator[Flat]:
    """Columns of one field; `around` is the list it lies in, `at` the collection of that list."""
    if field.dtype is not None:
        if around is None:
            yield Flat(name, field.dtype, field.place, optional=field.optional)
            return
        records = around.item is not None and around.item.members
        axis = at if records else own_axis(name)
        yield Flat(name, field.dtype, field.place, around.place, at, axis, field.optional)
    elif field.item is not None and around is None:
        # A list of records has its own name; a list of numbers that of its prefix.
        collection = name if field.item.members else _prefix(name)
        yield from _columns(field.item, name, field, collection)
    for member in field.members:
        if field.numbered or not _NAMELESS.fullmatch(member.name):
            yield from _columns(member, _joined(name, member.name), around, at)


def unfit(fields: Iterable[Nested]) -> dict[str, str]:
    """Fields, by the name of the column that they would be, that make none, and why."""
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


def _unfit(field: Nested, name: str, inside_list: bool = False) -> Iterator[tuple[str, str]]:
    if field.dtype is not None:
        return
    if field.item is not None:
        if inside_list:
            yield name, "it holds lists of lists."
        else:
            yield from _unfit(field.item, name, True)
    elif not field.members:
        yield name, field.why or "it holds no numbers."
    for member in field.members:
        if field.numbered or not _NAMELESS.fullmatch(member.name):
            yield from _unfit(member, _joined(name, member.name), inside_list)
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
        Place of a list to the column that holds its length and names its collection.
    obstacles : mapping of str to str, optional
        Columns that are left out, to the reason.

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
        columns[flat.name] = replace(flat, collection=collection, axis=axis)
    collections = {flat.collection for flat in columns.values() if flat.collection}
    counters = {named[place]: counter for place, counter in shared.items()}
    for collection in sorted(collections - counters.keys()):
        counter = columns.get(f"n{collection}")
        if counter and not counter.collection and np.dtype(counter.dtype).kind in "iu":
            counters[collection] = counter.name
    specs = [
        ColumnSpec(f.name, f.dtype, f.collection, f.axis, f.optional) for f in columns.values()
    ]
    return Schema.from_specs(file, specs, counters=counters, obstacles=obstacles), columns


def _without_n(counter: str) -> str:
    """``Muon`` of ``nMuon`` or ``NMuon``."""
    return re.sub(r"^[nN]_?(?=[A-Z])", "", counter)
