"""Choices in the innermost lists of lists of lists, of numbers or objects."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Generic, Protocol, Self, TypeVar

from hepline.columns.lists import ArgSort, Pad, Reduce
from hepline.columns.nodes import Node
from hepline.columns.origin import Origin, common_origin
from hepline.columns.unread import Unread
from hepline.errors import LanguageError, ShapeMismatch

if TYPE_CHECKING:
    from hepline.columns.expression import Expr

__all__ = ["Inner", "inner_of"]


class _Listed(Protocol):
    """Values in lists that brackets can choose from: a column, or objects."""

    @property
    def axes(self) -> tuple[Node, ...]: ...

    @property
    def origin(self) -> Origin | None: ...

    def chosen_inside(self, key: object, level: int, origin: Origin | None) -> Self: ...


_Values = TypeVar("_Values", bound=_Listed)


@dataclass(frozen=True, eq=False)
class Inner(Unread, Generic[_Values]):
    """The innermost lists of a column or of objects: ``x.inner[0]`` is the first element of each.

    Brackets on the column itself choose among its outer lists; a mask chooses where it belongs.

    Attributes
    ----------
    values : Expr or Records
        With at least two list levels.
    """

    values: _Values

    def __repr__(self) -> str:
        return f"<inner lists of {self.values!r}>"

    @property
    def _axis(self) -> Node:
        return self.values.axes[-1]

    def _take(self, key: object, *sources: object) -> _Values:
        """Take elements at positions of the innermost lists."""
        origin = common_origin(self.values, *sources)
        return self.values.chosen_inside(key, len(self.values.axes) - 1, origin)

    def __getitem__(self, key: object) -> _Values:
        return self._take(getattr(key, "node", key), key)

    def first(self) -> _Values:
        """The first element of each inner list; missing in an empty one."""
        return self[0]

    def sort(self, by: Expr | None = None, *, descending: bool = True) -> _Values:
        """Sort each inner list by a key, by default the values themselves.

        Parameters
        ----------
        by : Expr, optional
            One value per element; required for objects.
        descending : bool
            Whether the largest comes first.
        """
        key = self._key(self.values if by is None else by, "sort")
        return self._take(ArgSort(key, descending), by)

    def best(self, by: Expr) -> _Values:
        """The element of each inner list with the largest key; missing in an empty one."""
        return self._take(Reduce("argmax", self._key(by, "best")), by)

    def pad(self, length: int) -> _Values:
        """Cut or pad each inner list to `length` elements; added ones are missing."""
        if not isinstance(length, int) or isinstance(length, bool) or length < 0:
            raise LanguageError(
                f"inner.pad({length!r}).",
                why="the length is the same for every list: zero or more.",
                fix="give an integer, such as x.inner.pad(4).",
            )
        return self._take(Pad(self._axis, length))

    def _key(self, by: object, method: str) -> Node:
        node = getattr(by, "node", None)
        if not isinstance(node, Node) or node.type.axes != self.values.axes:
            raise ShapeMismatch(
                f"inner.{method}() by {by!r:.60}.",
                why="the key does not have one value for each element of these lists of lists.",
                fix=f"compute the key from the same lists of lists: x.inner.{method}(x), "
                f"gen.children.inner.{method}(gen.children.pt).",
            )
        return node


def inner_of(values: _Values) -> Inner[_Values]:
    """The innermost lists of a column, or of objects.

    Raises
    ------
    ShapeMismatch
        If there are no lists inside its lists.
    """
    if len(values.axes) < 2:
        raise ShapeMismatch(
            f"the inner lists of {values!r}.",
            why="this is one value per event."
            if not values.axes
            else "this is one list per event, and no list of lists.",
            fix="use brackets on the list itself: x[0], x[x > 1].",
        )
    return Inner(values)
