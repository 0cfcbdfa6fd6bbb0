import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import norm, poisson

from hepline.errors import FitError
from hepline.stats.inference.lookelsewhere import (
    count_upcrossings,
    global_significance,
    trials_significance,
)


def cosine_scans(count, length, points, seed=7):
    """q0 = max(0, Z)² of the Gaussian field Z(t) = A cos t + B sin t along [0, length].

    Unit variance and unit variance of the derivative, so that by Rice's formula a level u of Z is
    crossed upwards length / 2π · exp(−u² / 2) times in the mean. The maximum over at most half a
    turn lies above u > 0 with probability Φ(−u) + length / 2π · exp(−u² / 2), exactly: a scan that
    begins above u cannot rise through it again.
    """
    amplitudes = np.random.default_rng(seed).normal(size=(2, count, 1))
    t = np.linspace(0, length, points)
    return np.maximum(0, amplitudes[0] * np.cos(t) + amplitudes[1] * np.sin(t)) ** 2


def test_upcrossings_of_a_gaussian_field_follow_rice():
    scans = cosine_scans(20_000, 3.0, 60)
    for level in (0.25, 0.5, 2.0):
        counts = count_upcrossings(scans, level)
        assert counts.shape == (20_000,)
        wanted = 3.0 / (2 * np.pi) * np.exp(-level / 2)
        error = np.sqrt(wanted / 20_000)
        assert counts.mean() == pytest.approx(wanted, abs=4 * error)


@pytest.mark.parametrize("z", [1.0, 2.0, 3.0])
def test_the_global_p_value_is_that_of_a_gaussian_field(z):
    length, count = 3.0, 200_000
    level = 0.5
    mean = length / (2 * np.pi) * np.exp(-level / 2)
    found = global_significance(z, upcrossings=mean, reference_level=level, error=0.0)
    exact = norm.sf(z) + length / (2 * np.pi) * np.exp(-(z**2) / 2)
    assert found.p_value == pytest.approx(exact, rel=1e-12)
    toys = np.mean(cosine_scans(count, length, 60, seed=11).max(axis=1) > z**2)
    assert toys == pytest.approx(exact, abs=4 * np.sqrt(exact / count))
    assert found.observed == pytest.approx(norm.isf(exact), rel=1e-9)
    assert (found.lower, found.upper) == pytest.approx((found.observed, found.observed))


def test_the_bound_holds_for_a_field_with_many_crossings():
    """Correlation exp(−t² / 2) over 40 lengths: Rice's rate is 1 / 2π for a level of zero."""
    t = np.linspace(0, 40, 400)
    covariance = np.exp(-((t[:, None] - t) ** 2) / 2) + 1e-9 * np.eye(len(t))
    field = np.linalg.cholesky(covariance) @ np.random.default_rng(3).normal(size=(len(t), 20_000))
    scans = np.maximum(0, field.T) ** 2
    counts = count_upcrossings(scans[:100], 0.5)
    error = counts.std(ddof=1) / 10
    found = global_significance(3.5, upcrossings=counts.mean(), reference_level=0.5, error=error)
    toys = np.mean(scans.max(axis=1) > 3.5**2)
    spread = np.hypot(np.sqrt(toys / 20_000), found.p_value * error / counts.mean())
    assert toys == pytest.approx(found.p_value, abs=4 * spread)
    assert found.lower < found.observed < found.upper < found.local
    assert found.trials_factor == pytest.approx(found.p_value / norm.sf(3.5))


def test_only_rises_between_points_are_counted():
    assert count_upcrossings([0.0, 1.0, 0.0, 2.0, 3.0, 0.0], 0.5) == 2
    assert count_upcrossings([1.0, 0.0, 0.4], 0.5) == 0
    assert count_upcrossings([0.5, 0.5, 0.6], 0.5) == 1
    two = count_upcrossings([[[0.0, 1.0], [1.0, 0.0]]], 0.5)
    assert two.tolist() == [[1, 0]]


@pytest.mark.parametrize("count", [0, 1, 4, 25])
def test_a_single_count_has_the_interval_of_a_poisson_mean(count):
    found = global_significance(4.0, upcrossings=count, reference_level=0.5)
    slope = np.exp(-(16 - 0.5) / 2)
    many = (norm.sf(found.lower) - norm.sf(4.0)) / slope
    few = (norm.sf(found.upper) - norm.sf(4.0)) / slope
    # Garwood's definition: each end makes the count, or a more extreme one, a one-sigma event.
    assert poisson.cdf(count, many) == pytest.approx(norm.sf(1), rel=1e-6)
    if count:
        assert poisson.sf(count - 1, few) == pytest.approx(norm.sf(1), rel=1e-6)
    else:
        assert found.upper == pytest.approx(4.0)
        assert found.observed == pytest.approx(4.0)


def test_the_trials_factor_grows_linearly_with_the_local_significance():
    """Equation (8) of arXiv:1005.1891, for one side of the normal distribution."""
    for z in (50.0, 200.0):
        found = global_significance(z, upcrossings=3.0, reference_level=1.0)
        asymptotic = 1 + np.sqrt(2 * np.pi) * 3.0 * np.exp(0.5) * z
        assert found.trials_factor == pytest.approx(asymptotic, rel=2 / z**2)
        assert found.p_value == 0  # underflows, but the significance does not
        assert 0 < found.local - found.observed < 10 / z


def test_an_excess_that_is_likely_anywhere_has_no_significance():
    found = global_significance(1.0, upcrossings=30.0, reference_level=0.5)
    assert found.p_value == 1.0
    assert found.observed == 0.0


@given(z=st.floats(0, 7), trials=st.integers(1, 10_000))
def test_independent_trials_are_those_of_sidak(z, trials):
    found = trials_significance(z, trials=trials)
    # Powers of long integers are exact: (1 − p)ⁿ with p as a fraction of 2⁻¹⁰⁷⁴.
    wanted = float(1 - (1 - _fraction(norm.sf(z))) ** trials) if trials < 60 else None
    if wanted is None:
        wanted = -np.expm1(trials * np.log1p(-norm.sf(z)))
    assert found.p_value == pytest.approx(wanted, rel=1e-11)
    assert found.observed == pytest.approx(max(0.0, norm.isf(wanted)), abs=1e-8)


def _fraction(p):
    from fractions import Fraction

    return Fraction(float(p))


def test_far_out_trials_only_multiply():
    found = trials_significance(60.0, trials=1000)
    assert found.trials_factor == pytest.approx(1000.0)
    # Φ(−z) ≈ φ(z) / z: the logarithm of the p-value rises by z dz + d ln z.
    shift = np.log(1000) / (60 + 1 / 60)
    assert 60 - found.observed == pytest.approx(shift, rel=1e-3)


def test_one_place_needs_no_correction():
    found = trials_significance(3.0, trials=1)
    assert found.observed == pytest.approx(3.0)
    assert found.trials_factor == pytest.approx(1.0)


@pytest.mark.parametrize(
    ("ask", "message"),
    [
        (lambda: count_upcrossings([0.0, 1.0], 0.0), "reference level of q0 is 0"),
        (lambda: count_upcrossings([0.0], 0.5), r"shape \(1,\)"),
        (lambda: count_upcrossings([0.0, np.nan], 0.5), r"shape \(2,\)"),
        (lambda: global_significance(-1.0, upcrossings=1, reference_level=0.5), "local signif"),
        (lambda: global_significance(3.0, upcrossings=-1, reference_level=0.5), "upcrossings is"),
        (
            lambda: global_significance(3.0, upcrossings=1, reference_level=0.5, error=-1),
            "error of the number",
        ),
        (lambda: global_significance(0.5, upcrossings=1, reference_level=0.5), "lies above"),
        (lambda: global_significance(3.0, upcrossings=1, reference_level=-0.5), "level of q0"),
        (lambda: trials_significance(3.0, trials=0.5), "0.5 trials"),
        (lambda: trials_significance(np.nan, trials=2), "significance of nan"),
    ],
)
def test_senseless_numbers_are_refused(ask, message):
    with pytest.raises(FitError, match=message):
        ask()
