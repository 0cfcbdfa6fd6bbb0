"""Four-momenta in other frames of reference."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from hepline.columns.expression import Expr, common_origin
from hepline.columns.momenta import Given, spread
from hepline.columns.objects import Objects
from hepline.columns.types import broadcast
from hepline.errors import TypeMismatch
from hepline.physics import boosts

if TYPE_CHECKING:
    from hepline.columns.records import Records

__all__ = ["boost", "boosted", "rest_frame", "to_rest_frame"]

_COMPONENTS = ("energy", "px", "py", "pz")


def boosted(e: Any, px: Any = None, py: Any = None, pz: Any = None, *, velocity: Any) -> Any:
    """Boost the four-momentum of objects, or one given by components.

    Parameters
    ----------
    e, px, py, pz : float, array-like or Expr
        GeV; or objects alone.
    velocity : tuple of three, or Records
        Along x, y and z in units of the speed of light; for objects also objects to move with.

    Returns
    -------
    Records, or e, px, py, pz like the operands

    See Also
    --------
    hepline.physics.boosts.boosted
    """
    if isinstance(e, Objects):
        return boost(e, velocity)
    return boosts.boosted(e, px, py, pz, velocity=velocity)


def to_rest_frame(e: Any, px: Any = None, py: Any = None, pz: Any = None, *, of: Any) -> Any:
    """Transform a four-momentum to the rest frame of another.

    Parameters
    ----------
    e, px, py, pz : float, array-like or Expr
        GeV; or objects alone.
    of : tuple of four, or Records
        E, px, py, pz of the momentum at rest in the new frame; for objects, objects.

    Returns
    -------
    Records, or e, px, py, pz like the operands

    See Also
    --------
    hepline.physics.boosts.to_rest_frame
    """
    if isinstance(e, Objects):
        return rest_frame(e, of)
    return boosts.to_rest_frame(e, px, py, pz, of=of)


def boost(objects: Objects, by: Any) -> Records:
    """Boost objects with a velocity, or with that of others."""
    velocity: tuple[Any, Any, Any]
    if isinstance(by, Objects):
        e, px, py, pz = _momentum(by)
        velocity = (px / e, py / e, pz / e)
    elif isinstance(by, tuple) and len(by) == 3:
        velocity = by
    else:
        raise TypeMismatch(
            f"a boost by {by!r:.60}.",
            why="it goes along with objects that have a four-momentum, or has a velocity.",
            fix="give objects, such as p.boost(pair), or p.boost((0, 0, 0.5)) in units of the "
            "speed of light.",
        )
    return _moved(objects, boosts.boosted(*_momentum(objects), velocity=velocity), by)


def rest_frame(objects: Objects, of: Objects) -> Records:
    """Transform objects to the rest frame of others."""
    momentum = boosts.to_rest_frame(*_momentum(objects), of=_momentum(of))
    return _moved(objects, momentum, of)


def _momentum(objects: Objects) -> tuple[Expr, Expr, Expr, Expr]:
    """Energy and momentum in float64."""
    e, px, py, pz = (objects.field(name).astype("float64") for name in _COMPONENTS)
    return e, px, py, pz


def _moved(objects: Objects, components: tuple[Expr, ...], by: object) -> Records:
    """The objects with another momentum and the same mass, as no boost changes it."""
    nodes = {name: part.node for name, part in zip(_COMPONENTS, components, strict=True)}
    nodes["mass"] = objects.field("mass").astype("float64").node
    parts = by if isinstance(by, tuple) else (by,)
    origin = common_origin(objects, *parts)
    axes = broadcast(tuple(node.type for node in nodes.values()), operation="boost()")
    if axes == objects.fields.axes:
        return objects._with(nodes, origin)
    # One object in many frames: only its momentum has one value per frame.
    return objects._of_fields(
        Given({name: spread(node, axes) for name, node in nodes.items()}), origin
    )
