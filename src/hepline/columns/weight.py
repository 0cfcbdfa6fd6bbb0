"""Event weights: a product of factors, some of which vary."""

from __future__ import annotations

from dataclasses import dataclass

from hepline.columns.expression import Expr, Origin, apply, common_origin, node_of, vary_node
from hepline.columns.leaves import Constant
from hepline.columns.lifting import cast
from hepline.columns.nodes import Node
from hepline.columns.types import FLOAT64
from hepline.columns.unread import Unread
from hepline.columns.vary import Nuisance
from hepline.errors import ShapeMismatch

__all__ = ["Weight", "weight"]


@dataclass(frozen=True, eq=False)
class Weight(Unread):
    """One factor per event, with its systematic variations.

    Attributes
    ----------
    expression : Expr of float64
    """

    expression: Expr

    def __repr__(self) -> str:
        return f"<Weight {self.expression.node}>"

    @property
    def origin(self) -> Origin | None:
        """Where its columns come from."""
        return self.expression.origin

    def vary(
        self, nuisance: Nuisance, *, up: Expr | float, down: Expr | float | None = None
    ) -> Weight:
        """The same weight, times a factor under a systematic variation.

        Parameters
        ----------
        nuisance : Nuisance
        up, down : Expr or number
            Factors on the weight (1 is no change).
        """
        one = Constant(1.0, "float64")
        high = _per_event(up)
        low = None if down is None else _per_event(down)
        factor = Expr(vary_node(nuisance, one, high, low), common_origin(up, down))
        return self * factor

    def __mul__(self, other: Expr | Weight | float) -> Weight:
        factor = other.expression if isinstance(other, Weight) else other
        return weight(apply("multiply", self.expression, factor))

    __rmul__ = __mul__


def weight(value: Expr | Weight | float = 1.0) -> Weight:
    """An event weight to which variations and factors can be attached.

    Parameters
    ----------
    value : Expr, Weight or number
        One per event: ``hl.weight(ev.genWeight)``.

    Raises
    ------
    ShapeMismatch
        If it has more than one value per event.
    """
    if isinstance(value, Weight):
        return value
    return Weight(Expr(_per_event(value), common_origin(value)))


def _per_event(value: Expr | float) -> Node:
    node = cast(node_of(value), FLOAT64)
    if node.type.depth:
        raise ShapeMismatch(
            f"a weight of type {node.type}.",
            why="an event has one weight.",
            fix="reduce the list first, with hl.sum(…) or jet[0].pt.",
        )
    return node
