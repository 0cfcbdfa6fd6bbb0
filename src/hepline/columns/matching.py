"""Angles between objects, and matches by ΔR = √(Δη² + Δφ²)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from hepline.columns.elementwise import FillMissing
from hepline.columns.expression import Expr, common_origin
from hepline.columns.kinematics import formula
from hepline.columns.leaves import Constant
from hepline.columns.lifting import build
from hepline.columns.lists import Nest, Reduce, Take
from hepline.columns.nodes import Node
from hepline.columns.objects import Objects
from hepline.columns.types import BOOL, FLOAT64, Type, broadcast
from hepline.errors import TypeMismatch
from hepline.physics import angles

__all__ = ["apart", "checked_objects", "is_match", "is_near", "place_of_nearest"]


def apart(function: Callable[..., Any], names: Sequence[str], *objects: Objects) -> Expr:
    """Difference of directions between objects that pair one to one, or a list and a single object.

    Parameters
    ----------
    function : callable
        Takes the fields of the first object, then those of the second.
    names : sequence of str
        Fields.
    *objects : Objects
        Two of them.
    """
    broadcast(
        tuple(Type(FLOAT64, side.fields.axes) for side in objects), operation=function.__name__
    )
    nodes = [side.field(name).node for side in objects for name in names]
    return Expr(formula(function, *nodes), common_origin(*objects))


def checked_objects(other: object, method: str) -> Objects:
    """Return the other side, which must be objects.

    Raises
    ------
    TypeMismatch
        If it is anything else.
    """
    if not isinstance(other, Objects):
        raise TypeMismatch(
            f"{method} with {other!r:.60}.",
            why="the other side must be objects that have a four-momentum.",
            fix="give a collection or a single object, such as ev.Muon or mu[0]; "
            "for numbers name a field: mu.pt + 1.",
        )
    return other


def is_near(objects: Objects, others: Objects, distance: float) -> Node:
    """Whether any other object is closer than `distance`; false for a missing object.

    Parameters
    ----------
    objects, others : Objects
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


def place_of_nearest(objects: Objects, others: Objects, within: float | None) -> Node:
    """Position of the nearest other object in its list.

    Parameters
    ----------
    objects : Objects
        A list, or one object per event.
    others : Objects
        A list.
    within : float, optional
        Largest ΔR.

    Returns
    -------
    Node of int64
        The shape of `objects`; negative or missing without a match.
    """
    separations = _separations(objects, others)
    index: Node = Reduce("argmin", separations)
    if within is None:
        return index
    close = build("less", (Reduce("min", separations), float(within)))
    return build("where", (close, index, -1))


def is_match(objects: Objects, other: Objects, within: float | None) -> Node:
    """Whether the other object, one per event, exists and is closer than `within`.

    Parameters
    ----------
    objects : Objects
        A list, or one object per event.
    other : Objects
        One per event.
    within : float, optional
        Largest ΔR.

    Returns
    -------
    Node of bool
        The shape of `objects`; never missing.
    """
    separation = _separations(objects, other)
    # NaN does not equal itself.
    limit = separation if within is None else float(within)
    close = build("equal" if within is None else "less", (separation, limit))
    return FillMissing(close, Constant(False, BOOL.name))


def _separations(objects: Objects, others: Objects) -> Node:
    """ΔR of every object to all others: a list of lists if both sides are lists."""
    far = [others.field(name).node for name in ("eta", "phi")]
    near = [objects.field(name).node for name in ("eta", "phi")]
    if objects.fields.axes and others.fields.axes:
        pairs = Nest(objects.fields.axes[-1], others.fields.axes[-1])
        far = [Take(node, pairs, False) for node in far]
    return formula(angles.delta_r, *near, *far)
