"""The smooth density against scipy's minimizer."""

import numpy as np
import pytest
from scipy.optimize import minimize
from scipy.special import xlogy

from hepline.spectra.smooth import SMOOTHNESS, smooth_fit

T = np.linspace(-1, 1, 60)
COLUMNS = np.vander(T, 5, increasing=True)
SIZE = np.full(60, 2.0)
PEAK = np.exp(-0.5 * (T / 0.1) ** 2) / np.exp(-0.5 * (T / 0.1) ** 2).sum()


def deviance(values, counts):
    rates = SIZE * np.exp(COLUMNS @ values[:5]) + values[5] * PEAK
    if np.any(rates <= 0):
        return np.inf
    prior = np.sum((values[1:5] / SMOOTHNESS[1:]) ** 2)
    return 2 * np.sum(rates - counts + xlogy(counts, counts / rates)) + prior


@pytest.mark.parametrize("level", [0.5, 20.0, 3000.0])
@pytest.mark.parametrize("with_signal", [False, True])
def test_no_minimizer_finds_a_smaller_deviance(level, with_signal):
    rates = SIZE * level * np.exp(-T) + 5 * np.sqrt(level) * PEAK
    counts = np.random.default_rng(4).poisson(rates).astype(float)
    start = np.array([np.log(level), 0, 0, 0, 0, 0.0])
    values, ours = smooth_fit(counts, SIZE, COLUMNS, SMOOTHNESS, PEAK, start, with_signal)
    assert ours == pytest.approx(deviance(values, counts), rel=1e-12)
    bounds = [(None, None)] * 5 + [(None, None) if with_signal else (0, 0)]
    theirs = minimize(deviance, values, args=(counts,), bounds=bounds, method="L-BFGS-B").fun
    assert ours < theirs + 1e-3
    assert bool(values[5]) is with_signal


def test_bins_without_counts_are_no_obstacle():
    values, found = smooth_fit(np.zeros(60), SIZE, COLUMNS, SMOOTHNESS, PEAK, np.zeros(6), False)
    assert np.all(np.isfinite(values))
    assert 0 <= found < 1
