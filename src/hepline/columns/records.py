"""Collections of objects: muons, jets, and combinations of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from hepline.columns.absence import check_variable
from hepline.columns.expression import Expr, Origin, common_origin, node_of, vary_node
from hepline.columns.fields import Changed, Chosen, Fields, Summed
from hepline.columns.inner import Inner, inner_of
from hepline.columns.lists import Combinations, Cross
from hepline.columns.matching import checked_objects
from hepline.columns.momenta import Kept, Total, spread
from hepline.columns.nodes import Node
from hepline.columns.ordering import Ordered
from hepline.columns.reducing import reduced
from hepline.columns.relating import Related
from hepline.columns.text import Text
from hepline.columns.types import FLOAT64, Type, broadcast
from hepline.columns.vary import Nuisance, checked_nuisance
from hepline.errors import LanguageError, ShapeMismatch, checked_keywords

__all__ = ["Records", "Tuples"]


@dataclass(frozen=True, eq=False, repr=False)
class Records(Ordered, Related):
    """Objects with fields, in a list per event or one per event.

    Attributes
    ----------
    fields : Fields
        Where the fields come from.
    origin : Origin or None
    """

    def _of_fields(self, fields: Fields, origin: Origin | None) -> Records:
        return Records(fields, origin)

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
        return Records(Chosen(self.fields, index, checked, repeats, anew, level), origin)

    def _mask(self, there: Node, origin: Origin | None) -> Records:
        return Records(Kept(self.fields, there), origin)

    def _with(self, changes: Mapping[str, Node], origin: Origin | None) -> Records:
        return Records(Changed(self.fields, changes), origin)

    @property
    def inner(self) -> Inner[Records]:
        """The innermost lists of lists of objects: ``gen.children.inner[0]`` is one of each."""
        return inner_of(self)

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
        left, right = self._axis("cross"), checked_objects(other, "cross()")._axis("cross")
        origin = common_origin(self, other)
        first, second = Cross(left, right, 0), Cross(left, right, 1)
        return _tuples(
            self._at(first, False, origin, repeats=True, anew=False),
            other._at(second, False, origin, repeats=True, anew=False),
        )

    def with_fields(self, **changes: Expr | float) -> Records:
        """Replace or add fields of the objects."""
        nodes = {name: node_of(value) for name, value in changes.items()}
        for name, node in nodes.items():
            if node.type.axes and node.type.axes != self.fields.axes:
                raise ShapeMismatch(
                    f"the new field '{name}' is {node.type}.",
                    why="it does not have one value for each of these objects.",
                    fix="compute it from fields of the same collection.",
                )
        # One value per event repeats, so that it can be chosen along with the objects.
        axes = self.fields.axes
        repeated = {name: spread(node, axes) for name, node in nodes.items()}
        return self._with(repeated, common_origin(self, *changes.values()))

    @checked_keywords
    def vary(
        self,
        nuisance: Nuisance,
        *,
        up: Mapping[str, Expr],
        down: Mapping[str, Expr] | None = None,
    ) -> Records:
        """Vary some fields of the objects under a systematic variation.

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

    def count(self, *, axis: int | None = -1) -> Expr:
        """Number of objects in each list."""
        if not self.fields.axes:
            raise ShapeMismatch(
                f"count() of {self!r}.",
                why="this is one object per event, not a list.",
                fix="ask whether it is there with .is_missing(), or count the whole collection.",
            )
        return reduced("count", Expr(self.fields.axes[-1], self.origin), axis)

    def sum(self, *, axis: int | None = -1) -> Records:
        """The total four-momentum of each list; zero for an empty list.

        Parameters
        ----------
        axis : int or None
            -1 for each innermost list, None for all of an event's lists of lists together.
        """
        if not self.fields.axes:
            raise ShapeMismatch(
                f"sum() of {self!r}.",
                why="this is one object per event, not a list.",
                fix="add single objects with +: mu[0] + mu[1]; or sum a collection, hl.sum(mu).",
            )
        return Records(Total(self.fields, axis), self.origin)

    def __add__(self, other: Records) -> Records:
        addend = checked_objects(other, "+")
        if self.fields.axes != addend.fields.axes:
            broadcast(
                (Type(FLOAT64, self.fields.axes), Type(FLOAT64, addend.fields.axes)), operation="+"
            )
        return Records(Summed((self.fields, addend.fields)), common_origin(self, other))


@dataclass(frozen=True, eq=False, repr=False)
class Tuples(Records):
    """Combinations of objects. ``z[0]`` is a member; other fields belong to the sum.

    Attributes
    ----------
    members : tuple of Records
        One entry per combination; changing a field of the sum does not change them.
    """

    members: tuple[Records, ...]

    def __getitem__(self, key: object) -> Records | Expr | Text:
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
        level: int = 0,
    ) -> Tuples:
        members = tuple(
            member._at(index, checked, origin, repeats=True, anew=False, level=level)
            for member in self.members
        )
        return Tuples(Chosen(self.fields, index, checked, True, anew, level), origin, members)

    def _mask(self, there: Node, origin: Origin | None) -> Tuples:
        members = tuple(member._mask(there, origin) for member in self.members)
        return Tuples(Kept(self.fields, there), origin, members)

    def _with(self, changes: Mapping[str, Node], origin: Origin | None) -> Tuples:
        return Tuples(Changed(self.fields, changes), origin, self.members)


def _tuples(*members: Records) -> Tuples:
    return Tuples(Summed(tuple(member.fields for member in members)), members[0].origin, members)
