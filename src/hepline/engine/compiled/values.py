"""What the writer of a kernel knows about a value: its code, and what it depends on.

A place in a list is an `Index`. Places that a loop has found keep what they are made of (the
members of a pair, the object behind a selection), so that nothing has to be looked up again.
"""

from __future__ import annotations

from dataclasses import dataclass

from hepline.columns.nodes import Node

__all__ = ["NOTHING", "At", "Index", "Indices", "Made", "Value", "depends", "number"]

NOTHING: frozenset[str] = frozenset()


@dataclass(frozen=True)
class At:
    """A place given by a number.

    Attributes
    ----------
    code : str
        A name or a literal.
    deps : frozenset of str
        Loop variables that it changes with.
    """

    code: str
    deps: frozenset[str] = NOTHING


@dataclass(frozen=True)
class Made:
    """A place that is made of other places.

    Attributes
    ----------
    axis : Node
        What the list is made by.
    parts : tuple of Index
        The members of a combination; where the object behind a selection stands; the list that an
        element of a flattened list comes from, and its place there.
    flat : At
        Its number.
    """

    axis: Node
    parts: tuple[Index, ...]
    flat: At


Index = At | Made
Indices = tuple[Index, ...]


@dataclass(frozen=True)
class Value:
    """One number of an expression, as code.

    Attributes
    ----------
    code : str
        An expression that is free to repeat.
    deps : frozenset of str
        Loop variables that it changes with.
    present : str or None
        Code that is true where the value exists; None if it always does.
    index : Index or None
        For a position that a loop has found: what it points to.
    """

    code: str
    deps: frozenset[str] = NOTHING
    present: str | None = None
    index: Index | None = None


def number(index: Index) -> At:
    """The place as a number."""
    return index if isinstance(index, At) else index.flat


def depends(*places: Index) -> frozenset[str]:
    """Loop variables that any of several places changes with."""
    deps = NOTHING
    for place in places:
        deps |= place.deps if isinstance(place, At) else depends(*place.parts)
    return deps
