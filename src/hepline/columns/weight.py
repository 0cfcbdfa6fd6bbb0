"""Event weights: a product of factors, some of which vary."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from hepline.columns.expression import Expr, Origin, apply, common_origin, node_of, vary_node
from hepline.columns.leaves import Constant
from hepline.columns.lifting import cast
from hepline.columns.nodes import Node
from hepline.columns.types import FLOAT64
from hepline.columns.unread import Factored
from hepline.columns.vary import Nuisance
from hepline.errors import ShapeMismatch, TypeMismatch

__all__ = ["Weight", "factor_of", "weight"]


@dataclass(frozen=True, eq=False)
class Weight(Factored):
    """One factor per event, with its systematic variations.

    Attributes
    ----------
    expression : Expr of float64
    """

    expression: Expr

    def __repr__(self) -> str:
        return f"<Weight {self.expression.node.brief(160)}>"

    @property
    def origin(self) -> Origin | None:
        """The origin of its columns."""
        return self.expression.origin

    def vary(
        self, nuisance: Nuisance, *, up: Expr | float, down: Expr | float | None = None
    ) -> Weight:
        """Multiply the weight by a factor under a systematic variation.

        Parameters
        ----------
        nuisance : Nuisance
        up, down : Expr or number
            Factors on the weight (1 changes nothing).
        """
        unity = Constant(1.0, "float64")
        high = _per_event(up)
        low = None if down is None else _per_event(down)
        factor = Expr(vary_node(nuisance, unity, high, low), common_origin(up, down))
        return self * factor

    def __mul__(self, other: Expr | Weight | float) -> Weight:
        factor = Expr(factor_of(other), common_origin(other))
        return weight(apply("multiply", self.expression, factor))

    __rmul__ = __mul__


def weight(value: Expr | Weight | float = 1.0) -> Weight:
    """Make an event weight that accepts variations and factors.

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


def factor_of(value: object) -> Node:
    """Convert a weight to a float64 node, one value per event or object.

    Raises
    ------
    TypeMismatch
        If it is neither a column, a number nor a `Weight`.
    """
    if isinstance(value, Weight):
        value = value.expression
    if not isinstance(value, Expr | int | float | np.number):
        raise TypeMismatch(
            f"a weight that is the {type(value).__name__} {value!r:.60}.",
            why="a weight is a column, so that it belongs to the events, or one number for all.",
            fix="give a column, such as hl.weight(ev.genWeight), or a number.",
        )
    return cast(node_of(value), FLOAT64)


def _per_event(value: Expr | Weight | float) -> Node:
    node = factor_of(value)
    if node.type.depth:
        raise ShapeMismatch(
            f"a weight of type {node.type}.",
            why="an event has one weight.",
            fix="reduce the list first, with hl.sum(…) or jet[0].pt.",
        )
    return node
