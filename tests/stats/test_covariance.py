import numpy as np
import pytest

from hepline.errors import FitError
from hepline.stats.covariance import covariance_matrix, degenerate_parameters
from hepline.stats.newton import Region
from hepline.stats.schur import Blocks

NAMES = ("a", "b", "c")


def make_region(low=-5.0, free=(True, True, True), reach=np.inf):
    return Region(np.full(3, low), np.full(3, 5.0), np.array(free), np.full(3, reach))


def positive(seed=1):
    root = np.random.default_rng(seed).normal(size=(5, 3)) * [1, 100, 1e-3]
    return root.T @ root


def found(hessian, theta=(0.0, 0.0, 0.0), region=None):
    return covariance_matrix(Blocks.of(hessian), np.array(theta), region or make_region(), NAMES)


def test_covariance_is_twice_the_inverse():
    hessian = positive()
    exact = found(hessian)
    np.testing.assert_allclose(exact.covariance, 2 * np.linalg.inv(hessian), rtol=1e-6)
    assert exact.quality == "exact"
    assert exact.pseudo_inverse is None


def test_fixed_parameters_have_no_covariance():
    hessian = positive()
    covariance = found(hessian, region=make_region(free=(True, False, True))).covariance
    expected = 2 * np.linalg.inv(hessian[np.ix_([0, 2], [0, 2])])
    np.testing.assert_allclose(covariance[np.ix_([0, 2], [0, 2])], expected, rtol=1e-9)
    assert not covariance[1].any()


def test_a_flat_direction_is_named_by_its_parameters():
    direction = np.array([1.0, -1.0, 0.0]) / np.sqrt(2)
    hessian = np.eye(3) - np.outer(direction, direction)
    eigenvalue, names = degenerate_parameters(hessian, make_region().free, NAMES)
    assert eigenvalue == pytest.approx(0, abs=1e-12)
    assert sorted(names) == ["a", "b"]
    open_one = found(hessian)
    assert open_one.quality == "degenerate: the data do not determine a combination of 'a', 'b'"
    assert open_one.open_directions == 1


@pytest.mark.parametrize("seed", range(5))
def test_parameters_beside_an_open_combination_keep_their_variance(seed):
    # b is measured together with a only; c, and the sum of a and b, do not notice.
    rng = np.random.default_rng(seed)
    rows = rng.normal(size=(6, 2)) * [1, 1e3]
    slopes = np.column_stack([rows[:, 0], rows[:, 0], rows[:, 1]])
    degenerate = found(slopes.T @ slopes)
    assert np.isnan(degenerate.covariance[0, 0])
    assert np.isnan(degenerate.covariance[2, 1])
    merged = 2 * np.linalg.inv(rows.T @ rows)
    assert degenerate.covariance[2, 2] == pytest.approx(merged[1, 1], rel=1e-9)
    total = np.array([1.0, 1.0, 0.0])
    assert total @ degenerate.pseudo_inverse @ total == pytest.approx(merged[0, 0], rel=1e-9)


def test_a_saddle_is_refused():
    with pytest.raises(FitError, match="saddle point") as caught:
        found(np.diag([1.0, 1.0, -1.0]))
    assert "'c'" in caught.value.what


def test_a_parameter_without_effect_is_named():
    one = found(np.diag([1.0, 0.0, 1.0]))
    assert one.quality == "degenerate: the data do not determine 'b'"
    np.testing.assert_array_equal(np.diag(one.covariance), [2.0, np.nan, 2.0])


@pytest.mark.parametrize("miss", [0.0, 1e-17, 4e-10])
def test_a_bound_is_mentioned_and_held_if_there_is_no_curvature(miss):
    at_bound = np.array([1e-10 + miss, 1.0, 1.0])
    low = make_region(low=1e-10, reach=1.0)
    with_curvature = found(np.eye(3), at_bound, low)
    assert "'a' = 1e-10" in with_curvature.quality or "'a' = 5e-10" in with_curvature.quality
    assert with_curvature.covariance[0, 0] == 2
    held = found(np.diag([0.0, 1.0, 1.0]), at_bound, low)
    assert "held" in held.quality
    assert np.diag(held.covariance).tolist() == [0, 2, 2]


def test_a_bound_and_an_open_combination_are_both_mentioned():
    both = found(np.diag([0.0, 0.0, 1.0]), (-5.0, 1.0, 1.0))
    assert both.quality.startswith("degenerate: the data do not determine 'b'; at a bound")
    np.testing.assert_array_equal(np.diag(both.covariance), [0.0, np.nan, 2.0])
