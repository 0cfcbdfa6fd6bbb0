"""The scan against scipy's minimizer, and against the rate of a Gaussian process."""

import numpy as np
from scipy.optimize import minimize
from scipy.special import xlogy
from scipy.stats import multivariate_normal, norm

from hepline.spectra.scan import half_window, scan
from hepline.spectra.smooth import SMOOTHNESS
from hepline.stats.inference.lookelsewhere import count_upcrossings

WIDTH = 0.02


def spectrum(seed, events=4000, peak=150, center=1.0):
    rng = np.random.default_rng(seed)
    values = np.concatenate([rng.uniform(0, 2, events), rng.normal(center, WIDTH, peak)])
    counts, edges = np.histogram(values, np.linspace(0, 2, 301))
    return counts.astype(float), edges


def deviance(parameters, counts, edges, center, signal):
    """The likelihood of the docstring, written once more."""
    reach = half_window(WIDTH)
    t = ((edges[1:] + edges[:-1]) / 2 - center) / reach
    rates = np.diff(edges) / reach * np.exp(np.polynomial.polynomial.polyval(t, parameters[:5]))
    if signal:
        rates = rates + parameters[5] * np.diff(norm.cdf(edges, center, WIDTH))
    if np.any(rates <= 0):
        return 1e12
    prior = np.sum((parameters[1:5] / SMOOTHNESS[1:]) ** 2)
    return 2 * np.sum(rates - counts + xlogy(counts, counts / rates)) + prior


def minimum(counts, edges, center, signal):
    middles = (edges[1:] + edges[:-1]) / 2
    near = np.flatnonzero(np.abs(middles - center) < half_window(WIDTH))
    own = edges[near[0] : near[-1] + 2]
    start = [np.log(counts[near].mean() * half_window(WIDTH) / np.diff(own)[0]), 0, 0, 0, 0, 20.0]
    best = minimize(
        deviance, start, args=(counts[near], own, center, signal), method="Nelder-Mead",
        options={"maxiter": 20000, "maxfev": 20000, "xatol": 1e-7, "fatol": 1e-9, "adaptive": True},
    )  # fmt: skip
    return best.fun, best.x[5]


def test_likelihood_ratio_is_that_of_a_general_minimizer():
    counts, edges = spectrum(1)
    usable = np.ones(len(counts), bool)
    result = scan(counts, edges, np.array([1.0033]), width=WIDTH, usable=usable)
    background, _ = minimum(counts, edges, 1.0033, False)
    both, events = minimum(counts, edges, 1.0033, True)
    np.testing.assert_allclose(result.q0[0], background - both, atol=2e-3)
    np.testing.assert_allclose(result.events[0], events, rtol=2e-3)
    assert result.q0[0] > 25


def test_deficits_count_nothing():
    counts, edges = spectrum(2, peak=0)
    hole = np.abs((edges[1:] + edges[:-1]) / 2 - 1) < WIDTH
    counts[hole] *= 0.5
    result = scan(counts, edges, np.array([1.0]), width=WIDTH, usable=np.ones(len(counts), bool))
    assert result.q0[0] == 0
    assert result.events[0] == 0


def test_places_without_sidebands_or_entries_are_not_judged():
    counts, edges = spectrum(3)
    usable = np.ones(len(counts), bool)
    usable[140:160] = False
    result = scan(counts, edges, np.array([0.01, 0.5, 1.0]), width=WIDTH, usable=usable)
    np.testing.assert_array_equal(np.isfinite(result.q0), [False, True, False])
    empty = scan(np.zeros(300), edges, np.array([0.5]), width=WIDTH, usable=np.ones(300, bool))
    assert np.isnan(empty.q0[0])


def template(edges, center):
    """Weights of the counts in the significance: the peak, less what a quartic takes from it."""
    middles = (edges[1:] + edges[:-1]) / 2
    near = np.abs(middles - center) < half_window(WIDTH)
    peak = np.diff(norm.cdf(edges, center, WIDTH)) * near
    powers = ((middles - center)[:, None] / half_window(WIDTH)) ** np.arange(5) * near[:, None]
    rest = peak - powers @ np.linalg.lstsq(powers, peak, rcond=None)[0]
    return rest / np.linalg.norm(rest)


def test_upcrossings_are_those_of_a_gaussian_process():
    edges = np.arange(0, 10, WIDTH / 3)
    places = (edges[1:] + edges[:-1])[100:-100] / 2
    rng = np.random.default_rng(4)
    usable = np.ones(len(edges) - 1, bool)
    toys = rng.poisson(200, (20, len(usable))).astype(float)
    found = [
        count_upcrossings(scan(toy, edges, places, width=WIDTH, usable=usable).q0, 4.0)
        for toy in toys
    ]
    correlation = template(edges, places[50]) @ template(edges, places[51])
    pair = multivariate_normal([0, 0], [[1, correlation], [correlation, 1]])
    expected = (len(places) - 1) * (norm.cdf(2.0) - pair.cdf([2.0, 2.0]))
    np.testing.assert_allclose(np.mean(found), expected, atol=4 * np.sqrt(expected / 20))
