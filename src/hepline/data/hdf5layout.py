"""Which columns and collections the datasets of an HDF5 file make."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hepline.columns.schema import own_axis
from hepline.columns.types import TEXT, holds_integers
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

__all__ = ["Found", "Layout", "Lists", "Place", "base_of", "layout_of"]

# How the name of a dataset says that it counts the elements of lists, or where they begin.
_BEFORE = re.compile(r"(?:num|n)_?(?P<of>[A-Za-z]\w*)", re.ASCII)
_AFTER = re.compile(r"(?P<of>\w+)_(?:n|num|counts?|lengths?|n(?P=of))", re.ASCII)
_OFFSETS = re.compile(r"(?P<of>\w+)_offsets?", re.ASCII)


@dataclass(frozen=True)
class Place:
    """Where the numbers of a column stand.

    Attributes
    ----------
    dataset : str
        Its path in the file.
    member : str or None
        Of a structure.
    row : int or None
        Of the second axis.
    """

    dataset: str
    member: str | None = None
    row: int | None = None


@dataclass(frozen=True)
class Lists:
    """What tells the lists of a collection.

    Attributes
    ----------
    kind : str
        ``counts`` (how many elements) or ``offsets`` (where they begin, and the last one ends).
    name : str
        Of the column that tells.
    place : Place
    events : int
        How many lists it tells.
    """

    kind: str
    name: str
    place: Place
    events: int = 0


@dataclass(frozen=True)
class Found:
    """One column.

    Attributes
    ----------
    name, dtype : str
    place : Place
    length : int
        Of its dataset.
    collection : str or None
        None for one value per event.
    own : bool
        Whether the dataset itself holds lists.
    """

    name: str
    dtype: str
    place: Place
    length: int
    collection: str | None = None
    own: bool = False

    @property
    def axis(self) -> str | None:
        """See `ColumnSpec`."""
        return own_axis(self.name) if self.own else self.collection


@dataclass
class Layout:
    """The columns of a group.

    Attributes
    ----------
    entries : int
    columns : dict of str to Found
    tellers : dict of str to Lists
        Collection to what tells its lists; datasets of lists need nothing.
    obstacles : dict of str to str
        Column to why it cannot be asked for.
    """

    entries: int = 0
    columns: dict[str, Found] = field(default_factory=dict)
    tellers: dict[str, Lists] = field(default_factory=dict)
    obstacles: dict[str, str] = field(default_factory=dict)


def layout_of(base: Any, path: str) -> Layout:
    """Learn what is in a group, or in a dataset of structures.

    Every dataset with one number per event is a column, named by its path with ``_`` between
    (``jets/pt``: ``jets_pt``); so is every member of a structure, and every row of a second axis
    (``x_0``, ``x_1``). Lists are datasets of variable length, and flat datasets whose group or
    prefix has a counter (``nMuon``, ``Muon_counts``, ``muons/nmuons``) or offsets
    (``Muon_offsets``) that add up to their length.

    Parameters
    ----------
    base : h5py.Group or h5py.Dataset
    path : str
        Of the file, for messages.

    Raises
    ------
    FileUnreadable
        If there are no numbers, or the datasets do not belong to the same events.
    """
    layout = Layout()
    for name, dataset in _datasets(base):
        for found in _columns(name.replace("/", "_"), dataset, layout.obstacles):
            if found.name in layout.columns:
                layout.obstacles[found.name] = f"two datasets of {path} stand for it."
            layout.columns[found.name] = found
    for name in layout.obstacles:
        layout.columns.pop(name, None)
    said = {} if is_dataset(base) else _said(base)
    for teller in list(layout.columns.values()):
        if holds_integers(teller.dtype) and teller.collection is None:
            for kind, collection in _tells(teller.name, said):
                _adopt(layout, Lists(kind, teller.name, teller.place), collection, base.file, said)
    lengths = _lengths(layout)
    if len(lengths) != 1:
        raise _disagreement(base, path, layout, lengths)
    (layout.entries,) = lengths
    for name, found in list(layout.columns.items()):
        if found.collection is None and found.length != layout.entries:
            del layout.columns[name]
            layout.obstacles[name] = f"it holds {found.length} texts, not one for each event."
    return layout


def base_of(file: Any) -> Any:
    """The group or table that a file is about: all of it, unless there is just one inside.

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
    """Whether a group holds lists, whose collection it names."""
    own = group.name.rpartition("/")[2]
    return "counter" in group.attrs or any(
        is_dataset(each) and (holds_lists(each) or any(_tells(f"{own}_{leaf}", {}, inside=own)))
        for leaf, each in group.items()
    )


def _lengths(layout: Layout) -> dict[int, str]:
    """How many events there are, and a column that says so; more than one if they disagree.

    Text says nothing of it: titles and names of datasets are text, too.
    """
    lengths = {
        found.length: found.name
        for found in reversed(layout.columns.values())
        if (found.collection is None and found.dtype != TEXT) or found.own
    }
    return {lists.events: lists.name for lists in layout.tellers.values()} | lengths


def _datasets(base: Any) -> Iterator[tuple[str, Any]]:
    """Path and dataset of everything in a group.

    Links are not followed, and what begins with ``_`` is bookkeeping of other programs.
    """
    if is_dataset(base):
        yield "" if is_table(base) else base.name.rpartition("/")[2], base
        return
    found: list[tuple[str, Any]] = []
    base.visititems(lambda name, each: found.append((name, each)))
    for name, each in found:
        if is_dataset(each) and not any(part.startswith("_") for part in name.split("/")):
            yield name, each


def _columns(name: str, dataset: Any, obstacles: dict[str, str]) -> Iterator[Found]:
    """The columns of one dataset; what cannot be one is an obstacle."""
    reason = unfit(dataset)
    if reason:
        obstacles[name] = reason
        return
    length, *rest = dataset.shape
    members = dataset.dtype.fields
    for member in members or (None,):
        kind = dataset.dtype if member is None else dataset.dtype[member]
        called = "_".join(part for part in (name, member) if part)
        rows = [*rest, *kind.shape]
        inner, listed = kind.base, item_of(kind)
        dtype = number_of(inner if listed is None else listed)
        place = Place(dataset.name, member)
        if dtype is None or (listed is not None and (member or rest or dtype == TEXT)):
            obstacles[called] = f"it holds {described(inner)}; a column holds numbers."
        elif listed is not None:
            along = called.partition("_")[0]
            yield Found(called, dtype, place, length, along, own=True)
        elif not rows:
            yield Found(called, dtype, place, length)
        elif len(rows) > 1 or rows[0] > LONGEST_ARRAY:
            obstacles[called] = f"it has {' × '.join(map(str, rows))} numbers for every event."
        else:
            for row in range(rows[0]):
                yield Found(f"{called}_{row}", dtype, replace(place, row=row), length)


def _said(base: Any) -> dict[str, str]:
    """Counters that groups name in an attribute ``counter``: name of the column → collection."""
    said: dict[str, str] = {}

    def look(name: str, each: Any) -> None:
        counter = each.attrs.get("counter")
        if counter is not None and not is_dataset(each):
            leaf = (counter.decode() if isinstance(counter, bytes) else str(counter)).split("/")[-1]
            said[f"{name}/{leaf}".replace("/", "_")] = name.replace("/", "_")

    base.visititems(look)
    return said


def _tells(name: str, said: Mapping[str, str], inside: str = "") -> Iterator[tuple[str, str]]:
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
        and found.collection is None
    ]
    told = _values(file, lists.place) if members or sure else np.zeros(0, np.int64)
    if (told < 0).any() or collection in layout.tellers:
        return
    if lists.kind == "offsets":
        if not len(told) or told[0] or (np.diff(told) < 0).any():
            return
        told = np.diff(told)
    total = int(told.sum())
    fitting = [found for found in members if found.length == total]
    # As many elements as events: one for each, unless all lists have one, or it is said.
    doubted = total == len(told) and lists.kind == "counts" and not sure and bool((told != 1).any())
    for found in fitting:
        layout.columns[found.name] = replace(found, collection=collection)
        if doubted:
            del layout.columns[found.name]
            layout.obstacles[found.name] = (
                f"it has as many numbers as there are events, {total}, and '{lists.name}' counts "
                "as many: it may be one number per event, or lists."
            )
    if sure or (fitting and not doubted):
        layout.tellers[collection] = replace(lists, events=len(told))
        if lists.kind == "offsets":
            # One more than events: no column of its own.
            del layout.columns[lists.name]


def _values(file: Any, place: Place) -> NDArray[np.int64]:
    dataset = file[place.dataset]
    values = dataset[...] if place.member is None else dataset.fields(place.member)[...]
    chosen: NDArray[np.int64] = values.astype(np.int64)
    return chosen


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
    told = ", ".join(f"'{name}' has {length}" for length, name in list(lengths.items())[:5])
    groups = _tables(base)
    return FileUnreadable(
        f"the datasets of {where} have different lengths: {told}.",
        why="a column holds one number per event; lists need a counter (nMuon for Muon_pt), or "
        "offsets, that add up to their length.",
        fix=f"choose one of {', '.join(groups)}: tree='{groups[0]}' (--tree on the command line)."
        if groups
        else "write datasets of one length, or put each kind into a group of its own.",
    )


def _tables(base: Any) -> Sequence[str]:
    """Groups with datasets in them, and datasets of structures."""
    if is_dataset(base):
        return ()
    names: list[str] = []

    def look(_name: str, each: Any) -> None:
        if is_dataset(each):
            group = each.name if is_table(each) else each.parent.name
            if group.strip("/") and group.strip("/") not in names and group != base.name:
                names.append(group.strip("/"))

    base.visititems(look)
    return names
