"""Stored objects: columns under a convention, with the fields that it derives."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property

from hepline.columns.conventions.convention import Derived, Link
from hepline.columns.fields import Chosen, Fields
from hepline.columns.kinematics import spelled
from hepline.columns.leaves import Constant
from hepline.columns.lists import Spread
from hepline.columns.nodes import Node

__all__ = ["Stored"]


@dataclass(frozen=True, eq=False)
class Stored(Fields):
    """A collection of the schema.

    Attributes
    ----------
    name : str
        Name of the collection.
    columns : mapping of str to Node
        In the units of the language.
    level : tuple of Node
    derived : mapping of str to Derived
        Fields that the convention derives from stored ones.
    unlisted : callable or None
        Makes fields on demand in groups that are open (trigger paths).
    others : mapping of str to Node
        Columns of the same prefix that run along something else.
    obstacles : mapping of str to str
        Fields that the source cannot read, with the reason.
    references : mapping of str to Link
        Cross-references to other collections.
    target : callable or None
        The collection of a name, as the events store it.
    column : callable or None
        The stored column of a name.
    """

    name: str
    columns: Mapping[str, Node]
    level: tuple[Node, ...]
    derived: Mapping[str, Derived] = field(default_factory=dict)
    unlisted: Callable[[str], Node] | None = None
    others: Mapping[str, Node] = field(default_factory=dict)
    obstacles: Mapping[str, str] = field(default_factory=dict)
    references: Mapping[str, Link] = field(default_factory=dict)
    target: Callable[[str], Fields] | None = None
    column: Callable[[str], Node] | None = None

    @cached_property
    def _spelled(self) -> dict[str, str]:
        return spelled(self.columns)

    @property
    def kind(self) -> str:
        """The name of the collection."""
        return self.name

    @property
    def axes(self) -> tuple[Node, ...]:
        """The list of the collection, if it is one."""
        return self.level

    def canonical(self, name: str) -> str:
        """The language's word for a coordinate."""
        return next((word for word, spelling in self._spelled.items() if spelling == name), name)

    def names(self) -> tuple[str, ...]:
        """Columns of the collection, then derived ones."""
        return (*self.columns, *(name for name in self.derived if name not in self.columns))

    def stored(self, name: str) -> Node | None:
        """The stored column, or the derived field of the convention."""
        called = name if name in self.columns else self._spelled.get(name, name)
        if called in self.columns:
            return self.columns[called]
        if name in self.derived:
            return self._derived(self.derived[name])
        return self.unlisted(name) if self.unlisted is not None else None

    def _derived(self, definition: Derived) -> Node:
        derived = definition.of(*(self.columns[need] for need in definition.needs))
        constant = isinstance(derived, Constant) and self.level
        return Spread(derived, self.level[0]) if constant else derived

    def aside(self, name: str) -> Node | None:
        """A column of the same prefix with other lists, or with one value per event."""
        return self.others.get(name)

    def obstacle(self, name: str) -> str:
        """The reason from the schema."""
        return self.obstacles.get(name, "")

    def links(self) -> tuple[str, ...]:
        """The cross-references whose columns the file has."""
        return tuple(self.references)

    def link(self, name: str) -> Chosen | None:
        """The objects that a cross-reference leads to."""
        reference = self.references.get(name)
        if reference is None or self.target is None or self.column is None:
            return None
        fields = [self.columns[need] for need in reference.needs]
        columns = [self.column(name) for name in reference.columns]
        index = reference.of(*fields, *columns)
        return Chosen(self.target(reference.target), index, not reference.inside, anew=False)
