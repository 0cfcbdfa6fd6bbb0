"""Backgrounds: normalised, never negative where they promise it, and equal to scipy's."""

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import integrate, stats

from hepline.errors import AnalysisError
from hepline.spectra.backgrounds import BACKGROUNDS, background_named
from hepline.spectra.shapes import SIGNALS

LOW, HIGH = 2.8, 3.5
EXAMPLES = {"exponential": (1.7,), "power law": (2.5,), "argus": (6.0,)}
RISING = (0.4, 0.2, 0.1, 0.05, 0.3, 0.2)


def parameters_of(name):
    return EXAMPLES.get(name, RISING[: len(BACKGROUNDS[name].parameters)])


@pytest.mark.parametrize("name", sorted(BACKGROUNDS))
def test_cumulative_is_the_integral_of_the_density(name):
    shape, parameters = BACKGROUNDS[name], parameters_of(name)
    edges = np.linspace(LOW, HIGH, 8)
    below = shape.cumulative(edges, LOW, HIGH, *parameters)
    theirs = [
        integrate.quad(
            lambda x: shape.density(np.array([x]), LOW, HIGH, *parameters)[0],
            low,
            high,
        )[0]
        for low, high in pairwise(edges)
    ]
    np.testing.assert_allclose(np.diff(below), theirs, atol=1e-7)
    assert below[0] == pytest.approx(0, abs=1e-12)
    assert below[-1] == pytest.approx(1, rel=1e-12)


def test_exponential_is_scipys():
    x = np.linspace(LOW, HIGH, 9)
    theirs = stats.truncexpon.pdf(x, 1.7, loc=LOW, scale=(HIGH - LOW) / 1.7)
    np.testing.assert_allclose(BACKGROUNDS["exponential"].density(x, LOW, HIGH, 1.7), theirs)


def test_exponential_without_slope_is_flat():
    x = np.linspace(LOW, HIGH, 9)
    np.testing.assert_allclose(
        BACKGROUNDS["exponential"].density(x, LOW, HIGH, 0.0), 1 / (HIGH - LOW)
    )


def test_argus_is_scipys():
    low, high, endpoint, chi = 5.2, 5.289, 5.289, 4.0
    x = np.linspace(low, high - 1e-4, 9)
    theirs = stats.argus(chi, scale=endpoint)
    inside = theirs.cdf(high) - theirs.cdf(low)
    ours = BACKGROUNDS["argus"].density(x, low, high, 0.5 * chi**2)
    np.testing.assert_allclose(ours, theirs.pdf(x) / inside, rtol=1e-6)


def test_chebyshev_is_numpys():
    x = np.linspace(LOW, HIGH, 9)
    c = (0.4, 0.2, -0.1)
    series = np.polynomial.Chebyshev((1.0, *c), domain=[LOW, HIGH])
    area = np.diff(series.integ()([LOW, HIGH]))[0]
    ours = BACKGROUNDS["chebyshev 3"].density(x, LOW, HIGH, *c)
    np.testing.assert_allclose(ours, series(x) / area, rtol=1e-12)


@given(st.lists(st.floats(0, 1), min_size=1, max_size=6))
def test_bernstein_is_never_negative(left):
    shape = BACKGROUNDS[f"bernstein {len(left)}"]
    x = np.linspace(LOW, HIGH, 101)
    assert shape.density(x, LOW, HIGH, *left).min() >= 0


def test_polynomial_is_another_name_of_bernstein():
    assert background_named("polynomial 3") is BACKGROUNDS["bernstein 3"]


def test_unknown_shape():
    with pytest.raises(AnalysisError, match="no background shape 'chebyshev 9'"):
        background_named("chebyshev 9")


def test_power_law_is_scipys():
    x = np.linspace(LOW, HIGH, 31)
    theirs = stats.truncpareto(1.5, HIGH / LOW, scale=LOW)
    shape = BACKGROUNDS["power law"]
    np.testing.assert_allclose(shape.density(x, LOW, HIGH, 2.5), theirs.pdf(x))
    np.testing.assert_allclose(shape.cumulative(x, LOW, HIGH, 2.5), theirs.cdf(x), atol=1e-12)


def test_names_of_parameters_are_not_those_of_signals():
    for signal in SIGNALS.values():
        for background in BACKGROUNDS.values():
            assert not set(signal.parameters) & set(background.parameters)
