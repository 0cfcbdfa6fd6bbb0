"""Which columns there are, and how they form collections."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property

from hepline.columns.leaves import Collection, Column, OptionalColumn
from hepline.columns.nodes import Node
from hepline.errors import ColumnNotFound, nearest

__all__ = ["ColumnSpec", "Schema", "counted", "own_axis", "unreadable"]


@dataclass(frozen=True)
class ColumnSpec:
    """One column as a source offers it.

    Attributes
    ----------
    name : str
        ``Muon_pt``.
    dtype : str
        NumPy's name of the element type.
    collection : str or None
        The objects it belongs to by its name (``Muon``); None for one value per event.
    axis : str or None
        What its lists are proved to run along: columns of one axis share a counter or offsets.
        A list that has neither runs along an axis of its own, and pairs with others of its
        collection only where the events that are read bear it out. The collection by default.
    optional : bool
        Whether values may be missing in the file (nulls of Parquet).
    """

    name: str
    dtype: str
    collection: str | None = None
    axis: str | None = None
    optional: bool = False

    def __post_init__(self) -> None:
        if self.axis is None:
            object.__setattr__(self, "axis", self.collection)

    def node(self) -> Column:
        """The leaf that reads this column."""
        axis = None if self.collection is None else Collection(self.collection)
        return self.along(axis)

    def along(self, axis: Node | None) -> Column:
        """The leaf that reads this column, of which lists run along an axis."""
        kind = OptionalColumn if self.optional else Column
        return kind(self.name, self.dtype, axis)


@dataclass(frozen=True)
class Schema:
    """The columns of a dataset by name, grouped by their prefix.

    Attributes
    ----------
    name : str
        For messages: a file's name, or ``nanoaod``.
    columns : mapping of str to ColumnSpec
    counters : mapping of str to str
        Collection to the column that holds its length, where there is one.
    open_groups : mapping of str to str
        Prefix to dtype, where any name may be asked for (trigger paths change from run to run).
    obstacles : mapping of str to str
        Column that the source has, but cannot offer, to the reason.
    """

    name: str
    columns: Mapping[str, ColumnSpec]
    counters: Mapping[str, str] = field(default_factory=dict)
    open_groups: Mapping[str, str] = field(default_factory=dict)
    obstacles: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def from_specs(
        cls,
        name: str,
        specs: Iterable[ColumnSpec],
        *,
        counters: Mapping[str, str] | None = None,
        open_groups: Mapping[str, str] | None = None,
        obstacles: Mapping[str, str] | None = None,
    ) -> Schema:
        """Build from a list of columns."""
        by_name = {spec.name: spec for spec in specs}
        return cls(
            name, by_name, dict(counters or {}), dict(open_groups or {}), dict(obstacles or {})
        )

    def groups(self) -> dict[str, dict[str, ColumnSpec]]:
        """Prefix → field → column: ``Muon`` → ``pt`` → ``Muon_pt``."""
        return self._groups

    @cached_property
    def _groups(self) -> dict[str, dict[str, ColumnSpec]]:
        found: dict[str, dict[str, ColumnSpec]] = {}
        for spec in self.columns.values():
            prefix, separator, rest = spec.name.partition("_")
            if separator and prefix and rest:
                found.setdefault(prefix, {})[rest] = spec
        return found

    def column(self, name: str) -> ColumnSpec:
        """The column of this name.

        Raises
        ------
        ColumnNotFound
            With the nearest names.
        """
        spec = self.columns.get(name)
        if spec is not None:
            return spec
        prefix, _, rest = name.partition("_")
        if rest and prefix in self.open_groups:
            return ColumnSpec(name, self.open_groups[prefix])
        raise self.missing(name)

    def axes(self, collection: str) -> tuple[str, ...]:
        """The axes of the lists that make a collection: one, if it is proved to be one."""
        of_name = {spec.axis for spec in self.columns.values() if spec.collection == collection}
        if collection in self.counters or collection in of_name:
            return (collection,)
        return tuple(sorted(axis for axis in of_name if axis is not None))

    def missing(self, name: str, *, asked_at: str | None = None) -> ColumnNotFound:
        """The error for a column that does not exist, or that the source cannot offer."""
        obstacle = self.obstacles.get(name)
        if obstacle is not None:
            return unreadable("column", name, self.name, obstacle, asked_at=asked_at)
        names = (*self.columns, *self.obstacles)
        ends = [end for end in "._" if name.partition(end)[2]]
        beginning = name.partition(ends[0])[0] + ends[0] if ends else name
        family = [known for known in names if known.startswith(beginning)]
        why = (
            f"it has {counted(len(family), 'column')} whose names begin with '{beginning}'; this "
            "is not one of them."
            if family
            else f"none of the names of its {counted(len(names), 'column')} begins with "
            f"'{beginning}'."
        )
        usable = [known for known in family if known in self.columns]
        if family and not usable:
            why += f" None of them can be read: {family[0]}: {self.obstacles[family[0]]}"
        return ColumnNotFound(
            f"no column '{name}' in {self.name}.",
            why=why,
            fix=nearest(name, usable or self.columns) + "  List them: hepline ls FILE",
            asked_at=asked_at,
        )


def unreadable(
    kind: str, name: str, where: str, why: str, *, asked_at: str | None = None
) -> ColumnNotFound:
    """The error for a column, or a field of objects, that the source has but cannot offer."""
    return ColumnNotFound(
        f"the {kind} '{name}' of {where} cannot be read.",
        why=why,
        fix=f"use another {kind}, or leave out the files that stand in its way.  "
        "List all reasons: hepline ls FILE",
        asked_at=asked_at,
    )


def own_axis(name: str) -> str:
    """The axis of a list that shares neither a counter nor offsets with another.

    No collection has such a name.
    """
    return f"{name}[]"


def counted(number: int, noun: str) -> str:
    """``1 column``, ``2 columns``."""
    return f"{number} {noun}{'' if number == 1 else 's'}"
