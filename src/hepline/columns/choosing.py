"""Brackets: from a mask, a number, a slice or an index to positions in a list."""

from __future__ import annotations

import numpy as np

from hepline.columns.leaves import Constant
from hepline.columns.lifting import build
from hepline.columns.lists import ArgSort, Position, Reduce, Select, Slice
from hepline.columns.nodes import Node
from hepline.columns.types import BOOL
from hepline.errors import ShapeMismatch, TypeMismatch

__all__ = ["positions"]


def positions(key: object, axis: Node) -> tuple[Node, bool]:
    """What stands in brackets, as positions along a list.

    Parameters
    ----------
    key : Node, int or slice
        A mask of the list's own shape, one position per event, or positions per event.
    axis : Node
        The list that is chosen from.

    Returns
    -------
    index : Node
    checked : bool
        Whether a position may lie outside the list, so that the result may be missing.

    Raises
    ------
    TypeMismatch
        If this is none of these.
    ShapeMismatch
        For a mask, an order or an extreme of other objects.
    """
    if isinstance(key, bool | np.bool_):
        raise TypeMismatch(
            f"[{key}] as a mask.",
            why="one truth for all events selects nothing in particular.",
            fix="use a comparison of columns as mask.",
        )
    if isinstance(key, int | np.integer):
        position: Node = Constant(int(key), "int64")
        if key < 0:
            position = build("add", (Reduce("count", Position(axis)), int(key)))
        return position, True
    if isinstance(key, slice):
        parts = (key.start, key.stop, key.step)
        if all(part is None or isinstance(part, int) for part in parts) and key.step != 0:
            return Slice(axis, *parts), False
    if isinstance(key, Node):
        if key.type.dtype == BOOL:
            return _mask(key, axis), False
        if np.issubdtype(key.type.dtype, np.integer):
            return key, not _inside(key, axis)
    raise TypeMismatch(
        f"[{_said(key)}] on a list.",
        why="a list is chosen from by a mask, a position, a slice or a list of positions.",
        fix="write mu[mu.pt > 20], mu[0], mu[:2] or mu[hl.argmax(mu.pt)].",
    )


def _mask(mask: Node, axis: Node) -> Node:
    if mask.type.axes == (axis,):
        return Select(mask)
    if not mask.type.depth:
        raise ShapeMismatch(
            "the mask has one value per event, not one per object.",
            why=f"brackets choose among {axis}; they do not drop events.",
            fix="give a condition on the event as where= of the histogram or region.",
        )
    if mask.type.depth > 1:
        raise ShapeMismatch(
            "the mask is a list of lists.",
            why=f"brackets choose among {axis}: one truth for each.",
            fix="reduce it first with hl.any(…) or hl.all(…).",
        )
    raise ShapeMismatch(
        f"the mask counts {mask.type.axes[0]}, the list counts {axis}.",
        why="the mask was made from other objects, or before (or after) another selection.",
        fix="build the mask from the same collection: jet = jet[jet.pt > 30].",
    )


def _inside(index: Node, axis: Node) -> bool:
    """Whether every position is known to exist."""
    if isinstance(index, Reduce) and index.operation in ("argmin", "argmax"):
        looked_at = index.values.type.axes
    elif isinstance(index, ArgSort):
        looked_at = index.by.type.axes
    else:
        return False
    if looked_at != (axis,):
        raise ShapeMismatch(
            f"the positions are those of {looked_at[-1]}, the list counts {axis}.",
            why="the order, or the largest, of one list says nothing about another.",
            fix="take the key from the same collection: jet.best(jet.pt), jet.sort(jet.pt).",
        )
    return True


def _said(key: object) -> str:
    return f"{key} ({key.type})" if isinstance(key, Node) else f"{key!r:.60}"
