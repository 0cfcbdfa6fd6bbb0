"""The search in numba is that in Python, and ends where scipy's minimizers end."""

import numpy as np
import pytest
from scipy.optimize import minimize

from hepline.stats import Model
from hepline.stats.descent import descend, descend_in_turn
from hepline.stats.minimum import starting_point
from hepline.stats.newton import Known, newton


def starts(model, seed):
    """The usual start, and others far away, where the Hessian may have negative eigenvalues."""
    usual, region = starting_point(model)
    rng = np.random.default_rng(seed)
    inside = np.clip(usual + rng.normal(size=(3, len(usual))), region.lower, region.upper)
    return [usual, *np.where(region.free, inside, usual)], region


@pytest.mark.parametrize("seed", range(2))
@pytest.mark.parametrize("options", [{}, {"clip_bin_data": None}])
def test_both_searches_end_at_the_same_point(random_workspace, seed, options):
    model = Model(random_workspace(seed), **options)
    likelihood = model.likelihood()
    points, region = starts(model, seed)
    for start in points:
        if not np.isfinite(likelihood.value(start)):
            continue
        ours, theirs = (search(likelihood, start, region) for search in (descend, newton))
        assert (ours.converged, ours.remark) == (theirs.converged, theirs.remark)
        if ours.converged:
            assert ours.value == pytest.approx(theirs.value, abs=1e-8)
            exact = likelihood.derivatives(ours.theta)[1]
            np.testing.assert_allclose(ours.hessian.full(), exact, rtol=1e-9, atol=1e-9)


@pytest.mark.parametrize("seed", range(3))
def test_the_minimum_is_that_of_a_minimizer_of_scipy(random_workspace, seed):
    model = Model(random_workspace(seed))
    likelihood, (start, region) = model.likelihood(), starting_point(model)
    ours = descend(likelihood, start, region)
    bounds = [
        (low, high) if free else (value, value)
        for low, high, free, value in zip(
            region.lower, region.upper, region.free, start, strict=True
        )
    ]
    # From our end: another minimum may be deeper, but none close by.
    theirs = minimize(
        likelihood.value, ours.theta, jac=likelihood.gradient, bounds=bounds, method="L-BFGS-B"
    )
    assert ours.converged
    assert ours.value <= theirs.fun + 1e-7


def test_a_descent_to_a_known_minimum_is_given_up(random_workspace):
    model = Model(random_workspace(0))
    likelihood, (start, region) = model.likelihood(), starting_point(model)
    best = descend(likelihood, start, region)
    known = Known(best.theta, best.value, best.hessian)
    assert descend(likelihood, start, region, known).remark == "this leads to a known minimum"


@pytest.mark.parametrize("lower", [-np.inf, np.inf])
@pytest.mark.parametrize("seed", range(2))
def test_descents_in_turn_are_those_of_one_after_the_other(random_workspace, seed, lower):
    model = Model(random_workspace(seed), clip_bin_data=None)
    likelihood, (points, region) = model.likelihood(), starts(model, seed)
    points = np.array([each for each in points if np.isfinite(likelihood.value(each))])
    best = descend(likelihood, points[0], region)
    known = Known(best.theta, best.value + 10, best.hessian)  # catches none
    expected = [newton(likelihood, each, region, known) for each in points]
    found = descend_in_turn(likelihood, points, region, known, lower)
    # The first that is deeper is the last.
    assert len(found) == (1 if lower > 0 else len(points))
    for ours, theirs in zip(found, expected, strict=False):
        assert (ours.converged, ours.remark) == (theirs.converged, theirs.remark)
        if ours.converged:
            assert ours.value == pytest.approx(theirs.value, abs=1e-8)


def test_a_saddle_is_left_for_a_minimum(workspace, mod):
    # A variation that adds the same on both sides: its zero is a maximum between two minima.
    shape = mod.histosys("h", [60.0, 40.0], [60.0, 40.0])
    model = Model(workspace({"SR": {"b": ([50.0, 40.0], [shape])}}, SR=[70, 41]), poi="")
    likelihood, (start, region) = model.likelihood(), starting_point(model)
    found = descend(likelihood, start + 1e-8, region)
    assert found.converged
    assert found.value < likelihood.value(start) - 0.1
