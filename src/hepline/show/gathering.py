"""Impacts of many per-bin factors, gathered into one row of a ranking."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace

from hepline.stats.inference.results import Breakdown, Impact, Ranking

__all__ = ["GATHERED", "gather_statistics"]

GATHERED = "group"
"""Kind of an impact that stands for several parameters."""

_STATISTICS = "MC statistics"  # as the breakdown names it


def gather_statistics(ranking: Ranking, breakdown: Breakdown | None = None) -> Ranking:
    """Put the per-bin factors of simulated events into one row, "MC statistics".

    There is one such factor for each bin: alone, they would hide what can be worked on.

    Parameters
    ----------
    ranking : Ranking
    breakdown : Breakdown, optional
        Knows the impact of the group with its correlations. Without it, single impacts are added
        in quadrature, as if they had none.

    Returns
    -------
    Ranking
        As it was with fewer than two of them.
    """
    factors = [impact for impact in ranking.impacts if impact.kind == "staterror"]
    if len(factors) < 2:
        return ranking
    size = _known(breakdown) or math.sqrt(sum(impact.size**2 for impact in factors))
    name = f"{_STATISTICS} ({len(factors)} bins)"
    row = Impact(name, GATHERED, math.nan, math.nan, None, None, size, -size, None, None)
    others = [impact for impact in ranking.impacts if impact.kind != "staterror"]
    return replace(ranking, impacts=_by_size([*others, row]))


def _known(breakdown: Breakdown | None) -> float | None:
    components = breakdown.components if breakdown is not None else ()
    sizes = [part.error for part in components if part.name == _STATISTICS]
    return sizes[0] if sizes and math.isfinite(sizes[0]) else None


def _by_size(impacts: Sequence[Impact]) -> tuple[Impact, ...]:
    return tuple(sorted(impacts, key=lambda impact: -impact.size))
