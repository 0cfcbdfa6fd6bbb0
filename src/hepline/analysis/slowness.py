"""Notices about functions that run in Python, event by event, because numba rejects them."""

from __future__ import annotations

from collections.abc import Sequence

from hepline.analysis.filling import Filling
from hepline.analysis.results import Notice
from hepline.columns.mapping import Map
from hepline.columns.nodes import walk
from hepline.engine.usercode import obstacle

__all__ = ["slow_functions"]


def slow_functions(fillings: Sequence[Filling]) -> list[Notice]:
    """Name every such function once, with numba's reason.

    Parameters
    ----------
    fillings : sequence of Filling
    """
    reasons: dict[str, str] = {}
    for node in walk(root for filling in fillings for root in filling.job.plan.roots):
        if isinstance(node, Map):
            why = obstacle(node)
            if why:
                reasons[node.function.name] = why
    return [
        Notice(
            "slow function",
            f"{name}() is run by Python, event by event, because numba does not compile it: {why} "
            "Everything else of the plan is compiled all the same.",
        )
        for name, why in reasons.items()
    ]
