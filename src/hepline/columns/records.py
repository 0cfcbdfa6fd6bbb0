"""Collections of objects: muons, jets, pairs. Choosing, combining, matching."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from hepline.columns.absence import KINEMATIC, check_variable, no_field
from hepline.columns.choosing import positions
from hepline.columns.elementwise import IsMissing
from hepline.columns.expression import Expr, Origin, common_origin, node_of, vary_node
from hepline.columns.fields import Changed, Chosen, Fields, Part, Summed
from hepline.columns.kinematics import POLAR, formula
from hepline.columns.leaves import Constant
from hepline.columns.lists import ArgSort, Combinations, Cross, Pad, Position, Reduce, Take
from hepline.columns.matching import is_near, place_of_nearest
from hepline.columns.nodes import Node
from hepline.columns.preview import table
from hepline.columns.types import FLOAT64, Type, broadcast
from hepline.columns.unread import Unread
from hepline.columns.vary import Nuisance, checked_nuisance
from hepline.errors import LanguageError, ShapeMismatch, TypeMismatch
from hepline.physics import angles

__all__ = ["Records", "Tuples"]

_SHOWN = 6


@dataclass(frozen=True, eq=False)
class Records(Unread):
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
        return table(caption, names, [self.field(name).node for name in names], self.origin)

    def __dir__(self) -> list[str]:
        return [*object.__dir__(self), *self._known(), *self.fields.links()]

    def __getattr__(self, name: str) -> Expr | Records:
        if name.startswith("_"):
            raise AttributeError(name)
        return self._named(name)

    def _named(self, name: str) -> Expr | Records:
        """A field; the objects that a reference leads to; fields that share a dotted beginning."""
        if self._node(name) is None:
            led = self.fields.link(name)
            if led is not None:
                return Records(led, self.origin)
            if any(field.startswith(f"{name}.") for field in self.fields.names()):
                return Records(Part(self.fields, name), self.origin)
        return self.field(name)

    __hash__ = object.__hash__

    def __eq__(self, other: object) -> bool:
        raise TypeMismatch(
            f"{self!r} was compared with {other!r:.60}.",
            why="objects are compared by their fields.",
            fix="name a field: mu.charge == 1; for pairs z[0].charge != z[1].charge.",
        )

    __lt__ = __le__ = __gt__ = __ge__ = __eq__

    def field(self, name: str) -> Expr:
        """A field by name, as ``mu.pt`` or ``mu["pt"]``.

        Raises
        ------
        ColumnNotFound
            With the nearest names.
        """
        node = self._node(name)
        if node is None:
            known = (*self._known(), *self.fields.links())
            raise no_field(name, self.fields, known, repr(self))
        return Expr(node, self.origin)

    def _node(self, name: str) -> Node | None:
        node = self.fields.get(name)
        if node is None and name == "position":
            return self.fields.position()
        return self.fields.aside(name) if node is None else node

    def _known(self) -> tuple[str, ...]:
        """Every name that is there or follows from what is there."""
        names = dict.fromkeys((*self.fields.names(), *POLAR, *KINEMATIC))
        return tuple(name for name in names if self._node(name) is not None)

    def __getitem__(self, key: object) -> Records | Expr:
        if isinstance(key, str):
            return self._named(key)
        return self.choose(key)

    def choose(self, key: object) -> Records:
        """Objects by mask, position, slice or positions: what brackets do."""
        chosen = key.node if isinstance(key, Expr) else key
        if len(self.fields.axes) > 1 and isinstance(chosen, Node) and chosen.type.depth > 1:
            return self._inside(chosen, common_origin(self, key))
        index, checked = positions(chosen, self._axis("brackets"))
        # An index list that is its own level (a mask, a slice, an order) makes a new collection.
        anew = index.type.axes in ((), (index,))
        return self._at(index, checked, common_origin(self, key), anew=anew)

    def _inside(self, key: Node, origin: Origin | None) -> Records:
        """Objects of each inner list, such as some of the children of every particle."""
        level = key.type.depth - 1
        index, checked = positions(key, self.fields.axes[level])
        return Records(Chosen(self.fields, index, checked, level=level), origin)

    def _at(
        self,
        index: Node,
        checked: bool,
        origin: Origin | None,
        *,
        repeats: bool = False,
        anew: bool = True,
    ) -> Records:
        return Records(Chosen(self.fields, index, checked, repeats, anew), origin)

    def _with(self, changes: Mapping[str, Node], origin: Origin | None) -> Records:
        return Records(Changed(self.fields, changes), origin)

    def _axis(self, what: str) -> Node:
        if len(self.fields.axes) != 1:
            raise TypeMismatch(
                f"{what} on {self!r}.",
                why="this is one object per event, not a list of objects."
                if not self.fields.axes
                else "this is a list of lists of objects.",
                fix="use the fields directly, or go back to the collection it was chosen from.",
            )
        return self.fields.axes[0]

    def first(self) -> Records:
        """The first object; missing in events without one."""
        return self._at(Constant(0, "int64"), True, self.origin)

    def sort(self, by: Expr, *, descending: bool = True) -> Records:
        """The objects in the order of a key, largest first by default."""
        key = self._key(by, "sort")
        return self.choose(Expr(ArgSort(key, descending), common_origin(self, by)))

    def best(self, by: Expr) -> Records:
        """The object with the largest key; missing in events without objects."""
        key = self._key(by, "best")
        return self.choose(Expr(Reduce("argmax", key), common_origin(self, by)))

    def closest(self, quantity: Expr, value: float | Expr) -> Records:
        """The object whose quantity is closest to a value; missing in events without objects."""
        self._key(quantity, "closest")
        distance = abs(quantity - value)
        return self.choose(Expr(Reduce("argmin", distance.node), distance.origin))

    def _key(self, by: Expr, what: str) -> Node:
        """A key that has one value for each of these objects."""
        node, axis = node_of(by), self._axis(what)
        if node.type.axes != (axis,):
            raise ShapeMismatch(
                f"{what}() by {node.type}.",
                why=f"the key {node.brief()} does not have one value for each of {axis.brief()}.",
                fix="take the key from the same collection: jet.sort(jet.pt), jet.best(jet.pt).",
            )
        return node

    def pad(self, length: int) -> Records:
        """Exactly `length` objects per event: the first ones, then missing ones."""
        if not isinstance(length, int) or length < 0:
            raise LanguageError(
                f"pad({length!r}).",
                why="the length is the same for every event: zero or more.",
                fix="give an integer, such as jet.pad(4).",
            )
        return self._at(Pad(self._axis("pad"), length), True, self.origin)

    def pairs(self) -> Tuples:
        """All pairs of different objects: ``combinations(2)``."""
        return self.combinations(2)

    def combinations(self, n: int) -> Tuples:
        """All sets of `n` different objects, in lexicographic order.

        Parameters
        ----------
        n : int
            At least 2.

        Returns
        -------
        Tuples
            ``z[0]`` to ``z[n-1]`` are the members; ``z.mass``, ``z.pt``, … belong to their sum.
        """
        if not isinstance(n, int) or n < 2:
            raise LanguageError(
                f"combinations({n!r}).",
                why="a combination has at least two members.",
                fix="give an integer of 2 or more.",
            )
        axis = self._axis("combinations")
        slots = [Combinations(axis, n, slot) for slot in range(n)]
        members = (self._at(slot, False, self.origin, repeats=True, anew=False) for slot in slots)
        return _tuples(*members)

    def cross(self, other: Records) -> Tuples:
        """All pairs of one object of this collection with one of the other."""
        left, right = self._axis("cross"), _records(other, "cross()")._axis("cross")
        origin = common_origin(self, other)
        first, second = Cross(left, right, 0), Cross(left, right, 1)
        return _tuples(
            self._at(first, False, origin, repeats=True, anew=False),
            other._at(second, False, origin, repeats=True, anew=False),
        )

    def delta_r(self, other: Records) -> Expr:
        """Distance √(Δη² + Δφ²) to the object in the same place of `other`, or to a single one."""
        other = _records(other, "delta_r()")
        nodes = [side.field(name).node for side in (self, other) for name in ("eta", "phi")]
        return Expr(formula(angles.delta_r, *nodes), common_origin(self, other))

    def near(self, other: Records, distance: float) -> Expr:
        """Whether any of `other` (a list, or one object per event) is closer in ΔR.

        Parameters
        ----------
        other : Records
        distance : float

        Returns
        -------
        Expr of bool
            One for each object; false where there is no other.
        """
        near = is_near(self, _records(other, "near()"), distance)
        return Expr(near, common_origin(self, other))

    def nearest(self, other: Records, *, within: float | None = None) -> Records:
        """For each object, the one of the list `other` with the smallest ΔR.

        Parameters
        ----------
        other : Records
        within : float, optional
            Missing where the smallest ΔR is not below this.

        Returns
        -------
        Records
            As many as these objects; missing where `other` is empty.
        """
        index = place_of_nearest(self, _records(other, "nearest()"), within)
        return other._at(index, True, common_origin(self, other), anew=False)

    def match(self, other: Records, *, within: float = 0.4) -> Records:
        """The nearest of `other` closer than `within` in ΔR, for each object."""
        return self.nearest(other, within=within)

    def is_missing(self) -> Expr:
        """True where there is no object (the best pair of an event without pairs, say)."""
        fields = self.fields
        while isinstance(fields, Changed):
            fields = fields.parent
        if isinstance(fields, Chosen) and fields.parent.axes:
            place = Take(Position(fields.parent.axes[0]), fields.index, True)
            return Expr(IsMissing(place), self.origin)
        return self.field((*self.fields.names(), "pt")[0]).is_missing()

    def with_fields(self, **changes: Expr | float) -> Records:
        """The same objects with fields replaced or added."""
        nodes = {name: node_of(value) for name, value in changes.items()}
        for name, node in nodes.items():
            if node.type.axes and node.type.axes != self.fields.axes:
                raise ShapeMismatch(
                    f"the new field '{name}' is {node.type}.",
                    why="it does not have one value for each of these objects.",
                    fix="compute it from fields of the same collection.",
                )
        return self._with(nodes, common_origin(self, *changes.values()))

    def vary(
        self,
        nuisance: Nuisance,
        *,
        up: Mapping[str, Expr],
        down: Mapping[str, Expr] | None = None,
    ) -> Records:
        """The same objects, some of whose fields change under a systematic variation.

        Parameters
        ----------
        nuisance : Nuisance
        up, down : mapping of field to Expr
            Varied values, stored in the field's own dtype; `down` is left out for a one-sided
            nuisance.
        """
        checked_nuisance(nuisance)
        if not all(side is None or (side and isinstance(side, Mapping)) for side in (up, down)):
            raise LanguageError(
                f"'{nuisance.name}' varies {self!r} by {up!r:.60}.",
                why="a collection has many fields.",
                fix='say which: jet.vary(jes, up={"pt": 1.03 * jet.pt}).',
            )
        for field, value in (*up.items(), *(down or {}).items()):
            if isinstance(value, int | float | np.number):
                raise LanguageError(
                    f"'{nuisance.name}' varies '{field}' into the number {value}.",
                    why="a variation gives each object its new value, not a factor.",
                    fix=f'write the value, such as up={{"{field}": {value} * jet.{field}}}.',
                )
        changes: dict[str, Node] = {}
        for name in {**up, **(down or {})}:
            check_variable(name, self.fields, repr(self))
            nominal = self.field(name).node
            high = node_of(up[name]) if name in up else nominal
            low = None if down is None else (node_of(down[name]) if name in down else nominal)
            changes[name] = vary_node(nuisance, nominal, high, low)
        return self._with(changes, common_origin(self, *up.values(), *(down or {}).values()))

    def __add__(self, other: Records) -> Records:
        other = _records(other, "+")
        if self.fields.axes != other.fields.axes:
            broadcast((Type(FLOAT64, self.fields.axes), Type(FLOAT64, other.fields.axes)), what="+")
        return Records(Summed((self.fields, other.fields)), common_origin(self, other))


def _records(other: object, what: str) -> Records:
    if not isinstance(other, Records):
        raise TypeMismatch(
            f"{what} with {other!r:.60}.",
            why="the other side must be objects that have a four-momentum.",
            fix="give a collection or a single object, such as ev.Muon or mu[0]; "
            "for numbers name a field: mu.pt + 1.",
        )
    return other


@dataclass(frozen=True, eq=False, repr=False)
class Tuples(Records):
    """Combinations of objects. ``z[0]`` is a member; other fields belong to the sum.

    Attributes
    ----------
    members : tuple of Records
        As long as the combinations; changing a field of the sum does not change them.
    """

    members: tuple[Records, ...]

    def __getitem__(self, key: object) -> Records | Expr:
        if isinstance(key, int | np.integer) and not isinstance(key, bool):
            if not 0 <= key < len(self.members):
                raise LanguageError(
                    f"[{key}] on combinations of {len(self.members)}.",
                    why="a number in brackets names a member of the combination.",
                    fix=f"use 0 to {len(self.members) - 1}; the first combination is .first().",
                )
            return self.members[key]
        return Records.__getitem__(self, key)

    def _at(
        self,
        index: Node,
        checked: bool,
        origin: Origin | None,
        *,
        repeats: bool = True,  # noqa: ARG002 (the sum is always computed once per combination)
        anew: bool = True,
    ) -> Tuples:
        members = tuple(
            member._at(index, checked, origin, repeats=True, anew=False) for member in self.members
        )
        return Tuples(Chosen(self.fields, index, checked, True, anew), origin, members)

    def _with(self, changes: Mapping[str, Node], origin: Origin | None) -> Tuples:
        return Tuples(Changed(self.fields, changes), origin, self.members)


def _tuples(*members: Records) -> Tuples:
    return Tuples(Summed(tuple(each.fields for each in members)), members[0].origin, members)
