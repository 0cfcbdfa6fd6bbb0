"""Edges and peaks are told apart; the best edge is that of scipy's minimizer."""

import numpy as np
import pytest
from scipy.optimize import minimize
from scipy.special import ndtr, xlogy

from hepline.spectra.scan import scan
from hepline.spectra.smooth import SMOOTHNESS
from hepline.spectra.thresholds import edge_q0

WIDTH = 0.02
EDGES = np.linspace(-0.18, 0.18, 55)
ENDS = np.stack([EDGES[:-1], EDGES[1:]], axis=1)
MIDDLES = ENDS.mean(axis=1)


def q0_of_both(rates, seed=0):
    counts = np.random.default_rng(seed).poisson(rates).astype(float)
    peak = scan(counts, EDGES, np.array([0.0]), width=WIDTH, usable=np.ones(54, bool)).q0[0]
    return peak, edge_q0(counts, ENDS, center=0.0, width=WIDTH)


def test_a_step_is_an_edge():
    peak, edge = q0_of_both(300 - 150 * ndtr((MIDDLES - 0.03) / 0.01))
    assert peak > 20
    assert edge > peak


@pytest.mark.parametrize("background", [20, 300])
def test_a_peak_is_no_edge(background):
    rates = background + 12 * np.sqrt(background) * np.exp(-0.5 * (MIDDLES / WIDTH) ** 2)
    peak, edge = q0_of_both(rates)
    assert peak > edge + 9


def test_the_best_edge_is_that_of_a_general_minimizer():
    counts = np.random.default_rng(3).poisson(200 - 80 * ndtr(MIDDLES / 0.01)).astype(float)
    distance = MIDDLES / WIDTH
    powers = (distance / np.abs(distance).max())[:, None] ** np.arange(5)

    def deviance(values, columns):
        rates = np.diff(EDGES) * np.exp(columns @ values)
        terms = rates - counts + xlogy(counts, counts / rates)
        return 2 * terms.sum() + np.sum((values[1:5] / SMOOTHNESS[1:]) ** 2)

    start = [np.log(150 / np.diff(EDGES)[0]), 0, 0, 0, 0]
    flat = minimize(deviance, start, args=(powers,)).fun
    steps = [
        minimize(deviance, [*start, 0], args=(np.column_stack([powers, ndtr(2 * (distance - x))]),))
        for x in np.linspace(-4, 4, 17)
    ]
    best = flat - min(step.fun for step in steps)
    # A knee may do as well; here the step is far better.
    assert edge_q0(counts, ENDS, center=0.0, width=WIDTH) == pytest.approx(best, abs=0.05)
