"""Lookup nodes: entries of binned tables, and membership in a set of values."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from hepline.columns.nodes import Node
from hepline.columns.types import BOOL, FLOAT64, Type, broadcast

__all__ = ["IsIn", "Lookup"]


@dataclass(frozen=True, eq=False)
class Lookup(Node):
    """The table entry for the bin of each element; missing where an element is.

    A bin includes its lower edge and excludes its upper one. Elements outside take the nearest bin
    and NaN stays NaN; or both get the number `outside`.

    Attributes
    ----------
    operands : tuple of Node
        One float64 for each dimension of the table.
    edges : tuple of tuple of float
        Ascending, for each dimension.
    table : tuple of float
        One entry for each bin, the last dimension fastest.
    outside : float or None
        For elements outside; None for the nearest bin.
    """

    spelling: ClassVar[str] = "lookup({operands})"

    operands: tuple[Node, ...]
    edges: tuple[tuple[float, ...], ...]
    table: tuple[float, ...]
    outside: float | None

    def infer(self) -> Type:
        """float64, in the shape of the deepest operand."""
        types = tuple(operand.type for operand in self.operands)
        optional = any(type_.optional for type_ in types)
        return Type(FLOAT64, broadcast(types, operation="lookup()"), optional)


@dataclass(frozen=True, eq=False)
class IsIn(Node):
    """Whether an element is among some numbers; missing where the element is.

    Attributes
    ----------
    value : Node
        Integers or floats.
    members : tuple of int or float
        Ascending, each in the dtype of the elements; none of them is NaN.
    """

    spelling: ClassVar[str] = "isin({value}, {members})"

    value: Node
    members: tuple[int, ...] | tuple[float, ...]

    def infer(self) -> Type:
        """True or false, in the same shape."""
        return Type(BOOL, self.value.type.axes, self.value.type.optional)
