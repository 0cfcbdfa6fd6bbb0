"""Profiles: the mean of one quantity in bins of another."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from hepline.columns.axes import Axis
from hepline.columns.elementwise import Masked
from hepline.columns.expression import Expr, Origin, common_origin
from hepline.columns.fill import Fill
from hepline.columns.functions import BoundAxis, hist
from hepline.columns.lifting import build, cast
from hepline.columns.nodes import Node
from hepline.columns.types import FLOAT64
from hepline.columns.unread import Unread
from hepline.columns.vary import NOMINAL, choose
from hepline.columns.weight import Weight
from hepline.errors import TypeMismatch, checked_keywords

__all__ = ["Profile", "moments", "profile"]

Moments = tuple[Fill, Fill, Fill]
"""Histograms with the weights w, w·y and w·y²."""


@dataclass(frozen=True, eq=False)
class Profile(Unread):
    """A profile that can be computed, or drawn in a region.

    Attributes
    ----------
    axis : BoundAxis
    values : Expr
        What is averaged.
    label : str
        Of the values, with their unit.
    fills : tuple of Fill
        Sums of the weights, and of the values and their squares times the weights.
    origin : Origin or None
    is_bare : bool
        Whether it has neither a weight nor a condition of its own, as in a region.
    """

    axis: BoundAxis
    values: Expr
    label: str
    fills: Moments
    origin: Origin | None
    is_bare: bool

    def __repr__(self) -> str:
        return f"<Profile of '{self.label}' along '{self.axis.axis.label}'>"


@checked_keywords
def profile(
    axis: BoundAxis,
    values: Expr,
    label: str | None = None,
    *,
    where: Expr | Mapping[str, Expr] | None = None,
    weight: Expr | Weight | float | None = None,
) -> Profile:
    """Describe the mean of a quantity, and its error, in bins of another one.

    Entries whose value is missing or not finite are left out. The error is statistical: a profile
    is filled with nominal values and weights alone.

    Parameters
    ----------
    axis : BoundAxis
        ``hl.axis(x, 20, 0, 100, "pt [GeV]")``.
    values : Expr
        One value per event, or for each element of the axis.
    label : str, optional
        Quantity and unit of the values; the beginning of the printed recipe by default.
    where : Expr of bool, or mapping of label to Expr, optional
        Chooses events; not in a region, which chooses its own.
    weight : Expr, Weight or number, optional
        Not in a region, whose samples have theirs.

    Returns
    -------
    Profile
        ``hl.compute`` makes edges, means and errors of it; a region draws it (``plots=``).
    """
    if not isinstance(axis, BoundAxis) or not isinstance(values, Expr):
        raise TypeMismatch(
            f"hl.profile({axis!r:.60}, {values!r:.60}).",
            why="it needs an axis with bins, and a column whose mean is taken.",
            fix='write hl.profile(hl.axis(x, 20, 0, 100, "x [GeV]"), y).',
        )
    request = hist(axis, where=where, weight=weight)
    fill = request.node
    fills = moments(fill.axes[0], fill.values[0], values.node, fill.weight, fill.where)
    name = str(values.node) if label is None else label
    origin = common_origin(request, values)
    return Profile(axis, values, name, fills, origin, where is None and weight is None)


def moments(axis: Axis, x: Node, y: Node, weight: Node | None, where: Node | None) -> Moments:
    """The three histograms of a profile, without variations.

    Parameters
    ----------
    axis : Axis
    x, y : Node
        What is binned, and what is averaged.
    weight, where : Node or None
    """
    x, y = cast(x, FLOAT64), cast(y, FLOAT64)
    known = Masked(x, build("isfinite", (y,)))
    first = y if weight is None else build("multiply", (y, weight))
    second = build("multiply", (first, y))
    fills = (Fill((axis,), (known,), factor, where) for factor in (weight, first, second))
    sums, of_values, of_squares = choose(fills, NOMINAL)
    if not (
        isinstance(sums, Fill) and isinstance(of_values, Fill) and isinstance(of_squares, Fill)
    ):
        raise TypeError("a histogram without variations is a histogram")
    return sums, of_values, of_squares
