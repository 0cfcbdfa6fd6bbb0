"""Densities of peaks, against scipy.stats, numba-stats and direct integration."""

from itertools import pairwise

import numpy as np
import pytest
from scipy import integrate, stats

from hepline.errors import AnalysisError
from hepline.spectra.convolution import integrals
from hepline.spectra.shapes import SIGNALS, radiative, signal_named
from hepline.spectra.tables import ENDCAPS, ENDCAPS_VARIED

PARAMETERS = {
    "gaussian": (1.3,),
    "double gaussian": (1.3, 0.7, 2.5),
    "crystal ball": (1.3, 1.2, 1.7, 3.0),
    "voigt": (2.5, 1.1),
    "breit-wigner": (2.5, 1.1),
    "radiative breit-wigner": (2.5, 1.5, 1.4, 0.7),
}
X = np.linspace(70, 110, 81)


def breit_wigner_seen(x, mass, gamma, kernel, reach):
    """The convolution, by adaptive quadrature of scipy's Breit-Wigner."""
    # SciPy's has a constant width: the same curve as with one that grows with m², shifted.
    shrunk = np.hypot(1, gamma / mass)
    truth = stats.rel_breitwigner(mass / gamma, scale=gamma / shrunk)
    return np.array(
        [
            integrate.quad(
                lambda d, at=at: truth.pdf(at - d) * kernel(d),
                -reach,
                reach,
                points=[at - mass, 0.0] if abs(at - mass) < reach else [0.0],
                limit=500,
            )[0]
            for at in x
        ]
    )


def test_gaussian_is_scipys():
    np.testing.assert_allclose(
        SIGNALS["gaussian"].density(X, 91, 1.3), stats.norm.pdf(X, 91, 1.3), rtol=1e-12
    )


def test_double_gaussian_has_the_width_that_it_is_given():
    shape = SIGNALS["double gaussian"]
    x = np.linspace(60, 120, 60001)
    density = shape.density(x, 91, *PARAMETERS["double gaussian"])
    area = integrate.simpson(density, x=x)
    assert area == pytest.approx(1, rel=1e-9)
    assert integrate.simpson(density * (x - 91) ** 2, x=x) == pytest.approx(1.3**2, rel=1e-6)


@pytest.mark.parametrize("tails", [(1.2, 1.7, 3.0), (0.5, 4.0, 1.2), (2.0, 0.9, 60.0)])
def test_crystal_ball_is_that_of_numba_stats(tails):
    oracle = pytest.importorskip("numba_stats.crystalball_ex")
    left, right, power = tails
    theirs = oracle.pdf(X, left, power, 1.3, right, power, 1.3, 91.0)
    ours = SIGNALS["crystal ball"].density(X, 91.0, 1.3, *tails)
    np.testing.assert_allclose(ours / ours[40], theirs / theirs[40], rtol=1e-10)


def test_voigt_is_the_integral_of_its_definition():
    def folded(at):
        return integrate.quad(
            lambda d: stats.cauchy.pdf(at - d, 91, 1.25) * stats.norm.pdf(d, 0, 1.1), -12, 12
        )[0]

    x = X[::8]
    np.testing.assert_allclose(
        SIGNALS["voigt"].density(x, 91.0, 2.5, 1.1), [folded(at) for at in x], rtol=1e-8
    )


@pytest.mark.parametrize(("gamma", "sigma"), [(2.5, 1.1), (0.1, 1.5), (5.0, 0.2)])
def test_breit_wigner_is_the_convolution_of_scipys(gamma, sigma):
    x = np.linspace(80, 102, 23)
    theirs = breit_wigner_seen(x, 91.2, gamma, stats.norm(0, sigma).pdf, 12 * sigma)
    ours = SIGNALS["breit-wigner"].density(x, 91.2, gamma, sigma)
    np.testing.assert_allclose(ours / ours.sum(), theirs / theirs.sum(), rtol=1e-5)


def test_breit_wigner_of_a_wide_resonance_at_low_mass():
    """The rho: the poles at negative masses are not far away."""
    x = np.linspace(0.5, 1.0, 11)
    theirs = breit_wigner_seen(x, 0.775, 0.149, stats.norm(0, 0.02).pdf, 0.2)
    ours = SIGNALS["breit-wigner"].density(x, 0.775, 0.149, 0.02)
    np.testing.assert_allclose(ours / ours.sum(), theirs / theirs.sum(), rtol=1e-5)


def test_breit_wigner_without_width_is_the_resolution():
    np.testing.assert_allclose(
        SIGNALS["breit-wigner"].density(X, 91, 0.0, 1.3), stats.norm.pdf(X, 91, 1.3), atol=1e-12
    )


def test_radiative_breit_wigner_is_the_convolution_of_scipys():
    gamma, sigma, left, core = PARAMETERS["radiative breit-wigner"]
    narrow = sigma / np.sqrt(core + (1 - core) * 4)

    def tailed(d, s):
        t = d / s
        a, b = np.exp(-0.5 * left**2) / left, 1 / left - left
        return (a / (b - t) if t < -left else np.exp(-0.5 * t * t)) / s

    def kernel(d):
        return core * tailed(d, narrow) + (1 - core) * tailed(d, 2 * narrow)

    # The tail with power one has no integral: both sides stop where the grid of hepline stops.
    x = np.linspace(85, 97, 13)
    grid = np.linspace(70, 110, 81)
    ours = SIGNALS["radiative breit-wigner"].density(grid, 91.2, gamma, sigma, left, core)
    ours = np.interp(x, grid, ours)
    theirs = breit_wigner_seen(x, 91.2, gamma, kernel, 20)
    np.testing.assert_allclose(ours / ours.sum(), theirs / theirs.sum(), rtol=5e-3)


@pytest.mark.parametrize("name", sorted(SIGNALS))
def test_bins_hold_the_integral_of_the_density(name):
    shape, parameters = SIGNALS[name], PARAMETERS[name]
    edges = np.array([80.0, 83.0, 88.5, 90.9, 91.0, 94.0, 102.0])
    fine = np.linspace(80, 102, 22001)
    density = shape.density(fine, 91.2, *parameters)
    theirs = [
        integrate.simpson(density[inside], x=fine[inside])
        for low, high in pairwise(edges)
        for inside in [(fine > low - 1e-6) & (fine < high + 1e-6)]
    ]
    # The grid of the convolution depends on the span of its arguments, which is the same here.
    np.testing.assert_allclose(shape.in_bins(edges, 91.2, *parameters), theirs, rtol=2e-5)


@pytest.mark.parametrize("name", ["gaussian", "crystal ball", "voigt", "breit-wigner"])
def test_half_width_is_where_the_curve_is_half(name):
    shape, parameters = SIGNALS[name], PARAMETERS[name]
    reach = shape.half_width(*parameters)
    if not shape.natural:
        reach *= np.sqrt(2 * np.log(2))
    x = np.linspace(91 - 3 * reach, 91 + 3 * reach, 6001)
    heights = shape.density(x, 91.0, *parameters)
    above = x[heights > heights.max() / 2]
    assert (above[-1] - above[0]) / 2 == pytest.approx(reach, rel=0.01)


def test_integrals_divide_wide_bins():
    edges = np.array([-50.0, 0.0, 50.0])
    found = integrals(lambda x: stats.norm.pdf(x, 0.3, 0.5), edges, 0.5)
    np.testing.assert_allclose(found, np.diff(stats.norm.cdf(edges, 0.3, 0.5)), rtol=1e-6)


def test_unknown_shape():
    with pytest.raises(AnalysisError, match="no signal shape 'gausian'") as raised:
        signal_named("gausian")
    assert "gaussian" in raised.value.fix


def test_width_grows_with_the_square_of_the_mass_as_the_pdg_has_it():
    mass, gamma = 91.188, 2.4955
    x = np.linspace(85, 97, 1201)
    by_hand = 1 / ((x**2 - mass**2) ** 2 + (x**2 * gamma / mass) ** 2)
    ours = SIGNALS["breit-wigner"].density(x, mass, gamma, 1e-3)
    np.testing.assert_allclose(ours / ours.max(), by_hand / by_hand.max(), rtol=1e-4)


@pytest.mark.parametrize("endcaps", ENDCAPS_VARIED)
def test_endcaps_that_measure_worse_move_events_into_the_tails(endcaps):
    # The standard deviation is the parameter: what is in the tails is missing in between.
    varied, nominal = (
        shape.density(X, 91.2, *PARAMETERS["radiative breit-wigner"])
        for shape in (radiative(endcaps), SIGNALS["radiative breit-wigner"])
    )
    assert (varied.max() > nominal.max()) == (endcaps > ENDCAPS)
