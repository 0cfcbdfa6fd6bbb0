"""Where the uncertainty of a fit comes from, drawn and encoded for a page."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict
from functools import partial

from hepline.show.breakdown import draw_breakdown
from hepline.show.encoding import Drawing
from hepline.show.gathering import gather_statistics
from hepline.show.ranking import draw_ranking
from hepline.show.stamps import Stamp
from hepline.stats.inference.results import Breakdown, Ranking

__all__ = ["IMPACT_FAMILIES", "impact_figures"]

IMPACT_FAMILIES = ("ranking", "breakdown")


def impact_figures(
    ranking: Ranking | None,
    breakdown: Breakdown | None,
    stamp: Stamp,
    *,
    single_factors: bool = False,
) -> Iterator[Drawing]:
    """Draw impacts and groups of uncertainties, if there are any.

    Parameters
    ----------
    ranking : Ranking or None
    breakdown : Breakdown or None
    stamp : Stamp
    single_factors : bool
        Draw each per-bin factor of simulated events, and not all of them in one row.
    """
    if ranking and ranking.impacts:
        shown = ranking if single_factors else gather_statistics(ranking, breakdown)
        largest = shown.impacts[0]
        alt = (
            f"Impacts on {ranking.poi}, largest first: "
            f"{largest.parameter} with {largest.up:+.3g} and {largest.down:+.3g}."
        )
        yield Drawing(
            "ranking", alt, partial(draw_ranking, shown, stamp=stamp), numbers=_numbers(ranking)
        )
    if breakdown:
        parts = ", ".join(
            f"{component.name} {component.error:.3g}" for component in breakdown.components
        )
        alt = f"Uncertainty of {breakdown.poi}, {breakdown.error:.3g}: {parts}."
        yield Drawing("breakdown", alt, partial(draw_breakdown, breakdown, stamp=stamp))


def _numbers(ranking: Ranking) -> dict[str, object]:
    """All impacts, single ones of per-bin factors too."""
    return {
        "parameter": ranking.poi,
        "value": ranking.value,
        "error": ranking.error,
        "impacts": [asdict(impact) for impact in ranking.impacts],
    }
