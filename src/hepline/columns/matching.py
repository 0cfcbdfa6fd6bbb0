"""Objects that are close to each other in ΔR = √(Δη² + Δφ²)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hepline.columns.elementwise import FillMissing
from hepline.columns.kinematics import formula
from hepline.columns.leaves import Constant
from hepline.columns.lifting import build
from hepline.columns.lists import Nest, Reduce, Take
from hepline.columns.nodes import Node
from hepline.columns.types import BOOL
from hepline.errors import ShapeMismatch
from hepline.physics import angles

if TYPE_CHECKING:
    from hepline.columns.records import Records

__all__ = ["is_near", "place_of_nearest"]


def is_near(objects: Records, others: Records, distance: float) -> Node:
    """Whether any of the others is closer than `distance`; nothing is close to a missing object.

    Parameters
    ----------
    objects, others : Records
        Each a list, or one object per event.
    distance : float
        In ΔR.

    Returns
    -------
    Node of bool
        The shape of `objects`.
    """
    close = build("less", (_separations(objects, others), float(distance)))
    if others.fields.axes:
        return Reduce("any", close)
    return FillMissing(close, Constant(False, BOOL.name)) if close.type.optional else close


def place_of_nearest(objects: Records, others: Records, within: float | None) -> Node:
    """Where the nearest of the others stands in its list.

    Parameters
    ----------
    objects : Records
        A list, or one object per event.
    others : Records
        A list.
    within : float, optional
        Largest ΔR.

    Returns
    -------
    Node of int64
        The shape of `objects`; negative or missing where there is none.

    Raises
    ------
    ShapeMismatch
        If there is only one other object per event, so that nothing is to be chosen.
    """
    if not others.fields.axes:
        raise ShapeMismatch(
            f"nearest() chooses from {others!r}.",
            why="this is one object per event, so there is nothing to choose from.",
            fix="ask how far away it is with objects.delta_r(other), or whether it is close "
            "with objects.near(other, 0.4).",
        )
    separations = _separations(objects, others)
    index: Node = Reduce("argmin", separations)
    if within is None:
        return index
    close = build("less", (Reduce("min", separations), float(within)))
    return build("where", (close, index, -1))


def _separations(objects: Records, others: Records) -> Node:
    """ΔR of every object to all of the others: a list of lists where both sides are lists."""
    far = [others.field(name).node for name in ("eta", "phi")]
    near = [objects.field(name).node for name in ("eta", "phi")]
    if objects.fields.axes and others.fields.axes:
        each = Nest(objects.fields.axes[-1], others.fields.axes[-1])
        far = [Take(node, each, False) for node in far]
    return formula(angles.delta_r, *near, *far)
