"""Event weights: a product of factors, some of which vary."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from hepline.columns.expression import Expr, Origin, apply, common_origin, node_of, vary_node
from hepline.columns.leaves import Constant
from hepline.columns.lifting import cast
from hepline.columns.members import members_of
from hepline.columns.nodes import Node, walk
from hepline.columns.types import FLOAT64
from hepline.columns.unread import Factored
from hepline.columns.vary import Members, Nuisance, checked_nuisance
from hepline.errors import LanguageError, ShapeMismatch, TypeMismatch, checked_keywords

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

    @checked_keywords
    def vary(
        self,
        nuisance: Nuisance,
        *,
        up: Expr | float | None = None,
        down: Expr | float | None = None,
        members: Expr | None = None,
        count: int | None = None,
        central: bool = True,
    ) -> Weight:
        """Multiply the weight by a factor under a systematic variation.

        Parameters
        ----------
        nuisance : Nuisance
        up, down : Expr or number
            Factors on the weight (1 changes nothing).
        members : Expr
            In their place for ``hl.nuisance(…, combine=…)``: an array of factors per event, such as
            ``ev.LHEPdfWeight``. Each of them fills histograms of its own in the same pass, which
            are combined bin by bin.
        count : int
            How many there are in every event.
        central : bool
            Whether the first of them is the central member of the set.

        Raises
        ------
        LanguageError
            If the nuisance takes the other kind of variation, or acts on the weight already.
        ShapeMismatch
            If the members are not a list.
        """
        checked_nuisance(nuisance)
        if (members is None) == (up is None) or (members is not None and down is not None):
            given = _given(up=up, down=down, members=members)
            raise LanguageError(
                f"'{nuisance.name}' varies a weight with {given}.",
                why="a variation has factors up and down, or an array of members.",
                fix="give up= and down=, or members= with count=.",
            )
        if members is not None:
            if any(isinstance(n, Members) and n.nuisance == nuisance for n in self._nodes()):
                raise LanguageError(
                    f"'{nuisance.name}' varies a weight by members twice.",
                    why="one array is combined.",
                    fix="give the second array a nuisance of its own.",
                )
            node = members_of(nuisance, members, count, central=central)
            return self * Expr(node, common_origin(members))
        unity = Constant(1.0, "float64")
        high = _per_event(1.0 if up is None else up)
        low = None if down is None else _per_event(down)
        factor = Expr(vary_node(nuisance, unity, high, low), common_origin(up, down))
        return self * factor

    def _nodes(self) -> tuple[Node, ...]:
        return walk([self.expression.node])

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


def _given(**arguments: object) -> str:
    """The keywords that have a value, for messages."""
    given = [f"{name}=" for name, value in arguments.items() if value is not None]
    return " and ".join(given) or "nothing"


def _per_event(value: Expr | Weight | float) -> Node:
    node = factor_of(value)
    if node.type.depth:
        raise ShapeMismatch(
            f"a weight of type {node.type}.",
            why="an event has one weight.",
            fix="reduce the list first, with hl.sum(…) or jet[0].pt.",
        )
    return node
