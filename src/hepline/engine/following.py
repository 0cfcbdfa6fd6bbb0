"""References between objects: definition of each node, and its array operations.

Definitions work element by element, like `definitions`; the others on rows, like `columnar`.
"""

from __future__ import annotations

import bisect
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from hepline.arrays import empty
from hepline.columns.navigation import Ancestor, Ranges, Search
from hepline.columns.nodes import Node
from hepline.columns.types import INT64
from hepline.engine.jagged import Jagged, Level, offsets_of

__all__ = ["COLUMNAR", "DEFINITIONS"]

Lookup = Callable[[Node], Jagged]
Values = Mapping[Node, Any]


def _ranges(node: Ranges, _: object, values: Values) -> Any:
    def integers(depth: int, begin: Any, end: Any) -> Any:
        if not depth:
            return [np.int64(place) for place in range(int(begin), int(end))]
        begins = begin if isinstance(begin, list) else [begin] * len(end)
        return [integers(depth - 1, *bounds) for bounds in zip(begins, end, strict=True)]

    return integers(node.end.type.depth, values[node.begin], values[node.end])


def _search(node: Search, _: object, values: Values) -> Any:
    def smaller(value: Any) -> Any:
        if isinstance(value, list):
            return [smaller(element) for element in value]
        return np.int64(bisect.bisect_left(values[node.ordered], value))

    return smaller(values[node.value])


def _ancestor(node: Ancestor, _: object, values: Values) -> Any:
    parents, kinds = values[node.parent], values[node.kind]

    def ancestor(place: int) -> int:
        visited: set[int] = set()
        at = int(parents[place])
        while 0 <= at < len(parents) and at not in visited:
            if kinds[at] != kinds[place]:
                return at
            visited.add(at)
            at = int(parents[at])
        return -1

    return [np.int64(ancestor(place)) for place in range(len(parents))]


def _all_ranges(node: Ranges, get: Lookup) -> Jagged:
    end = get(node.end)
    begin = get(node.begin).spread(end.levels)
    first = begin.row(len(end.content))
    lists = Level(offsets_of(np.maximum(end.content - first, 0)))
    return Jagged(first[lists.parents] + lists.local, (*end.levels, lists))


def _all_searches(node: Search, get: Lookup) -> Jagged:
    ordered, value = get(node.ordered), get(node.value)
    (level,) = ordered.levels
    event = np.arange(len(level.counts))
    for deeper in value.levels:
        event = event[deeper.parents]
    sought = value.row(len(event))
    # Sort all events together, with each value before the elements that equal it.
    events = np.concatenate((event, level.parents))
    is_element = np.repeat((False, True), (len(sought), level.size))
    order = np.lexsort((is_element, np.concatenate((sought, ordered.content)), events))
    before = empty(len(order), INT64)
    before[order] = np.cumsum(is_element[order])
    return Jagged(before[: len(sought)] - level.offsets[event], value.levels)


def _all_ancestors(node: Ancestor, get: Lookup) -> Jagged:
    parent, kind = get(node.parent), get(node.kind)
    (level,) = parent.levels
    most, first = level.counts[level.parents], level.offsets[level.parents]
    at = parent.content.astype(np.int64)
    walking = np.arange(level.size)
    for _ in range(int(level.counts.max(initial=0)) + 1):
        inside = (at[walking] >= 0) & (at[walking] < most[walking])
        walking = walking[inside]
        alike = kind.content[first[walking] + at[walking]] == kind.content[walking]
        walking = walking[alike]
        if not len(walking):
            break
        at[walking] = parent.content[first[walking] + at[walking]]
    at[walking] = -1
    return Jagged(np.where((at >= 0) & (at < most), at, -1), parent.levels)


DEFINITIONS: dict[type[Node], Callable[..., Any]] = {
    Ranges: _ranges,
    Search: _search,
    Ancestor: _ancestor,
}
COLUMNAR: Mapping[type[Node], Callable[[Any, Lookup], Jagged]] = {
    Ranges: _all_ranges,
    Search: _all_searches,
    Ancestor: _all_ancestors,
}
