"""Random numbers that depend only on event, object and purpose."""

from __future__ import annotations

import numpy as np

from hepline.columns.events import Events, identity_of
from hepline.columns.expression import Expr, Origin
from hepline.columns.leaves import Random
from hepline.columns.nodes import Node
from hepline.columns.records import Records
from hepline.errors import LanguageError, TypeMismatch, checked_keywords

__all__ = ["normal", "uniform"]


@checked_keywords
def uniform(like: Records | Events, *, stream: str, low: float = 0.0, high: float = 1.0) -> Expr:
    """One uniform number per object (or per event), in (low, high).

    Parameters
    ----------
    like : Records or Events
        One number for each of these. It belongs to the stored object: selecting before or after
        makes no difference, and in pairs each object keeps its number.
    stream : str
        The purpose. Two different purposes get independent numbers, and so do two collections:
        the key of the numbers is ``stream/collection`` (``pt_res/Jet``), for those of events
        ``stream`` alone. Otherwise the first muon and the first jet would fluctuate together.
    low, high : float
    """
    return _draw(like, stream, 0) * (high - low) + low


@checked_keywords
def normal(like: Records | Events, *, stream: str, mean: float = 0.0, sigma: float = 1.0) -> Expr:
    """One Gaussian number per object (or per event).

    Parameters
    ----------
    like : Records or Events
    stream : str
        The purpose, as for `uniform`.
    mean, sigma : float

    References
    ----------
    G. E. P. Box and M. E. Muller, Ann. Math. Statist. 29 (1958) 610,
    doi:10.1214/aoms/1177706645.
    """
    radius: Expr = np.sqrt(-2.0 * np.log(_draw(like, stream, 0)))
    turn: Expr = np.cos(2.0 * np.pi * _draw(like, stream, 1))
    return radius * turn * sigma + mean


def _draw(like: Records | Events, stream: str, draw: int) -> Expr:
    place: Node | None = None
    origin: Origin | None = like.origin if isinstance(like, Events | Records) else None
    if isinstance(like, Records):
        place = like.fields.place()
        stream = f"{stream}/{like.fields.kind}"
    elif not isinstance(like, Events):
        raise TypeMismatch(
            f"random numbers like {like!r:.60}.",
            why="they are made one per object or one per event.",
            fix="give a collection (like=ev.Jet) or the events themselves.",
        )
    if origin is None:
        raise LanguageError(
            f"random numbers like {like!r}.",
            why="it belongs to no events, so there is nothing to key the numbers by.",
            fix="give a collection of events.",
        )
    return Expr(Random(stream, draw, *identity_of(origin), place), origin)
