"""Slopes of expected events and of the likelihood, beside finite differences of SciPy."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.optimize import approx_fprime

from hepline.spectra.backgrounds import background_named
from hepline.spectra.extended import Data
from hepline.spectra.mixture import Mixture
from hepline.spectra.shapes import signal_named
from hepline.spectra.slopes import slopes_at, slopes_in

LOW, HIGH = 60.0, 120.0
MODELS = [
    ("gaussian", "chebyshev 2", (91.0, 2.0), (0.2, -0.1)),
    ("double gaussian", "exponential", (91.0, 2.0, 0.7, 2.1), (1.5,)),
    ("crystal ball", "bernstein 2", (91.0, 2.0, 1.2, 1.7, 3.0), (0.3, 0.6)),
    ("voigt", "flat", (91.0, 2.5, 1.3), ()),
    ("breit-wigner", "argus", (91.0, 2.5, 1.3), (4.0,)),
    ("radiative breit-wigner", "chebyshev 1", (91.0, 2.5, 1.3, 1.4, 0.7), (-0.3,)),
]
OFFSETS = [(0.0,), (0.0, 9.3)]


def of(name, background, shape, slopes, offsets):
    """Mixture, a place in its parameters, and their bounds."""
    mixture = Mixture(signal_named(name), background_named(background), LOW, HIGH, offsets)
    events = (400.0, 250.0)[: len(offsets)]
    theta = np.array([*shape, *events, 900.0, *slopes])
    return mixture, theta, np.array(mixture.bounds(2000.0))


@pytest.mark.parametrize("offsets", OFFSETS, ids=["one", "tied"])
@pytest.mark.parametrize("model", MODELS, ids=lambda model: model[0])
def test_events_change_as_finite_differences_say(model, offsets):
    mixture, theta, bounds = of(*model, offsets)
    edges, x = np.linspace(LOW, HIGH, 61), np.linspace(61, 119, 40)
    for slopes_of, value_of, where in (
        (slopes_in, mixture.expected, edges),
        (slopes_at, mixture.density, x),
    ):
        value, slopes = slopes_of(mixture, where, theta, bounds)
        np.testing.assert_allclose(value, value_of(where, theta), rtol=1e-12)
        numeric = approx_fprime(theta, lambda at, f=value_of, w=where: f(w, at), 1e-6).T
        np.testing.assert_allclose(slopes, numeric, rtol=1e-4, atol=1e-4 * np.abs(numeric).max())


@pytest.mark.parametrize("binned", [True, False])
@pytest.mark.parametrize("model", MODELS, ids=lambda model: model[0])
def test_likelihood_changes_as_finite_differences_say(model, binned):
    mixture, theta, bounds = of(*model, (0.0,))
    rng = np.random.default_rng(7)
    x = np.concatenate([rng.normal(91, 2.2, 400), rng.uniform(LOW, HIGH, 800)])
    data = Data(x, *np.histogram(x, 90, (LOW, HIGH)))
    data = data.binned() if binned else data
    numeric = approx_fprime(theta, lambda at: data.twice_nll(mixture, at), 1e-5 * np.abs(theta))
    slopes = data.gradient(mixture, theta, bounds)
    np.testing.assert_allclose(slopes, numeric, rtol=2e-3, atol=2e-3 * np.abs(numeric).max())


def test_where_a_density_is_negative_the_way_back_is_felt():
    # A dip deeper than its background: MINUIT comes by, and must turn round.
    mixture, theta, bounds = of("gaussian", "flat", (91.0, 2.0), (), (0.0,))
    theta[mixture.parameters.index("events")] = -800.0
    x = np.linspace(LOW, HIGH, 500)
    data = Data(x, *np.histogram(x, 90, (LOW, HIGH)))
    for one in (data, data.binned()):
        slopes = one.gradient(mixture, theta, bounds)
        numeric = approx_fprime(theta, lambda at, d=one: d.twice_nll(mixture, at), 1e-4)
        assert slopes[mixture.parameters.index("events")] < 0
        np.testing.assert_allclose(slopes, numeric, rtol=1e-2, atol=1e-2 * np.abs(numeric).max())


def test_differences_stay_within_bounds():
    mixture, theta, bounds = of("voigt", "flat", (91.0, 0.0, 1.3), (), (0.0,))
    _, slopes = slopes_in(mixture, np.linspace(LOW, HIGH, 61), theta, bounds)
    assert bounds[1, 0] == 0
    assert np.isfinite(slopes).all()
    assert np.abs(slopes[1]).max() > 0
