"""Which datasets of an HDF5 file tell how long the lists in others are."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hepline.columns.types import holds_integers
from hepline.data.hdf5found import Found, Layout, Level, Lists
from hepline.data.hdf5types import is_dataset

__all__ = ["adopt_lists", "said_in", "tells"]

# How the name of a dataset says that it counts the elements of lists, or where they begin.
_BEFORE = re.compile(r"(?:num|n)_?(?P<of>[A-Za-z]\w*)", re.ASCII)
_AFTER = re.compile(r"(?P<of>\w+)_(?:n|num|counts?|lengths?|n(?P=of))", re.ASCII)
_INSIDE = re.compile(r"(?P<outer>\w+)_n_?(?P<of>[A-Za-z]\w*)", re.ASCII)
_OFFSETS = re.compile(r"(?P<of>\w+)_offsets?", re.ASCII)


def said_in(base: Any) -> dict[str, str]:
    """Counters that groups name in an attribute ``counter``: name of the column → collection."""
    said: dict[str, str] = {}

    def look(name: str, each: Any) -> None:
        counter = each.attrs.get("counter")
        if counter is not None and not is_dataset(each):
            leaf = (counter.decode() if isinstance(counter, bytes) else str(counter)).split("/")[-1]
            said[f"{name}/{leaf}".replace("/", "_")] = name.replace("/", "_")

    base.visititems(look)
    return said


def tells(name: str, said: Mapping[str, str], inside: str = "") -> Iterator[tuple[str, str]]:
    """What a column may tell by its name: ``counts`` or ``offsets``, and of which collection.

    Parameters
    ----------
    name : str
    said : mapping of str to str
        Counters that the file names.
    inside : str, optional
        The only collection that is meant.
    """
    if name in said:
        yield "counts", said[name]
        return
    for kind, pattern in (("offsets", _OFFSETS), ("counts", _AFTER), ("counts", _BEFORE)):
        found = pattern.fullmatch(name)
        if found and (not inside or found["of"] == inside):
            yield kind, found["of"]
            return
    found = _INSIDE.fullmatch(name)
    if found and not inside:
        yield "counts", f"{found['outer']}_{found['of']}"


def adopt_lists(layout: Layout, file: Any, said: Mapping[str, str]) -> None:
    """Make lists of the columns of collections whose lengths other columns tell.

    Counters and offsets that are told for the objects of a collection (``Jet_track_counts`` with
    one number for each jet) tell lists inside of its lists.

    Parameters
    ----------
    layout : Layout
    file : h5py.File
    said : mapping of str to str
        Counters that the file names: name of the column → collection.
    """
    tellers = [
        (collection, Lists(kind, column.name, column.place))
        for column in layout.columns.values()
        if holds_integers(column.dtype) and column.collection is None
        for kind, collection in tells(column.name, said)
    ]
    # A collection comes before what its objects hold.
    for collection, lists in sorted(tellers, key=lambda each: len(each[0])):
        _adopt(layout, lists, collection, file, said)


def _adopt(
    layout: Layout, lists: Lists, collection: str, file: Any, said: Mapping[str, str]
) -> None:
    """Make lists of the columns of a collection whose length what is told adds up to."""
    sure = lists.name in said
    members = [
        found
        for found in layout.columns.values()
        if found.name.startswith(f"{collection}_")
        and found.name not in (lists.name, *said)
        and not found.own
    ]
    told = _lengths(file, lists) if members or sure else None
    if told is None or collection in layout.tellers or lists.name not in layout.columns:
        return
    lists = replace(lists, number=len(told), total=int(told.sum()))
    around = _around(layout, lists, collection)
    # What has one number for each object may still belong to the lists in the objects.
    fitting = [each for each in members if each.length == lists.total and each.told in ((), around)]
    # As many elements as lists: one for each, unless all lists have one, or it is said.
    doubted = lists.total == lists.number and bool((told != 1).any())
    if doubted and lists.kind == "counts" and not sure:
        _doubt(layout, fitting, lists, "objects" if around else "events")
        return
    for found in fitting:
        layout.columns[found.name] = replace(found, told=(*around, Level(collection, lists)))
    if not fitting and (around or not sure):
        return
    if not around:
        layout.tellers[collection] = lists
    if lists.kind == "offsets":
        # One more than lists: no column of its own.
        del layout.columns[lists.name]


def _doubt(layout: Layout, fitting: list[Found], lists: Lists, what: str) -> None:
    """Leave out what may be one number for each, or lists."""
    one = what.removesuffix("s")
    for found in fitting:
        del layout.columns[found.name]
        layout.obstacles[found.name] = (
            f"it has as many numbers as there are {what}, {lists.total}, and '{lists.name}' counts "
            f"as many: it may be one number per {one}, or lists."
        )


def _around(layout: Layout, lists: Lists, collection: str) -> tuple[Level, ...]:
    """The lists of the objects that some lists are told for; none if for events."""
    teller = layout.columns[lists.name]
    if teller.told:
        return teller.told
    # Offsets have one number more than there are objects.
    for outer, known in layout.tellers.items():
        inside = lists.kind == "offsets" and collection.startswith(f"{outer}_")
        if inside and lists.number == known.total:
            return (Level(outer, known),)
    return ()


def _lengths(file: Any, lists: Lists) -> NDArray[np.int64] | None:
    """How long lists are, if what tells them makes sense."""
    dataset, member = file[lists.place.dataset], lists.place.member
    values = dataset[...] if member is None else dataset.fields(member)[...]
    told: NDArray[np.int64] = values.astype(np.int64)
    if (told < 0).any():
        return None
    if lists.kind == "counts":
        return told
    if not len(told) or told[0] or (np.diff(told) < 0).any():
        return None
    lengths: NDArray[np.int64] = np.diff(told)
    return lengths
