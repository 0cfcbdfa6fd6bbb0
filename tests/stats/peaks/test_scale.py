"""The momentum scale against masses of the Review of Particle Physics and numpy's fit of a line."""

import numpy as np
import pytest

from hepline.errors import AnalysisError, ParticleNotFound
from hepline.stats.peaks.scale import MassScale, calibrate, calibrate_many

PDG = {"J/psi(1S)": 3.0969, "Upsilon(1S)": 9.4604, "Z0": 91.188}


def test_one_reference_gives_measured_over_true():
    found = calibrate(3.0924, 0.0007)
    assert found.scale == pytest.approx(3.0924 / 3.0969, rel=1e-7)
    assert found.error == pytest.approx(0.0007 / 3.0969, rel=1e-3)
    assert found.references == ("J/psi(1S)",)


def test_a_scale_corrects_its_own_reference():
    mass, error = calibrate(3.0924, 0.0007).apply(3.0924, 0.0007)
    assert mass == pytest.approx(3.0969, abs=1e-6)
    assert error == pytest.approx(np.sqrt(2) * 0.0007, rel=5e-3)


def test_errors_are_propagated_as_toys_are():
    rng = np.random.default_rng(0)
    reference, mass = rng.normal(3.0924, 0.004, 200_000), rng.normal(9.453, 0.007, 200_000)
    toys = mass / (reference / 3.0969)
    corrected, error = calibrate(3.0924, 0.004).apply(9.453, 0.007)
    assert corrected == pytest.approx(toys.mean(), rel=1e-5)
    assert error == pytest.approx(toys.std(), rel=0.01)


def test_a_given_scale_adds_its_error_alone():
    mass, error = MassScale.given(0.001).apply(91.0, 0.03)
    assert mass == 91.0
    assert error == pytest.approx(np.hypot(0.03, 0.091))


def test_several_references_give_the_line_of_least_squares():
    measured = {"J/psi(1S)": (3.0924, 0.0007), "Upsilon(1S)": (9.453, 0.007), "Z0": (90.73, 0.04)}
    found = calibrate_many([(*measured[name], name) for name in PDG])
    true = np.array(list(PDG.values()))
    mass, error = np.array([measured[name] for name in PDG]).T
    table = np.array([6e-6, 1e-4, 2e-3])
    scale, spread = mass / true, np.hypot(error / mass, table / true) * mass / true
    slope, offset = np.polyfit(np.log(true), scale, 1, w=1 / spread)
    assert found.slope == pytest.approx(slope, rel=2e-3)
    for place in (1.0, 3.7, 50.0):
        assert found.factor(place)[0] == pytest.approx(offset + slope * np.log(place), abs=2e-6)
    _, covariance = np.polyfit(np.log(true), scale, 1, w=1 / spread, cov="unscaled")
    design = np.array([np.log(3.7), 1])
    assert found.factor(3.7)[1] == pytest.approx(np.sqrt(design @ covariance @ design), rel=5e-3)


def test_closure_compares_each_with_the_others():
    found = calibrate_many([(3.0969 * 0.999, 0.001, "J/psi(1S)"), (9.4604, 0.005, "Upsilon(1S)")])
    first, second = found.closure
    assert first.predicted == pytest.approx(second.scale)
    assert first.pull == pytest.approx(-second.pull)
    expected = -0.001 / np.hypot(0.001 / 3.0969, 0.005 / 9.4604)
    assert first.pull == pytest.approx(expected, rel=0.01)
    # Two references: the χ² of a common scale is the pull squared.
    assert found.chi2 == pytest.approx(first.pull**2)


def test_pulls_of_a_common_scale_are_standard_normal():
    rng = np.random.default_rng(1)
    errors = {"J/psi(1S)": 0.001, "Upsilon(1S)": 0.006, "Z0": 0.05}
    toys = [
        calibrate_many([(0.998 * PDG[name] + rng.normal(0, error), error, name)
                        for name, error in errors.items()])
        for _ in range(400)
    ]  # fmt: skip
    pulls = np.array([[one.pull for one in toy.closure] for toy in toys])
    np.testing.assert_allclose(pulls.mean(axis=0), 0, atol=4 / 20)
    np.testing.assert_allclose(pulls.std(axis=0), 1, atol=4 / np.sqrt(800))
    p_values = np.array([toy.p_value for toy in toys])
    assert p_values.mean() == pytest.approx(0.5, abs=4 * 0.29 / 20)


def refused(call, words):
    with pytest.raises(AnalysisError, match=words):
        call()


def test_nonsense_is_refused():
    refused(lambda: calibrate(3.0924, 0.0007, "Z0"), "to be the reference")
    refused(lambda: calibrate(3.0924, 0.0), "to be the reference")
    with pytest.raises(ParticleNotFound, match="no particle 'J/spy'"):
        calibrate(3.0924, 0.0007, "J/spy")
    refused(lambda: calibrate_many([(3.0924, 0.0007, "J/psi(1S)")]), "measured with J/psi")
    refused(lambda: calibrate_many([(3.0924, 0.0007, "J/psi(1S)")] * 2), "measured with")
    refused(lambda: MassScale.given(-0.1), "momentum scale of 1.0")
    refused(lambda: MassScale.given(0.1, scale=0.0), "momentum scale of 0.0")
