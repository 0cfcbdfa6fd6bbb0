"""Elementwise functions of numbers: limits, rounding, bits, membership."""

from __future__ import annotations

import math
from collections.abc import Iterable

import numpy as np

from hepline.columns.lifting import Number, build, cast
from hepline.columns.lists import CumSum
from hepline.columns.nodes import Node
from hepline.columns.tables import IsIn
from hepline.columns.types import BOOL, INT64, UINT64
from hepline.errors import LanguageError, ShapeMismatch, TypeMismatch

__all__ = ["clipped", "has_bit", "is_in", "rounded", "running_sum"]


def clipped(value: Node, low: Node | Number | None, high: Node | Number | None) -> Node:
    """Limit elements to a range; either bound may be None."""
    if low is not None:
        value = build("maximum", (value, low))
    return value if high is None else build("minimum", (value, high))


def rounded(value: Node, decimals: int) -> Node:
    """Round to a number of decimals, halves to the even neighbor.

    Like NumPy, multiply, round and divide: whether 2.675 becomes 2.68 or 2.67 depends on the
    rounding of the product. Integers do not change for zero or more decimals.
    """
    if isinstance(decimals, bool) or not isinstance(decimals, int | np.integer):
        raise TypeMismatch(
            f"round(…, {decimals!r}).",
            why="the number of digits is the same for all elements: an integer.",
            fix="write round(x, 2).",
        )
    if value.type.dtype.kind in "biu" and decimals >= 0:
        return value
    if not decimals:
        return build("rint", (value,))
    power = 10.0 ** abs(int(decimals))
    first, then = ("multiply", "true_divide") if decimals > 0 else ("true_divide", "multiply")
    return build(then, (build("rint", (build(first, (value, power)),)), power))


def has_bit(value: Node, bit: int) -> Node:
    """Whether a bit of an integer is set; the lowest one is bit 0."""
    if value.type.dtype.kind not in "iu":
        raise TypeMismatch(
            f"bit {bit!r} of {value.type}.",
            why="only integers are made of bits.",
            fix="name a column of flags, such as hl.bit(gen.statusFlags, 0).",
        )
    width = 8 * value.type.dtype.itemsize
    if isinstance(bit, bool) or not isinstance(bit, int | np.integer) or not 0 <= bit < width:
        raise LanguageError(
            f"bit {bit!r} of {value.type}.",
            why=f"{value.type.dtype.name} has the bits 0 to {width - 1}.",
            fix="count from the lowest bit: hl.bit(x, 0) tells whether x is odd.",
        )
    return build("not_equal", (build("bitwise_and", (value, 1 << int(bit))), 0))


def is_in(value: Node, members: Iterable[Number]) -> Node:
    """Whether each element equals one of the numbers; NaN equals nothing.

    A Python number takes the dtype of the elements, as beside any column: a float32 element is in
    ``[0.1]`` where ``x == 0.1``.
    """
    numbers = np.asarray(list(members), object) if not isinstance(members, str) else None
    real = (bool, int, float, np.bool_, np.number)
    if numbers is None or numbers.ndim != 1 or not all(isinstance(n, real) for n in numbers):
        raise TypeMismatch(
            f"isin(…, {members!r:.60}).",
            why="the values to compare with are plain numbers, the same for all events.",
            fix="give a list, such as hl.isin(abs(gen.pdgId), [11, 13]); for columns compare with "
            "== and hl.any.",
        )
    dtype = value.type.dtype
    if dtype == BOOL:
        value, dtype = cast(value, INT64), INT64
    fitted = (_fitting(number, dtype) for number in numbers)
    fitting = {number for number in fitted if number is not None}
    if not fitting:
        # False for each element, and missing where the element is.
        return build("less", (value, value))
    return IsIn(value, tuple(sorted(fitting)))


def _fitting(number: Number, dtype: np.dtype) -> int | float | None:
    """Convert a number to a dtype; None if no element can equal it."""
    plain = number.item() if isinstance(number, np.generic) else number
    if math.isnan(plain):
        return None
    if dtype.kind == "f":
        with np.errstate(over="ignore"):
            return float(dtype.type(plain))
    if plain != plain // 1:
        return None
    limits = np.iinfo(dtype)
    return int(plain) if limits.min <= plain <= limits.max else None


def running_sum(values: Node) -> Node:
    """Cumulative sum of each innermost list."""
    if not values.type.depth:
        raise ShapeMismatch(
            f"cumsum() of {values.type}.",
            why="there is one value per event, and sums do not go on from event to event.",
            fix="name a list column, such as hl.cumsum(jet.pt).",
        )
    if values.type.dtype.kind != "f":
        values = cast(values, UINT64 if values.type.dtype == UINT64 else INT64)
    return CumSum(values)
