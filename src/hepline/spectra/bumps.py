"""Find resonances in a spectrum without being told where they are.

One at a time, the most significant first: the bins of what was found are then left out, so that it
spoils no background of a weaker neighbor. An excess that adjoins a found bump, without a dip in
between, is its tail (photons that were radiated, say) and no bump of its own.

Of a large sample, the strong peaks are looked for as a smaller experiment would see them: with
millions of entries, the smooth background would bend into a peak itself, and the excess would be
largest on its shoulders.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from hepline.arrays import Floats
from hepline.errors import AnalysisError
from hepline.spectra.logarithm import LogCounts
from hepline.spectra.overlaps import Excess, grown, is_tail, split, touches
from hepline.spectra.results import Bump
from hepline.spectra.scan import Scan, half_window, scan
from hepline.spectra.spectrum import Spectrum
from hepline.spectra.thresholds import edge_q0
from hepline.spectra.trials import REFERENCE_LEVEL, upcrossings
from hepline.stats.inference.lookelsewhere import count_upcrossings

__all__ = ["WIDTHS", "find_bumps"]

#: Relative widths that are tried: from the muons of a good tracker to the Z boson and wider.
WIDTHS = (0.005, 0.007, 0.01, 0.014, 0.02, 0.028, 0.04)

_BINS_PER_WIDTH = 3
_CORE = 2.5  # widths on either side that belong to a bump
_WINDOW = 10.0  # widths on either side of a bump that its fit needs at most
_ROOM = 5.0  # widths to the next bump below which both are fitted together
_MOST = 100
_SMALL = 50_000  # entries that are looked at all together


def find_bumps(
    spectrum: Spectrum, *, minimum: float = 3.0, widths: Sequence[float] = WIDTHS
) -> tuple[Bump, ...]:
    """Look for narrow peaks everywhere in a spectrum, from threshold to its sparse end.

    Parameters
    ----------
    spectrum : Spectrum
        Values, or counts in bins that are not wider than the peaks. Masses of zero or less are
        left out.
    minimum : float
        Smallest global significance, in standard deviations.
    widths : sequence of float
        Relative widths (standard deviation over mass) that are tried: natural widths and
        resolutions between them are found too.

    Returns
    -------
    tuple of Bump
        Sorted by mass; empty where everything is smooth.

    Raises
    ------
    AnalysisError
        If no width is given, or if one is not between 0 and 0.2.

    Notes
    -----
    The local significance is √q0, the likelihood ratio of counts with and without a Gaussian peak;
    the background is a smooth density whose shape is fitted in both cases. The global one is the
    bound of Gross and Vitells for the largest q0 of all places and widths, from its upcrossings in
    the spectrum, or from the number of upcrossings that Rice's formula expects, if that is more.

    References
    ----------
    E. Gross, O. Vitells, Eur. Phys. J. C 70 (2010) 525, arXiv:1005.1891. S. O. Rice, Bell System
    Technical Journal 24 (1945) 46, for the upcrossings of a Gaussian process.
    """
    ladder = np.sort(np.asarray(widths, dtype=np.float64))
    if not (len(ladder) and np.all((ladder > 0) & (ladder < 0.2))):
        raise AnalysisError(
            f"cannot look for peaks of the relative widths {list(widths)}",
            why="a width is a fraction of the mass; peaks wider than 0.2 look like background",
            fix="give widths such as 0.01, between 0 and 0.2",
        )
    counts = LogCounts.of(spectrum, ladder[0] / _BINS_PER_WIDTH)
    found: list[Excess] = []
    for scale in _scales(float(counts.counts.sum())):
        if scale == 1:
            for one in found:
                counts = counts.without(*_feet(one, counts))
        counts, found = _search(counts, found, ladder, minimum, scale)
    return _bumps(sorted(found, key=lambda excess: excess.center), counts.edges)


def _scales(entries: float) -> list[float]:
    """How many times smaller the experiments are that look for ever weaker peaks; one at last."""
    steps = max(0, math.ceil(math.log10(entries / _SMALL))) if entries > _SMALL else 0
    return [10.0**step for step in range(steps, -1, -1)]


def _search(
    counts: LogCounts, found: list[Excess], ladder: Floats, minimum: float, scale: float
) -> tuple[LogCounts, list[Excess]]:
    """Find all bumps that an experiment `scale` times smaller sees, beside those found already."""
    seen = replace(counts, counts=counts.counts / scale)
    scans = [_scan(seen, float(width)) for width in ladder]
    for _ in range(_MOST):
        best = _largest(scans)
        if best is None or best.significance < minimum:
            break
        bigger = next((i for i, one in enumerate(found) if is_tail(best, one, seen)), None)
        if bigger is not None:
            found[bigger] = grown(found[bigger], best)
        elif not _is_edge(best, seen):
            # The likelihood ratio grows with the entries.
            whole = replace(best, q0=best.q0 * scale, events=best.events * scale)
            found += split(whole, replace(counts, usable=seen.usable), ladder, minimum)
        elif scale > 1:
            # It may be the shoulder of a peak that is still to be found; the whole sample decides.
            scans = [_ignoring(one, best) for one in scans]
            continue
        else:
            # An edge on the flank of a bump belongs to it, so that its tail goes on from there.
            found = [grown(one, best) if touches(best, one) else one for one in found]
        seen = seen.without(best.low, best.high)
        scans = [_again(one, seen, best) for one in scans]
    return replace(counts, usable=seen.usable), found


def _scan(counts: LogCounts, width: float) -> Scan:
    bins = counts.coarser(width / _BINS_PER_WIDTH)
    middles = (bins.edges[1:] + bins.edges[:-1]) / 2
    narrow = np.diff(bins.edges) <= width
    return scan(bins.counts, bins.edges, middles[narrow], width=width, usable=bins.usable)


def _again(old: Scan, counts: LogCounts, taken: Excess) -> Scan:
    """The same scan, after the bins of an excess were taken away from its neighborhood."""
    reach = half_window(old.width) + 2 * old.width
    near = (old.centers > taken.low - reach) & (old.centers < taken.high + reach)
    bins = counts.coarser(old.width / _BINS_PER_WIDTH)
    new = scan(bins.counts, bins.edges, old.centers[near], width=old.width, usable=bins.usable)
    q0, events, background = old.q0.copy(), old.events.copy(), old.background.copy()
    q0[near], events[near], background[near] = new.q0, new.events, new.background
    return replace(old, q0=q0, events=events, background=background)


def _feet(excess: Excess, counts: LogCounts) -> tuple[float, float]:
    """How far an excess reaches that a smaller experiment saw, in the whole sample.

    As far as a Gaussian of so many events has one in ten: the tail of a large one is not a bump.
    """
    reach = excess.width * max(_CORE, math.sqrt(2 * math.log(max(excess.events / 10, 1.0))))
    return (
        _foot(counts, excess.low, min(excess.low, excess.center - reach), excess.width),
        _foot(counts, excess.high, max(excess.high, excess.center + reach), excess.width),
    )


def _foot(counts: LogCounts, near: float, far: float, width: float) -> float:
    """Where the counts are lowest between two places: behind it, another peak may begin."""
    places = np.linspace(near, far, 20)
    cells = [counts.between(x - width / 4, x + width / 4) for x in places]
    return float(places[int(np.argmin(cells))])


def _ignoring(old: Scan, excess: Excess) -> Scan:
    """The same scan, without the places within a width of an excess."""
    near = np.abs(old.centers - excess.center) <= excess.width
    return replace(old, q0=np.where(near, 0.0, old.q0))


def _largest(scans: list[Scan]) -> Excess | None:
    """The place and the width of the largest q0."""
    tops = [float(np.nanmax(one.q0, initial=0.0)) for one in scans]
    best = scans[int(np.argmax(tops))]
    if max(tops) <= 0:
        return None
    place = int(np.nanargmax(best.q0))
    center, reach = float(best.centers[place]), _CORE * best.width
    return Excess(
        center=center,
        width=best.width,
        events=float(best.events[place]),
        q0=float(best.q0[place]),
        upcrossings=_upcrossings(scans),
        low=center - reach,
        high=center + reach,
    )


def _upcrossings(scans: list[Scan]) -> float:
    """Mean number of upcrossings of the largest q0 of all widths."""
    looked = [one for one in scans if np.any(np.isfinite(one.q0))]
    step = looked[0].width / 2
    grid = np.arange(
        min(one.centers[0] for one in looked), max(one.centers[-1] for one in looked), step
    )
    curves = [np.interp(grid, one.centers, np.nan_to_num(one.q0)) for one in looked]
    counted = count_upcrossings(np.max(curves, axis=0), REFERENCE_LEVEL) if len(grid) > 1 else 0
    places = max(float(np.isfinite(one.q0).sum()) / _BINS_PER_WIDTH for one in looked)
    return max(float(counted), upcrossings(places))


def _is_edge(best: Excess, counts: LogCounts) -> bool:
    bins = counts.coarser(best.width / _BINS_PER_WIDTH)
    ends = np.stack([bins.edges[:-1], bins.edges[1:]], axis=1)
    near = bins.usable & (np.abs(ends.mean(axis=1) - best.center) < half_window(best.width))
    q0 = edge_q0(bins.counts[near], ends[near], center=best.center, width=best.width)
    return q0 > best.q0


def _bumps(found: list[Excess], edges: Floats) -> tuple[Bump, ...]:
    groups: list[list[Excess]] = []
    for excess in found:
        last = groups[-1][-1] if groups else None
        if last is not None and not _apart(last, excess):
            groups[-1].append(excess)
        else:
            groups.append([excess])
    bumps: list[Bump] = []
    for i, group in enumerate(groups):
        low = min(one.center - _reach(one) for one in group)
        high = max(one.center + _reach(one) for one in group)
        low = max(
            low, edges[0], max((one.high for one in groups[i - 1]), default=low) if i else low
        )
        if i + 1 < len(groups):
            high = min(high, min(one.low for one in groups[i + 1]))
        high = min(high, edges[-1])
        bumps += [_bump(one, group, float(np.exp(low)), float(np.exp(high))) for one in group]
    return tuple(bumps)


def _reach(excess: Excess) -> float:
    """How far the window goes on either side."""
    # Peaks that were split have the width of their dip, which may be far below their own.
    farthest = max(excess.center - excess.low, excess.high - excess.center)
    return max(_WINDOW * excess.width, 2 * farthest)


def _apart(left: Excess, right: Excess) -> bool:
    """Whether there is background between two of them."""
    return (
        right.low > left.high
        and right.low - left.center > _ROOM * left.width
        and right.center - left.high > _ROOM * right.width
    )


def _bump(excess: Excess, group: list[Excess], low: float, high: float) -> Bump:
    center = float(np.exp(excess.center))
    return Bump(
        center=center,
        width=center * excess.width,
        low=low,
        high=high,
        events=excess.events,
        local_significance=float(np.sqrt(excess.q0)),
        global_significance=excess.significance,
        neighbors=tuple(float(np.exp(one.center)) for one in group if one is not excess),
    )
