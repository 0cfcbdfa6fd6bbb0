"""Bins that make a signal most significant, with enough simulated background in each."""

from __future__ import annotations

from collections.abc import Iterable
from functools import reduce
from operator import add

import hist
import numpy as np

from hepline.arrays import Floats
from hepline.errors import AnalysisError, TypeMismatch, checked_keywords

__all__ = ["asimov_squared", "optimal_bins"]

# Splitting a bin of constant signal over background gains nothing; rounding is of this size.
_ROUNDING = 1e-10


@checked_keywords
def optimal_bins(
    signal: hist.Hist | Iterable[hist.Hist],
    background: hist.Hist | Iterable[hist.Hist],
    *,
    most_error: float = 0.2,
    least_events: float = 0.0,
) -> list[float]:
    """Choose edges among those of a fine axis, for the highest expected significance.

    The significance is that of Asimov data, √Σ 2((s + b) ln(1 + s/b) − s) over the bins, without
    systematic uncertainties. Of binnings that are equally significant, one with the fewest bins is
    chosen.

    Parameters
    ----------
    signal, background : hist.Hist, or several that are added up
        Of one quantity, such as ``result.templates["SR", "ttbar"]``; without flow.
    most_error : float
        Largest relative statistical error of the background in any bin.
    least_events : float
        Fewest background events in any bin.

    Returns
    -------
    list of float
        Edges from the first to the last of the axis, for ``fit_bins=``.

    Raises
    ------
    TypeMismatch
        If the histograms have unlike axes.
    AnalysisError
        If not even one bin has enough background.

    Examples
    --------
    >>> fine = hist.Hist.new.Reg(4, 0, 4).Weight()
    >>> signal, background = fine.copy(), fine.copy()
    >>> signal[...] = [(1, 0.1), (1, 0.1), (1, 0.1), (5, 0.5)]
    >>> background[...] = [(50, 1), (50, 1), (50, 1), (9, 1)]
    >>> optimal_bins(signal, background, most_error=0.4)
    [0.0, 3.0, 4.0]
    """
    first, second = _total("signal", signal), _total("background", background)
    edges = np.asarray(second.axes[0].edges, float)
    if not np.array_equal(edges, first.axes[0].edges):
        raise TypeMismatch(
            "signal and background have unlike bins.",
            why="the edges are chosen among those of one axis.",
            fix="fill both with the same hl.axis(…).",
        )
    gains = _gains(first.values(), second.values(), second.variances(), most_error, least_events)
    ends = _best_ends(gains)
    if ends is None:
        events, error = second.values().sum(), np.sqrt(second.variances().sum())
        raise AnalysisError(
            f"no binning has a background error of at most {most_error:g} and at least "
            f"{least_events:g} events in every bin.",
            why=f"the whole axis has {events:.4g} ± {error:.2g} background events.",
            fix="raise most_error=, lower least_events=, or simulate more background.",
        )
    return [float(edge) for edge in edges[[0, *ends]]]


def asimov_squared(signal: Floats, background: Floats) -> Floats:
    """Square of the expected significance of a counting experiment, without uncertainties.

    Parameters
    ----------
    signal, background : ndarray
        Events; a signal that is not positive counts as none.
    """
    some = np.maximum(signal, 0.0)
    gain = (some + background) * np.log1p(some / background) - some
    # For a small signal the terms cancel: s²/b is then exact to rounding.
    return np.asarray(np.where(some < 1e-6 * background, some**2 / background, 2 * gain))


def _total(name: str, histograms: hist.Hist | Iterable[hist.Hist]) -> hist.Hist:
    several = [histograms] if isinstance(histograms, hist.Hist) else list(histograms)
    if not several or any(not isinstance(part, hist.Hist) or part.ndim != 1 for part in several):
        raise TypeMismatch(
            f"the {name} is {histograms!r:.60}.",
            why="bins are chosen along one quantity.",
            fix='give histograms of one axis, such as result.templates["SR", "ttbar"].',
        )
    return reduce(add, several)


def _gains(
    signal: Floats, background: Floats, variances: Floats, most_error: float, least_events: float
) -> Floats:
    """What a bin from one edge to a later one adds; −∞ where its background is too thin.

    Returns
    -------
    ndarray, shape (first edge, last edge)
    """
    sums = [np.append(0.0, np.cumsum(values)) for values in (signal, background, variances)]
    some, expected, variance = (total[None, :] - total[:, None] for total in sums)
    size = len(expected)
    sound = (expected > 0) & (np.arange(size)[None, :] > np.arange(size)[:, None])
    sound &= expected >= least_events - _ROUNDING * (1 + least_events)
    # Differences of cumulative sums are rounded: neither limit should depend on that.
    sound &= variance <= (most_error * expected) ** 2 * (1 + _ROUNDING)
    gains = np.full((size, size), -np.inf)
    gains[sound] = asimov_squared(some[sound], expected[sound])
    return gains


def _best_ends(gains: Floats) -> list[int] | None:
    """Upper ends of the bins with the largest sum of gains; None if there are none.

    The best partition up to an edge is some bin below it, and the best partition up to that bin.
    Of partitions that are equal up to rounding, one with the fewest bins is kept.
    """
    size = len(gains)
    best = np.full(size, -np.inf)
    best[0] = 0.0
    counts, before = np.zeros(size, int), np.zeros(size, int)
    for end in range(1, size):
        through = best[:end] + gains[:end, end]
        highest = through.max()
        if highest == -np.inf:
            continue
        equal = np.flatnonzero(through >= highest - _ROUNDING * abs(highest))
        before[end] = equal[np.argmin(counts[equal])]
        counts[end] = counts[before[end]] + 1
        best[end] = through[before[end]]
    if best[-1] == -np.inf:
        return None
    ends = [size - 1]
    while before[ends[-1]]:
        ends.append(int(before[ends[-1]]))
    return ends[::-1]
