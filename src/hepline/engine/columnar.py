"""The awkward evaluator: every node as array operations over a chunk of events.

Lists are awkward's buffers (see `jagged`); sums and extremes along lists use awkward's kernels,
which go from left to right like the definition. Everything else is NumPy on the elements.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Any

import awkward as ak
import numpy as np
from numpy.typing import NDArray

from hepline.arrays import empty
from hepline.columns.conversion import converted
from hepline.columns.elementwise import (
    OPERATIONS,
    Cast,
    Elementwise,
    ExactCast,
    FillMissing,
    IsMissing,
)
from hepline.columns.leaves import Constant, Random
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
from hepline.engine import tabled
from hepline.engine.counter import uniform
from hepline.engine.following import COLUMNAR
from hepline.engine.jagged import Integers, Jagged, Level, Truths, all_present, offsets_of
from hepline.engine.overflow import check_exact
from hepline.engine.usercode import over_events, wrong_length

__all__ = ["RULES", "Lookup"]

Lookup = Callable[[Node], Jagged]


def _elementwise(node: Elementwise, get: Lookup) -> Jagged:
    operands = [get(operand) for operand in node.operands]
    levels = max((operand.levels for operand in operands), key=len)
    operands = [operand.spread(levels) for operand in operands]
    contents = [operand.content for operand in operands]
    if node.operation == "where":
        return _where(node, operands, levels)
    with np.errstate(all="ignore"):
        content = OPERATIONS[node.operation].function(*contents)
    return Jagged(content, levels, all_present([operand.present for operand in operands]))


def _where(node: Elementwise, operands: list[Jagged], levels: tuple[Level, ...]) -> Jagged:
    condition, true, false = operands
    content = np.where(condition.content, true.content, false.content)
    if not node.type.optional:
        return Jagged(content, levels)
    here, there = (True if side.present is None else side.present for side in (true, false))
    present = np.broadcast_to(np.where(condition.content, here, there), content.shape)
    return Jagged(content, levels, all_present([present, condition.present]))


def _cast(node: Cast, get: Lookup) -> Jagged:
    value = get(node.value)
    elements = np.atleast_1d(value.content)
    if isinstance(node, ExactCast):
        there = elements if value.is_constant or value.present is None else elements[value.present]
        check_exact(node, there)
    content = converted(elements, node.type.dtype)
    return Jagged(content[0] if value.is_constant else content, value.levels, value.present)


def _is_missing(node: IsMissing, get: Lookup) -> Jagged:
    value = get(node.value)
    if value.present is None:
        return Jagged(np.zeros(np.shape(value.content), np.bool_)[()], value.levels)
    return Jagged(~value.present, value.levels)


def _fill_missing(node: FillMissing, get: Lookup) -> Jagged:
    value = get(node.value)
    if value.present is None:
        return value
    replacement = get(node.replacement).spread(value.levels).content
    return Jagged(np.where(value.present, value.content, replacement), value.levels)


def _mapped(node: Map, get: Lookup) -> Jagged:
    along = None if node.along is None else get(node.along).levels
    operands = [get(operand) for operand in node.operands]
    varied = [operand for operand in operands if not operand.is_constant]
    first = varied[0]
    events = len(first.levels[0].counts) if first.levels else len(first.content)
    rows = [
        (operand.row(events), operand.levels[0].offsets if operand.levels else None)
        for operand in operands
    ]
    content, counts = over_events(node, rows, events)
    if not node.type.depth:
        return Jagged(content)
    if along is not None and not np.array_equal(along[0].counts, counts):
        raise wrong_length(node.function)
    return Jagged(content, along or (Level(offsets_of(counts)),))


def _select(node: Select, get: Lookup) -> Jagged:
    mask = get(node.mask)
    *outer, level = mask.levels
    truths = mask.content if mask.present is None else mask.content & mask.present
    return Jagged(level.local[truths], (*outer, level.keep(truths)))


def _combinations(node: Combinations, get: Lookup) -> Jagged:
    (level,) = get(node.of).levels
    lengths = np.unique(level.counts)
    subsets = [_subsets(int(length), node.n)[:, node.slot] for length in lengths]
    sizes = np.array([len(rows) for rows in subsets], np.int64)
    kind = np.searchsorted(lengths, level.counts)
    lists = Level(offsets_of(sizes[kind]))
    begins = offsets_of(sizes)[:-1][kind]
    table = np.concatenate([np.zeros(0, np.int64), *subsets])
    return Jagged(table[begins[lists.parents] + lists.local], (lists,))


@lru_cache(maxsize=256)
def _subsets(length: int, n: int) -> Integers:
    """All subsets of `n` of the first `length` integers in lexicographic order."""
    if n == 2:
        return np.stack(np.triu_indices(length, 1), axis=1).astype(np.int64)
    subsets = list(itertools.combinations(range(length), n))
    return np.array(subsets, np.int64).reshape(-1, n)


def _cross(node: Cross, get: Lookup) -> Jagged:
    (left,), (right,) = get(node.left).levels, get(node.right).levels
    lists = Level(offsets_of(left.counts * right.counts))
    width = right.counts[lists.parents]
    return Jagged(lists.local % width if node.slot else lists.local // width, (lists,))


def _nest(node: Nest, get: Lookup) -> Jagged:
    (outer,), (inner,) = get(node.outer).levels, get(node.inner).levels
    lists = Level(offsets_of(inner.counts[outer.parents]))
    return Jagged(lists.local, (outer, lists))


def _argsort(node: ArgSort, get: Lookup) -> Jagged:
    by = get(node.by)
    level = by.levels[-1]
    key: NDArray[Any] = by.content
    # Complement, not minus: it reverses the order of all integers, including the lowest.
    if key.dtype.kind == "f":
        rank = np.isnan(key).astype(np.int8)
        key = -key if node.descending else key
    else:
        rank = np.zeros(len(key), np.int8)
        key = ~key if node.descending else key
    if by.present is not None:
        rank[~by.present] = 2
    key = np.where(rank > 0, key.dtype.type(0), key)
    order = np.lexsort((key, rank, level.parents))
    return Jagged(level.local[order], by.levels)


def _slice(node: Slice, get: Lookup) -> Jagged:
    *outer, level = get(node.of).levels
    lengths = np.unique(level.counts)
    ranges = [range(int(length))[slice(node.start, node.stop, node.step)] for length in lengths]
    kind = np.searchsorted(lengths, level.counts)
    sizes = np.array([len(places) for places in ranges], np.int64)
    begins = np.array([places.start for places in ranges], np.int64)
    lists = Level(offsets_of(sizes[kind]))
    step = 1 if node.step is None else node.step
    return Jagged(begins[kind][lists.parents] + step * lists.local, (*outer, lists))


def _pad(node: Pad, get: Lookup) -> Jagged:
    *outer, level = get(node.of).levels
    lists = Level(np.arange(len(level.counts) + 1) * node.length)
    return Jagged(lists.local, (*outer, lists), lists.local < level.counts[lists.parents])


def _concat(node: Concat, get: Lookup) -> Jagged:
    first, second = get(node.first), get(node.second)
    (left,), (right,) = first.levels, second.levels
    lists = Level(offsets_of(left.counts + right.counts))
    is_left = lists.local < left.counts[lists.parents]
    content = empty(lists.size, node.type.dtype)
    content[is_left], content[~is_left] = first.content, second.content
    if first.present is None and second.present is None:
        return Jagged(content, (lists,))
    present = np.ones(lists.size, np.bool_)
    for side, places in ((first, is_left), (second, ~is_left)):
        if side.present is not None:
            present[places] = side.present
    return Jagged(content, (lists,), present)


def _differences(node: Differences, get: Lookup) -> Jagged:
    values = get(node.values)
    *outer, level = values.levels
    lists = Level(offsets_of(np.maximum(level.counts - 1, 0)))
    first = level.offsets[:-1][lists.parents] + lists.local
    with np.errstate(all="ignore"):
        content = values.content[first + 1] - values.content[first]
    there = values.present
    present = None if there is None else there[first] & there[first + 1]
    return Jagged(content, (*outer, lists), present)


def _spread(node: Spread, get: Lookup) -> Jagged:
    value, over = get(node.value), get(node.over)
    row = value.row(len(over.levels[0].counts))
    return Jagged(row, (), value.present).spread(over.levels)


def _take(node: Take | TakeInside, get: Lookup) -> Jagged:
    values, index = get(node.values), get(node.index)
    depth = node.level if isinstance(node, TakeInside) else 0
    level, *inner = values.levels[depth:]
    around = max(index.levels, values.levels[:depth], key=len)
    index = index.spread(around)
    # Which list each position belongs to.
    owner = np.arange(len(level.counts))
    for deeper in around[depth:]:
        owner = owner[deeper.parents]
    place = index.row(len(owner)).astype(np.int64, copy=False)
    inside = index.present
    if node.checked:
        inside = all_present([inside, place >= 0, place < level.counts[owner]])
    place = place + level.offsets[owner]
    if inside is not None:
        place = np.where(inside, place, -1)
    if inner:
        return _take_lists(values, inner, place, around)
    if not level.size:
        nothing = np.zeros(len(place), node.type.dtype)
        return Jagged(nothing, around, np.zeros(len(place), np.bool_))
    present = None if values.present is None else values.present[place]
    return Jagged(values.content[place], around, all_present([inside, present]))


def _take_lists(
    values: Jagged, inner: list[Level], place: Integers, levels: tuple[Level, ...]
) -> Jagged:
    """Take whole lists; a missing one is empty."""
    for level in inner:
        counts = np.concatenate((level.counts, [0]))[place]
        lists = Level(offsets_of(counts))
        place = level.offsets[:-1][place[lists.parents]] + lists.local
        levels = (*levels, lists)
    present = None if values.present is None else values.present[place]
    return Jagged(values.content[place], levels, present)


def _flatten(node: Flatten, get: Lookup) -> Jagged:
    values = get(node.values)
    outer, inner, *rest = values.levels
    return Jagged(values.content, (Level(inner.offsets[outer.offsets]), *rest), values.present)


def _reduce(node: Reduce, get: Lookup) -> Jagged:
    values, name = get(node.values), node.operation
    *outer, level = values.levels
    content, present = values.content, values.present
    extreme = name in ("min", "max", "argmin", "argmax")
    if extreme and content.dtype.kind == "f" and np.isnan(content).any():
        present = all_present([present, ~np.isnan(content)])
    remaining, places = level, level.local if extreme else None
    if present is not None:
        content, remaining = content[present], level.keep(present)
        places = None if places is None else places[present]
    if places is not None:
        return Jagged(*_extreme(name, content, remaining, places, tuple(outer)))
    result = _accumulate(name, content, remaining)
    if name != "mean":
        return Jagged(result, tuple(outer))
    with np.errstate(all="ignore"):
        return Jagged(result / remaining.counts, tuple(outer), remaining.counts > 0)


def _extreme(
    name: str, content: NDArray[Any], level: Level, places: Integers, outer: tuple[Level, ...]
) -> tuple[NDArray[Any], tuple[Level, ...], Truths]:
    """Position or value of the first smallest or largest element of each list."""
    there = level.counts > 0
    kernel = ak.argmax if name.endswith("max") else ak.argmin
    local = ak.to_numpy(ak.fill_none(kernel(_lists(content, level), axis=-1), 0))
    source = places if name.startswith("arg") else content
    result = np.zeros(len(there), source.dtype)
    result[there] = source[level.offsets[:-1][there] + local[there]]
    return result, outer, there


def _accumulate(name: str, content: NDArray[Any], level: Level) -> NDArray[Any]:
    if name == "count":
        return level.counts
    if name in ("sum", "mean") and content.dtype.kind == "f":
        # NumPy adds pairwise; the definition, and awkward's kernel, from left to right.
        total = ak.to_numpy(ak.sum(_lists(content, level), axis=-1, mask_identity=False))
        return np.asarray(total.astype(content.dtype, copy=False))
    running = offsets_of(content.astype(np.int64, copy=False))[level.offsets]
    # The low 64 bits of a sum do not depend on the sign.
    total = np.diff(running).astype(
        np.uint64 if content.dtype == np.uint64 else np.int64, copy=False
    )
    if name == "sum":
        return total
    return total > 0 if name == "any" else total == level.counts


def _lists(content: NDArray[Any], level: Level) -> ak.Array:
    inner = ak.contents.NumpyArray(np.ascontiguousarray(content))
    return ak.Array(ak.contents.ListOffsetArray(ak.index.Index64(level.offsets), inner))


def _random(node: Random, get: Lookup) -> Jagged:
    run, block, event = (get(part) for part in (node.run, node.luminosity_block, node.event))
    events = len(event.content)
    place = Jagged(np.zeros(events, np.int64)) if node.place is None else get(node.place)
    size = place.levels[-1].size if place.levels else events
    keys = [part.spread(place.levels).row(size) for part in (run, block, event)]
    row = place.row(size)
    numbers = uniform(node.stream, node.draw, keys[0], keys[1], keys[2], row)
    return Jagged(numbers, place.levels, place.present)


def _position(node: Position, get: Lookup) -> Jagged:
    levels = get(node.of).levels
    return Jagged(levels[-1].local, levels)


RULES: Mapping[type[Node], Callable[[Any, Lookup], Jagged]] = {
    Constant: lambda node, _: Jagged(node.type.dtype.type(node.value)),
    Random: _random,
    Map: _mapped,
    Elementwise: _elementwise,
    Cast: _cast,
    ExactCast: _cast,
    IsMissing: _is_missing,
    FillMissing: _fill_missing,
    Position: _position,
    Spread: _spread,
    Select: _select,
    Combinations: _combinations,
    Cross: _cross,
    Differences: _differences,
    Nest: _nest,
    ArgSort: _argsort,
    Slice: _slice,
    Pad: _pad,
    Concat: _concat,
    Take: _take,
    TakeInside: _take,
    Flatten: _flatten,
    Reduce: _reduce,
    **COLUMNAR,
    **tabled.COLUMNAR,
}
