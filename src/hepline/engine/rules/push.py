"""Move reductions below the selections that they count."""

from __future__ import annotations

from hepline.columns.elementwise import Cast, FillMissing
from hepline.columns.leaves import Constant
from hepline.columns.lists import Position, Reduce, Select
from hepline.columns.nodes import Node
from hepline.columns.types import BOOL, INT64

__all__ = ["push"]


def push(node: Node) -> Node:
    """Rewrite the length of a selection as the number of true elements of its mask.

    Keeps values exactly (integers). Event cuts such as ``count(jet[…]) >= 4`` then need no list
    of positions.
    """
    if not isinstance(node, Reduce) or node.operation != "count":
        return node
    counted = node.values
    if isinstance(counted, Position) and not counted.of.type.optional:
        counted = counted.of
    if isinstance(counted, Select):
        mask = counted.mask
        if mask.type.optional:
            mask = FillMissing(mask, Constant(False, BOOL.name))
        return Reduce("sum", Cast(mask, INT64.name))
    return Reduce("count", counted)
