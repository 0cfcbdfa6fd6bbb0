"""The most elements that what a kernel makes can have: the memory that it is given."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from hepline.columns.leaves import Collection, Sublists
from hepline.columns.lists import (
    ArgSort,
    Combinations,
    Concat,
    Cross,
    Flatten,
    Nest,
    Pad,
    Select,
    Slice,
    Take,
    TakeInside,
    source_of_axis,
)
from hepline.columns.nodes import Node
from hepline.columns.source import Chunk
from hepline.engine.handover import Computed, level_of

__all__ = ["most_elements"]

Integers = NDArray[np.int64]


def most_elements(axis: Node, chunk: Chunk) -> int:
    """The most elements that all lists along an axis can have in a chunk."""
    return int(_counts(axis, chunk).sum())


def _counts(axis: Node, chunk: Chunk) -> Integers:
    """Elements along an axis in each event, all lists of lists together, or a bound of them."""

    def of(node: Node) -> Integers:
        return _counts(node.type.axes[-1], chunk)

    match axis:
        case Collection() | Sublists():
            return np.diff(_ends(axis, chunk))
        case Computed():
            return np.diff(chunk.offsets[level_of(axis.name, 0)])
        case Select():
            return of(axis.mask)
        case ArgSort():
            return of(axis.by)
        case Slice():
            return of(axis.of)
        case Flatten():
            return of(axis.values)
        case Pad():
            return _around(axis, chunk) * axis.length
        case Nest():
            return _around(axis, chunk) * _counts(axis.inner.type.axes[0], chunk)
        case Take() | TakeInside():
            return _taken(axis, chunk)
        case Concat():
            return of(axis.first) + of(axis.second)
        case Cross():
            return of(axis.left) * of(axis.right)
        case Combinations():
            count, made = of(axis.of), np.ones(chunk.events, np.int64)
            for chosen in range(axis.n):
                made = made * np.maximum(count - chosen, 0) // (chosen + 1)
            return made
    raise TypeError(f"{axis!r} is no list")


def _around(axis: Node, chunk: Chunk) -> Integers:
    """How many lists along an axis there are in each event."""
    around = axis.type.axes[:-1]
    return _counts(around[-1], chunk) if around else np.ones(chunk.events, np.int64)


def _ends(axis: Collection | Sublists, chunk: Chunk) -> Integers:
    """Where the elements of each event begin and end."""
    offsets = chunk.offsets[axis.name]
    if isinstance(axis, Sublists) and isinstance(axis.outer, Collection | Sublists):
        return offsets[_ends(axis.outer, chunk)]
    return offsets


def _taken(axis: Take | TakeInside, chunk: Chunk) -> Integers:
    """Elements of lists that were taken: where none is taken twice, not more than there are."""
    there = _counts(axis.values, chunk)
    if isinstance(axis.index, Select | Slice | ArgSort):
        return there
    most = there
    stored = _stored(axis.values)
    if isinstance(axis, Take) and stored is not None:
        most = np.minimum(there, int(np.diff(chunk.offsets[stored.name]).max(initial=0)))
    elif isinstance(axis.values, Nest):
        most = _counts(axis.values.inner.type.axes[0], chunk)
    index = axis.index.type.axes
    return most * (_counts(index[-1], chunk) if index else np.ones(chunk.events, np.int64))


def _stored(axis: Node) -> Sublists | None:
    """The stored lists, directly inside those of an event, that lists along an axis are part of."""
    source: Node | None = axis
    while isinstance(source, Select | ArgSort | Slice):
        source = source_of_axis(source)
    return source if isinstance(source, Sublists) and source.type.depth == 2 else None
