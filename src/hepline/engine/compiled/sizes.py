"""Bounds of list lengths, for the memory of a kernel.

`Form.most` is evaluated twice: as code, for rows that hold the longest list of a chunk; and event
by event, for all elements that leave the kernel.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hepline.columns.leaves import Collection, Sublists
from hepline.columns.nodes import Node
from hepline.columns.source import Chunk

__all__ = ["Size", "Sizes", "longest", "most_elements"]

Size = Any
"""Code, or one integer for each event: what can be added and multiplied."""
Most = Callable[[Node, "Sizes"], Size]
"""What the lists along an axis say."""


class Sizes(ABC):
    """An algebra of list lengths, or upper bounds of them."""

    def __init__(self, most: Most) -> None:
        self._most = most

    def along(self, axis: Node) -> Size:
        """Length of lists along an axis."""
        return self._most(axis, self)

    def of(self, node: Node) -> Size:
        """Length of the innermost lists of an expression."""
        return self.along(node.type.axes[-1])

    @abstractmethod
    def number(self, number: int) -> Size:
        """A constant length."""

    @abstractmethod
    def stored(self, axis: Collection | Sublists) -> Size:
        """Length of lists in the file."""

    @abstractmethod
    def subsets(self, size: Size, n: int) -> Size:
        """Number of combinations of `n` elements."""


class _Code(str):
    """Lengths as code."""

    def __add__(self, other: str) -> _Code:
        return _Code(f"({self} + {other})")

    def __mul__(self, other: object) -> _Code:
        return _Code(f"({self} * {other})")


class _OfChunk(Sizes):
    def __init__(self, most: Most, name: Callable[[Collection | Sublists], str]) -> None:
        super().__init__(most)
        self._name = name

    def number(self, number: int) -> Size:
        return _Code(number)

    def stored(self, axis: Collection | Sublists) -> Size:
        return _Code(f"most_{self._name(axis)}")

    def subsets(self, size: Size, n: int) -> Size:
        return _Code(f"subsets({size}, {n})")


class _OfEvents(Sizes):
    def __init__(self, most: Most, chunk: Chunk) -> None:
        super().__init__(most)
        self._chunk = chunk

    def number(self, number: int) -> Size:
        return np.full(self._chunk.events, number)

    def stored(self, axis: Collection | Sublists) -> Size:
        lengths, bounds = np.diff(self._chunk.offsets[axis.name]), self._bounds(axis)
        most, filled = np.zeros(self._chunk.events, np.int64), np.diff(bounds) > 0
        if filled.any():
            most[filled] = np.maximum.reduceat(lengths, bounds[:-1][filled])
        return most

    def _bounds(self, axis: Node) -> NDArray[np.int64]:
        """Offsets of the events among all lists along an axis."""
        if isinstance(axis, Sublists) and isinstance(axis.outer, Collection | Sublists):
            return self._chunk.offsets[axis.outer.name][self._bounds(axis.outer)]
        return np.arange(self._chunk.events + 1)

    def subsets(self, size: Size, n: int) -> Size:
        number = 1
        for index in range(n):
            number = number * np.maximum(size - index, 0) // (index + 1)
        return number


def longest(axis: Node, most: Most, name: Callable[[Collection | Sublists], str]) -> str:
    """Code of the longest list along an axis in the chunk, or a bound of its length.

    Parameters
    ----------
    axis : Node
    most : callable
    name : callable
        Gives the name of stored lists in the kernel.
    """
    return str(_OfChunk(most, name).along(axis))


def most_elements(axis: Node, most: Most, chunk: Chunk) -> int:
    """Upper bound of the number of elements along an axis in a chunk."""
    sizes, number = _OfEvents(most, chunk), np.ones(chunk.events, np.int64)
    for level in axis.type.axes:
        number = number * sizes.along(level)
    return int(number.sum())
