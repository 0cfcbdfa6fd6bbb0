"""Fields of objects that no file stores: components, totals, matches, joined lists."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from hepline.columns.elementwise import Masked
from hepline.columns.fields import Chosen, Fields, OfParent
from hepline.columns.kinematics import CARTESIAN, POLAR, component
from hepline.columns.lifting import build
from hepline.columns.lists import Flatten, Position, Reduce, Spread
from hepline.columns.nodes import Node
from hepline.columns.reducing import along

__all__ = ["Flattened", "Given", "Kept", "Total", "spread"]


def spread(value: Node, axes: tuple[Node, ...]) -> Node:
    """Repeat values along the lists that they lack."""
    if value.type.axes == axes:
        return value
    if len(axes) == 1:
        return Spread(value, axes[0])
    return build("where", (build("greater_equal", (Position(axes[-1]), 0)), value, value))


@dataclass(frozen=True, eq=False)
class Given(Fields):
    """Four-momenta made of columns.

    Attributes
    ----------
    components : mapping of str to Node
        Along the same lists, or one per event.
    """

    components: Mapping[str, Node]

    @property
    def kind(self) -> str:
        """``vector``: they belong to no collection."""
        return "vector"

    @property
    def axes(self) -> tuple[Node, ...]:
        """The axes that all columns share."""
        return next(iter(self.components.values())).type.axes

    def names(self) -> tuple[str, ...]:
        """Names of the components."""
        return tuple(self.components)

    def stored(self, name: str) -> Node | None:
        """The column of this name."""
        return self.components.get(name)


@dataclass(frozen=True, eq=False)
class Total(Fields):
    """The total four-momentum of the objects in each list; zero for an empty list.

    Attributes
    ----------
    parts : Fields
        Missing objects are left out.
    axis : int or None
        -1 for the innermost lists, None for all lists of an event.
    """

    parts: Fields
    axis: int | None

    @property
    def kind(self) -> str:
        """The kind of the objects."""
        return self.parts.kind

    @property
    def axes(self) -> tuple[Node, ...]:
        """One list level less, or none."""
        return () if self.axis is None else self.parts.axes[:-1]

    def names(self) -> tuple[str, ...]:
        """Coordinates of the total that follow from those of the objects."""
        return tuple(name for name in POLAR if self.stored(name) is not None)

    def lacking(self, name: str) -> tuple[tuple[str, str], ...]:
        """The inputs that the objects lack."""
        return self.parts.lacking(name)

    def stored(self, name: str) -> Node | None:
        """px, py, pz and energy by addition; everything else follows from them."""
        if name in CARTESIAN:
            part = self.parts.get(name)
            return None if part is None else Reduce("sum", along("sum", part, self.axis))
        value = component(name, self.stored)
        if name not in ("eta", "rapidity") or value is None:
            return value
        # The direction of a zero momentum is 0/0.
        return build("where", (build("equal", (value, value)), value, 0.0))


@dataclass(frozen=True, eq=False)
class Kept(OfParent):
    """Objects where a condition holds, missing ones elsewhere.

    Attributes
    ----------
    parent : Fields
    there : Node
        Booleans, possibly missing. With more list levels than the objects, the objects repeat.
    """

    there: Node

    @property
    def axes(self) -> tuple[Node, ...]:
        """The axes of the condition."""
        return self.there.type.axes

    def link(self, name: str) -> Chosen | None:
        """The targets of the parent's cross-reference."""
        led = self.parent.link(name)
        return None if led is None else replace(led, index=Masked(led.index, self.there))

    def place(self) -> Node | None:
        """The parent's positions in the stored collection, where the condition holds."""
        return self._mask(self.parent.place())

    def position(self) -> Node | None:
        """The parent's positions in its collection, where the condition holds."""
        return self._mask(self.parent.position())

    def stored(self, name: str) -> Node | None:
        """The parent's field, where the condition holds."""
        return self._mask(self.parent.get(name))

    def _mask(self, value: Node | None) -> Node | None:
        return None if value is None else Masked(value, self.there)


@dataclass(frozen=True, eq=False)
class Flattened(OfParent):
    """The objects of the two outermost lists in one list, in order."""

    @property
    def axes(self) -> tuple[Node, ...]:
        """One list level less."""
        return Flatten(self.parent.axes[-1]).type.axes

    def link(self, name: str) -> Chosen | None:
        """The targets of the parent's cross-reference, in one list."""
        led = self.parent.link(name)
        return None if led is None else replace(led, index=Flatten(led.index))

    def place(self) -> Node | None:
        """The parent's positions in the stored collection, in one list."""
        return self._flat(self.parent.place())

    def position(self) -> Node | None:
        """Positions along this list."""
        return Position(self.axes[-1])

    def stored(self, name: str) -> Node | None:
        """The parent's field, in one list."""
        return self._flat(self.parent.stored(name))

    def _flat(self, value: Node | None) -> Node | None:
        return None if value is None else Flatten(value)
