"""sPlot weights against their defining properties, toys and the package sweights' formula."""

import numpy as np
import pytest
from scipy import stats

from hepline.errors import AnalysisError, FitError
from hepline.spectra.fitting import fit_peaks
from hepline.spectra.spectrum import Spectrum
from hepline.spectra.sweights import dependence, peak_weights, s_weights

LOW, HIGH = 2.8, 3.4
PEAK = stats.truncnorm((LOW - 3.1) / 0.03, (HIGH - 3.1) / 0.03, 3.1, 0.03)
SLOPE = stats.truncexpon(b=(HIGH - LOW) / 0.5, loc=LOW, scale=0.5)
EDGES = np.linspace(0, 4, 9)


def events(seed, signal=600, background=1500):
    """Masses, and a column that differs between the two but does not depend on the mass."""
    rng = np.random.default_rng(seed)
    n, b = rng.poisson(signal), rng.poisson(background)
    masses = np.concatenate([PEAK.rvs(n, random_state=rng), SLOPE.rvs(b, random_state=rng)])
    column = np.concatenate([rng.normal(2.5, 0.5, n), rng.exponential(1.0, b)])
    return masses, column


def densities(masses):
    return np.array([PEAK.pdf(masses), SLOPE.pdf(masses)])


def test_the_defining_properties():
    masses, _ = events(1)
    found = s_weights(densities(masses))
    np.testing.assert_allclose(found.weights.sum(axis=0), 1, rtol=1e-9)
    np.testing.assert_allclose(found.weights.sum(axis=1), found.yields, rtol=1e-9)
    assert found.yields.sum() == pytest.approx(len(masses), rel=1e-9)
    # Σ w_n w_m is the covariance of the yields (arXiv:physics/0402083, eq. 16).
    np.testing.assert_allclose(found.weights @ found.weights.T, found.covariance, rtol=1e-9)


def test_yields_are_those_of_minuit():
    from iminuit import Minuit
    from iminuit.cost import ExtendedUnbinnedNLL

    masses, _ = events(2)
    peak, slope = densities(masses)

    def model(_, s, b):
        return s + b, s * peak + b * slope

    minuit = Minuit(ExtendedUnbinnedNLL(masses, model), 500, 1500)
    minuit.tol = 1e-5
    minuit.migrad()
    minuit.hesse()
    found = s_weights(densities(masses))
    np.testing.assert_allclose(found.yields, minuit.values, rtol=1e-4)
    np.testing.assert_allclose(found.covariance, minuit.covariance, rtol=2e-3)


def test_weights_equal_those_of_the_package_sweights():
    package = pytest.importorskip("sweights", reason="sweights is not installed")
    masses, _ = events(3)
    found = s_weights(densities(masses))
    theirs = package.SWeight(
        masses, [PEAK.pdf, SLOPE.pdf], found.yields, ((LOW, HIGH),), verbose=False, checks=False
    )
    for index in (0, 1):
        wanted = theirs.get_weight(index, masses)
        np.testing.assert_allclose(found.weights[index], wanted, rtol=1e-6, atol=1e-9)


def test_the_signal_comes_out_of_the_background_without_bias():
    pulls = []
    probability = np.diff(stats.norm(2.5, 0.5).cdf(EDGES))
    for seed in range(150):
        masses, column = events(100 + seed)
        found = s_weights(densities(masses))
        seen, errors = found.histogram(column, EDGES, of="signal")
        pulls.append((seen - 600 * probability) / errors)
    pulls = np.array(pulls)
    # 150 toys: 0.082 on the mean, 0.058 on the width.
    np.testing.assert_allclose(pulls.mean(axis=0), 0, atol=0.33)
    np.testing.assert_allclose(pulls.std(axis=0), 1, atol=0.25)


def test_a_column_that_follows_the_mass_is_told_from_one_that_does_not():
    rng = np.random.default_rng(5)
    masses = SLOPE.rvs(1000, random_state=rng)
    assert dependence(masses, rng.exponential(1.0, 1000)) > 0.01
    assert dependence(masses, masses + rng.normal(0, 0.5, 1000)) < 1e-6


@pytest.mark.parametrize(("masses", "values"), [([3.0] * 5, [1.0] * 5), ([3.0] * 20, [1.0] * 19)])
def test_a_correlation_needs_events(masses, values):
    with pytest.raises(AnalysisError, match="the dependence of"):
        dependence(masses, values)


def test_weights_follow_from_a_fit():
    masses, column = events(6, signal=3000, background=5000)
    fit = fit_peaks(
        Spectrum.of(masses), LOW, HIGH, signal="gaussian", background="exponential", binned=False
    )
    found = peak_weights(fit, masses)
    assert found.names == ("signal", "background")
    # At the maximum of the same likelihood, yields stay what they were.
    assert found.yields[0] == pytest.approx(fit.peaks[0].events, rel=1e-3)
    assert found.yields.sum() == pytest.approx(len(masses), rel=1e-9)
    mean = np.average(column, weights=found.of("signal"))
    assert mean == pytest.approx(2.5, abs=0.06)


def test_tied_peaks_have_weights_of_their_own():
    rng = np.random.default_rng(8)
    masses = np.concatenate(
        [rng.normal(9.46, 0.08, 3000), rng.normal(10.02, 0.085, 1200), rng.uniform(8.5, 11, 4000)]
    )
    masses = masses[(masses > 8.5) & (masses < 11)]
    fit = fit_peaks(
        Spectrum.of(masses), 8.5, 11, signal="gaussian", background="chebyshev 1",
        masses=(9.46, 10.02), binned=False,
    )  # fmt: skip
    found = peak_weights(fit, masses)
    assert found.names == ("signal 1", "signal 2", "background")
    np.testing.assert_allclose(found.yields[:2], [peak.events for peak in fit.peaks], rtol=2e-3)
    np.testing.assert_allclose(found.yields, [3000, 1200, 4000], atol=250)


@pytest.mark.parametrize(
    ("heights", "error"),
    [
        (np.ones((2, 50)), FitError),
        (-np.ones((2, 50)), AnalysisError),
        (np.zeros((2, 50)), AnalysisError),
        (np.ones((3, 50)), AnalysisError),
        (np.empty((2, 0)), AnalysisError),
        (np.full((2, 50), np.nan), AnalysisError),
    ],
)
def test_nonsense_is_refused(heights, error):
    with pytest.raises(error):
        s_weights(heights)


def test_events_outside_of_the_window_and_other_components_are_refused():
    masses, _ = events(9)
    fit = fit_peaks(Spectrum.of(masses), LOW, HIGH, signal="gaussian", background="exponential")
    with pytest.raises(AnalysisError, match="1 of 2 masses"):
        peak_weights(fit, [3.0, 3.5])
    with pytest.raises(AnalysisError, match="weights of 'peak'"):
        peak_weights(fit, masses).of("peak")
