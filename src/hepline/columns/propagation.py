"""Changes of momenta, and what they do to the missing momentum."""

from __future__ import annotations

from typing import overload

from hepline.columns.expression import Expr, apply
from hepline.columns.matching import checked_objects
from hepline.columns.records import Records
from hepline.columns.types import FLOAT64, Type, broadcast
from hepline.columns.vary import Nuisance
from hepline.errors import TypeMismatch, checked_keywords

__all__ = ["propagate", "rescale", "with_missing"]


def propagate(
    met: Records, before: Records, after: Records, *, where: Expr | None = None
) -> Records:
    """Take what objects gained from the missing momentum.

    The missing momentum is minus the sum of what was seen; its change is minus the change of the
    objects, p⃗_miss − Σ (p⃗_after − p⃗_before), also under each of their systematic variations.

    Parameters
    ----------
    met : Records
        One per event, such as ``ev.MET``.
    before, after : Records
        The same objects: a collection, or one per event. Missing ones change nothing.
    where : Expr of bool, optional
        The objects that count; one for each of them.

    Returns
    -------
    Records
        The missing momentum, with its other fields as they are.

    Raises
    ------
    TypeMismatch
        If the missing momentum is not one per event.
    ShapeMismatch
        If `before` and `after` do not pair one to one.

    References
    ----------
    CMS Collaboration, "Performance of missing transverse momentum reconstruction in proton-proton
    collisions at √s = 13 TeV using the CMS detector", JINST 14 (2019) P07004, eq. (2),
    doi:10.1088/1748-0221/14/07/P07004.
    """
    if not isinstance(met, Records) or met.axes:
        raise TypeMismatch(
            f"propagate({met!r:.60}, …).",
            why="the missing momentum is one object per event.",
            fix="give it first: hl.propagate(ev.MET, ev.Jet, jet).",
        )
    sides = [checked_objects(side, "propagate()") for side in (before, after)]
    axes = broadcast(tuple(Type(FLOAT64, side.axes) for side in sides), operation="propagate()")
    changed: dict[str, Expr] = {}
    for name in ("px", "py"):
        gained = sides[1].field(name) - sides[0].field(name)
        gained = gained if where is None else apply("where", where, gained, 0.0)
        gained = gained.fill_missing(0.0) if gained.type.optional else gained
        changed[name] = met.field(name) - (gained.sum(axis=None) if axes else gained)
    return met.with_fields(**changed)


@overload
def with_missing(before: Records, after: Records, met: None, where: Expr | None) -> Records: ...
@overload
def with_missing(
    before: Records, after: Records, met: Records, where: Expr | None
) -> tuple[Records, Records]: ...
@overload
def with_missing(
    before: Records, after: Records, met: Records | None, where: Expr | None
) -> Records | tuple[Records, Records]: ...
def with_missing(
    before: Records, after: Records, met: Records | None, where: Expr | None
) -> Records | tuple[Records, Records]:
    """Return the objects, and beside them the missing momentum, if there is one."""
    return after if met is None else (after, propagate(met, before, after, where=where))


@overload
def rescale(
    objects: Records,
    nuisance: Nuisance,
    *,
    up: Expr | float,
    down: Expr | float | None = None,
    mass: bool = False,
    met: None = None,
) -> Records: ...
@overload
def rescale(
    objects: Records,
    nuisance: Nuisance,
    *,
    up: Expr | float,
    down: Expr | float | None = None,
    mass: bool = False,
    met: Records,
) -> tuple[Records, Records]: ...
@checked_keywords
def rescale(
    objects: Records,
    nuisance: Nuisance,
    *,
    up: Expr | float,
    down: Expr | float | None = None,
    mass: bool = False,
    met: Records | None = None,
) -> Records | tuple[Records, Records]:
    """Vary the momentum scale of objects, and with it the missing momentum.

    Parameters
    ----------
    objects : Records
    nuisance : Nuisance
    up, down : Expr or number
        Factors on pt: 1.002 for a scale that is known to 0.2 %; `down` is left out for a one-sided
        nuisance.
    mass : bool
        Whether the mass scales along, as that of jets does.
    met : Records, optional
        The missing momentum, which is then returned as well.

    Returns
    -------
    Records, or a pair of Records
        The objects, and the missing momentum if it is given.

    Examples
    --------
    >>> import hepline as hl
    >>> ev = hl.events("nanoaod")
    >>> scale = hl.nuisance("Muon scale")
    >>> muon, met = hl.rescale(ev.Muon, scale, up=1.002, down=0.998, met=ev.MET)
    """
    names = ("pt", "mass") if mass else ("pt",)
    checked = checked_objects(objects, "rescale()")
    high = {name: checked.field(name) * up for name in names}
    low = None if down is None else {name: checked.field(name) * down for name in names}
    varied = objects.vary(nuisance, up=high, down=low)
    return with_missing(objects, varied, met, None)
