"""Selected events: a mask in the plan, not a copy."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from hepline.columns.expression import Expr
from hepline.columns.origin import Origin, common_origin
from hepline.columns.types import BOOL
from hepline.errors import TypeMismatch

__all__ = ["choose_events"]


def choose_events(origin: Origin, steps: Mapping[str, object]) -> Origin:
    """Restrict an origin to the events that pass more conditions.

    Parameters
    ----------
    origin : Origin
    steps : mapping of str to Expr
        By label; a step without one takes its printed recipe.

    Raises
    ------
    TypeMismatch
        If a step is not one condition per event.
    """
    for label, condition in steps.items():
        node = condition.node if isinstance(condition, Expr) else None
        if node is None or node.type.dtype != BOOL or node.type.depth:
            raise TypeMismatch(
                f"events are chosen by {condition!r:.120}.",
                why="this is not one truth for each event.",
                fix="compare columns of events; on lists use hl.any(…), hl.all(…) or "
                "hl.count(…) >= n, such as ev[hl.count(ev.Muon) >= 2].",
            )
        origins = common_origin(Expr(node, origin), condition) or origin
        step = (label or str(node), node)
        origin = replace(origins, selection=tuple(dict.fromkeys((*origins.selection, step))))
    return origin
