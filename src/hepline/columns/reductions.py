"""Reductions of lists: sums, counts, extremes; and flattening of lists of lists."""

from __future__ import annotations

from typing import overload

from hepline.columns.expression import Expr
from hepline.columns.lists import Flatten
from hepline.columns.momenta import Flattened
from hepline.columns.records import Records
from hepline.columns.reducing import reduced
from hepline.columns.text import Text
from hepline.errors import ShapeMismatch, TypeMismatch

__all__ = [
    "all", "any", "argmax", "argmin", "count", "flatten", "max", "mean", "min", "sum",
]  # fmt: skip


def count(values: Expr | Text | Records, *, axis: int | None = -1) -> Expr:
    """Count the elements of each innermost list (the true ones of a condition).

    Parameters
    ----------
    values : Expr, Text or Records
    axis : int or None
        See `sum`.

    Returns
    -------
    Expr of int64
    """
    if isinstance(values, Records | Text):
        return values.count(axis=axis)
    return _reduce("count", values, axis)


def any(values: Expr, *, axis: int | None = -1) -> Expr:
    """Whether at least one element of each innermost list is true; false for an empty list."""
    return _reduce("any", values, axis)


def all(values: Expr, *, axis: int | None = -1) -> Expr:
    """Whether every element of each innermost list is true; true for an empty list."""
    return _reduce("all", values, axis)


@overload
def sum(values: Expr, *, axis: int | None = -1) -> Expr: ...
@overload
def sum(values: Records, *, axis: int | None = -1) -> Records: ...
def sum(values: Expr | Records, *, axis: int | None = -1) -> Expr | Records:
    """Sum of each innermost list, from left to right; zero for an empty list.

    Parameters
    ----------
    values : Expr or Records
        Objects sum to their total four-momentum, zero for an empty list.
    axis : int or None
        -1 sums each innermost list; None all lists of an event together, to one number per event.
    """
    if isinstance(values, Records):
        return values.sum(axis=axis)
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


@overload
def flatten(values: Expr) -> Expr: ...
@overload
def flatten(values: Text) -> Text: ...
@overload
def flatten(values: Records) -> Records: ...
def flatten(values: Expr | Text | Records) -> Expr | Text | Records:
    """Join the two outermost list levels, in order.

    Parameters
    ----------
    values : Expr, Text or Records
        With at least two list levels.

    Raises
    ------
    TypeMismatch
        If the argument is neither a column nor a collection.
    ShapeMismatch
        If its lists hold no lists.
    """
    if not isinstance(values, Expr | Text | Records):
        raise TypeMismatch(
            f"flatten() of {values!r:.60}.",
            why="it takes a column, or objects, whose lists hold lists.",
            fix="name a field of the objects, such as hl.flatten(jet.track_pt).",
        )
    if len(values.axes) < 2:
        raise ShapeMismatch(
            f"flatten() of {values!r}.",
            why="there is one list per event already."
            if values.axes
            else "there is one value per event already.",
            fix="use it as it is; histograms and reductions take its elements one by one.",
        )
    if isinstance(values, Records):
        return Records(Flattened(values.fields), values.origin)
    if isinstance(values, Text):
        return Text(flatten(values.codes))
    return Expr(Flatten(values.node), values.origin)


def _reduce(operation: str, values: Expr, axis: int | None) -> Expr:
    if not isinstance(values, Expr):
        raise TypeMismatch(
            f"{operation}() of {values!r:.60}.",
            why="a reduction takes a list column.",
            fix=f"name a field, such as hl.{operation}(jet.pt); for Python's own lists use "
            "builtins.",
        )
    return reduced(operation, values, axis)
