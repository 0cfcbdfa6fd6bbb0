"""The innermost lists of lists of lists: what is chosen in each of them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from hepline.columns.choosing import chosen
from hepline.columns.lists import ArgSort, Pad, Reduce
from hepline.columns.nodes import Node
from hepline.columns.origin import common_origin
from hepline.columns.unread import Unread
from hepline.errors import LanguageError, ShapeMismatch

if TYPE_CHECKING:
    from hepline.columns.expression import Expr

__all__ = ["Inner", "inner_of"]


@dataclass(frozen=True, eq=False)
class Inner(Unread):
    """The innermost lists of an expression: ``x.inner[0]`` is the first element of each.

    Brackets on the expression itself choose among its outer lists; a mask chooses where it belongs.

    Attributes
    ----------
    values : Expr
        With at least two list levels.
    """

    values: Expr

    def __repr__(self) -> str:
        return f"<inner lists of {self.values!r}>"

    @property
    def _axis(self) -> Node:
        return self.values.type.axes[-1]

    def _taken(self, key: object, *sources: object) -> Expr:
        """The elements at positions of the innermost lists."""
        level = self.values.type.depth - 1
        made = chosen(self.values.node, key, level)
        return type(self.values)(made, common_origin(self.values, *sources))

    def __getitem__(self, key: object) -> Expr:
        return self._taken(getattr(key, "node", key), key)

    def first(self) -> Expr:
        """The first element of each inner list; missing in an empty one."""
        return self[0]

    def sort(self, by: Expr | None = None, *, descending: bool = True) -> Expr:
        """The elements of each inner list in the order of a key: their own values by default.

        Parameters
        ----------
        by : Expr, optional
            With one value for each element.
        descending : bool
            The largest first, by default.
        """
        key = self._key(self.values if by is None else by, "sort")
        return self._taken(ArgSort(key, descending), by)

    def best(self, by: Expr) -> Expr:
        """The element of each inner list with the largest key; missing in an empty one."""
        return self._taken(Reduce("argmax", self._key(by, "best")), by)

    def pad(self, length: int) -> Expr:
        """Exactly `length` elements in each inner list: the first ones, then missing ones."""
        if not isinstance(length, int) or isinstance(length, bool) or length < 0:
            raise LanguageError(
                f"inner.pad({length!r}).",
                why="the length is the same for every list: zero or more.",
                fix="give an integer, such as x.inner.pad(4).",
            )
        return self._taken(Pad(self._axis, length))

    def _key(self, by: Expr, what: str) -> Node:
        if by.type.axes != self.values.type.axes:
            raise ShapeMismatch(
                f"inner.{what}() by {by.type}.",
                why=f"the key {by.node.brief()} does not have one value for each element of "
                f"{self.values.node.brief()}.",
                fix="compute the key from the same lists of lists.",
            )
        return by.node


def inner_of(values: Expr) -> Inner:
    """The innermost lists of an expression.

    Raises
    ------
    ShapeMismatch
        If there are no lists inside its lists.
    """
    if values.type.depth < 2:
        raise ShapeMismatch(
            f"the inner lists of {values!r}.",
            why="this is one value per event."
            if not values.type.depth
            else "this is one list per event, and no list of lists.",
            fix="use brackets on the list itself: x[0], x[x > 1].",
        )
    return Inner(values)
