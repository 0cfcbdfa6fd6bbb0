"""The columns of a dataset, and the collections that they form."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property

from hepline.columns.conventions.convention import Convention, Link
from hepline.columns.conventions.registry import recognized
from hepline.columns.leaves import Collection, Column, OptionalColumn, Sublists
from hepline.columns.nodes import Node
from hepline.columns.skimmed import Alternative, varied_node
from hepline.columns.types import TEXT
from hepline.errors import ColumnNotFound, nearest

__all__ = ["ColumnSpec", "Schema", "counted", "is_own", "own_axis", "symbolic", "unreadable"]


@dataclass(frozen=True)
class ColumnSpec:
    """One column of a source.

    Attributes
    ----------
    name : str
        ``Muon_pt``.
    dtype : str
        NumPy's name of the element type, or ``string``: see `hepline.columns.text`.
    collection : str or None
        The objects it belongs to by its name (``Muon``); None for one value per event.
    axis : str or None
        The axis of its lists: columns of one axis share a counter or offsets. A list with neither
        has its own axis, and pairs with others of its collection only if the events that are read
        confirm it. The collection by default.
    optional : bool
        Whether values may be missing in the file (nulls of Parquet).
    inner : tuple of str
        The axes of the lists inside its lists, outermost first. Columns that share one certainly
        hold lists of equal length; see `own_axis` for the others.
    policies : tuple of callables
        Applied to the column whenever it is used: see `hepline.columns.cleaning`. Columns that
        differ in nothing else are the same.
    """

    name: str
    dtype: str
    collection: str | None = None
    axis: str | None = None
    optional: bool = False
    inner: tuple[str, ...] = ()
    policies: tuple[Callable[[Node], Node], ...] = field(default=(), compare=False)

    def __post_init__(self) -> None:
        if self.axis is None:
            object.__setattr__(self, "axis", self.collection)

    @property
    def described(self) -> str:
        """The type as text."""
        kind = self._leaf().type
        return kind.called(TEXT) if self.dtype == TEXT else str(kind)

    def node(self) -> Node:
        """Make the leaf that reads this column, and apply the policies."""
        node: Node = self._leaf()
        for policy in self.policies:
            node = policy(node)
        return node

    def _leaf(self) -> Column:
        if self.collection is None:
            return self.along(None)
        axis: Node = Collection(self.collection)
        for level, name in enumerate(self.inner, 1):
            # A recipe may assume what no file proves: lists inside the same objects pair.
            assumed = f"{self.collection}{'[…]' * level}"
            axis = Sublists(assumed if is_own(name) else name, axis)
        return self.along(axis)

    def along(self, axis: Node | None) -> Column:
        """Make the leaf that reads this column, with an axis for its lists."""
        kind = OptionalColumn if self.optional else Column
        return kind(self.name, self.dtype, axis)


@dataclass(frozen=True)
class Schema:
    """The columns of a dataset by name, and the convention that groups them.

    Attributes
    ----------
    name : str
        For messages: a file's name, or ``nanoaod``.
    columns : mapping of str to ColumnSpec
    counters : mapping of str to str
        Collection to the column that holds its length, where there is one.
    open_groups : mapping of str to str
        Prefixes that accept any field (trigger paths change from run to run), with their dtype.
    obstacles : mapping of str to str
        Columns that the source has but cannot read, with the reason.
    stated : Convention or None
        None to recognize it from the columns: see `convention`.
    alternatives : tuple of Alternative
        Of a skim: columns that hold what others become under systematic variations.
    passing : str
        Of a skim: the column that says which events pass, if that depends on the variation.
    """

    name: str
    columns: Mapping[str, ColumnSpec]
    counters: Mapping[str, str] = field(default_factory=dict)
    open_groups: Mapping[str, str] = field(default_factory=dict)
    obstacles: Mapping[str, str] = field(default_factory=dict)
    stated: Convention | None = None
    alternatives: tuple[Alternative, ...] = ()
    passing: str = ""

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

    @cached_property
    def convention(self) -> Convention:
        """The convention: stated, or recognized from the names of the columns."""
        return recognized(self.columns) if self.stated is None else self.stated

    def following(self, convention: Convention | None = None) -> Schema:
        """Fix the convention, which names the collections of the columns.

        Parameters
        ----------
        convention : Convention, optional
            By default the one recognized from the columns.
        """
        target = self.convention if convention is None else convention
        columns = dict(self.columns)
        if target.renames:
            for name, (group, _) in target.places(self.columns).items():
                spec = columns[name]
                if spec.collection is not None:
                    columns[name] = replace(spec, collection=group, axis=spec.axis)
        return replace(self, columns=columns, stated=target)

    def groups(self) -> dict[str, dict[str, ColumnSpec]]:
        """Objects → field → column: ``Muon`` → ``pt`` → ``Muon_pt``; also under short names."""
        return self._groups

    @cached_property
    def own_groups(self) -> dict[str, dict[str, ColumnSpec]]:
        """Like `groups`, without short names."""
        groups: dict[str, dict[str, ColumnSpec]] = {}
        varied = {name for alternative in self.alternatives for name in alternative.varied}
        for name, (group, field_) in self.convention.places(self.columns).items():
            if name not in varied:
                groups.setdefault(group, {})[field_] = self.columns[name]
        return groups

    @cached_property
    def _groups(self) -> dict[str, dict[str, ColumnSpec]]:
        groups = self.own_groups
        return groups | {short: groups[group] for short, group in self._aliases.items()}

    @cached_property
    def _aliases(self) -> dict[str, str]:
        """Short names of groups that no stored group uses."""
        aliases = self.convention.aliases(self.own_groups.keys())
        return {short: group for short, group in aliases.items() if short not in self.own_groups}

    def called(self, group: str) -> str:
        """The primary name of a group."""
        return group if group in self.own_groups else self._aliases.get(group, group)

    def subsets(self) -> Mapping[str, Link]:
        """Collections that are stored as positions in others."""
        return self._subsets

    @cached_property
    def _subsets(self) -> Mapping[str, Link]:
        return self.convention.subsets(self.columns)

    def obstacles_of(self, group: str) -> Mapping[str, str]:
        """Fields of a group that the source has but cannot read, with the reason."""
        return self._obstacles.get(group, {})

    @cached_property
    def _obstacles(self) -> dict[str, dict[str, str]]:
        specs = {name: ColumnSpec(name, "float64") for name in self.obstacles}
        obstacles: dict[str, dict[str, str]] = {}
        for name, (group, field_) in self.convention.places(specs).items():
            obstacles.setdefault(group, {})[field_] = self.obstacles[name]
        return obstacles

    def standing_for(self, name: str) -> ColumnSpec | None:
        """The column for the same field of the same objects as a column of another file.

        Versions and formats of a convention spell some columns differently.
        """
        place = self.convention.places({name: ColumnSpec(name, "float64")}).get(name)
        return None if place is None else self.groups().get(place[0], {}).get(place[1])

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

    def node(self, name: str) -> Node:
        """The stored column of this name, with its variations if it is one of a skim.

        Raises
        ------
        ColumnNotFound
            With the nearest names.
        """
        return varied_node(lambda part: self.column(part).node(), name, self.alternatives)

    def axes(self, collection: str) -> tuple[str, ...]:
        """The axes of the lists of a collection: one, if all certainly have equal length."""
        of_name = {spec.axis for spec in self.columns.values() if spec.collection == collection}
        if collection in self.counters or collection in of_name:
            return (collection,)
        return tuple(sorted(axis for axis in of_name if axis is not None))

    @cached_property
    def proved(self) -> Mapping[str, str | None]:
        """The axis of every list, by the name of its own axis: see `own_axis`."""
        return {
            own_axis(name, level): axis
            for name, spec in self.columns.items()
            for level, axis in enumerate((spec.axis, *spec.inner))
        }

    def missing(self, name: str, *, asked_at: str | None = None) -> ColumnNotFound:
        """Make the error for a column that does not exist or cannot be read."""
        obstacle = self.obstacles.get(name)
        if obstacle is not None:
            return unreadable("column", name, self.name, obstacle, asked_at=asked_at)
        names = (*self.columns, *self.obstacles)
        ends = [end for end in "._" if name.partition(end)[2]]
        beginning = name.partition(ends[0])[0] + ends[0] if ends else name
        family = [column for column in names if column.startswith(beginning)]
        why = (
            f"it has {counted(len(family), 'column')} whose names begin with '{beginning}'; this "
            "is not one of them."
            if family
            else f"none of the names of its {counted(len(names), 'column')} begins with "
            f"'{beginning}'."
        )
        usable = [column for column in family if column in self.columns]
        if family and not usable:
            why += f" None of them can be read: {family[0]}: {self.obstacles[family[0]]}"
        return ColumnNotFound(
            f"no column '{name}' in {self.name}.",
            why=why,
            fix=nearest(name, usable or self.columns) + "  List them: hepline ls FILE",
            asked_at=asked_at,
        )


def symbolic(convention: Convention) -> Schema:
    """The schema of symbolic events of a convention, whose files come later.

    Before a file is read, the columns in use are checked against it.
    """
    listing = convention.symbolic_columns()
    specs = [ColumnSpec(name, dtype, collection) for name, (dtype, collection) in listing.items()]
    collections = dict.fromkeys(spec.collection for spec in specs if spec.collection)
    counters = (
        {collection: f"n{collection}" for collection in collections} if convention.counted else {}
    )
    named = Schema.from_specs(
        convention.name, specs, counters=counters, open_groups=convention.open_groups
    )
    return named.following(convention)


def unreadable(
    kind: str, name: str, where: str, why: str, *, asked_at: str | None = None
) -> ColumnNotFound:
    """Make the error for a column or field that the source has but cannot read."""
    return ColumnNotFound(
        f"the {kind} '{name}' of {where} cannot be read.",
        why=why,
        fix=f"use another {kind}, or leave out the files that stand in its way.  "
        "List all reasons: hepline ls FILE",
        asked_at=asked_at,
    )


def own_axis(name: str, level: int = 0) -> str:
    """Name the axis of a list that shares neither a counter nor offsets with another.

    No collection has such a name.

    Parameters
    ----------
    name : str
        Of the column.
    level : int
        The number of lists around it: 0 for the list of an event.
    """
    return f"{name}{'[]' * (level + 1)}"


def is_own(axis: str) -> bool:
    """Whether an axis belongs to a single column."""
    return axis.endswith("[]")


def counted(number: int, noun: str) -> str:
    """``1 column``, ``2 columns``."""
    return f"{number} {noun}{'' if number == 1 else 's'}"
