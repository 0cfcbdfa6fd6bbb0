"""Where the uncertainty of a fit comes from, drawn and encoded for a page."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from hepline.show.breakdown import draw_breakdown
from hepline.show.encoding import Drawing
from hepline.show.ranking import draw_ranking
from hepline.show.stamps import Stamp
from hepline.stats.inference.results import Breakdown, Ranking

__all__ = ["IMPACT_FAMILIES", "impact_figures"]

IMPACT_FAMILIES = ("ranking", "breakdown")


def impact_figures(
    ranking: Ranking | None, breakdown: Breakdown | None, stamp: Stamp
) -> Iterator[Drawing]:
    """Draw impacts and groups of uncertainties, if there are any."""
    if ranking and ranking.impacts:
        largest = ranking.impacts[0]
        alt = (
            f"Impacts on {ranking.poi}, largest first: "
            f"{largest.parameter} with {largest.up:+.3g} and {largest.down:+.3g}."
        )
        yield Drawing("ranking", alt, partial(draw_ranking, ranking, stamp=stamp))
    if breakdown:
        parts = ", ".join(
            f"{component.name} {component.error:.3g}" for component in breakdown.components
        )
        alt = f"Uncertainty of {breakdown.poi}, {breakdown.error:.3g}: {parts}."
        yield Drawing("breakdown", alt, partial(draw_breakdown, breakdown, stamp=stamp))
