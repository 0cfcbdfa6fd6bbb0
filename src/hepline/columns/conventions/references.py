"""The arithmetic of references: positions in another collection, from stored numbers."""

from __future__ import annotations

from hepline.columns.elementwise import FillMissing
from hepline.columns.leaves import Constant
from hepline.columns.lifting import build, cast
from hepline.columns.lists import ArgSort, Position, Select, Take, TakeInside
from hepline.columns.navigation import Ancestor, Ranges, Search
from hepline.columns.nodes import Node
from hepline.columns.types import INT64

__all__ = [
    "all_keyed",
    "as_stored",
    "children",
    "distinct",
    "either",
    "keyed",
    "related",
    "span",
    "unless",
]


def as_stored(index: Node) -> Node:
    """Stored positions, unchanged: negative where there is no target."""
    return index


def keyed(number: int, key: Node, index: Node) -> Node:
    """Positions whose key is that of a certain collection; -1 elsewhere."""
    return build("where", (build("equal", (key, number)), cast(index, INT64), -1))


def all_keyed(number: int, key: Node, index: Node) -> Node:
    """Those positions of each object whose key is that of a certain collection."""
    matches = Select(build("equal", (key, number)))
    level = index.type.depth - 1
    index = cast(index, INT64)
    return TakeInside(index, matches, level, False) if level else Take(index, matches, False)


def unless(value: int, index: Node, flag: Node) -> Node:
    """Positions, or -1 where a flag has a certain value."""
    return build("where", (build("not_equal", (flag, value)), cast(index, INT64), -1))


def either(first: Node, second: Node) -> Node:
    """The non-negative ones of two positions per object."""
    first, second = _whole(first), _whole(second)
    there = [cast(build("greater_equal", (position, 0)), INT64) for position in (first, second)]
    slots = Ranges(build("subtract", (1, there[0])), build("add", (1, there[1])))
    return build("where", (build("equal", (slots, 0)), first, second))


def span(first: Node, last: Node) -> Node:
    """All positions from the first to the last; none where the first is negative."""
    first, last = _whole(first), _whole(last)
    end = build("where", (build("greater_equal", (first, 0)), build("add", (last, 1)), first))
    return Ranges(first, end)


def related(begin: Node, end: Node, index: Node) -> Node:
    """Positions in another column, from `begin` up to `end`."""
    return Take(_whole(index), Ranges(_whole(begin), _whole(end)), True)


def children(parent: Node) -> Node:
    """For each object, the positions of its children in ascending order."""
    parent = _whole(parent)
    order = ArgSort(parent, False)
    ordered = Take(parent, order, False)
    number = Position(parent.type.axes[0])
    bounds = Search(ordered, number), Search(ordered, build("add", (number, 1)))
    return Take(order, Ranges(*bounds), False)


def distinct(parent: Node, kind: Node) -> Node:
    """The first ancestor of another kind, past all copies of the object itself."""
    return Ancestor(_whole(parent), _whole(kind))


def _whole(node: Node) -> Node:
    """Convert to int64, with -1 for missing values."""
    node = cast(node, INT64)
    return FillMissing(node, Constant(-1, "int64")) if node.type.optional else node
