"""Do two samples of a column come from the same distribution?

Columns with few different values are compared by χ² of their counts (values that are rare are put
together until at least five are expected of each); all others by the largest distance between their
cumulative distributions (Kolmogorov and Smirnov). The latter is exact where `Frequencies` count
values one by one; else it is the distance at the ends of common bins, which is too small by at most
the share of the fullest bin. Values of the same event are not independent: for lists, p-values are
too small.

References
----------
W. J. Conover, Practical Nonparametric Statistics, 3rd ed., Wiley 1999, sections 4.2 and 6.3.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy import stats

from hepline.arrays import Floats, Integers
from hepline.survey.frequencies import Frequencies

__all__ = ["Test", "compare_counts", "compare_values", "holm", "separation"]

_FEW, _REPEATED = 100, 5  # different values that are compared by counts; how often each occurs
_EXPECTED = 5.0
_SMALL = 10_000  # entries up to which scipy computes the probability exactly


@dataclass(frozen=True)
class Test:
    """The result of a test.

    Attributes
    ----------
    name : str
        ``KS`` or ``chi2``.
    statistic : float
        The largest distance, or χ².
    distance : float
        How different the samples are, from 0 to 1: the same, or Cramér's V.
    p_value : float
    error : float
        By how much the distance can be too small.
    """

    name: str
    statistic: float
    distance: float
    p_value: float
    error: float = 0.0


def compare_values(first: Frequencies, second: Frequencies) -> Test | None:
    """Compare how values are distributed; None if there is only one value.

    Parameters
    ----------
    first, second : Frequencies
        Each of at least one value.
    """
    table, exact = _table(first, second)
    if table.shape[1] < 2:
        return None
    if exact and table.shape[1] <= min(_FEW, table.sum() / _REPEATED):
        return compare_counts(table)
    return _by_distance(table, exact=exact)


def separation(first: Frequencies, second: Frequencies) -> float:
    """How well a cut on values, or a list of them, tells two samples apart: 1 is perfectly.

    Parameters
    ----------
    first, second : Frequencies
        Each of at least one value.

    Returns
    -------
    float
        The largest distance of the cumulative distributions; of few different values, the share
        that the distributions do not have in common.
    """
    table, exact = _table(first, second)
    shares = table / table.sum(axis=1)[:, np.newaxis]
    distance = np.abs(np.cumsum(shares[0]) - np.cumsum(shares[1])).max()
    if exact and table.shape[1] <= min(_FEW, table.sum() / _REPEATED):
        distance = max(distance, 1.0 - np.minimum(shares[0], shares[1]).sum())
    return float(distance)


def _table(first: Frequencies, second: Frequencies) -> tuple[Integers, bool]:
    """Counts of both samples in common bins, and whether each bin holds a single value."""
    level = max(first.level, second.level)
    samples = [first.coarser(level), second.coarser(level)]
    keys = np.union1d(samples[0].keys, samples[1].keys)
    table = np.zeros((2, len(keys)), np.int64)
    for row, sample in zip(table, samples, strict=True):
        row[np.searchsorted(keys, sample.keys)] = sample.counts
    return table, samples[0].exact and samples[1].exact


def compare_counts(table: Integers) -> Test | None:
    """Compare counts of the same classes in two samples by χ²; None if there is one class.

    Parameters
    ----------
    table : ndarray of int64, shape (2, class)
    """
    if not table.sum(axis=1).all():
        return None
    merged = _merged(table)
    if merged.shape[1] < 2:
        return None
    chi2, p_value, _, _ = stats.chi2_contingency(merged, correction=False)
    return Test("chi2", float(chi2), float(np.sqrt(chi2 / merged.sum())), float(p_value))


def _merged(table: Integers) -> Integers:
    """Put neighbors together until enough is expected of each in both samples."""
    share = float(table.sum(axis=1).min()) / float(table.sum())
    columns: list[Integers] = []
    waiting = np.zeros(2, np.int64)
    for column in table.T:
        waiting = waiting + column
        if waiting.sum() * share >= _EXPECTED:
            columns.append(waiting)
            waiting = np.zeros(2, np.int64)
    if waiting.any():
        if columns:
            columns[-1] = columns[-1] + waiting
        else:
            columns.append(waiting)
    return np.array(columns).T


def _by_distance(table: Integers, *, exact: bool) -> Test:
    sizes = table.sum(axis=1)
    through = np.cumsum(table, axis=1) / sizes[:, np.newaxis]
    distance = float(np.abs(through[0] - through[1]).max())
    error = 0.0 if exact else float((table / sizes[:, np.newaxis]).max())
    if exact and sizes.max() <= _SMALL:
        # Only the order of values matters.
        samples = [np.repeat(np.arange(table.shape[1]), row) for row in table]
        p_value = float(stats.ks_2samp(*samples).pvalue)
    else:
        effective = np.round(sizes[0] * (sizes[1] / sizes.sum()))
        p_value = float(np.clip(stats.kstwo.sf(distance, effective), 0.0, 1.0))
    return Test("KS", distance, distance, p_value, error)


def holm(p_values: Sequence[float]) -> Floats:
    """Correct p-values for how many they are, by Holm's method.

    The probability that any of them falls below a limit by chance is at most that limit, however
    the tests depend on each other.

    References
    ----------
    S. Holm, Scand. J. Statist. 6 (1979) 65.
    """
    values = np.asarray(p_values, np.float64)
    order = np.argsort(values, kind="stable")
    factors = len(values) - np.arange(len(values))
    corrected = np.minimum(np.maximum.accumulate(values[order] * factors), 1.0)
    result = np.empty(len(values))
    result[order] = corrected
    return result
