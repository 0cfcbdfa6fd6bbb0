"""Values in a kernel under construction: their code and their dependencies.

A place in a list is an `Index`. Places from a loop keep their parts (the members of a pair, the
object behind a selection), so that nothing has to be looked up again.
"""

from __future__ import annotations

from dataclasses import dataclass

from hepline.columns.nodes import Node

__all__ = ["NOTHING", "At", "Index", "Indices", "Made", "Value", "depends", "number"]

NOTHING: frozenset[str] = frozenset()


@dataclass(frozen=True)
class At:
    """A place as a number.

    Attributes
    ----------
    code : str
        A name or a literal.
    deps : frozenset of str
        Loop variables that it depends on.
    """

    code: str
    deps: frozenset[str] = NOTHING


@dataclass(frozen=True)
class Made:
    """A place composed of other places.

    Attributes
    ----------
    axis : Node
        The axis of the list.
    parts : tuple of Index
        The members of a combination; the position behind a selection; the list of an element of a
        flattened list, and its place there.
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
    """A number as code.

    Attributes
    ----------
    code : str
        An expression that costs nothing to repeat.
    deps : frozenset of str
        Loop variables that it changes with.
    present : str or None
        Code that is true where the value exists; None if it always does.
    index : Index or None
        The place that a position points to, if a loop knows it.
    """

    code: str
    deps: frozenset[str] = NOTHING
    present: str | None = None
    index: Index | None = None


def number(index: Index) -> At:
    """The place as a number."""
    return index if isinstance(index, At) else index.flat


def depends(*places: Index) -> frozenset[str]:
    """Loop variables that any of the places depends on."""
    deps = NOTHING
    for place in places:
        deps |= place.deps if isinstance(place, At) else depends(*place.parts)
    return deps
