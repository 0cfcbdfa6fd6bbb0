"""Reductions of lists to numbers, for functions and methods: ``hl.max(x)``, ``x.max()``."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from hepline.columns.lifting import cast
from hepline.columns.lists import Flatten, Reduce
from hepline.columns.nodes import Node
from hepline.columns.types import BOOL, FLOAT64, INT64, UINT64
from hepline.columns.unread import Unread
from hepline.errors import ShapeMismatch, TypeMismatch

if TYPE_CHECKING:
    from hepline.columns.expression import Expr
    from hepline.columns.origin import Origin

__all__ = ["Reducible", "along", "reduced"]


def reduced(operation: str, values: Expr, axis: int | None) -> Expr:
    """Reduce the innermost lists, or (``axis=None``) all lists of an event together.

    Raises
    ------
    ShapeMismatch
        If there is one value per event, or the axis is another one.
    TypeMismatch
        If the reduction needs conditions and the values are numbers.
    """
    if not values.type.depth:
        raise ShapeMismatch(
            f"{operation}() of {values!r}.",
            why="there is one value per event already; a reduction takes a list.",
            fix=f"name a list column, such as hl.{operation}(jet.pt).",
        )
    node = along(operation, values.node, axis)
    if operation == "count" and node.type.dtype == BOOL:
        # Counting a condition counts where it holds.
        operation = "sum"
    if operation in ("any", "all") and node.type.dtype != BOOL:
        raise TypeMismatch(
            f"{operation}() of {node.type}.",
            why="it asks whether conditions hold.",
            fix=f"compare first: hl.{operation}(jet.pt > 30).",
        )
    if operation == "mean":
        node = cast(node, FLOAT64)
    elif operation == "sum" and not np.issubdtype(node.type.dtype, np.floating):
        node = cast(node, UINT64 if node.type.dtype == UINT64 else INT64)
    return type(values)(Reduce(operation, node), values.origin)


def along(operation: str, node: Node, axis: int | None) -> Node:
    """The node whose innermost lists are reduced."""
    if axis is None:
        while node.type.depth > 1:
            node = Flatten(node)
        return node
    if axis in (-1, node.type.depth):
        return node
    raise ShapeMismatch(
        f"{operation}(…, axis={axis!r}) of {node.type}.",
        why="a reduction goes along the innermost lists (axis=-1), or over all lists of an event "
        "(axis=None).",
        fix=f"reduce twice: hl.{operation}(hl.{operation}(x)) goes along the outer lists, too.",
    )


class Reducible(Unread):
    """Reductions as methods, each equivalent to the function of the same name in `hepline`."""

    node: Node
    origin: Origin | None

    def _reduced(self, operation: str, axis: int | None) -> Expr:
        return reduced(operation, self, axis)  # type: ignore[arg-type]

    def count(self, *, axis: int | None = -1) -> Expr:
        """Number of elements of each innermost list; for conditions, how many hold."""
        return self._reduced("count", axis)

    def sum(self, *, axis: int | None = -1) -> Expr:
        """Sum of each innermost list; zero for an empty list."""
        return self._reduced("sum", axis)

    def mean(self, *, axis: int | None = -1) -> Expr:
        """Mean of each innermost list; missing for an empty list."""
        return self._reduced("mean", axis)

    def min(self, *, axis: int | None = -1) -> Expr:
        """Smallest element of each innermost list; missing for an empty list."""
        return self._reduced("min", axis)

    def max(self, *, axis: int | None = -1) -> Expr:
        """Largest element of each innermost list; missing for an empty list."""
        return self._reduced("max", axis)

    def any(self, *, axis: int | None = -1) -> Expr:
        """Whether at least one element of each innermost list is true."""
        return self._reduced("any", axis)

    def all(self, *, axis: int | None = -1) -> Expr:
        """Whether every element of each innermost list is true."""
        return self._reduced("all", axis)

    def argmin(self, *, axis: int | None = -1) -> Expr:
        """Position of the smallest element; missing for an empty list."""
        return self._reduced("argmin", axis)

    def argmax(self, *, axis: int | None = -1) -> Expr:
        """Position of the largest element; missing for an empty list."""
        return self._reduced("argmax", axis)
