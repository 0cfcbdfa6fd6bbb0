"""The columns and collections of an HDF5 file, from its datasets."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from math import prod
from typing import Any

import numpy as np

from hepline.columns.types import TEXT
from hepline.data.hdf5column import HDF5Column, Layout, Place
from hepline.data.hdf5lists import adopt_lists, said_in, tells
from hepline.data.hdf5types import (
    described,
    holds_lists,
    is_dataset,
    is_table,
    item_of,
    number_of,
    unfit,
)
from hepline.data.nested import LONGEST_ARRAY
from hepline.errors import FileUnreadable

__all__ = ["base_of", "layout_of"]


def layout_of(base: Any, path: str) -> Layout:
    """Find the columns of a group, or of a dataset of structures.

    Every dataset with one number per event is a column, named by its path with ``_`` between
    (``jets/pt``: ``jets_pt``); so is every member of a structure, and every place of further axes
    (``x_0``, ``x_1``) unless there are many. Lists are datasets of variable length, flat datasets
    whose group or prefix has a counter (``nMuon``, ``Muon_counts``, ``muons/nmuons``) or offsets
    (``Muon_offsets``) that add up to their length, and further axes of many numbers, or of
    structures.

    Parameters
    ----------
    base : h5py.Group or h5py.Dataset
    path : str
        Of the file, for messages.

    Raises
    ------
    FileUnreadable
        If there are no numbers, or the datasets disagree about the number of events.
    """
    layout = Layout()
    for name, dataset in _datasets(base):
        for column in _columns(name.replace("/", "_"), dataset, layout.obstacles):
            if column.name in layout.columns:
                layout.obstacles[column.name] = f"two datasets of {path} stand for it."
            layout.columns[column.name] = column
    for name in layout.obstacles:
        layout.columns.pop(name, None)
    adopt_lists(layout, base.file, {} if is_dataset(base) else said_in(base))
    lengths = _lengths(layout)
    if len(lengths) != 1:
        raise _disagreement(base, path, layout, lengths)
    (layout.entries,) = lengths
    for name, column in list(layout.columns.items()):
        if not column.counted_levels and column.length != layout.entries:
            del layout.columns[name]
            layout.obstacles[name] = f"it holds {column.length} texts, not one for each event."
    return layout


def base_of(file: Any) -> Any:
    """The group or table with the data: the only one, else the whole file.

    Parameters
    ----------
    file : h5py.File
    """
    base = file
    while len(base) == 1:
        (only,) = base.values()
        if is_dataset(only):
            return only if is_table(only) else base
        if _is_collection(only):
            return base
        base = only
    return base


def _is_collection(group: Any) -> bool:
    """Whether a group holds lists, and so names their collection."""
    name = group.name.rpartition("/")[2]
    return "counter" in group.attrs or any(
        is_dataset(item) and (holds_lists(item) or any(tells(f"{name}_{leaf}", {}, inside=name)))
        for leaf, item in group.items()
    )


def _lengths(layout: Layout) -> dict[int, str]:
    """Numbers of events, each with a column that has it; several if columns disagree.

    Text does not count: titles and names of datasets are text, too.
    """
    lengths = {
        column.length: column.name
        for column in reversed(layout.columns.values())
        if not column.counted_levels and column.dtype != TEXT
    }
    return {lists.number: lists.name for lists in layout.tellers.values()} | lengths


def _datasets(base: Any) -> Iterator[tuple[str, Any]]:
    """Paths and datasets in a group.

    Links are not followed, and names with ``_`` in front are bookkeeping of other programs.
    """
    if is_dataset(base):
        is_flat = is_table(base) and len(base.shape) == 1
        yield "" if is_flat else base.name.rpartition("/")[2], base
        return
    items: list[tuple[str, Any]] = []
    base.visititems(lambda name, item: items.append((name, item)))
    for name, item in items:
        if is_dataset(item) and not any(part.startswith("_") for part in name.split("/")):
            yield name, item


def _columns(name: str, dataset: Any, obstacles: dict[str, str]) -> Iterator[HDF5Column]:
    """The columns of one dataset; unusable parts become obstacles."""
    reason = unfit(dataset)
    if reason:
        obstacles[name] = reason
        return
    length, *rest = dataset.shape
    members = dataset.dtype.fields
    for member in members or (None,):
        kind = dataset.dtype if member is None else dataset.dtype[member]
        called = "_".join(part for part in (name, member) if part)
        inner, listed = kind.base, item_of(kind)
        dtype = number_of(inner if listed is None else listed)
        column = HDF5Column(called, dtype or "", Place(dataset.name, member), length)
        if dtype is None or (listed is not None and (member or rest)):
            obstacles[called] = f"it holds {described(inner)}; a column holds numbers."
        elif listed is not None:
            yield replace(column, has_lists=True)
        elif members and rest:
            # An axis of structures is a list of objects of constant length.
            yield from _placed(replace(column, sizes=tuple(rest), objects=name), kind.shape)
        else:
            yield from _placed(column, (*rest, *kind.shape))


def _placed(whole: HDF5Column, shape: tuple[int, ...]) -> Iterator[HDF5Column]:
    """One column for each place on the further axes; lists of constant length if there are many."""
    if prod(shape) > LONGEST_ARRAY:
        yield replace(whole, sizes=(*whole.sizes, *shape))
        return
    for row in np.ndindex(*shape):
        name = "_".join([whole.name, *map(str, row)])
        yield replace(whole, name=name, place=replace(whole.place, row=row))


def _disagreement(
    base: Any, path: str, layout: Layout, lengths: Mapping[int, str]
) -> FileUnreadable:
    inside = base.name.strip("/")
    where = f"'{inside}' in {path}" if inside else path
    if not lengths:
        words = dict.fromkeys(layout.columns, "it holds text.")
        reasons = [f"'{name}': {why}" for name, why in list((layout.obstacles | words).items())[:3]]
        return FileUnreadable(
            f"no columns of numbers in {where}.",
            why=" ".join(reasons) or "it holds no dataset.",
            fix="name a file with datasets of one length, or a group in it: tree='GROUP'.",
        )
    listing = ", ".join(f"'{name}' has {length}" for length, name in list(lengths.items())[:5])
    groups = _tables(base)
    return FileUnreadable(
        f"the datasets of {where} have different lengths: {listing}.",
        why="a column holds one number per event; lists need a counter (nMuon for Muon_pt), or "
        "offsets, that add up to their length.",
        fix=f"choose one of {', '.join(groups)}: tree='{groups[0]}'."
        if groups
        else "write datasets of one length, or put each kind into a group of its own.",
    )


def _tables(base: Any) -> Sequence[str]:
    """Groups with datasets in them, and datasets of structures."""
    if is_dataset(base):
        return ()
    names: list[str] = []

    def look(_name: str, item: Any) -> None:
        if is_dataset(item):
            group = item.name if is_table(item) else item.parent.name
            if group.strip("/") and group.strip("/") not in names and group != base.name:
                names.append(group.strip("/"))

    base.visititems(look)
    return names
