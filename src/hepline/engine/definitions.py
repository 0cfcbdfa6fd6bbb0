"""Definitions of all operations for one event: plain Python on NumPy scalars and lists.

A value is a NumPy scalar, a list, a list of lists, or None where it is missing.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from hepline.columns.call import Call
from hepline.columns.conversion import converted
from hepline.columns.elementwise import (
    OPERATIONS,
    Cast,
    Elementwise,
    ExactCast,
    FillMissing,
    IsMissing,
)
from hepline.columns.leaves import (
    Collection,
    Column,
    Constant,
    OptionalColumn,
    Random,
    Sublists,
    presence_of,
)
from hepline.columns.lists import (
    ArgSort,
    Combinations,
    Concat,
    Cross,
    Differences,
    Flatten,
    Nest,
    Pad,
    Position,
    Reduce,
    Select,
    Slice,
    Spread,
    Take,
    TakeInside,
)
from hepline.columns.mapping import Map
from hepline.columns.nodes import Node
from hepline.columns.source import Chunk
from hepline.engine import tabled
from hepline.engine.calls import outputs_of
from hepline.engine.counter import uniform
from hepline.engine.following import DEFINITIONS
from hepline.engine.overflow import check_exact
from hepline.engine.usercode import in_python, wrong_length

__all__ = ["RULES", "Leaves", "map_with_missing"]

Values = Mapping[Node, Any]


class Leaves:
    """The stored values of one event."""

    def __init__(self, chunk: Chunk, event: int) -> None:
        self._chunk, self._event = chunk, event

    def column(self, node: Column) -> Any:
        """Read a scalar, or lists of NumPy scalars."""
        row, dtype = self._chunk.contents[node.name], node.type.dtype.type
        there = self._chunk.contents[presence_of(node.name)] if node.type.optional else None

        def read(place: int, _: int) -> Any:
            return None if there is not None and not there[place] else dtype(row[place])

        return self._listed(read, node.type.axes, self._event, 0)

    def places(self, node: Collection | Sublists) -> Any:
        """Count along the innermost lists of a stored axis."""
        return self._listed(lambda _, local: np.int64(local), node.type.axes, self._event, 0)

    def _listed(
        self, read: Callable[[int, int], Any], axes: Sequence[Any], place: int, local: int
    ) -> Any:
        """Build nested lists from a function of the position in the file and in the list."""
        if not axes:
            return read(place, local)
        offsets, inner = self._chunk.offsets[axes[0].name], axes[1:]
        begin, end = int(offsets[place]), int(offsets[place + 1])
        return [self._listed(read, inner, at, at - begin) for at in range(begin, end)]


def map_with_missing(function: Callable[..., Any], depth: int, values: Sequence[Any]) -> Any:
    """Apply a function to elements; shallower operands repeat along the inner lists."""
    if depth == 0:
        return function(*values)
    length = next(len(value) for value in values if isinstance(value, list))
    rows = [value if isinstance(value, list) else [value] * length for value in values]
    return [map_with_missing(function, depth - 1, row) for row in zip(*rows, strict=True)]


def _map(function: Callable[..., Any], depth: int, *values: Any) -> Any:
    """Apply a function to elements; a missing operand gives a missing result."""

    def unless_missing(*operands: Any) -> Any:
        return None if any(value is None for value in operands) else function(*operands)

    return map_with_missing(unless_missing, depth, values)


def _elementwise(node: Elementwise, _: Leaves, values: Values) -> Any:
    operation, dtype = OPERATIONS[node.operation], node.type.dtype.type
    operands = [values[operand] for operand in node.operands]

    def scalar(*numbers: Any) -> Any:
        with np.errstate(all="ignore"):
            return dtype(operation.function(*numbers))

    def choice(condition: Any, true: Any, false: Any) -> Any:
        # Only the chosen side must exist: where(x is there, x, 0).
        return None if condition is None else (true if condition else false)

    if node.operation == "where":
        return map_with_missing(choice, node.type.depth, operands)
    return _map(scalar, node.type.depth, *operands)


def _cast(node: Cast, _: Leaves, values: Values) -> Any:
    def scalar(value: Any) -> Any:
        array = np.array([value])
        if isinstance(node, ExactCast):
            check_exact(node, array)
        return converted(array, node.type.dtype)[0]

    return _map(scalar, node.type.depth, values[node.value])


def _is_missing(node: IsMissing, _: Leaves, values: Values) -> Any:
    return _map_inside(lambda value: np.bool_(value is None), node.type.depth, values[node.value])


def _fill_missing(node: FillMissing, _: Leaves, values: Values) -> Any:
    def filled(value: Any, replacement: Any) -> Any:
        return replacement if value is None else value

    operands = [values[node.value], values[node.replacement]]
    return map_with_missing(filled, node.type.depth, operands)


def _map_inside(function: Callable[[Any], Any], depth: int, value: Any) -> Any:
    """Apply a function inside `depth` levels of lists."""
    if depth == 0:
        return function(value)
    return [_map_inside(function, depth - 1, element) for element in value]


def _take(node: Take | TakeInside, _: Leaves, values: Values) -> Any:
    level = node.level if isinstance(node, TakeInside) else 0
    nothing: Any = [] if node.values.type.depth > level + 1 else None

    def take_at(elements: list[Any], index: Any, level: int, depth: int) -> Any:
        if level:
            rows = index if depth else [index] * len(elements)
            pairs = zip(elements, rows, strict=True)
            return [take_at(inner, row, level - 1, max(depth - 1, 0)) for inner, row in pairs]

        def pick(position: Any) -> Any:
            there = position is not None and 0 <= position < len(elements)
            return elements[position] if there else nothing

        return _map_inside(pick, depth, index)

    return take_at(values[node.values], values[node.index], level, node.index.type.depth)


def _combinations(node: Combinations, _: Leaves, values: Values) -> Any:
    subsets = itertools.combinations(range(len(values[node.of])), node.n)
    return [np.int64(subset[node.slot]) for subset in subsets]


def _cross(node: Cross, _: Leaves, values: Values) -> Any:
    pairs = itertools.product(range(len(values[node.left])), range(len(values[node.right])))
    return [np.int64(pair[node.slot]) for pair in pairs]


def _argsort(node: ArgSort, _: Leaves, values: Values) -> Any:
    def order(by: list[Any]) -> list[np.int64]:
        places = range(len(by))
        missing = [place for place in places if by[place] is None]
        undefined = [place for place in places if by[place] is not None and by[place] != by[place]]
        ordered = [place for place in places if place not in missing and place not in undefined]
        # Python's sort keeps the order of equals in both directions.
        ordered.sort(key=lambda place: by[place], reverse=node.descending)
        return [np.int64(place) for place in (*ordered, *undefined, *missing)]

    return _map_inside(order, node.by.type.depth - 1, values[node.by])


def _slice(node: Slice, _: Leaves, values: Values) -> Any:
    part = slice(node.start, node.stop, node.step)
    return _map_inside(
        lambda of: _range(range(len(of))[part]), node.type.depth - 1, values[node.of]
    )


def _range(places: range) -> list[np.int64]:
    return [np.int64(place) for place in places]


def _position(node: Position, _: Leaves, values: Values) -> Any:
    return _map_inside(lambda of: _range(range(len(of))), node.type.depth - 1, values[node.of])


def _select(node: Select, _: Leaves, values: Values) -> Any:
    def places(mask: list[Any]) -> list[np.int64]:
        return [np.int64(place) for place, truth in enumerate(mask) if truth]

    return _map_inside(places, node.type.depth - 1, values[node.mask])


def _pad(node: Pad, _: Leaves, values: Values) -> Any:
    def padded(of: list[Any]) -> list[Any]:
        return [np.int64(n) if n < len(of) else None for n in range(node.length)]

    return _map_inside(padded, node.type.depth - 1, values[node.of])


def _differences(node: Differences, _: Leaves, values: Values) -> Any:
    dtype = node.type.dtype.type

    def difference(first: Any, second: Any) -> Any:
        with np.errstate(all="ignore"):
            return None if first is None or second is None else dtype(second - first)

    def differences(elements: list[Any]) -> list[Any]:
        return list(itertools.starmap(difference, itertools.pairwise(elements)))

    return _map_inside(differences, node.type.depth - 1, values[node.values])


def _reduce(node: Reduce, _: Leaves, values: Values) -> Any:
    dtype = node.type.dtype.type

    def reduce(elements: list[Any]) -> Any:
        there = [(place, value) for place, value in enumerate(elements) if value is not None]
        if node.operation in _COUNTING:
            return _COUNTING[node.operation]([value for _place, value in there])
        if node.operation not in ("sum", "mean"):
            return _extreme(node.operation, there, dtype)
        total = dtype(0)
        for _place, value in there:
            with np.errstate(all="ignore"):
                total = dtype(total + dtype(value))
        if node.operation == "sum":
            return total
        return dtype(total / len(there)) if there else None

    return _map_inside(reduce, node.type.depth, values[node.values])


def _extreme(operation: str, there: list[tuple[int, Any]], dtype: Callable[[Any], Any]) -> Any:
    """The first smallest or largest element; NaN is not a candidate."""
    candidates = [(place, value) for place, value in there if value == value]
    if not candidates:
        return None
    best = candidates[0]
    for place, value in candidates[1:]:
        if (value > best[1]) if operation.endswith("max") else (value < best[1]):
            best = (place, value)
    return dtype(best[0] if operation.startswith("arg") else best[1])


_COUNTING: dict[str, Callable[[list[Any]], Any]] = {
    "count": lambda there: np.int64(len(there)),
    "any": lambda there: np.bool_(any(there)),
    "all": lambda there: np.bool_(all(there)),
}


def _call(node: Call, _: Leaves, values: Values) -> Any:
    def element(*operands: Any) -> Any:
        rows = [np.array([operand]) for operand in operands]
        return outputs_of(node.called, rows, 1)[node.slot][0]

    return _map(element, node.type.depth, *(values[operand] for operand in node.operands))


def _mapped(node: Map, _: Leaves, values: Values) -> Any:
    operands = zip(node.operands, (values[operand] for operand in node.operands), strict=True)
    result = in_python(
        node, [np.array(x, part.type.dtype) if part.type.depth else x for part, x in operands]
    )
    if node.along is not None and len(result) != len(values[node.along]):
        raise wrong_length(node.function)
    return [*result] if node.type.depth else result[()]


def _random(node: Random, _: Leaves, values: Values) -> Any:
    keys = [np.array([values[part]]) for part in (node.run, node.luminosity_block, node.event)]

    def number(place: Any) -> Any:
        at = np.array([place], np.int64)
        return uniform(node.stream, node.draw, keys[0], keys[1], keys[2], at)[0]

    if node.place is None:
        return number(0)
    return _map(number, node.type.depth, values[node.place])


RULES: dict[type[Node], Callable[..., Any]] = {
    Column: lambda node, leaf, _: leaf.column(node),
    OptionalColumn: lambda node, leaf, _: leaf.column(node),
    Collection: lambda node, leaf, _: leaf.places(node),
    Sublists: lambda node, leaf, _: leaf.places(node),
    Constant: lambda node, _leaf, _: node.type.dtype.type(node.value),
    Random: _random,
    Call: _call,
    Map: _mapped,
    Elementwise: _elementwise,
    Cast: _cast,
    ExactCast: _cast,
    IsMissing: _is_missing,
    FillMissing: _fill_missing,
    Position: _position,
    Spread: lambda node, _, values: [values[node.value]] * len(values[node.over]),
    Select: _select,
    Combinations: _combinations,
    Cross: _cross,
    Differences: _differences,
    Nest: lambda node, _, values: [
        _range(range(len(values[node.inner]))) for _each_outer in values[node.outer]
    ],
    ArgSort: _argsort,
    Slice: _slice,
    Pad: _pad,
    Concat: lambda node, _, values: values[node.first] + values[node.second],
    Take: _take,
    TakeInside: _take,
    Flatten: lambda node, _, values: list(itertools.chain.from_iterable(values[node.values])),
    Reduce: _reduce,
    **DEFINITIONS,
    **tabled.DEFINITIONS,
}
