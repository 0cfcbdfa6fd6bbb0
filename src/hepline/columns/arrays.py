"""NumPy's array functions that act on each list separately, for columns."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from hepline.columns.lifting import Number, build, cast
from hepline.columns.lists import ArgSort, Differences
from hepline.columns.nodes import Node
from hepline.columns.orders import distinct, take_inside
from hepline.columns.rounding import clipped, is_in, rounded, running_sum
from hepline.columns.types import BOOL, INT64, UINT64
from hepline.columns.unsigned import exactly
from hepline.errors import TypeMismatch

__all__ = ["ARRAY_FUNCTIONS", "UFUNCS_BY_OTHERS", "diff"]

Operand = Node | Number


def _clip(
    a: Node,
    a_min: Operand | None = None,
    a_max: Operand | None = None,
    *,
    min: Operand | None = None,
    max: Operand | None = None,
) -> Node:
    return clipped(a, a_min if min is None else min, a_max if max is None else max)


def _isin(element: Node, test_elements: Any, *, invert: bool = False) -> Node:
    within = is_in(element, np.asarray(test_elements).ravel().tolist())
    return build("invert", (within,)) if invert else within


def _round(a: Node, decimals: int = 0) -> Node:
    return rounded(a, decimals)


def _where(condition: Operand, x: Operand, y: Operand) -> Node:
    return build("where", (condition, x, y))


def _select(condlist: list[Operand], choicelist: list[Operand], default: Operand = 0) -> Node:
    value: Operand = default
    for condition, choice in zip(reversed(condlist), reversed(choicelist), strict=True):
        value = build("where", (condition, choice, value))
    if not isinstance(value, Node):
        raise TypeError("np.select without a condition")
    return value


def _cumsum(a: Node, axis: int = -1) -> Node:
    return running_sum(_along_lists(a, axis))


def _argsort(a: Node, axis: int = -1) -> Node:
    # NumPy's own order: the smallest first.
    return ArgSort(_along_lists(a, axis), False)


def _sort(a: Node, axis: int = -1) -> Node:
    return take_inside(_along_lists(a, axis), _argsort(a, axis))


def _unique(ar: Node) -> Node:
    return distinct(_along_lists(ar, -1))


def diff(a: Node, n: int = 1, axis: int = -1) -> Node:
    """Differences of neighboring elements, taken `n` times."""
    values = _along_lists(a, axis)
    if n < 0:
        raise TypeError("differences taken a negative number of times")
    if values.type.dtype == BOOL:
        raise TypeMismatch(
            f"the differences of {a.brief()}, a condition.",
            why="it is true or false, and not a number.",
            fix="convert it first: x.astype('int64').",
        )
    if values.type.dtype.kind != "f":
        values = exactly(values, INT64) if values.type.dtype == UINT64 else cast(values, INT64)
    for _ in range(n):
        values = Differences(values)
    return values


def _along_lists(a: Node, axis: int) -> Node:
    """The node, if it holds lists and the axis is the innermost one."""
    if not a.type.depth or axis not in (-1, a.type.depth):
        raise TypeError("an axis that is not that of the innermost lists")
    return a


ARRAY_FUNCTIONS: Mapping[Callable[..., Any], Callable[..., Node]] = {
    np.clip: _clip,
    np.isin: _isin,
    np.round: _round,
    np.around: _round,
    np.where: _where,
    np.select: _select,
    np.cumsum: _cumsum,
    np.diff: diff,
    np.argsort: _argsort,
    np.sort: _sort,
    np.unique: _unique,
}
"""A function raises `TypeError` for arguments that have no meaning for lists of events."""

UFUNCS_BY_OTHERS: Mapping[Callable[..., Any], Callable[..., Node]] = {
    np.square: lambda x: build("multiply", (x, x)),
    np.positive: lambda x: x,
    np.fabs: lambda x: build("absolute", (x,)),
    np.isinf: lambda x: build("equal", (build("absolute", (x,)), float("inf"))),
    np.radians: lambda x: build("multiply", (x, np.pi / 180)),
    np.deg2rad: lambda x: build("multiply", (x, np.pi / 180)),
    np.degrees: lambda x: build("multiply", (x, 180 / np.pi)),
    np.rad2deg: lambda x: build("multiply", (x, 180 / np.pi)),
    np.logical_xor: lambda x, y: build("bitwise_xor", (x, y)),
}
"""Element by element, by means of operations that are in the table."""
