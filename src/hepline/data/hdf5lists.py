"""Datasets of an HDF5 file that give the lengths of lists in others."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hepline.columns.types import holds_integers
from hepline.data.hdf5column import HDF5Column, Layout, Level, Lists
from hepline.data.hdf5types import is_dataset

__all__ = ["adopt_lists", "said_in", "tells"]

# Names of datasets with counts or offsets of lists.
_BEFORE = re.compile(r"(?:num|n)_?(?P<of>[A-Za-z]\w*)", re.ASCII)
_AFTER = re.compile(r"(?P<of>\w+)_(?:n|num|counts?|lengths?|n(?P=of))", re.ASCII)
_INSIDE = re.compile(r"(?P<outer>\w+)_n_?(?P<of>[A-Za-z]\w*)", re.ASCII)
_OFFSETS = re.compile(r"(?P<of>\w+)_offsets?", re.ASCII)


def said_in(base: Any) -> dict[str, str]:
    """Counters from the attribute ``counter`` of groups: name of the column → collection."""
    declared: dict[str, str] = {}

    def look(name: str, item: Any) -> None:
        counter = item.attrs.get("counter")
        if counter is not None and not is_dataset(item):
            leaf = (counter.decode() if isinstance(counter, bytes) else str(counter)).split("/")[-1]
            declared[f"{name}/{leaf}".replace("/", "_")] = name.replace("/", "_")

    base.visititems(look)
    return declared


def tells(name: str, declared: Mapping[str, str], inside: str = "") -> Iterator[tuple[str, str]]:
    """The role of a column by its name: ``counts`` or ``offsets``, with the collection.

    Parameters
    ----------
    name : str
    declared : mapping of str to str
        Counters that the file names.
    inside : str, optional
        Accept this collection only.
    """
    if name in declared:
        yield "counts", declared[name]
        return
    for kind, pattern in (("offsets", _OFFSETS), ("counts", _AFTER), ("counts", _BEFORE)):
        match = pattern.fullmatch(name)
        if match and (not inside or match["of"] == inside):
            yield kind, match["of"]
            return
    match = _INSIDE.fullmatch(name)
    if match and not inside:
        yield "counts", f"{match['outer']}_{match['of']}"


def adopt_lists(layout: Layout, file: Any, declared: Mapping[str, str]) -> None:
    """Turn columns into lists where other columns give the lengths.

    Counters and offsets with one number per object of a collection (``Jet_track_counts``) describe
    lists inside its lists.

    Parameters
    ----------
    layout : Layout
    file : h5py.File
    declared : mapping of str to str
        Counters that the file names: name of the column → collection.
    """
    tellers = [
        (collection, Lists(kind, column.name, column.place))
        for column in layout.columns.values()
        if holds_integers(column.dtype) and column.collection is None
        for kind, collection in tells(column.name, declared)
    ]
    # A collection comes before the lists inside its objects.
    for collection, lists in sorted(tellers, key=lambda item: len(item[0])):
        _adopt(layout, lists, collection, file, declared)


def _adopt(
    layout: Layout, lists: Lists, collection: str, file: Any, declared: Mapping[str, str]
) -> None:
    """Turn those columns of a collection into lists whose length matches the sum of lengths."""
    sure = lists.name in declared
    members = [
        column
        for column in layout.columns.values()
        if column.name.startswith(f"{collection}_")
        and column.name not in (lists.name, *declared)
        and not column.has_lists
    ]
    lengths = _lengths(file, lists) if members or sure else None
    if lengths is None or collection in layout.tellers or lists.name not in layout.columns:
        return
    lists = replace(lists, number=len(lengths), total=int(lengths.sum()))
    around = _around(layout, lists, collection)
    # A column with one number per object may still belong to the lists in the objects.
    fitting = [
        member
        for member in members
        if member.length == lists.total and member.counted_levels in ((), around)
    ]
    # As many elements as lists is ambiguous, unless all lists have one or the file declares it.
    doubted = lists.total == lists.number and bool((lengths != 1).any())
    if doubted and lists.kind == "counts" and not sure:
        _doubt(layout, fitting, lists, "objects" if around else "events")
        return
    for column in fitting:
        layout.columns[column.name] = replace(
            column, counted_levels=(*around, Level(collection, lists))
        )
    if not fitting and (around or not sure):
        return
    if not around:
        layout.tellers[collection] = lists
    if lists.kind == "offsets":
        # Offsets have one number more than lists, and are not a column.
        del layout.columns[lists.name]


def _doubt(layout: Layout, fitting: list[HDF5Column], lists: Lists, units: str) -> None:
    """Drop columns that could be either one number per unit or lists."""
    unit = units.removesuffix("s")
    for column in fitting:
        del layout.columns[column.name]
        layout.obstacles[column.name] = (
            f"it has as many numbers as there are {units}, {lists.total}, and '{lists.name}' "
            f"counts as many: it may be one number per {unit}, or lists."
        )


def _around(layout: Layout, lists: Lists, collection: str) -> tuple[Level, ...]:
    """The lists around the objects that some lengths describe; empty for events."""
    teller = layout.columns[lists.name]
    if teller.counted_levels:
        return teller.counted_levels
    # Offsets have one number more than objects.
    for outer, outer_lists in layout.tellers.items():
        inside = lists.kind == "offsets" and collection.startswith(f"{outer}_")
        if inside and lists.number == outer_lists.total:
            return (Level(outer, outer_lists),)
    return ()


def _lengths(file: Any, lists: Lists) -> NDArray[np.int64] | None:
    """The lengths of lists; None if the numbers are impossible."""
    dataset, member = file[lists.place.dataset], lists.place.member
    values = dataset[...] if member is None else dataset.fields(member)[...]
    numbers: NDArray[np.int64] = values.astype(np.int64)
    if (numbers < 0).any():
        return None
    if lists.kind == "counts":
        return numbers
    if not len(numbers) or numbers[0] or (np.diff(numbers) < 0).any():
        return None
    lengths: NDArray[np.int64] = np.diff(numbers)
    return lengths
