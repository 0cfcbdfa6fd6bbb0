"""Operations on lists. A selection is a list of positions; a field of a selection is a take.

Every choice of objects (masks, pairs, sorting, slices, nearest) makes a list of positions in the
original list; one node, `Take`, follows them. In lists of lists, masks, orders and slices act on
the innermost lists, and `TakeInside` follows the positions.

The axis of a list is the node that decides its length; that node is its own last axis. Inner lists
that were taken or joined have the node that did so as their axis.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from hepline.columns.nodes import Node
from hepline.columns.types import BOOL, INT64, UINT64, Type

__all__ = [
    "ArgSort",
    "Combinations",
    "Concat",
    "Cross",
    "CumSum",
    "Differences",
    "Flatten",
    "Nest",
    "Pad",
    "Places",
    "Position",
    "Reduce",
    "Select",
    "Slice",
    "Spread",
    "Take",
    "TakeInside",
    "source_of_axis",
]


class Places(Node):
    """Positions along a list, for `Take` to follow."""

    @property
    def source(self) -> Node | None:
        """The axis of the lists that single positions choose from; None for other choices."""
        return None


@dataclass(frozen=True, eq=False)
class Position(Places):
    """0, 1, 2, … along the innermost list."""

    spelling: ClassVar[str] = "position({of})"

    of: Node

    def infer(self) -> Type:
        """One integer per element, never missing."""
        return Type(INT64, self.of.type.axes)


@dataclass(frozen=True, eq=False)
class Spread(Node):
    """An event scalar repeated for every element of a list."""

    spelling: ClassVar[str] = "{value}"

    value: Node
    over: Node

    def infer(self) -> Type:
        """The scalar's dtype along the list."""
        return Type(self.value.type.dtype, (self.over,), self.value.type.optional)


@dataclass(frozen=True, eq=False)
class Select(Places):
    """Positions of the elements where a mask is true; a missing mask counts as false."""

    spelling: ClassVar[str] = "{mask}"

    mask: Node

    @property
    def source(self) -> Node:
        """The lists that are chosen from."""
        return self.mask.type.axes[-1]

    def infer(self) -> Type:
        """New innermost lists."""
        return Type(INT64, (*self.mask.type.axes[:-1], self))


@dataclass(frozen=True, eq=False)
class Combinations(Places):
    """Positions in all subsets of `n` different elements, in lexicographic order.

    Attributes
    ----------
    of : Node
        The list axis to choose from.
    n : int
    slot : int
        Which member of the subset; all slots share one list.
    """

    spelling: ClassVar[str] = "combinations({of}, {n})[{slot}]"

    of: Node
    n: int
    slot: int

    def infer(self) -> Type:
        """A new list, shared by all slots."""
        return Type(INT64, (self if self.slot == 0 else Combinations(self.of, self.n, 0),))


@dataclass(frozen=True, eq=False)
class Cross(Places):
    """Positions in all pairs of one element of `left` with one of `right`, left first."""

    spelling: ClassVar[str] = "cross({left}, {right})[{slot}]"

    left: Node
    right: Node
    slot: int

    def infer(self) -> Type:
        """A new list, shared by both slots."""
        return Type(INT64, (self if self.slot == 0 else Cross(self.left, self.right, 0),))


@dataclass(frozen=True, eq=False)
class Nest(Places):
    """For each element of `outer`, the positions of all elements of `inner`."""

    spelling: ClassVar[str] = "each({outer}, {inner})"

    outer: Node
    inner: Node

    def infer(self) -> Type:
        """A list of lists."""
        return Type(INT64, (self.outer, self))


@dataclass(frozen=True, eq=False)
class ArgSort(Places):
    """Positions in the order of a key; equal keys keep their order.

    In both directions, NaN keys come after all others, and missing keys come last.
    """

    spelling: ClassVar[str] = "argsort({by})"

    by: Node
    descending: bool

    @property
    def source(self) -> Node:
        """The lists that are chosen from."""
        return self.by.type.axes[-1]

    def infer(self) -> Type:
        """New innermost lists."""
        return Type(INT64, (*self.by.type.axes[:-1], self))


@dataclass(frozen=True, eq=False)
class Slice(Places):
    """Positions ``start:stop:step`` along each innermost list, with Python's meaning."""

    spelling: ClassVar[str] = "{start}:{stop}:{step}"

    of: Node
    start: int | None
    stop: int | None
    step: int | None

    @property
    def source(self) -> Node:
        """The lists that are chosen from."""
        return self.of.type.axes[-1]

    def infer(self) -> Type:
        """New innermost lists."""
        return Type(INT64, (*self.of.type.axes[:-1], self))


@dataclass(frozen=True, eq=False)
class Pad(Places):
    """Exactly `length` positions, of which those past the end are missing.

    Attributes
    ----------
    of : Node
    length : int
        Zero or more.
    """

    spelling: ClassVar[str] = "pad({of}, {length})"

    of: Node
    length: int

    @property
    def source(self) -> Node:
        """The lists that are chosen from."""
        return self.of.type.axes[-1]

    def infer(self) -> Type:
        """New innermost lists of possibly missing positions."""
        return Type(INT64, (*self.of.type.axes[:-1], self), optional=True)


@dataclass(frozen=True, eq=False)
class Concat(Node):
    """The elements of one list, then those of another, event by event."""

    spelling: ClassVar[str] = "concat({first}, {second})"

    first: Node
    second: Node

    def infer(self) -> Type:
        """A new list, the same for all fields of the same two collections."""
        first, second = self.first.type.axes[0], self.second.type.axes[0]
        axis = self if (self.first, self.second) == (first, second) else Concat(first, second)
        return Type(
            self.first.type.dtype, (axis,), self.first.type.optional or self.second.type.optional
        )


@dataclass(frozen=True, eq=False)
class Take(Node):
    """Elements of a list at given positions.

    Missing where the position is missing, lies outside the list or is negative, and where the
    element itself is missing. Where elements are lists, a missing list is empty.

    Attributes
    ----------
    values : Node
        With at least one list level.
    index : Node
        Positions along the outermost list of `values`.
    checked : bool
        Whether a position may lie outside (or be negative): the result is missing there.
    """

    spelling: ClassVar[str] = "{values}[{index}]"

    values: Node
    index: Node
    checked: bool

    def infer(self) -> Type:
        """The shape of the index, with the elements of the values."""
        values, index = self.values.type, self.index.type
        inner = tuple(
            self if axis is self.values else Take(axis, self.index, self.checked)
            for axis in values.axes[1:]
        )
        # A missing list is empty: it has no elements that could be missing.
        absent = not inner and (index.optional or self.checked)
        return Type(values.dtype, index.axes + inner, values.optional or absent)


@dataclass(frozen=True, eq=False)
class TakeInside(Node):
    """Elements of inner lists at given positions: `Take` at a deeper level.

    Attributes
    ----------
    values : Node
        With more list levels than `level`.
    index : Node
        Positions along the lists below the first `level` list levels, which both share; with fewer
        levels it repeats along them.
    level : int
        At least 1.
    checked : bool
        Whether a position may lie outside (or be negative): the result is missing there.
    """

    spelling: ClassVar[str] = "{values}.inner[{index}]"

    values: Node
    index: Node
    level: int
    checked: bool

    def infer(self) -> Type:
        """The shape of the index, with the elements of the values."""
        values, index = self.values.type, self.index.type
        inner = tuple(
            self if axis is self.values else TakeInside(axis, self.index, self.level, self.checked)
            for axis in values.axes[self.level + 1 :]
        )
        around = max(index.axes, values.axes[: self.level], key=len)
        absent = not inner and (index.optional or self.checked)
        return Type(values.dtype, around + inner, values.optional or absent)


@dataclass(frozen=True, eq=False)
class Flatten(Node):
    """The elements of the two outermost lists in one list, in order."""

    spelling: ClassVar[str] = "flatten({values})"

    values: Node

    def infer(self) -> Type:
        """One list level less."""
        values = self.values.type
        axes = tuple(self if axis is self.values else Flatten(axis) for axis in values.axes[1:])
        return Type(values.dtype, axes, values.optional)


@dataclass(frozen=True, eq=False)
class Reduce(Node):
    """One number for each innermost list. Missing elements are left out.

    Sums of floats keep their dtype and add from left to right; integers are summed as int64,
    those of uint64 as uint64.
    A mean is computed in float64. Extremes are the first of equals and ignore NaN. An extreme or a
    mean of an empty list is missing.

    Attributes
    ----------
    operation : str
        ``count sum any all mean min max argmin argmax``.
    values : Node
    """

    spelling: ClassVar[str] = "{operation}({values})"

    operation: str
    values: Node

    def infer(self) -> Type:
        """One list level less."""
        values = self.values.type
        optional = self.operation in ("mean", "min", "max", "argmin", "argmax")
        dtype = {"count": INT64, "any": BOOL, "all": BOOL, "argmin": INT64, "argmax": INT64}.get(
            self.operation, values.dtype
        )
        if self.operation == "sum" and not np.issubdtype(dtype, np.floating):
            dtype = UINT64 if dtype == UINT64 else INT64
        return Type(dtype, values.axes[:-1], optional)


@dataclass(frozen=True, eq=False)
class CumSum(Node):
    """Cumulative sum of each innermost list, from left to right.

    Floats keep their dtype; integers are already int64 or uint64. Missing elements do not enter the
    sums and stay missing.
    """

    spelling: ClassVar[str] = "cumsum({values})"

    values: Node

    def infer(self) -> Type:
        """The type of the values."""
        return self.values.type


@dataclass(frozen=True, eq=False)
class Differences(Node):
    """Differences of neighboring elements in each innermost list.

    The list has one element less; an empty one stays empty. A difference is missing where either
    element is. Floats keep their dtype; integers are already int64.
    """

    spelling: ClassVar[str] = "diff({values})"

    values: Node

    def infer(self) -> Type:
        """New innermost lists, the same for all fields of a collection."""
        values = self.values.type
        *outer, along = values.axes
        axis = self if self.values is along else Differences(along)
        return Type(values.dtype, (*outer, axis), values.optional)


def source_of_axis(axis: Node) -> Node | None:
    """The axis of the lists from which those along an axis were chosen, which bounds their length.

    None for lists that are stored, or made of several elements.
    """
    if isinstance(axis, Take | TakeInside | Flatten | Differences):
        return axis.values
    return axis.source if isinstance(axis, Places) else None
