"""Methods of columns like those of arrays: ``x.round(2)``, ``x.sort()``, ``x.rank()``."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from hepline.columns.arrays import diff
from hepline.columns.lifting import Number
from hepline.columns.lists import ArgSort
from hepline.columns.nodes import Node
from hepline.columns.orders import distinct, rank_of, take_inside
from hepline.columns.origin import common_origin
from hepline.columns.reducing import Reducible
from hepline.columns.rounding import clipped, is_in, rounded, running_sum
from hepline.errors import ShapeMismatch, checked_keywords

if TYPE_CHECKING:
    from hepline.columns.expression import Expr

__all__ = ["Methods"]


class Methods(Reducible):
    """Methods of columns, each equivalent to the function of the same name in `hepline`."""

    def _changed(self, node: Node) -> Expr:
        return type(self)(node, self.origin)  # type: ignore[call-arg, return-value]

    def _listed(self, method: str) -> Node:
        if not self.node.type.depth:
            raise ShapeMismatch(
                f"{method}() of {self!r}.",
                why="there is one value per event, and no list to put in order.",
                fix=f"name a list column, such as jet.pt.{method}().",
            )
        return self.node

    def round(self, decimals: int = 0) -> Expr:
        """Round to a number of decimals, halves to the even neighbor."""
        return self._changed(rounded(self.node, decimals))

    def __round__(self, decimals: int | None = None) -> Expr:
        return self.round(0 if decimals is None else decimals)

    def clip(self, low: Expr | Number | None, high: Expr | Number | None) -> Expr:
        """Limit elements to a range; None means no bound."""
        bounds: list[Any] = [getattr(bound, "node", bound) for bound in (low, high)]
        node = clipped(self.node, *bounds)
        return type(self)(node, common_origin(self, low, high))  # type: ignore[call-arg, return-value]

    def isin(self, values: Iterable[Number]) -> Expr:
        """Whether each element equals one of some numbers."""
        return self._changed(is_in(self.node, values))

    def cumsum(self) -> Expr:
        """Cumulative sum of each innermost list."""
        return self._changed(running_sum(self.node))

    def diff(self) -> Expr:
        """Differences of neighboring elements: one less in each list."""
        return self._changed(diff(self._listed("diff")))

    @checked_keywords
    def argsort(self, *, descending: bool = True) -> Expr:
        """Positions that sort the elements, largest first by default."""
        return self._changed(ArgSort(self._listed("argsort"), descending))

    @checked_keywords
    def sort(self, *, descending: bool = True) -> Expr:
        """Sort each innermost list, largest first by default."""
        node = self._listed("sort")
        return self._changed(take_inside(node, ArgSort(node, descending)))

    @checked_keywords
    def rank(self, *, descending: bool = True) -> Expr:
        """Rank of each element in its list: by default 0 for the largest."""
        return self._changed(rank_of(self._listed("rank"), descending=descending))

    def unique(self) -> Expr:
        """Distinct values of each innermost list, in ascending order."""
        return self._changed(distinct(self._listed("unique")))
