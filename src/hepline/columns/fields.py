"""Sources of a record's fields: storage, a selection, a change, a sum.

A record never exists as a column of its own: choosing objects gives positions, and a field of
the chosen objects is the field of the original ones, taken at these positions.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from hepline.columns.elementwise import Elementwise
from hepline.columns.kinematics import (
    CARTESIAN,
    POLAR,
    cartesian_needs,
    component,
    derive,
    polar_needs,
)
from hepline.columns.leaves import Constant
from hepline.columns.lifting import cast
from hepline.columns.lists import Concat, Position, Spread, Take, TakeInside
from hepline.columns.nodes import Node

__all__ = ["Changed", "Chosen", "Fields", "Joined", "OfParent", "Part", "Summed"]


class Fields(ABC):
    """The fields of objects (or, without axes, of one object per event)."""

    @property
    @abstractmethod
    def axes(self) -> tuple[Node, ...]:
        """The list levels that the objects stand in."""

    @abstractmethod
    def names(self) -> tuple[str, ...]:
        """Names of the fields that are stored or were added."""

    @abstractmethod
    def stored(self, name: str) -> Node | None:
        """A field that is stored or was added; None without such a field."""

    @property
    @abstractmethod
    def kind(self) -> str:
        """The kind of the objects: ``Muon``, or ``Jet+MET`` for a sum."""

    def aside(self, name: str) -> Node | None:  # noqa: ARG002
        """A column of the same prefix that is not a field of these objects, such as other lists."""
        return None

    def obstacle(self, name: str) -> str:  # noqa: ARG002
        """Why the source cannot offer a field; empty if it does not have one."""
        return ""

    def link(self, name: str) -> Chosen | None:  # noqa: ARG002
        """The objects that a cross-reference leads to."""
        return None

    def links(self) -> tuple[str, ...]:
        """Names of the cross-references."""
        return ()

    def canonical(self, name: str) -> str:
        """The language's own word for a coordinate: ``px`` where files have ``Px``."""
        return name

    def place(self) -> Node | None:
        """The position of each object in its stored collection; None for one per event.

        Objects that are stored nowhere (sums, joined collections) count along their own list.
        """
        return self.position()

    def position(self) -> Node | None:
        """The position of each object in its collection; None for one per event.

        A selection is a new collection and counts from zero. A single object, a member of a pair
        and the nearest object of a match keep the position in their collection.
        """
        return Position(self.axes[-1]) if self.axes else None

    def lacking(self, name: str) -> tuple[tuple[str, str], ...]:
        """Field and collection of all missing inputs of a coordinate."""
        needs = polar_needs(name) or (name,)
        return tuple((need, self.kind) for need in needs if self.get(need) is None)

    def get(self, name: str) -> Node | None:
        """A stored field, or one that follows from the four-momentum; None for others."""
        field = self.stored(name)
        return field if field is not None else derive(name, self.stored)


@dataclass(frozen=True, eq=False)
class OfParent(Fields):
    """Objects made from those of a parent, with the parent's properties by default.

    Attributes
    ----------
    parent : Fields
    """

    parent: Fields

    @property
    def kind(self) -> str:
        """The parent's kind."""
        return self.parent.kind

    @property
    def axes(self) -> tuple[Node, ...]:
        """The parent's axes."""
        return self.parent.axes

    def names(self) -> tuple[str, ...]:
        """The parent's fields."""
        return self.parent.names()

    def canonical(self, name: str) -> str:
        """The parent's word for a coordinate."""
        return self.parent.canonical(name)

    def lacking(self, name: str) -> tuple[tuple[str, str], ...]:
        """The inputs that the parent lacks."""
        return self.parent.lacking(name)

    def obstacle(self, name: str) -> str:
        """The parent's obstacle."""
        return self.parent.obstacle(name)

    def links(self) -> tuple[str, ...]:
        """The parent's cross-references."""
        return self.parent.links()

    def link(self, name: str) -> Chosen | None:
        """The objects that the parent's cross-reference leads to."""
        return self.parent.link(name)

    def place(self) -> Node | None:
        """The parent's positions in the stored collection."""
        return self.parent.place()

    def position(self) -> Node | None:
        """The parent's positions in its collection."""
        return self.parent.position()


@dataclass(frozen=True, eq=False)
class Chosen(OfParent):
    """Objects at some positions of a collection.

    Attributes
    ----------
    parent : Fields
    index : Node
    checked : bool
        Whether a position may lie outside.
    repeats : bool
        Whether objects may be chosen many times (pairs): derived coordinates are then computed once
        per object of the parent, not once per choice.
    anew : bool
        Whether a list of these is a new collection, whose positions count from zero; members of
        pairs and nearest objects keep their positions in the parent.
    level : int
        The list level of the choice.
    """

    index: Node
    checked: bool = False
    repeats: bool = False
    anew: bool = True
    level: int = 0

    @property
    def axes(self) -> tuple[Node, ...]:
        """The lists around the choice, those of the positions, and lists inside the objects."""
        return self.at(self.parent.axes[-1]).type.axes

    def place(self) -> Node | None:
        """The parent's positions in the stored collection, for the chosen objects."""
        return self._take(self.parent.place())

    def position(self) -> Node | None:
        """Positions along this list, or in the collection of the parent."""
        if self.axes and self.anew:
            return Position(self.axes[-1])
        return self._take(self.parent.position())

    def link(self, name: str) -> Chosen | None:
        """The targets of the parent's cross-reference, for the chosen objects."""
        led = self.parent.link(name)
        if led is None:
            return None
        return replace(led, index=self.at(led.index))

    def _take(self, values: Node | None) -> Node | None:
        return None if values is None else self.at(values)

    def at(self, values: Node) -> Node:
        """A value of the parent's objects, at the chosen positions."""
        if self.level:
            return TakeInside(values, self.index, self.level, self.checked)
        return Take(values, self.index, self.checked)

    def stored(self, name: str) -> Node | None:
        """The parent's field at the chosen positions."""
        return self._take(self.parent.get(name) if self.repeats else self.parent.stored(name))


@dataclass(frozen=True, eq=False)
class Changed(OfParent):
    """Objects with some fields replaced or added.

    Coordinates derived from a changed pt, eta, phi or mass follow the change, even where the parent
    stores px, py, pz and energy (sums, Cartesian files), and vice versa: otherwise a variation
    would be lost downstream.
    """

    changes: Mapping[str, Node]

    @cached_property
    def _by_word(self) -> dict[str, Node]:
        """The changes under hepline's names of the coordinates."""
        return {self.parent.canonical(name): node for name, node in self.changes.items()}

    def names(self) -> tuple[str, ...]:
        """The parent's fields, then the new ones."""
        names = self.parent.names()
        return (*names, *(name for name in self.changes if name not in names))

    def lacking(self, name: str) -> tuple[tuple[str, str], ...]:
        """The inputs that the parent lacks and the changes do not supply."""
        return tuple(need for need in self.parent.lacking(name) if need[0] not in self._by_word)

    def links(self) -> tuple[str, ...]:
        """The parent's cross-references that no new field hides."""
        return tuple(name for name in self.parent.links() if name not in self.changes)

    def link(self, name: str) -> Chosen | None:
        """The parent's cross-reference, unless a new field hides it."""
        return None if name in self.changes else self.parent.link(name)

    def stored(self, name: str) -> Node | None:
        """The change, a field derived from it, or the parent's field."""
        name = self.parent.canonical(name)
        if name in self._by_word:
            return self._by_word[name]
        needs = self._needs(name)
        if not needs:
            return self.parent.stored(name)
        return derive(name, lambda need: self._followed(need) if need in needs else None)

    def _needs(self, name: str) -> tuple[str, ...]:
        """The inputs of a coordinate if any of them changed; otherwise empty."""
        for needs in (polar_needs(name), cartesian_needs(name)):
            changed = [need for need in needs if need in self._by_word]
            # A change of the energy alone does not touch a stored mass.
            alone = changed == ["energy"] and self.parent.stored(name) is not None
            if changed and not alone:
                return needs
        return ()

    def _followed(self, name: str) -> Node | None:
        stored = self.stored(name)
        return self.parent.get(name) if stored is None else stored


@dataclass(frozen=True, eq=False)
class Part(Fields):
    """The fields whose names begin with a word and a dot: ``vertex`` of ``vertex.x``."""

    whole: Fields
    word: str

    @property
    def kind(self) -> str:
        """The kind of the whole."""
        return self.whole.kind

    @property
    def axes(self) -> tuple[Node, ...]:
        """The axes of the whole."""
        return self.whole.axes

    def names(self) -> tuple[str, ...]:
        """Names after the dot."""
        start = f"{self.word}."
        return tuple(n.removeprefix(start) for n in self.whole.names() if n.startswith(start))

    def place(self) -> Node | None:
        """The positions of the whole in the stored collection."""
        return self.whole.place()

    def position(self) -> Node | None:
        """The positions of the whole in its collection."""
        return self.whole.position()

    def stored(self, name: str) -> Node | None:
        """The field of the whole."""
        return self.whole.stored(f"{self.word}.{name}")


@dataclass(frozen=True, eq=False)
class Joined(Fields):
    """The objects of one collection, then those of another, with the fields that both have."""

    first: Fields
    second: Fields
    tag: str

    @property
    def kind(self) -> str:
        """The kinds of both."""
        return f"{self.first.kind}+{self.second.kind}"

    @property
    def axes(self) -> tuple[Node, ...]:
        """A new list."""
        return (Concat(self.first.axes[0], self.second.axes[0]),)

    def names(self) -> tuple[str, ...]:
        """Shared fields, and the tag."""
        second = set(self.second.names())
        shared = tuple(name for name in self.first.names() if name in second)
        return (*shared, self.tag) if self.tag else shared

    def stored(self, name: str) -> Node | None:
        """Both sides in their common dtype; the tag is 0 for the first and 1 for the second."""
        if name == self.tag and self.tag:
            first_tag, second_tag = (Constant(value, "int64") for value in (0, 1))
            return Concat(
                Spread(first_tag, self.first.axes[0]), Spread(second_tag, self.second.axes[0])
            )
        first, second = self.first.stored(name), self.second.stored(name)
        if first is None or second is None:
            return None
        dtype = np.result_type(first.type.dtype, second.type.dtype)
        return Concat(cast(first, dtype), cast(second, dtype))


@dataclass(frozen=True, eq=False)
class Summed(Fields):
    """The total four-momentum of several objects."""

    parts: tuple[Fields, ...]

    @property
    def kind(self) -> str:
        """The kinds of all parts."""
        return "+".join(part.kind for part in self.parts)

    @property
    def axes(self) -> tuple[Node, ...]:
        """The axes of the parts."""
        return self.parts[0].axes

    def names(self) -> tuple[str, ...]:
        """Coordinates of the sum that follow from those of the parts."""
        return tuple(name for name in POLAR if self.stored(name) is not None)

    def lacking(self, name: str) -> tuple[tuple[str, str], ...]:
        """The inputs that any part lacks."""
        needs = polar_needs(name, of_sum=True)
        if not needs:
            return ((name, self.kind),)
        needs_of_parts = (part.lacking(need) for part in self.parts for need in needs)
        return tuple(dict.fromkeys(need for part in needs_of_parts for need in part))

    def stored(self, name: str) -> Node | None:
        """px, py, pz and energy by addition; everything else follows from them."""
        if name not in CARTESIAN:
            return component(name, self.stored)
        parts = [part.get(name) for part in self.parts]
        if any(part is None for part in parts):
            return None
        total = parts[0]
        for part in parts[1:]:
            total = Elementwise("add", (total, part))  # type: ignore[arg-type]
        return total
