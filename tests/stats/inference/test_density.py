import numpy as np
import pytest
import scipy.optimize

from hepline.errors import FitError
from hepline.stats.histfactory import HistFactory
from hepline.stats.inference.density import density, whitened
from hepline.stats.inference.priors import GammaPrior, NormalPrior


@pytest.fixture
def model(workspace, mod):
    sig = ([8.0, 4.0], [mod.normfactor(), mod.normsys("eff", 0.8, 1.3)])
    bkg = ([20.0, 30.0], [mod.of_bins("shapesys", "unc", [5.0, 6.0])])
    return HistFactory(workspace({"SR": {"sig": sig, "bkg": bkg}}, SR=[25.0, 33.0]))


def numerical(function, at):
    return scipy.optimize.approx_fprime(at, function, 1e-6)


@pytest.fixture
def target(model):
    priors = {model.indices("mu")[0]: GammaPrior(2.0, 0.7)}
    return density(model, model.likelihood(), priors)


@pytest.mark.parametrize("seed", range(5))
def test_slope_and_curvature_are_the_derivatives(target, seed):
    u = np.random.default_rng(seed).normal(size=4)
    value, slope = target.value_and_slope(u)
    assert np.isfinite(value)
    expected = numerical(lambda at: target.value_and_slope(at)[0], u)
    np.testing.assert_allclose(slope, expected, rtol=1e-4, atol=1e-4)
    rows = [numerical(lambda at, i=i: target.value_and_slope(at)[1][i], u) for i in range(4)]
    np.testing.assert_allclose(target.curvature(u), rows, rtol=1e-4, atol=1e-3)


def test_value_is_likelihood_prior_and_jacobian(model, target):
    """By hand: ln of density in theta, plus ln |dtheta/du| by differences."""
    one, two = (np.random.default_rng(seed).normal(size=4) for seed in (7, 8))

    def by_hand(u):
        theta = target.theta(u)
        step = 1e-6
        jacobian = (target.theta(u + step) - target.theta(u - step)) / (2 * step)
        mu = theta[model.indices("mu")[0]]
        return (
            -0.5 * model.likelihood().value(theta) + np.log(mu) - 0.7 * mu + np.log(jacobian).sum()
        )

    found = target.value_and_slope(one)[0] - target.value_and_slope(two)[0]
    assert found == pytest.approx(by_hand(one) - by_hand(two), abs=1e-6)


def test_far_ends_stay_finite_and_within_bounds(model, target):
    for u in (np.full(4, -30.0), np.full(4, 30.0)):
        value, slope = target.value_and_slope(u)
        assert np.isfinite(value)
        assert np.isfinite(slope).all()
        theta = target.theta(u)
        assert ((model.lower <= theta) & (theta <= model.upper)).all()


def test_impossible_data_have_no_density(workspace, mod):
    sig = ([5.0], [mod.normfactor()])
    bkg = ([-10.0], [mod.of_bins("shapefactor", "b")])
    model = HistFactory(workspace({"SR": {"sig": sig, "bkg": bkg}}, SR=[3.0]))
    target = density(model, model.likelihood(), {})
    value, slope = target.value_and_slope(np.zeros(2))
    assert value == -np.inf
    assert slope.tolist() == [0.0, 0.0]
    with pytest.raises(FitError, match="impossible at the initial values"):
        whitened(target)


def test_whitened_density_is_standard_normal_near_its_mode(target):
    white = whitened(target)
    at = np.zeros(4)
    np.testing.assert_allclose(white.value_and_slope(at)[1], 0, atol=1e-3)
    rows = [numerical(lambda z, i=i: white.value_and_slope(z)[1][i], at) for i in range(4)]
    np.testing.assert_allclose(rows, -np.eye(4), atol=1e-3)


def test_fixed_parameters_stay_and_their_priors_are_ignored(workspace, mod):
    sig = ([10.0], [mod.normfactor(), mod.normfactor("other")])
    held = {"name": "other", "inits": [2.0], "bounds": [[0, 10]], "fixed": True}
    model = HistFactory(workspace({"SR": {"sig": sig}}, parameters=[held], SR=[10.0]))
    prior = {model.indices("other")[0]: NormalPrior(0.0, 1.0)}
    target = density(model, model.likelihood(), prior)
    assert target.theta(np.array([0.3]))[model.indices("other")] == [2.0]
    assert target.priors == {}


def test_nothing_free_is_refused(workspace, mod):
    held = {"name": "mu", "fixed": True}
    sig = ([10.0], [mod.normfactor()])
    model = HistFactory(workspace({"SR": {"sig": sig}}, parameters=[held], SR=[10.0]))
    with pytest.raises(FitError, match="no parameter of this model is free"):
        density(model, model.likelihood(), {})
