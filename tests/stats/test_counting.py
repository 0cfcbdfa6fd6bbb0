"""Garwood's intervals against published numbers and their definition."""

import numpy as np
import pytest
from scipy import stats

from hepline.stats.counting import poisson_interval


def test_published_limits():
    # PDG Review, "Statistics", table 40.3: one-sided 90 % limits, hence 80 % central intervals.
    low, high = poisson_interval([0, 1, 2, 3, 10], cl=0.8)
    np.testing.assert_allclose(high, [2.30, 3.89, 5.32, 6.68, 15.41], atol=0.005)
    np.testing.assert_allclose(low[1:], [0.105, 0.532, 1.10, 6.22], atol=0.005)
    assert low[0] == 0


@pytest.mark.parametrize("count", [1, 4, 30])
def test_the_ends_leave_equal_tails(count):
    low, high = poisson_interval(count)
    tail = stats.norm.sf(1)
    assert stats.poisson.sf(count - 1, low) == pytest.approx(tail, rel=1e-6)
    assert stats.poisson.cdf(count, high) == pytest.approx(tail, rel=1e-6)


def test_many_events_give_the_square_root():
    low, high = poisson_interval(10_000)
    assert (high - low) / 2 == pytest.approx(100, rel=0.01)


@pytest.mark.parametrize("mean", [0.3, 2.5, 17])
def test_coverage_is_at_least_what_is_asked(mean):
    counts = np.arange(100)
    low, high = poisson_interval(counts)
    covered = (low <= mean) & (mean <= high)
    assert stats.poisson.pmf(counts, mean)[covered].sum() >= 0.6827
