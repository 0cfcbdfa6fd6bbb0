"""Following references between objects: lists of neighboring positions, and walks along chains.

References are stored as positions: of a mother, of the first and last daughter, of the jet that
contains an electron. `Ranges` makes a list of positions for each object, `Search` finds the place
of a value in a sorted list, and `Ancestor` walks from mother to mother.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from hepline.columns.nodes import Node
from hepline.columns.types import INT64, Type

__all__ = ["Ancestor", "Ranges", "Search"]


@dataclass(frozen=True, eq=False)
class Ranges(Node):
    """For each element, the integers from `begin` up to, not including, `end`.

    Empty where `end` is not larger than `begin`, or either is missing.

    Attributes
    ----------
    begin, end : Node
        Integers along the same lists.
    """

    spelling: ClassVar[str] = "({begin} … {end})"

    begin: Node
    end: Node

    def infer(self) -> Type:
        """One list level more."""
        return Type(INT64, (*self.end.type.axes, self))


@dataclass(frozen=True, eq=False)
class Search(Node):
    """How many elements of an ascending list are smaller than a value.

    Attributes
    ----------
    ordered : Node
        One list per event, ascending, nothing missing.
    value : Node
        In the dtype of the list, nothing missing.
    """

    spelling: ClassVar[str] = "search({ordered}, {value})"

    ordered: Node
    value: Node

    def infer(self) -> Type:
        """One integer per value."""
        return Type(INT64, self.value.type.axes)


@dataclass(frozen=True, eq=False)
class Ancestor(Node):
    """The position of the first ancestor whose kind differs from that of the element.

    Negative where the chain ends without one, or runs in a circle.

    Attributes
    ----------
    parent : Node
        The position of each element's parent; negative or outside the list for none.
    kind : Node
        One value per element of the same list, such as its PDG number.
    """

    spelling: ClassVar[str] = "ancestor({parent}, {kind})"

    parent: Node
    kind: Node

    def infer(self) -> Type:
        """One position for each element."""
        return Type(INT64, self.parent.type.axes)
