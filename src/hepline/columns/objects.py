"""Objects with fields: lookup of a field by name, and choice by brackets."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from hepline.columns.absence import KINEMATIC, no_field
from hepline.columns.choosing import level_of, positions_inside
from hepline.columns.elementwise import IsMissing
from hepline.columns.expression import Expr, Origin, common_origin
from hepline.columns.fields import Changed, Chosen, Fields, Part
from hepline.columns.kinematics import POLAR
from hepline.columns.lifting import build
from hepline.columns.lists import Position
from hepline.columns.momenta import Kept
from hepline.columns.nodes import Node
from hepline.columns.preview import table
from hepline.columns.text import Text, column_of, is_text
from hepline.columns.unread import Unread
from hepline.errors import ColumnNotFound, TypeMismatch

if TYPE_CHECKING:
    from hepline.columns.records import Records

__all__ = ["Objects"]

_SHOWN = 6


@dataclass(frozen=True, eq=False, repr=False)
class Objects(Unread, ABC):
    """Objects with fields, in a list per event or one per event.

    Attributes
    ----------
    fields : Fields
        Where the fields come from.
    origin : Origin or None
    """

    fields: Fields
    origin: Origin | None

    def __repr__(self) -> str:
        shape = " * ".join(["event", *["var"] * len(self.fields.axes)])
        names = ", ".join(self.fields.names()[:8])
        return f"<{type(self).__name__}  type='{shape} * {{{names}, …}}'>"

    def _repr_html_(self) -> str:
        names = self.fields.names()[:_SHOWN]
        shape = " * ".join(["event", *["var"] * len(self.fields.axes)])
        caption = f"{self.fields.kind}: {shape} * {len(self.fields.names())} fields"
        return table(caption, names, [self._column(name) for name in names], self.origin)

    def __dir__(self) -> list[str]:
        return [*object.__dir__(self), *self._words(), *self.fields.links()]

    def __getattr__(self, name: str) -> Expr | Text | Records:
        if name.startswith("_"):
            raise AttributeError(name)
        return self._named(name)

    def _named(self, name: str) -> Expr | Text | Records:
        """A field, the objects of a reference, or the fields below a dotted name."""
        node = self._node(name)
        if node is not None:
            return column_of(node, self.origin)
        led = self.fields.link(name)
        if led is not None:
            return self._of_fields(led, self.origin)
        if any(field.startswith(f"{name}.") for field in self.fields.names()):
            return self._of_fields(Part(self.fields, name), self.origin)
        raise self._absent(name)

    __hash__ = object.__hash__

    def __eq__(self, other: object) -> bool:
        raise TypeMismatch(
            f"{self!r} was compared with {other!r:.60}.",
            why="objects are compared by their fields.",
            fix="name a field: mu.charge == 1; for pairs z[0].charge != z[1].charge.",
        )

    __lt__ = __le__ = __gt__ = __ge__ = __eq__

    def field(self, name: str) -> Expr:
        """Return a numeric field by name, like ``mu.pt`` or ``mu["pt"]``.

        Raises
        ------
        ColumnNotFound
            With the nearest names.
        TypeMismatch
            If the field holds text.
        """
        node = self._column(name)
        if is_text(node):
            raise TypeMismatch(
                f"the field '{name}' of {self!r} where a number is needed.",
                why="it holds text.",
                fix=Text.instead,
            )
        return Expr(node, self.origin)

    def _column(self, name: str) -> Node:
        """A field of numbers or text."""
        node = self._node(name)
        if node is None:
            raise self._absent(name)
        return node

    def _absent(self, name: str) -> ColumnNotFound:
        words = (*self._words(), *self.fields.links())
        return no_field(name, self.fields, words, repr(self))

    def _node(self, name: str) -> Node | None:
        node = self.fields.get(name)
        if node is None and name == "position":
            return self.fields.position()
        return self.fields.aside(name) if node is None else node

    def _words(self) -> tuple[str, ...]:
        """The names of all stored and derived fields."""
        names = dict.fromkeys((*self.fields.names(), *POLAR, *KINEMATIC))
        return tuple(name for name in names if self._node(name) is not None)

    def __getitem__(self, key: object) -> Records | Expr | Text:
        if isinstance(key, str):
            return self._named(key)
        return self.choose(key)

    def choose(self, key: object) -> Records:
        """Choose objects by mask, position, slice or positions, as brackets do."""
        index = key.node if isinstance(key, Expr) else key
        level = level_of(index, len(self._listed("brackets")))
        return self.chosen_inside(index, level, common_origin(self, key))

    @property
    def axes(self) -> tuple[Node, ...]:
        """The list levels that the objects stand in."""
        return self.fields.axes

    def chosen_inside(self, key: object, level: int, origin: Origin | None) -> Records:
        """Choose objects of the lists at a level."""
        index, checked = positions_inside(key, self.fields.axes, level)
        # A list of positions with its own axis (a mask, a slice, an order) makes a new collection.
        anew = index.type.axes[level:] in ((), (index,))
        return self._at(index, checked, origin, anew=anew, level=level)

    @abstractmethod
    def _of_fields(self, fields: Fields, origin: Origin | None) -> Records:
        """Make objects of other fields, without members."""

    @abstractmethod
    def _at(
        self,
        index: Node,
        checked: bool,
        origin: Origin | None,
        *,
        repeats: bool = False,
        anew: bool = True,
        level: int = 0,
    ) -> Records:
        """Take objects at positions of the lists at a level."""

    @abstractmethod
    def _mask(self, there: Node, origin: Origin | None) -> Records:
        """Keep the objects where a condition holds; elsewhere they are missing."""

    @abstractmethod
    def _with(self, changes: Mapping[str, Node], origin: Origin | None) -> Records:
        """Replace the fields of the objects."""

    def _axis(self, method: str) -> Node:
        """The single list that holds the objects."""
        axes = self._listed(method)
        if len(axes) > 1:
            raise TypeMismatch(
                f"{method} on {self!r}.",
                why="this is a list of lists of objects.",
                fix="use the fields directly, or go back to the collection it was chosen from; of "
                "lists of lists, make one list for each event first: hl.flatten(gen.children).",
            )
        return axes[0]

    def _listed(self, method: str) -> tuple[Node, ...]:
        """The lists that hold the objects."""
        if not self.fields.axes:
            raise TypeMismatch(
                f"{method} on {self!r}.",
                why="this is one object per event, not a list of objects.",
                fix="use the fields directly, or go back to the collection it was chosen from.",
            )
        return self.fields.axes

    def is_missing(self) -> Expr:
        """True where an object is missing, such as the best pair of an event without pairs."""
        fields = self.fields
        while isinstance(fields, Changed):
            fields = fields.parent
        if isinstance(fields, Kept):
            return Expr(build("invert", (fields.there,)), self.origin)
        if isinstance(fields, Chosen) and fields.parent.axes:
            place = replace(fields, checked=True).at(Position(fields.parent.axes[-1]))
            return Expr(IsMissing(place), self.origin)
        return Expr(IsMissing(self._column((*self.fields.names(), "pt")[0])), self.origin)
