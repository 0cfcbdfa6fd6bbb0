"""The definition of every operation: plain Python loops over one event at a time.

Slow on purpose, and short: where another evaluator disagrees with this one, the other is wrong.
A value is a NumPy scalar, a list, a list of lists, or None where it is missing.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import awkward as ak
import numpy as np

from hepline.columns.elementwise import OPERATIONS, Cast, Elementwise, FillMissing, IsMissing
from hepline.columns.fill import Fill
from hepline.columns.leaves import Collection, Column, Constant, Random
from hepline.columns.lists import (
    ArgSort,
    Combinations,
    Concat,
    Cross,
    Nest,
    Pad,
    Position,
    Reduce,
    Select,
    Slice,
    Spread,
    Take,
)
from hepline.columns.nodes import Node, walk
from hepline.engine.counter import uniform
from hepline.engine.filled import Filled
from hepline.engine.missing import missing_weight

__all__ = ["evaluate", "evaluate_event"]

Values = Mapping[Node, Any]


def evaluate(
    fills: Sequence[Fill],
    columns: Sequence[Node],
    chunk: Mapping[str, ak.Array],
    counts: Mapping[str, ak.Array],
    events: int,
) -> tuple[list[Filled], list[ak.Array]]:
    """Fill histograms and compute columns, event by event.

    Parameters
    ----------
    fills : sequence of Fill
        Without variations.
    columns : sequence of Node
    chunk : mapping of str to awkward.Array, shape (event, …)
    counts : mapping of str to awkward.Array of int, shape (event,)
        Length of each collection.
    events : int

    Returns
    -------
    filled : list of Filled
    arrays : list of awkward.Array
    """
    filled = [Filled.empty(fill) for fill in fills]
    wheres = walk(fill.where for fill in fills if fill.where is not None)
    parts = {fill: walk((*fill.values, *_weight(fill))) for fill in fills}
    outputs: list[list[Any]] = [[] for _ in columns]
    ordered = walk(columns)
    for event in range(events):
        leaf = _Leaves(chunk, counts, event)
        values: dict[Node, Any] = {}
        evaluate_event(wheres, leaf, values)
        for fill, histogram in zip(fills, filled, strict=True):
            if fill.where is not None and not values[fill.where]:
                continue
            evaluate_event(parts[fill], leaf, values)
            _fill(fill, histogram, values)
        evaluate_event(ordered, leaf, values)
        for node, output in zip(columns, outputs, strict=True):
            output.append(values[node])
    arrays = [_array(output, node) for output, node in zip(outputs, columns, strict=True)]
    return filled, arrays


class _Leaves:
    """The stored values of one event."""

    def __init__(
        self, chunk: Mapping[str, ak.Array], counts: Mapping[str, ak.Array], event: int
    ) -> None:
        self._chunk, self._counts, self._event = chunk, counts, event

    def column(self, node: Column) -> Any:
        """A scalar or a list of NumPy scalars."""
        value = self._chunk[node.name][self._event]
        dtype = node.type.dtype.type
        return [dtype(element) for element in value] if node.type.depth else dtype(value)

    def length(self, node: Collection) -> int:
        """How many objects the event has."""
        return int(self._counts[node.name][self._event])


def evaluate_event(order: Sequence[Node], leaf: _Leaves, values: dict[Node, Any]) -> None:
    """Compute nodes of one event, inputs first; what is known already is kept."""
    for node in order:
        if node not in values:
            values[node] = _RULES[type(node)](node, leaf, values)


def _weight(fill: Fill) -> tuple[Node, ...]:
    return () if fill.weight is None else (fill.weight,)


def _fill(fill: Fill, histogram: Filled, values: Values) -> None:
    columns = [list(_flat(values[node])) for node in fill.values]
    entries = len(columns[0]) if columns else 1
    weights: list[Any] = [None] * entries
    if fill.weight is not None:
        given = values[fill.weight]
        weights = list(_flat(given)) if fill.weight.type.depth else [given] * entries
        if fill.weight.type.depth < (
            fill.values[0].type.depth if fill.values else 0
        ) and isinstance(given, list):
            weights = list(_repeat(given, values[fill.values[0]]))
    for place in range(entries):
        entry = [column[place] for column in columns]
        if any(value is None for value in entry):
            continue
        if fill.weight is not None and weights[place] is None:
            raise missing_weight(fill, 1)
        weight = None if fill.weight is None else np.array([weights[place]], np.float64)
        histogram.add([np.array([value], np.float64) for value in entry], weight, 1)


def _flat(value: Any) -> Iterator[Any]:
    if isinstance(value, list):
        for element in value:
            yield from _flat(element)
    else:
        yield value


def _repeat(outer: list[Any], nested: list[Any]) -> Iterator[Any]:
    for weight, inner in zip(outer, nested, strict=True):
        yield from [weight] * len(inner)


def _array(output: list[Any], node: Node) -> ak.Array:
    array = ak.from_iter(output, highlevel=True) if output else ak.Array([])
    return ak.values_astype(array, node.type.dtype.name)


def _map(function: Callable[..., Any], depth: int, *values: Any) -> Any:
    """Apply to elements: shallower operands repeat along the inner lists."""
    if depth == 0:
        return None if any(value is None for value in values) else function(*values)
    length = next(len(value) for value in values if isinstance(value, list))
    rows = [value if isinstance(value, list) else [value] * length for value in values]
    return [_map(function, depth - 1, *row) for row in zip(*rows, strict=True)]


def _elementwise(node: Elementwise, _: _Leaves, values: Values) -> Any:
    operation, dtype = OPERATIONS[node.operation], node.type.dtype.type
    operands = [values[operand] for operand in node.operands]

    def scalar(*numbers: Any) -> Any:
        with np.errstate(all="ignore"):
            return dtype(operation.function(*numbers))

    if node.operation == "where":
        return _map_where(node.type.depth, *operands)
    return _map(scalar, node.type.depth, *operands)


def _map_where(depth: int, condition: Any, true: Any, false: Any) -> Any:
    # Only the chosen side must exist: where(x is there, x, 0).
    if depth == 0:
        return None if condition is None else (true if condition else false)
    length = next(len(value) for value in (condition, true, false) if isinstance(value, list))
    rows = [
        value if isinstance(value, list) else [value] * length for value in (condition, true, false)
    ]
    return [_map_where(depth - 1, *row) for row in zip(*rows, strict=True)]


def _cast(node: Cast, _: _Leaves, values: Values) -> Any:
    return _map(node.type.dtype.type, node.type.depth, values[node.value])


def _is_missing(node: IsMissing, _: _Leaves, values: Values) -> Any:
    return _each(lambda value: np.bool_(value is None), node.type.depth, values[node.value])


def _fill_missing(node: FillMissing, _: _Leaves, values: Values) -> Any:
    replacement = values[node.replacement]
    return _each(
        lambda value: replacement if value is None else value, node.type.depth, values[node.value]
    )


def _each(function: Callable[[Any], Any], depth: int, value: Any) -> Any:
    if depth == 0:
        return function(value)
    return [_each(function, depth - 1, element) for element in value]


def _take(node: Take, _: _Leaves, values: Values) -> Any:
    elements = values[node.values]

    def pick(position: Any) -> Any:
        if position is None or not 0 <= position < len(elements):
            return None
        return elements[position]

    return _each(pick, node.index.type.depth, values[node.index])


def _combinations(node: Combinations, _: _Leaves, values: Values) -> Any:
    subsets = itertools.combinations(range(len(values[node.of])), node.n)
    return [np.int64(subset[node.slot]) for subset in subsets]


def _cross(node: Cross, _: _Leaves, values: Values) -> Any:
    pairs = itertools.product(range(len(values[node.left])), range(len(values[node.right])))
    return [np.int64(pair[node.slot]) for pair in pairs]


def _argsort(node: ArgSort, _: _Leaves, values: Values) -> Any:
    by = values[node.by]
    sign = -1 if node.descending else 1
    return [np.int64(place) for place in sorted(range(len(by)), key=lambda place: sign * by[place])]


def _slice(node: Slice, _: _Leaves, values: Values) -> Any:
    return _range(range(len(values[node.of]))[slice(node.start, node.stop, node.step)])


def _range(places: range) -> list[np.int64]:
    return [np.int64(place) for place in places]


def _select(node: Select, _: _Leaves, values: Values) -> Any:
    return [np.int64(place) for place, chosen in enumerate(values[node.mask]) if chosen]


def _pad(node: Pad, _: _Leaves, values: Values) -> Any:
    there = len(values[node.of])
    return [np.int64(place) if place < there else None for place in range(node.length)]


def _reduce(node: Reduce, _: _Leaves, values: Values) -> Any:
    dtype = node.type.dtype.type
    depth = node.type.depth

    def reduce(elements: list[Any]) -> Any:
        there = [(place, value) for place, value in enumerate(elements) if value is not None]
        if node.operation == "sum":
            total = dtype(0)
            for _place, value in there:
                total = dtype(total + value)
            return total
        if node.operation in _COUNTING:
            return _COUNTING[node.operation]([value for _place, value in there])
        if not there:
            return None
        largest = node.operation.endswith("max")
        best = there[0]
        for place, value in there[1:]:
            if (value > best[1]) if largest else (value < best[1]):
                best = (place, value)
        return dtype(best[0] if node.operation.startswith("arg") else best[1])

    return _each(reduce, depth, values[node.values])


_COUNTING: dict[str, Callable[[list[Any]], Any]] = {
    "count": lambda there: np.int64(len(there)),
    "any": lambda there: np.bool_(any(there)),
    "all": lambda there: np.bool_(all(there)),
}


def _random(node: Random, _: _Leaves, values: Values) -> Any:
    places = [0] if node.collection is None else list(range(len(values[node.collection])))
    keys = [
        np.full(len(places), values[part]) for part in (node.run, node.luminosity_block, node.event)
    ]
    numbers = uniform(node.stream, node.draw, *keys, np.array(places, np.int64))
    return numbers[0] if node.collection is None else list(numbers)


_RULES: dict[type[Node], Callable[..., Any]] = {
    Column: lambda node, leaf, _: leaf.column(node),
    Collection: lambda node, leaf, _: _range(range(leaf.length(node))),
    Constant: lambda node, _leaf, _: node.type.dtype.type(node.value),
    Random: _random,
    Elementwise: _elementwise,
    Cast: _cast,
    IsMissing: _is_missing,
    FillMissing: _fill_missing,
    Position: lambda node, _, values: _range(range(len(values[node.of]))),
    Spread: lambda node, _, values: [values[node.value]] * len(values[node.over]),
    Select: _select,
    Combinations: _combinations,
    Cross: _cross,
    Nest: lambda node, _, values: [
        _range(range(len(values[node.inner]))) for _each_outer in values[node.outer]
    ],
    ArgSort: _argsort,
    Slice: _slice,
    Pad: _pad,
    Concat: lambda node, _, values: values[node.first] + values[node.second],
    Take: _take,
    Reduce: _reduce,
}
