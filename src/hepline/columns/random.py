"""Random numbers that depend only on the event, the object and the purpose."""

from __future__ import annotations

import numpy as np

from hepline.columns.events import Events
from hepline.columns.expression import Expr, Origin
from hepline.columns.leaves import Random
from hepline.columns.lifting import cast
from hepline.columns.records import Records
from hepline.columns.types import INT64
from hepline.errors import LanguageError, TypeMismatch

__all__ = ["normal", "uniform"]


def uniform(like: Records | Events, *, stream: str, low: float = 0.0, high: float = 1.0) -> Expr:
    """One uniform number per object (or per event), in (low, high).

    Parameters
    ----------
    like : Records or Events
        One number for each of these; take the collection as stored, so that the numbers do not
        depend on a selection.
    stream : str
        The purpose. Two different purposes get independent numbers.
    low, high : float
    """
    return low + _draw(like, stream, 0) * (high - low)


def normal(like: Records | Events, *, stream: str, mean: float = 0.0, sigma: float = 1.0) -> Expr:
    """One Gaussian number per object (or per event).

    Parameters
    ----------
    like : Records or Events
    stream : str
    mean, sigma : float

    References
    ----------
    G. E. P. Box and M. E. Muller, Ann. Math. Statist. 29 (1958) 610,
    doi:10.1214/aoms/1177706645.
    """
    radius = np.sqrt(-2.0 * np.log(_draw(like, stream, 0)))
    return mean + sigma * (radius * np.cos(2.0 * np.pi * _draw(like, stream, 1)))


def _draw(like: Records | Events, stream: str, draw: int) -> Expr:
    if isinstance(like, Events):
        axes, origin = (), like.origin
    elif isinstance(like, Records):
        axes, origin = like.fields.axes, like.origin
    else:
        raise TypeMismatch(
            f"random numbers like {like!r:.60}.",
            why="they are made one per object or one per event.",
            fix="give a collection (like=ev.Jet) or the events themselves.",
        )
    if len(axes) > 1:
        raise TypeMismatch(
            f"random numbers like {like!r}.",
            why="this is a list of lists.",
            fix="give the collection itself.",
        )
    names = ("run", "luminosityBlock", "event")
    if origin is None:
        raise LanguageError(
            f"random numbers like {like!r}.",
            why="it belongs to no events, so there is nothing to key the numbers by.",
            fix="give a collection of events.",
        )
    keys = tuple(cast(_column(origin, name), INT64) for name in names)
    return Expr(Random(stream, draw, *keys, axes[0] if axes else None), origin)


def _column(origin: Origin, name: str):  # type: ignore[no-untyped-def]
    return origin.schema.column(name).node()
