"""Excesses that touch: tails of one peak, or peaks that overlap."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from hepline.arrays import Floats
from hepline.spectra.logarithm import LogCounts
from hepline.spectra.scan import scan
from hepline.spectra.trials import REFERENCE_LEVEL
from hepline.stats.inference.lookelsewhere import global_significance

__all__ = ["Excess", "grown", "is_tail", "split", "touches"]

_DIP = 2.0  # standard deviations that set an excess apart from a larger bump
_DEEP_DIP = 5.0  # standard deviations that split a bump, looked for at many places


@dataclass(frozen=True)
class Excess:
    """Where q0 is largest: ln(mass), relative width, events, q0, upcrossings and extent."""

    center: float
    width: float
    events: float
    q0: float
    upcrossings: float
    low: float
    high: float

    @property
    def significance(self) -> float:
        """Global significance, in standard deviations."""
        if self.q0 <= REFERENCE_LEVEL:
            return 0.0
        return global_significance(
            float(np.sqrt(self.q0)), upcrossings=self.upcrossings, reference_level=REFERENCE_LEVEL
        ).observed


def touches(excess: Excess, bump: Excess) -> bool:
    """Whether an excess lies less than its width beside a bump."""
    gap = max(bump.low - excess.high, excess.low - bump.high)
    return gap < excess.width


def is_tail(excess: Excess, bump: Excess, counts: LogCounts) -> bool:
    """Whether an excess adjoins a bump, without a dip in between."""
    if not touches(excess, bump):
        return False
    here = counts.between(excess.center - excess.width, excess.center + excess.width)
    between = np.linspace(excess.center, bump.center, 50)
    fewest = min(counts.between(x - excess.width, x + excess.width) for x in between)
    return bool(here - fewest <= _DIP * np.sqrt(here + fewest))


def grown(bump: Excess, tail: Excess) -> Excess:
    """A bump with its tail."""
    return replace(bump, low=min(bump.low, tail.low), high=max(bump.high, tail.high))


def split(excess: Excess, counts: LogCounts, widths: Floats, minimum: float) -> tuple[Excess, ...]:
    """Tell two narrow peaks from one wide one.

    Parameters
    ----------
    excess : Excess
    counts : LogCounts
        With the bins of the excess still usable.
    widths : ndarray, shape (width,)
        Relative widths that may be tried, rising.
    minimum : float
        Global significance that each of the two must have, the other left out.

    Returns
    -------
    tuple of Excess
        Two that meet where the counts dip, or the one.
    """
    for width in widths[widths < excess.width / 1.9][::-1]:
        places = np.arange(-2 * excess.width, 2 * excess.width, width / 3) + excess.center
        cells = np.array([counts.between(x - width / 2, x + width / 2) for x in places])
        valley = _valley(cells)
        if valley is None:
            continue
        dip = float(places[valley])
        tops = places[cells[:valley].argmax()], places[valley + cells[valley:].argmax()]
        first = replace(excess, center=float(tops[0]), width=float(width), high=dip)
        second = replace(excess, center=float(tops[1]), width=float(width), low=dip)
        pair = _alone(first, counts, second), _alone(second, counts, first)
        if min(one.significance for one in pair) >= minimum:
            return pair
    return (excess,)


def _alone(excess: Excess, counts: LogCounts, other: Excess) -> Excess:
    """An excess, measured where the bins of its neighbor are left out."""
    bins = counts.without(other.low, other.high).coarser(excess.width / 3)
    found = scan(
        bins.counts, bins.edges, np.array([excess.center]), width=excess.width, usable=bins.usable
    )
    q0, events = np.nan_to_num([found.q0[0], found.events[0]])
    return replace(excess, q0=float(q0), events=float(events))


def _valley(cells: Floats) -> int | None:
    """Where counts dip between two higher places; None if nowhere significantly."""
    left = np.maximum.accumulate(cells)
    right = np.maximum.accumulate(cells[::-1])[::-1]
    lower = np.minimum(left, right)
    depth = (lower - cells) / np.sqrt(np.maximum(lower + cells, 1.0))
    deepest = int(depth.argmax())
    return deepest if depth[deepest] > _DEEP_DIP else None
