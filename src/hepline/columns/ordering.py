"""Order of objects: sorting by keys, the best one, the first of each kind."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hepline.columns.expression import Expr, common_origin, node_of
from hepline.columns.lists import Pad, Reduce
from hepline.columns.nodes import Node
from hepline.columns.objects import Objects
from hepline.columns.orders import best_place, is_first, order_by
from hepline.errors import LanguageError, ShapeMismatch, checked_keywords

if TYPE_CHECKING:
    from hepline.columns.records import Records

__all__ = ["Ordered"]


class Ordered(Objects):
    """A list of objects that can be sorted."""

    def first(self) -> Records:
        """The first object, missing in an empty list; of lists of lists, the first list."""
        return self.choose(0)

    @checked_keywords
    def sort(self, *by: Expr, descending: bool = True) -> Records:
        """Sort the objects by a key, largest first by default.

        Parameters
        ----------
        *by : Expr
            One value for each object, or, of lists of lists, for each list. Later keys break ties.
            NaN comes last, and missing keys after that.
        descending : bool
        """
        keys = self._keys(by, "sort")
        order = order_by(keys, descending=descending)
        return self._at(order, False, common_origin(self, *by), level=_level(keys))

    def best(self, *by: Expr) -> Records:
        """The object with the largest key; missing in events without objects.

        Parameters
        ----------
        *by : Expr
            One value for each object, or, of lists of lists, for each list. Later keys break ties;
            for the smallest, write ``-key``.
        """
        keys = self._keys(by, "best")
        origin = common_origin(self, *by)
        return self._at(best_place(keys), len(by) > 1, origin, anew=False, level=_level(keys))

    @checked_keywords
    def unique(self, by: Expr) -> Records:
        """The first object of each key, in the order of the list.

        Parameters
        ----------
        by : Expr
            One value for each object. NaN keys count as equal, and so do missing ones.
        """
        (key,) = self._keys((by,), "unique")
        return self.choose(Expr(is_first(key), common_origin(self, by)))

    def closest(self, quantity: Expr, value: float | Expr) -> Records:
        """The object whose quantity is closest to a value; missing in events without objects."""
        level = _level(self._keys((quantity,), "closest"))
        distance = abs(quantity - value)
        place, origin = Reduce("argmin", distance.node), common_origin(self, distance)
        return self._at(place, False, origin, anew=False, level=level)

    def _keys(self, by: tuple[Expr, ...], method: str) -> list[Node]:
        """The nodes of the keys, which need one value per object or per list of objects."""
        axes = self._listed(method)
        nodes = [node_of(key) for key in by]
        if not nodes:
            raise LanguageError(
                f"{method}() without a key.",
                why="what the objects are ordered by must be said.",
                fix=f"name a quantity of each object: jet.{method}(jet.pt).",
            )
        for node in nodes:
            depth = nodes[0].type.depth
            if not depth or node.type.axes != axes[:depth]:
                raise ShapeMismatch(
                    f"{method}() by {node.type}.",
                    why=f"the key {node.brief()} does not have one value for each of "
                    f"{axes[: max(depth, 1)][-1].brief()}.",
                    fix="take the key from the same collection: jet.sort(jet.pt), "
                    "jet.best(jet.pt).",
                )
        return nodes

    def pad(self, length: int) -> Records:
        """Cut or pad to `length` objects per event; added ones are missing.

        Of lists of lists, `length` lists, of which the added ones are empty.
        """
        if not isinstance(length, int) or length < 0:
            raise LanguageError(
                f"pad({length!r}).",
                why="the length is the same for every event: zero or more.",
                fix="give an integer, such as jet.pad(4).",
            )
        return self._at(Pad(self._listed("pad")[0], length), True, self.origin)


def _level(keys: list[Node]) -> int:
    """The list level that keys sort."""
    return keys[0].type.depth - 1
