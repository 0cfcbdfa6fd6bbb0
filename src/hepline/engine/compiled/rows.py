"""How many elements a row must have room for."""

from __future__ import annotations

from collections.abc import Callable

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
)
from hepline.columns.mapping import EventFunction
from hepline.columns.nodes import Node
from hepline.engine.handover import Computed, level_of

__all__ = ["Unlowered", "most_of"]


class Unlowered(Exception):
    """The graph holds what kernels cannot express; the awkward evaluator can.

    Parameters
    ----------
    why : str
    function : EventFunction, optional
        What stands in the way, if everything else can be compiled.
    """

    def __init__(self, why: str, function: EventFunction | None = None) -> None:
        super().__init__(why)
        self.function = function


def most_of(axis: Node, name: Callable[[Collection | Sublists], str]) -> str:
    """Code of the length of the longest list along an axis in the chunk, or a bound of it.

    Parameters
    ----------
    axis : Node
    name : callable
        What stored lists are called in the kernel.
    """

    def own(part: Node) -> str:
        return most_of(part.type.axes[-1], name)

    match axis:
        case Collection() | Sublists():
            return f"most_{name(axis)}"
        case Computed():
            return f"most_{name(Collection(level_of(axis.name, 0)))}"
        case Select():
            return own(axis.mask)
        case ArgSort():
            return own(axis.by)
        case Slice():
            return own(axis.of)
        case Pad():
            return str(axis.length)
        case Nest():
            return own(axis.inner)
        case Take() | TakeInside():
            return own(axis.values)
        case Flatten():
            around = axis.values.type.axes[-2]
            inside = own(axis.values)
            return inside if axis.type.depth > 1 else f"({own(around)} * {inside})"
        case Concat():
            return f"({own(axis.first)} + {own(axis.second)})"
        case Combinations():
            return f"subsets({own(axis.of)}, {axis.n})"
        case Cross():
            return f"({own(axis.left)} * {own(axis.right)})"
    raise Unlowered(f"no row for {axis!r}")
