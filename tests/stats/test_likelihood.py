import numpy as np
import pyhf
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import norm, poisson

from hepline.errors import ModelError
from hepline.stats import Model

# pyhf 0.7 resolves its schema with a class that jsonschema has deprecated.
pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")


def somewhere(model: Model, seed: int) -> np.ndarray:
    rng = np.random.default_rng(seed)
    width = np.where(model.initial == 0, 1.0, 0.08)
    return np.clip(model.initial + width * rng.normal(size=len(width)), model.lower, model.upper)


def pyhf_twice_nll(content, theta):
    workspace = pyhf.Workspace(content)
    model = workspace.model()
    return -2 * model.logpdf(theta, workspace.data(model)).item()


@settings(max_examples=200, deadline=None)
@given(seed=st.integers(0, 10**6), counts=st.booleans())
def test_value_is_that_of_pyhf(random_workspace, seed, counts):
    content = random_workspace(seed, data_from_model=counts)
    model = Model(content)
    theta = somewhere(model, seed)
    expected = pyhf_twice_nll(content, theta)
    if np.isfinite(expected):
        assert model.likelihood().value(theta) == pytest.approx(expected, rel=1e-10)


@pytest.mark.parametrize("files", [1, 5])
@pytest.mark.parametrize("seed", range(5))
def test_value_is_that_of_pyhf_for_the_ttbar_analysis(agc_workspace, files, seed):
    model = Model(agc_workspace(files))
    width = np.where(model.initial == 0, 0.5, 0.02)
    theta = model.initial + width * np.random.default_rng(seed).normal(size=len(width))
    expected = pyhf_twice_nll(agc_workspace(files), theta)
    assert model.likelihood().value(theta) == pytest.approx(expected, rel=1e-10)


@settings(max_examples=25, deadline=None)
@given(seed=st.integers(0, 10**6))
def test_gradient_and_hessian_agree_with_finite_differences(random_workspace, seed):
    model = Model(random_workspace(seed))
    theta = np.clip(somewhere(model, seed), model.lower + 0.01, model.upper - 0.01)
    theta[model.fixed] = 1.0
    likelihood = model.likelihood()
    if np.any(model.expected(theta) < 1):
        return
    gradient, hessian = likelihood.derivatives(theta)
    np.testing.assert_allclose(likelihood.gradient(theta), gradient, rtol=1e-12, atol=1e-10)
    steps = 1e-6 * np.eye(len(theta))[~model.fixed]
    slope = [(likelihood.value(theta + s) - likelihood.value(theta - s)) / 2e-6 for s in steps]
    scale = np.abs(gradient).max()
    np.testing.assert_allclose(slope, gradient[~model.fixed], rtol=1e-4, atol=1e-6 * scale)
    bend = [(likelihood.gradient(theta + s) - likelihood.gradient(theta - s)) / 2e-6 for s in steps]
    scale = np.abs(hessian).max()
    np.testing.assert_allclose(bend, hessian[~model.fixed], rtol=1e-4, atol=1e-6 * scale)


def test_an_empty_bin_may_expect_nothing_and_a_filled_one_may_not(workspace, mod):
    content = workspace({"SR": {"s": ([1.0, 0.0], [mod.normfactor()])}}, SR=[2, 0])
    assert Model(content).likelihood().value(np.array([2.0])) == pytest.approx(
        -2 * poisson.logpmf(2, 2)
    )
    assert Model(content).likelihood(data=[2, 1]).value(np.array([2.0])) == np.inf


def test_auxiliary_data_can_be_given_with_the_data(workspace, mod):
    samples = {"b": ([10.0], [mod.normsys("a", 0.9, 1.1)])}
    model = Model(workspace({"SR": samples}, poi="", SR=[10]))
    value = model.likelihood(data=[12, 0.5]).value(np.array([0.0]))
    assert value == pytest.approx(-2 * (poisson.logpmf(12, 10) + norm.logpdf(0.5)))
    with pytest.raises(ModelError, match="shape"):
        model.likelihood(data=[1, 2, 3])
    with pytest.raises(ModelError, match="-1 in bin 0"):
        model.likelihood(data=[-1])


@pytest.mark.parametrize(("normsys", "histosys"), [("code1", "code0"), ("code4", "code2")])
def test_older_interpolations_are_those_of_pyhf(random_workspace, normsys, histosys):
    content = random_workspace(12)
    workspace = pyhf.Workspace(content)
    settings_ = {"normsys": {"interpcode": normsys}, "histosys": {"interpcode": histosys}}
    theirs = workspace.model(modifier_settings=settings_)
    ours = Model(content, normsys_code=normsys, histosys_code=histosys)
    theta = somewhere(ours, 1)
    if histosys == "code2":  # beyond one sigma pyhf's parabola has a step
        theta = np.where(ours.initial == 0, np.clip(theta, -1, 1), theta)
    expected = -2 * theirs.logpdf(theta, workspace.data(theirs)).item()
    assert ours.likelihood().value(theta) == pytest.approx(expected, rel=1e-10)


def test_small_differences_survive_large_counts(workspace, mod):
    content = workspace({"SR": {"s": ([1e12], [mod.normfactor()])}}, SR=[1e12])
    likelihood = Model(content).likelihood()
    best, near = likelihood.value(np.array([1.0])), likelihood.value(np.array([1 + 1e-9]))
    # One part in 10⁹ of 10¹² events is 10⁻³ standard deviations.
    assert near - best == pytest.approx(1e-6, rel=1e-3)


def test_expectations_far_below_the_counts_stay_finite(workspace, mod):
    model = Model(workspace({"SR": {"s": ([1.0], [mod.normfactor()])}}, SR=[300]))
    value = model.likelihood().value(np.array([1e-18]))
    assert value == pytest.approx(-2 * poisson.logpmf(300, 1e-18), rel=1e-10)
