"""One number for each list: sums, counts, extremes; and lists of lists put together."""

from __future__ import annotations

import numpy as np

from hepline.columns.expression import Expr
from hepline.columns.lifting import cast
from hepline.columns.lists import Flatten, Reduce
from hepline.columns.nodes import Node
from hepline.columns.records import Records
from hepline.columns.types import BOOL, FLOAT64, INT64, UINT64
from hepline.errors import ShapeMismatch, TypeMismatch

__all__ = [
    "all", "any", "argmax", "argmin", "count", "flatten", "max", "mean", "min", "sum",
]  # fmt: skip


def count(values: Expr | Records, *, axis: int | None = -1) -> Expr:
    """Number of elements of each innermost list (of true ones, for a condition).

    Parameters
    ----------
    values : Expr or Records
    axis : int or None
        As for `sum`.

    Returns
    -------
    Expr of int64
    """
    if isinstance(values, Records):
        if not values.fields.axes:
            raise ShapeMismatch(
                f"count() of {values!r}.",
                why="this is one object per event, not a list.",
                fix="ask whether it is there with .is_missing(), or count the whole collection.",
            )
        values = Expr(values.fields.axes[-1], values.origin)
        return _reduce("count", values, axis)
    if isinstance(values, Expr) and values.type.dtype == BOOL:
        return _reduce("sum", values, axis)
    return _reduce("count", values, axis)


def any(values: Expr, *, axis: int | None = -1) -> Expr:
    """Whether at least one element of each innermost list is true; false for an empty list."""
    return _reduce("any", values, axis)


def all(values: Expr, *, axis: int | None = -1) -> Expr:
    """Whether every element of each innermost list is true; true for an empty list."""
    return _reduce("all", values, axis)


def sum(values: Expr, *, axis: int | None = -1) -> Expr:
    """Sum of each innermost list, from left to right; zero for an empty list.

    Parameters
    ----------
    values : Expr
    axis : int or None
        Which lists are summed: -1 the innermost ones; None all of an event's lists of lists
        together, which gives one number per event.
    """
    return _reduce("sum", values, axis)


def min(values: Expr, *, axis: int | None = -1) -> Expr:
    """Smallest element of each innermost list; missing for an empty list."""
    return _reduce("min", values, axis)


def max(values: Expr, *, axis: int | None = -1) -> Expr:
    """Largest element of each innermost list; missing for an empty list."""
    return _reduce("max", values, axis)


def mean(values: Expr, *, axis: int | None = -1) -> Expr:
    """Mean of each innermost list as float64; missing for an empty list."""
    return _reduce("mean", values, axis)


def argmin(values: Expr, *, axis: int | None = -1) -> Expr:
    """Position of the smallest element (the first of equals); missing for an empty list."""
    return _reduce("argmin", values, axis)


def argmax(values: Expr, *, axis: int | None = -1) -> Expr:
    """Position of the largest element (the first of equals); missing for an empty list."""
    return _reduce("argmax", values, axis)


def flatten(values: Expr) -> Expr:
    """The elements of an event's lists of lists in one list, in order.

    Of deeper lists, the two outermost levels become one.

    Parameters
    ----------
    values : Expr
        With at least two list levels.

    Raises
    ------
    TypeMismatch
        If this is no column.
    ShapeMismatch
        If its lists hold no lists.
    """
    if not isinstance(values, Expr):
        raise TypeMismatch(
            f"flatten() of {values!r:.60}.",
            why="it takes a column whose lists hold lists.",
            fix="name a field of the objects, such as hl.flatten(jet.track_pt).",
        )
    if values.type.depth < 2:
        raise ShapeMismatch(
            f"flatten() of {values!r}.",
            why="there is one list per event already."
            if values.type.depth
            else "there is one value per event already.",
            fix="use the column as it is; histograms and reductions take its elements one by one.",
        )
    return Expr(Flatten(values.node), values.origin)


def _reduce(operation: str, values: Expr, axis: int | None) -> Expr:
    if not isinstance(values, Expr):
        raise TypeMismatch(
            f"{operation}() of {values!r:.60}.",
            why="a reduction takes a list column.",
            fix=f"name a field, such as hl.{operation}(jet.pt); for Python's own lists use "
            "builtins.",
        )
    if not values.type.depth:
        raise ShapeMismatch(
            f"{operation}() of {values!r}.",
            why="there is one value per event already; a reduction takes a list.",
            fix=f"name a list column, such as hl.{operation}(jet.pt).",
        )
    node = _along(operation, values.node, axis)
    if operation in ("any", "all"):
        if node.type.dtype != BOOL:
            raise TypeMismatch(
                f"{operation}() of {node.type}.",
                why="it asks whether conditions hold.",
                fix=f"compare first: hl.{operation}(jet.pt > 30).",
            )
    elif operation == "mean":
        node = cast(node, FLOAT64)
    elif operation == "sum" and not np.issubdtype(node.type.dtype, np.floating):
        node = cast(node, UINT64 if node.type.dtype == UINT64 else INT64)
    return Expr(Reduce(operation, node), values.origin)


def _along(operation: str, node: Node, axis: int | None) -> Node:
    """A recipe of which the innermost lists are those that are to be reduced."""
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
