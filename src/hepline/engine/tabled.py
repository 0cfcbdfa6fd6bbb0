"""Tables, masks and cumulative sums: definition of each node, and its array operations.

Definitions work element by element, like `definitions`; the others on rows, like `columnar`.
"""

from __future__ import annotations

import bisect
import itertools
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from hepline.columns.elementwise import Masked
from hepline.columns.lists import CumSum
from hepline.columns.nodes import Node
from hepline.columns.tables import IsIn, Lookup
from hepline.engine.jagged import Jagged, all_present

__all__ = ["COLUMNAR", "DEFINITIONS"]

Get = Callable[[Node], Jagged]
Values = Mapping[Node, Any]


def _map_inside(function: Callable[..., Any], depth: int, values: tuple[Any, ...]) -> Any:
    """Apply a function to elements; shallower operands repeat along the inner lists."""
    if not depth:
        return function(*values)
    length = next(len(value) for value in values if isinstance(value, list))
    rows = [value if isinstance(value, list) else [value] * length for value in values]
    return [_map_inside(function, depth - 1, row) for row in zip(*rows, strict=True)]


def _masked(node: Masked, _: object, values: Values) -> Any:
    def mask(value: Any, condition: Any) -> Any:
        return value if condition else None

    return _map_inside(mask, node.type.depth, (values[node.value], values[node.condition]))


def _is_in(node: IsIn, _: object, values: Values) -> Any:
    def one_of(value: Any) -> Any:
        return None if value is None else np.bool_(any(value == m for m in node.members))

    return _map_inside(one_of, node.type.depth, (values[node.value],))


def _lookup(node: Lookup, _: object, values: Values) -> Any:
    def entry(*numbers: Any) -> Any:
        if any(number is None for number in numbers):
            return None
        place = 0
        for number, edges in zip(numbers, node.edges, strict=True):
            if node.outside is None and number != number:
                return np.float64(np.nan)
            if node.outside is not None and not edges[0] <= number < edges[-1]:
                return np.float64(node.outside)
            last = len(edges) - 2
            bin_ = min(max(bisect.bisect_right(edges, number) - 1, 0), last)
            place = place * (last + 1) + bin_
        return np.float64(node.table[place])

    operands = tuple(values[operand] for operand in node.operands)
    return _map_inside(entry, node.type.depth, operands)


def _running(node: CumSum, _: object, values: Values) -> Any:
    dtype = node.type.dtype.type

    def sums(depth: int, elements: list[Any]) -> list[Any]:
        if depth > 1:
            return [sums(depth - 1, inner) for inner in elements]
        with np.errstate(all="ignore"):
            there = (dtype(0) if value is None else value for value in elements)
            totals = itertools.accumulate(there, lambda a, b: dtype(a + b), initial=dtype(0))
            pairs = zip(elements, itertools.islice(totals, 1, None), strict=True)
            return [None if value is None else total for value, total in pairs]

    return sums(node.type.depth, values[node.values])


def _all_masked(node: Masked, get: Get) -> Jagged:
    value, condition = get(node.value), get(node.condition)
    levels = max((value.levels, condition.levels), key=len)
    value, condition = value.spread(levels), condition.spread(levels)
    # A constant takes the length of the other side.
    there = condition.content
    for mask in (condition.present, value.present):
        there = there if mask is None else there & mask
    content, there = np.broadcast_arrays(value.content, there)
    return Jagged(content.copy(), levels, there.copy())


def _all_in(node: IsIn, get: Get) -> Jagged:
    value = get(node.value)
    members = np.array(node.members, node.value.type.dtype)
    return Jagged(np.isin(value.content, members)[()], value.levels, value.present)


def _all_entries(node: Lookup, get: Get) -> Jagged:
    operands = [get(operand) for operand in node.operands]
    levels = max((operand.levels for operand in operands), key=len)
    operands = [operand.spread(levels) for operand in operands]
    place: Any = np.int64(0)
    special: Any = np.bool_(False)
    for operand, edges in zip(operands, node.edges, strict=True):
        number, last = operand.content, len(edges) - 2
        bins = np.clip(np.searchsorted(edges, number, side="right") - 1, 0, last)
        place = place * (last + 1) + bins
        inside = (number >= edges[0]) & (number < edges[-1])
        special = special | (np.isnan(number) if node.outside is None else ~inside)
    other = np.nan if node.outside is None else node.outside
    content = np.where(special, other, np.array(node.table, np.float64)[place])[()]
    return Jagged(content, levels, all_present(operand.present for operand in operands))


def _all_running(node: CumSum, get: Get) -> Jagged:
    values = get(node.values)
    level, content = values.levels[-1], values.content
    if values.present is not None:
        content = np.where(values.present, content, content.dtype.type(0))
    sums = np.zeros(level.size, node.type.dtype)
    total = np.zeros(len(level.counts), node.type.dtype)
    # All first elements, then all second ones: each sum runs from left to right.
    lists, place = np.flatnonzero(level.counts > 0), 0
    while len(lists):
        at = level.offsets[lists] + place
        with np.errstate(all="ignore"):
            total[lists] += content[at]
        sums[at] = total[lists]
        place += 1
        lists = lists[level.counts[lists] > place]
    return Jagged(sums, values.levels, values.present)


DEFINITIONS: dict[type[Node], Callable[..., Any]] = {
    Masked: _masked,
    IsIn: _is_in,
    Lookup: _lookup,
    CumSum: _running,
}
COLUMNAR: Mapping[type[Node], Callable[[Any, Get], Jagged]] = {
    Masked: _all_masked,
    IsIn: _all_in,
    Lookup: _all_entries,
    CumSum: _all_running,
}
