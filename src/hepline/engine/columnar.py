"""The awkward evaluator: every node as one array operation over a chunk of events."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import awkward as ak
import numpy as np
from numpy.typing import NDArray

from hepline.columns.elementwise import OPERATIONS, Cast, Elementwise, FillMissing, IsMissing
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
from hepline.columns.nodes import Node
from hepline.engine.counter import uniform

__all__ = ["RULES", "Lookup"]

# Inputs of a node are looked up; a constant is a NumPy scalar, everything else an awkward array.
Lookup = Callable[[Node], Any]


def _flat_numpy(array: ak.Array, depth: int) -> tuple[NDArray[Any], NDArray[np.bool_] | None]:
    """All elements of `depth` list levels in a row, with a mask of those that are there."""
    flat = array
    for _ in range(depth):
        flat = ak.flatten(flat, axis=1)
    there = None
    if flat.layout.is_option:
        there = ~ak.to_numpy(ak.is_none(flat))
        flat = ak.fill_none(flat, 0)
    return ak.to_numpy(flat), there


def _like(template: ak.Array, depth: int, flat: ak.Array) -> ak.Array:
    """Fold a flat array into the list levels of another one."""
    counts = []
    level = template
    for _ in range(depth):
        counts.append(ak.to_numpy(ak.num(level, axis=1)))
        level = ak.flatten(level, axis=1)
    for count in reversed(counts):
        flat = ak.unflatten(flat, count)
    return flat


def _elementwise(node: Elementwise, get: Lookup) -> Any:
    operation = OPERATIONS[node.operation]
    operands = [get(operand) for operand in node.operands]
    if operation.name == "where":
        return _where(node, operands)
    with np.errstate(all="ignore"):
        return operation.function(*operands)


def _where(node: Elementwise, operands: list[Any]) -> Any:
    condition, true, false = operands
    if node.operands[0].type.optional:
        chosen = ak.where(ak.fill_none(condition, False, axis=-1), true, false)
        return ak.mask(chosen, ~ak.is_none(condition, axis=-1))
    return ak.where(condition, true, false)


def _cast(node: Cast, get: Lookup) -> Any:
    value = get(node.value)
    if isinstance(value, np.generic):
        return node.type.dtype.type(value)
    return ak.values_astype(value, node.type.dtype.name)


def _is_missing(node: IsMissing, get: Lookup) -> Any:
    value = get(node.value)
    return np.bool_(False) if isinstance(value, np.generic) else ak.is_none(value, axis=-1)


def _fill_missing(node: FillMissing, get: Lookup) -> Any:
    value = get(node.value)
    if isinstance(value, np.generic) or not node.value.type.optional:
        return value
    return ak.fill_none(value, get(node.replacement), axis=-1)


def _select(node: Select, get: Lookup) -> Any:
    mask = get(node.mask)
    if node.mask.type.optional:
        mask = ak.fill_none(mask, False, axis=-1)
    return ak.local_index(mask, axis=1)[mask]


def _combinations(node: Combinations, get: Lookup) -> Any:
    places = ak.local_index(get(node.of), axis=1)
    return ak.combinations(places, node.n, axis=1, fields=_slots(node.n))[str(node.slot)]


def _slots(n: int) -> list[str]:
    return [str(slot) for slot in range(n)]


def _cross(node: Cross, get: Lookup) -> Any:
    sides = [ak.local_index(get(side), axis=1) for side in (node.left, node.right)]
    return ak.cartesian(dict(zip(_slots(2), sides, strict=True)), axis=1)[str(node.slot)]


def _nest(node: Nest, get: Lookup) -> Any:
    outer, inner = get(node.outer), get(node.inner)
    lengths = np.repeat(ak.to_numpy(ak.num(inner, axis=1)), ak.to_numpy(ak.num(outer, axis=1)))
    rows = ak.local_index(ak.unflatten(np.zeros(int(lengths.sum()), np.int8), lengths), axis=1)
    return ak.unflatten(rows, ak.to_numpy(ak.num(outer, axis=1)))


def _argsort(node: ArgSort, get: Lookup) -> Any:
    return ak.argsort(get(node.by), axis=1, ascending=not node.descending, stable=True)


def _slice(node: Slice, get: Lookup) -> Any:
    return ak.local_index(get(node.of), axis=1)[:, slice(node.start, node.stop, node.step)]


def _pad(node: Pad, get: Lookup) -> Any:
    padded = ak.pad_none(ak.local_index(get(node.of), axis=1), node.length, axis=1, clip=True)
    return ak.from_regular(padded, axis=1)


def _concat(node: Concat, get: Lookup) -> Any:
    return ak.concatenate([get(node.first), get(node.second)], axis=1)


def _spread(node: Spread, get: Lookup) -> Any:
    value, over = get(node.value), get(node.over)
    return ak.broadcast_arrays(value, over)[0]


def _take(node: Take, get: Lookup) -> Any:
    values, index = get(node.values), get(node.index)
    depth = node.index.type.depth
    simple = depth == 1 and not node.checked and not node.index.type.optional
    if simple and node.index.type.axes[0] is node.index:
        # Positions made by a choice among these very elements are inside.
        return values[index]
    lengths = ak.to_numpy(ak.num(values, axis=1))
    starts = np.concatenate([[0], np.cumsum(lengths)])
    if isinstance(index, np.generic):
        index = ak.Array(np.full(len(lengths), index, np.int64))
    flat, there = _flat_numpy(index, depth)
    event = _event_of(index, depth)
    inside = (flat >= 0) & (flat < lengths[event])
    there = inside if there is None else there & inside
    elements = ak.flatten(values, axis=1)
    place = np.where(there, starts[event] + flat, -1 if node.type.optional else 0)
    picked = _pick(elements, place, node)
    return _like(index, depth, picked)


def _pick(elements: ak.Array, place: NDArray[np.int64], node: Take) -> ak.Array:
    if not node.type.optional or (node.values.type.optional and (place >= 0).all()):
        return elements[place]
    # An option index follows positions and marks -1 as missing, even when there is no element.
    option = ak.contents.IndexedOptionArray(ak.index.Index64(place), elements.layout)
    return ak.Array(ak.contents.IndexedOptionArray.simplified(option.index, option.content))


def _event_of(index: ak.Array, depth: int) -> NDArray[np.int64]:
    """Which event each flattened element belongs to."""
    event = np.arange(len(index))
    level = index
    for _ in range(depth):
        event = np.repeat(event, ak.to_numpy(ak.num(level, axis=1)))
        level = ak.flatten(level, axis=1)
    return event


def _reduce(node: Reduce, get: Lookup) -> Any:
    values, name = get(node.values), node.operation
    if name == "count" and not node.values.type.optional:
        return ak.num(values, axis=-1)
    if name in ("argmin", "argmax", "min", "max"):
        return getattr(ak, name)(values, axis=-1, mask_identity=True)
    result = getattr(ak, name)(values, axis=-1, mask_identity=False)
    return ak.values_astype(result, node.type.dtype.name)


def _random(node: Random, get: Lookup) -> Any:
    keys = [ak.to_numpy(get(part)) for part in (node.run, node.luminosity_block, node.event)]
    if node.collection is None:
        return ak.Array(uniform(node.stream, node.draw, *keys, np.zeros(len(keys[0]), np.int64)))
    objects = get(node.collection)
    lengths = ak.to_numpy(ak.num(objects, axis=1))
    places = ak.to_numpy(ak.flatten(ak.local_index(objects, axis=1), axis=1))
    numbers = uniform(node.stream, node.draw, *(np.repeat(key, lengths) for key in keys), places)
    return ak.unflatten(numbers, lengths)


def _column(node: Column, _: Lookup) -> Any:
    raise TypeError(f"the column {node.name} must be read, not computed")


RULES: Mapping[type[Node], Callable[[Any, Lookup], Any]] = {
    Column: _column,
    Collection: _column,
    Constant: lambda node, _: node.type.dtype.type(node.value),
    Random: _random,
    Elementwise: _elementwise,
    Cast: _cast,
    IsMissing: _is_missing,
    FillMissing: _fill_missing,
    Position: lambda node, get: ak.local_index(get(node.of), axis=1),
    Spread: _spread,
    Select: _select,
    Combinations: _combinations,
    Cross: _cross,
    Nest: _nest,
    ArgSort: _argsort,
    Slice: _slice,
    Pad: _pad,
    Concat: _concat,
    Take: _take,
    Reduce: _reduce,
}
