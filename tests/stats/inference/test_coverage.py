"""Intervals and limits contain the truth as often as they should: `bench/toy_coverage.py`."""

import importlib
import sys
from pathlib import Path

import numpy as np
import pytest
from scipy.stats import poisson

BENCH = Path(__file__).parents[3] / "bench"
TOYS = 2000


@pytest.fixture(scope="module")
def bench():
    """A script, not a package."""
    sys.path.insert(0, str(BENCH))
    try:
        yield importlib.import_module("toy_coverage")
    finally:
        sys.path.remove(str(BENCH))


@pytest.mark.parametrize("name", ["counting", "low counts"])
def test_coverage_of_counts_is_that_of_the_sum_over_all_counts(bench, name):
    rows = bench.coverages(name, TOYS, seed=11)
    assert [row.method for row in rows] == list(bench.METHODS)
    for row in rows:
        assert row.found == pytest.approx(row.right, abs=3.3 * row.error), row.method


@pytest.mark.slow
def test_coverage_of_a_shape_is_that_of_a_normal_estimate(bench):
    for row in bench.coverages("shape", TOYS, seed=12):
        assert row.found == pytest.approx(row.right, abs=3.3 * row.error), row.method


def test_the_right_coverage_comes_from_counts_alone(bench):
    """By hand, for four expected signal and three background events."""
    signal, background = bench.COUNTS["low counts"]
    right = bench.exact(signal, background)
    n = np.arange(40)
    best = np.maximum(n - background, 0) / signal
    # ±√n around the estimate; below the background, the curvature at zero: b / (s √n).
    error = np.where(n > background, np.sqrt(n), background / np.sqrt(np.maximum(n, 1))) / signal
    inside = (np.abs(best - 1) <= error) & (n > 0)
    assert right["Hessian"] == pytest.approx(poisson.pmf(n, 7)[inside].sum())
    # CLs of 0 counts is exp(−s): the only count that excludes four events at 95 %.
    excluded = poisson.cdf(n, 7) / poisson.cdf(n, 3) < 0.05
    assert right["CLs toys"] == pytest.approx(1 - poisson.pmf(n, 7)[excluded].sum())
    assert right["CLs toys"] == pytest.approx(1 - np.exp(-7) * (1 + 7 * excluded[1]))


def test_cls_covers_small_signals_more_often(bench):
    strong, weak = (bench.exact(signal, 100.0)["CLs toys"] for signal in (50.0, 5.0))
    assert 0.95 <= strong < 0.97 < weak
