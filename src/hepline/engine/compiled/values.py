"""What the writer of a kernel knows about a value: its code, and what it depends on.

A place in a list is an `Index`. Places that a loop has found keep their make-up (the members of
a pair, the object behind a selection), so that nothing has to be looked up again.
"""

from __future__ import annotations

from dataclasses import dataclass

from hepline.columns.nodes import Node

__all__ = ["At", "Chosen", "Index", "Merged", "Subset", "Value", "depends", "number"]

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
class Subset:
    """A place among combinations or in a cross product: its members, and its number."""

    axis: Node
    members: tuple[At, ...]
    flat: At


@dataclass(frozen=True)
class Chosen:
    """A place in a selection: the place in the list it was made from, and its number."""

    axis: Node
    base: Index
    flat: At


@dataclass(frozen=True)
class Merged:
    """A place in a flattened list: the outer list's, the inner list's, and its number."""

    axis: Node
    outer: Index
    inner: Index
    flat: At


Index = At | Subset | Chosen | Merged


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


def depends(index: Index) -> frozenset[str]:
    """Loop variables that a place changes with."""
    if isinstance(index, At):
        return index.deps
    if isinstance(index, Chosen):
        return depends(index.base)
    if isinstance(index, Merged):
        return depends(index.outer) | depends(index.inner)
    return frozenset().union(*(member.deps for member in index.members))
