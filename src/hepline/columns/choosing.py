"""Brackets: turn a mask, a number, a slice or an index into positions in a list."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from hepline.columns.elementwise import Cast, Elementwise, FillMissing
from hepline.columns.leaves import Collection, Column, Constant, Sublists
from hepline.columns.lifting import build
from hepline.columns.lists import (
    ArgSort,
    Concat,
    Flatten,
    Position,
    Reduce,
    Select,
    Slice,
    Spread,
    Take,
    TakeInside,
)
from hepline.columns.nodes import Node
from hepline.columns.simulated import Simulated
from hepline.columns.types import BOOL
from hepline.columns.vary import Vary
from hepline.errors import ShapeMismatch, TypeMismatch

__all__ = ["choose_elements", "level_of", "positions", "positions_inside"]


def level_of(key: object, depth: int) -> int:
    """The list level at which brackets choose.

    A mask acts on the lists whose elements it matches one to one, any other key on the outermost.

    Parameters
    ----------
    key : Node, int or slice
        See `positions`.
    depth : int
        List levels of what is chosen from.
    """
    if isinstance(key, Node) and key.type.dtype == BOOL and key.type.depth:
        return min(key.type.depth, depth) - 1
    return 0


def choose_elements(values: Node, key: object, level: int) -> Node:
    """Choose elements as brackets do.

    Parameters
    ----------
    values : Node
    key : Node, int or slice
        See `positions`.
    level : int
        The list level to choose at.

    Raises
    ------
    TypeMismatch, ShapeMismatch
        See `positions`; and for positions that belong to other lists than those chosen from.
    """
    index, checked = positions_inside(key, values.type.axes, level)
    return TakeInside(values, index, level, checked) if level else Take(values, index, checked)


def positions_inside(key: object, axes: tuple[Node, ...], level: int) -> tuple[Node, bool]:
    """Turn a key into positions in the lists at a level.

    Parameters
    ----------
    key : Node, int or slice
        See `positions`.
    axes : tuple of Node
        Of what is chosen from.
    level : int
        The list level to choose at.

    Raises
    ------
    TypeMismatch, ShapeMismatch
        See `choose_elements`.
    """
    index, checked = positions(key, axes[level])
    if index.type.axes[:level] != axes[: min(level, index.type.depth)]:
        raise ShapeMismatch(
            f"the positions {index.brief()} in the inner lists of {axes[-1].brief()}.",
            why="they are not made for the objects that hold these lists.",
            fix="compute the positions from the same collection: x.inner[hl.argmax(x)].",
        )
    return index, checked


def positions(key: object, axis: Node) -> tuple[Node, bool]:
    """Turn a key into positions along a list.

    Parameters
    ----------
    key : Node, int or slice
        A mask of the list's own shape, one position per list, or positions per list.
    axis : Node
        The list that is chosen from; inner lists are chosen from one by one.

    Returns
    -------
    index : Node
    checked : bool
        Whether a position may lie outside the list, so that the result may be missing.

    Raises
    ------
    TypeMismatch
        If the key is of another kind.
    ShapeMismatch
        For a mask, an order, an extreme or a position of other objects, and for an index from
        the file (which counts stored objects) on objects that were selected or sorted.
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
    if isinstance(key, tuple):
        raise TypeMismatch(
            f"[{_spell(key)}] on a list.",
            why="brackets act in the list of each event; there is no place for the events.",
            fix="write mu[0] for mu[:, 0]; name fields one by one, mu.pt and mu.eta.",
        )
    raise TypeMismatch(
        f"[{_spell(key)}] on a list.",
        why="a list is chosen from by a mask, a position, a slice or a list of positions.",
        fix="write mu[mu.pt > 20], mu[0], mu[:2] or mu[hl.argmax(mu.pt)].",
    )


def _mask(mask: Node, axis: Node) -> Node:
    if mask.type.axes == axis.type.axes:
        return Select(mask)
    if not mask.type.depth:
        raise ShapeMismatch(
            "the mask has one value per event, not one per object.",
            why=f"brackets choose among {axis.brief()}; they do not drop events.",
            fix="give a condition on the event as where= of the histogram or region.",
        )
    if mask.type.depth > axis.type.depth:
        raise ShapeMismatch(
            "the mask is a list of lists.",
            why=f"brackets choose among {axis.brief()}: one truth for each.",
            fix="reduce it first with hl.any(…) or hl.all(…).",
        )
    raise ShapeMismatch(
        f"the mask counts {mask.type.axes[-1].brief()}, the list counts {axis.brief()}.",
        why="the mask was made from other objects, or before (or after) another selection.",
        fix="build the mask from the same collection: jet = jet[jet.pt > 30].",
    )


def _inside(index: Node, axis: Node) -> bool:
    """Whether every position surely exists; raise if the positions count other objects."""
    for counted in _counted(index):
        if isinstance(counted, Column) and not isinstance(axis, Collection | Sublists):
            raise ShapeMismatch(
                f"the index {counted.name} on the list that counts {axis.brief()}.",
                why="an index from the file counts the stored collection, not what was selected "
                "or sorted: it would take other objects.",
                fix="index the stored collection: ev.Jet[ev.Muon.jetIdx].",
            )
        if not isinstance(counted, Column) and counted is not axis:
            raise ShapeMismatch(
                f"the positions are those of {counted.brief()}, the list counts {axis.brief()}.",
                why="the order, or the largest, of one list says nothing about another.",
                fix="take the key from the same collection: jet.best(jet.pt), jet.sort(jet.pt); "
                "in the inner ones of lists of lists, x.inner[hl.argmax(x)].",
            )
    extreme = isinstance(index, Reduce) and index.operation in ("argmin", "argmax")
    return extreme or isinstance(index, ArgSort)


def _counted(index: Node) -> Iterator[Node]:
    """The lists in which an index counts; a column of the file stands for itself.

    Numbers that are not positions (constants, counts, sums, conditions) yield nothing.
    """
    stack = [index]
    while stack:
        node = stack.pop()
        if node.type.dtype == BOOL:
            continue
        if isinstance(node, Column | Collection | Sublists):
            yield node
        elif isinstance(node, Position):
            yield node.of
        elif isinstance(node, ArgSort):
            yield node.by.type.axes[-1]
        elif isinstance(node, Reduce) and node.operation in ("argmin", "argmax"):
            yield node.values.type.axes[-1]
        else:
            stack.extend(_values(node))


def _values(node: Node) -> tuple[Node, ...]:
    """The inputs whose elements an operation passes through."""
    if isinstance(node, Take | TakeInside | Flatten):
        return (node.values,)
    if isinstance(node, Spread | Cast | FillMissing):
        return (node.value,)
    if isinstance(node, Reduce):
        return (node.values,) if node.operation in ("min", "max") else ()
    return node.inputs if isinstance(node, Elementwise | Concat | Vary | Simulated) else ()


def _spell(key: object) -> str:
    return f"{key} ({key.type})" if isinstance(key, Node) else f"{key!r:.60}"
