"""Orders of lists as positions: by several keys, ranks, the first of equal ones.

Everything builds on `ArgSort`, which is stable and puts NaN after all other keys, and missing keys
last.
"""

from __future__ import annotations

from collections.abc import Sequence

from hepline.columns.elementwise import FillMissing, IsMissing
from hepline.columns.leaves import Constant
from hepline.columns.lifting import build
from hepline.columns.lists import ArgSort, Position, Reduce, Select, Take, TakeInside
from hepline.columns.nodes import Node
from hepline.columns.types import BOOL

__all__ = ["best_place", "distinct", "is_first", "order_by", "rank_of", "take_inside"]


def take_inside(values: Node, index: Node, *, checked: bool = False) -> Node:
    """Take elements at positions of the innermost lists."""
    if values.type.depth == 1:
        return Take(values, index, checked)
    return TakeInside(values, index, values.type.depth - 1, checked)


def order_by(keys: Sequence[Node], *, descending: bool) -> Node:
    """Positions that sort by the first key; later keys break ties.

    Parameters
    ----------
    keys : sequence of Node
        Along the same lists.
    descending : bool
    """
    # Sort by the last key first: later sorts keep its order among equals.
    *earlier, last = keys
    order: Node = ArgSort(last, descending)
    for key in reversed(earlier):
        order = take_inside(order, ArgSort(take_inside(key, order), descending))
    return order


def best_place(keys: Sequence[Node]) -> Node:
    """Position of the largest first key; later keys break ties.

    Missing where no first key is a number.
    """
    best: Node = Reduce("argmax", keys[0])
    if len(keys) == 1:
        return best
    leading = take_inside(order_by(keys, descending=True), Constant(0, "int64"), checked=True)
    return build("where", (IsMissing(best), -1, leading))


def rank_of(values: Node, *, descending: bool) -> Node:
    """Rank of each element in its list, from zero."""
    return take_inside(ArgSort(ArgSort(values, descending), False), Position(values))


def is_first(key: Node) -> Node:
    """Whether an element is the first in its list with its key."""
    order = ArgSort(key, False)
    return take_inside(_begins(take_inside(key, order)), rank_of(key, descending=False))


def distinct(values: Node) -> Node:
    """Distinct values in ascending order, without missing ones."""
    ordered = take_inside(values, ArgSort(values, False))
    begins = _begins(ordered)
    if values.type.optional:
        begins = build("bitwise_and", (begins, build("invert", (IsMissing(ordered),))))
    return take_inside(ordered, Select(begins))


def _begins(ordered: Node) -> Node:
    """Whether a value of a sorted list differs from the one before it.

    NaN values count as equal to each other; so do missing ones.
    """
    place = Position(ordered)
    before = take_inside(ordered, build("subtract", (place, 1)), checked=True)
    same = build("equal", (before, ordered))
    if ordered.type.dtype.kind == "f":
        undefined = [build("not_equal", (value, value)) for value in (before, ordered)]
        same = build("bitwise_or", (same, build("bitwise_and", tuple(undefined))))
    same = FillMissing(same, Constant(False, BOOL.name))
    if ordered.type.optional:
        missing = build("bitwise_and", (IsMissing(before), IsMissing(ordered)))
        same = build("bitwise_or", (same, missing))
    return build("bitwise_or", (build("equal", (place, 0)), build("invert", (same,))))
