"""Events that pass conditions: a mask that the plan knows, not a copy."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from hepline.columns.expression import Expr
from hepline.columns.origin import Origin, common_origin
from hepline.columns.types import BOOL
from hepline.errors import TypeMismatch

__all__ = ["choose_events"]


def choose_events(origin: Origin, steps: Mapping[str, object]) -> Origin:
    """The origin of the events that pass some more conditions.

    Parameters
    ----------
    origin : Origin
    steps : mapping of str to Expr
        By label; a step without one is called as it is printed.

    Raises
    ------
    TypeMismatch
        If a condition is not one truth per event.
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
