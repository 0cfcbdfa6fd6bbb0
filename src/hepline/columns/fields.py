"""Where the fields of a record come from: storage, a selection, a change, a sum.

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
        """Fields that are stored, or were given."""

    @abstractmethod
    def stored(self, name: str) -> Node | None:
        """A field that is stored or was given; None if there is none of this name."""

    @property
    @abstractmethod
    def kind(self) -> str:
        """Whose objects these are: ``Muon``, or ``Jet+MET`` for a sum."""

    def aside(self, name: str) -> Node | None:  # noqa: ARG002
        """A column of the same prefix that is not a field of these objects, such as other lists."""
        return None

    def obstacle(self, name: str) -> str:  # noqa: ARG002
        """Why the source cannot offer a field of this name; nothing if it does not have one."""
        return ""

    def link(self, name: str) -> Chosen | None:  # noqa: ARG002
        """The objects that a cross-reference of this name leads to."""
        return None

    def links(self) -> tuple[str, ...]:
        """Names of the cross-references."""
        return ()

    def canonical(self, name: str) -> str:
        """The language's own word for a coordinate: ``px`` where files have ``Px``."""
        return name

    def place(self) -> Node | None:
        """Which object of the stored collection each of these is; None for one per event.

        Objects that are stored nowhere (sums, joined collections) count along their own list.
        """
        return self.position()

    def position(self) -> Node | None:
        """Where each object stands in its collection; None for one per event.

        A selection is a collection of its own and counts anew. A single object, a member of a
        pair and the nearest object of a match stand where they were chosen from.
        """
        return Position(self.axes[-1]) if self.axes else None

    def lacking(self, name: str) -> tuple[tuple[str, str], ...]:
        """Field and collection of everything that a coordinate needs and that is not there."""
        needs = polar_needs(name) or (name,)
        return tuple((need, self.kind) for need in needs if self.get(need) is None)

    def get(self, name: str) -> Node | None:
        """A stored field, or one that follows from the four-momentum."""
        field = self.stored(name)
        return field if field is not None else derive(name, self.stored)


@dataclass(frozen=True, eq=False)
class OfParent(Fields):
    """Objects made of those of a parent: as the parent, where nothing else is said.

    Attributes
    ----------
    parent : Fields
    """

    parent: Fields

    @property
    def kind(self) -> str:
        """As the parent."""
        return self.parent.kind

    @property
    def axes(self) -> tuple[Node, ...]:
        """As the parent."""
        return self.parent.axes

    def names(self) -> tuple[str, ...]:
        """As the parent."""
        return self.parent.names()

    def canonical(self, name: str) -> str:
        """As the parent."""
        return self.parent.canonical(name)

    def lacking(self, name: str) -> tuple[tuple[str, str], ...]:
        """As the parent."""
        return self.parent.lacking(name)

    def obstacle(self, name: str) -> str:
        """As the parent."""
        return self.parent.obstacle(name)

    def links(self) -> tuple[str, ...]:
        """As the parent."""
        return self.parent.links()

    def link(self, name: str) -> Chosen | None:
        """As the parent."""
        return self.parent.link(name)

    def place(self) -> Node | None:
        """As the parent."""
        return self.parent.place()

    def position(self) -> Node | None:
        """As the parent."""
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
        Whether objects may be chosen many times (pairs): what follows from the four-momentum is
        then computed once per object of the parent, not once per choice.
    anew : bool
        Whether a list of these is a collection of its own, whose positions count anew; members
        of pairs and nearest objects keep their positions in the parent.
    level : int
        How many lists are around those that are chosen from.
    """

    index: Node
    checked: bool = False
    repeats: bool = False
    anew: bool = True
    level: int = 0

    @property
    def axes(self) -> tuple[Node, ...]:
        """Those of the positions and of the lists around them, and of lists in what is chosen."""
        return self.at(self.parent.axes[-1]).type.axes

    def place(self) -> Node | None:
        """Where the parent says, at the chosen positions."""
        return self._take(self.parent.place())

    def position(self) -> Node | None:
        """Along this list, or where the objects were chosen from."""
        if self.axes and self.anew:
            return Position(self.axes[-1])
        return self._take(self.parent.position())

    def link(self, name: str) -> Chosen | None:
        """Where the parent's one leads to, from the chosen objects."""
        led = self.parent.link(name)
        if led is None:
            return None
        return replace(led, index=self.at(led.index))

    def _take(self, values: Node | None) -> Node | None:
        return None if values is None else self.at(values)

    def at(self, values: Node) -> Node:
        """What the parent has for each object, at the chosen positions."""
        if self.level:
            return TakeInside(values, self.index, self.level, self.checked)
        return Take(values, self.index, self.checked)

    def stored(self, name: str) -> Node | None:
        """The parent's field at the chosen positions."""
        return self._take(self.parent.get(name) if self.repeats else self.parent.stored(name))


@dataclass(frozen=True, eq=False)
class Changed(OfParent):
    """Objects with some fields replaced or added.

    What follows from a changed pt, eta, phi or mass follows the change, also where the parent has
    px, py, pz and energy of its own (sums, Cartesian files), and the other way round: otherwise a
    variation would be lost downstream.
    """

    changes: Mapping[str, Node]

    @cached_property
    def _by_word(self) -> dict[str, Node]:
        """The changes in hepline's own words."""
        return {self.parent.canonical(name): node for name, node in self.changes.items()}

    def names(self) -> tuple[str, ...]:
        """The parent's, and the new ones."""
        names = self.parent.names()
        return (*names, *(name for name in self.changes if name not in names))

    def lacking(self, name: str) -> tuple[tuple[str, str], ...]:
        """What the parent lacks and the changes do not give."""
        return tuple(need for need in self.parent.lacking(name) if need[0] not in self._by_word)

    def links(self) -> tuple[str, ...]:
        """Those of the parent that no new field covers."""
        return tuple(name for name in self.parent.links() if name not in self.changes)

    def link(self, name: str) -> Chosen | None:
        """As the parent."""
        return None if name in self.changes else self.parent.link(name)

    def stored(self, name: str) -> Node | None:
        """The change, what follows from it, or the parent's field."""
        name = self.parent.canonical(name)
        if name in self._by_word:
            return self._by_word[name]
        needs = self._needs(name)
        if not needs:
            return self.parent.stored(name)
        return derive(name, lambda need: self._followed(need) if need in needs else None)

    def _needs(self, name: str) -> tuple[str, ...]:
        """What a coordinate follows from, if any of it changed; nothing if none of it did."""
        for needs in (polar_needs(name), cartesian_needs(name)):
            changed = [need for need in needs if need in self._by_word]
            # Another energy alone leaves a mass that is stored as it is.
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
        """As the whole."""
        return self.whole.kind

    @property
    def axes(self) -> tuple[Node, ...]:
        """As the whole."""
        return self.whole.axes

    def names(self) -> tuple[str, ...]:
        """What stands behind the dot."""
        start = f"{self.word}."
        return tuple(n.removeprefix(start) for n in self.whole.names() if n.startswith(start))

    def place(self) -> Node | None:
        """As the whole."""
        return self.whole.place()

    def position(self) -> Node | None:
        """As the whole."""
        return self.whole.position()

    def stored(self, name: str) -> Node | None:
        """The whole's field."""
        return self.whole.stored(f"{self.word}.{name}")


@dataclass(frozen=True, eq=False)
class Joined(Fields):
    """The objects of one collection, then those of another, with the fields that both have."""

    first: Fields
    second: Fields
    tag: str

    @property
    def kind(self) -> str:
        """Both."""
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
        """All of them."""
        return "+".join(part.kind for part in self.parts)

    @property
    def axes(self) -> tuple[Node, ...]:
        """As the parts."""
        return self.parts[0].axes

    def names(self) -> tuple[str, ...]:
        """Coordinates of the sum, as far as the parts' ones suffice."""
        return tuple(name for name in POLAR if self.stored(name) is not None)

    def lacking(self, name: str) -> tuple[tuple[str, str], ...]:
        """What any of the parts lacks."""
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
