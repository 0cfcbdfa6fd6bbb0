import numpy as np
import pyhf
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hepline.stats import Model
from hepline.stats.expectation import expected, expected_by_cell, slopes

# pyhf 0.7 resolves its schema with a class that jsonschema has deprecated.
pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")


def somewhere(model: Model, seed: int) -> np.ndarray:
    rng = np.random.default_rng(seed)
    width = np.where(model.initial == 0, 1.3, 0.1)
    return np.clip(model.initial + width * rng.normal(size=len(width)), model.lower, model.upper)


@settings(max_examples=15, deadline=None)
@given(seed=st.integers(0, 10**6))
def test_expectations_are_those_of_pyhf(random_workspace, seed):
    content = random_workspace(seed)
    ours, theirs = Model(content), pyhf.Workspace(content).model()
    theta = somewhere(ours, seed)
    np.testing.assert_allclose(ours.expected(theta), theirs.expected_actualdata(theta), rtol=1e-11)
    by_sample = np.asarray(theirs.main_model.expected_data(theta, return_by_sample=True))
    present = [
        by_sample[theirs.config.samples.index(sample.name), part]
        for channel, part in zip(ours.channels, ours.channel_slices, strict=True)
        for sample in channel.samples
    ]
    cells = expected_by_cell(ours.tables, theta)
    np.testing.assert_allclose(cells, np.concatenate(present), rtol=1e-11)


@settings(max_examples=15, deadline=None)
@given(seed=st.integers(0, 10**6), zero=st.booleans())
def test_derivatives_agree_with_finite_differences(random_workspace, seed, zero):
    model = Model(random_workspace(seed))
    theta = somewhere(model, seed)
    if zero:  # products of the other factors must not divide by a factor of zero
        theta[model.indices("mu")] = 0.0
    steps = 1e-6 * np.eye(len(theta))
    numeric = [
        (expected(model.tables, theta + s) - expected(model.tables, theta - s)) / 2e-6
        for s in steps
    ]
    jacobian = slopes(model.tables, theta).jacobian()
    np.testing.assert_allclose(jacobian, np.transpose(numeric), rtol=1e-5, atol=1e-5)
    weight = np.random.default_rng(seed).normal(size=len(model.data))
    np.testing.assert_allclose(
        slopes(model.tables, theta).pulled_back(weight), weight @ jacobian, rtol=1e-9, atol=1e-9
    )
    numeric = [
        (
            slopes(model.tables, theta + s).pulled_back(weight)
            - slopes(model.tables, theta - s).pulled_back(weight)
        )
        / 2e-6
        for s in steps
    ]
    linear = slopes(model.tables, theta).hessian(weight, np.zeros_like(weight))
    np.testing.assert_allclose(linear, np.transpose(numeric), rtol=1e-5, atol=1e-4)
    bend = np.random.default_rng(seed + 1).normal(size=len(model.data))
    whole = slopes(model.tables, theta).hessian(weight, bend)
    squares = jacobian.T @ (bend[:, None] * jacobian)
    scale = np.abs(squares).max()
    np.testing.assert_allclose(whole, linear + squares, rtol=1e-9, atol=1e-11 * scale)


def test_a_bin_may_have_several_vectors_and_any_of_them_may_be_zero(workspace, mod):
    modifiers = [
        mod.normfactor(),
        mod.of_bins("shapefactor", "free"),
        mod.of_bins("shapesys", "sys", [1.0, 2.0]),
        mod.of_bins("staterror", "stat", [1.0, 1.0]),
        mod.histosys("h", [9.0, 19.0], [12.0, 21.0]),
    ]
    content = workspace({"SR": {"s": ([10.0, 20.0], modifiers)}}, SR=[11, 22])
    model = Model(content)
    rng = np.random.default_rng(2)
    theta = rng.uniform(0.5, 2.0, len(model.initial))
    np.testing.assert_allclose(
        model.expected(theta), pyhf.Workspace(content).model().expected_actualdata(theta)
    )
    theta[model.indices("free")[0]] = theta[model.indices("sys")[1]] = 0.0
    weight = np.array([1.3, -0.7])
    steps = 1e-5 * np.eye(len(theta))
    numeric = [
        (
            slopes(model.tables, theta + s).pulled_back(weight)
            - slopes(model.tables, theta - s).pulled_back(weight)
        )
        / 2e-5
        for s in steps
    ]
    exact = slopes(model.tables, theta).hessian(weight, np.zeros(2))
    np.testing.assert_allclose(exact, numeric, rtol=1e-7, atol=1e-7)
