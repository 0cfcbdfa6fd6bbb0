import numpy as np
import pytest

from hepline.errors import FitError
from hepline.stats.covariance import covariance_matrix, degenerate_parameters
from hepline.stats.newton import Region

NAMES = ("a", "b", "c")


def region(low=-5.0, free=(True, True, True)):
    return Region(np.full(3, low), np.full(3, 5.0), np.array(free), np.full(3, np.inf))


def positive(seed=1):
    root = np.random.default_rng(seed).normal(size=(5, 3)) * [1, 100, 1e-3]
    return root.T @ root


def test_covariance_is_twice_the_inverse():
    hessian = positive()
    covariance, quality = covariance_matrix(hessian, np.zeros(3), region(), NAMES)
    np.testing.assert_allclose(covariance, 2 * np.linalg.inv(hessian), rtol=1e-6)
    assert quality == "exact"


def test_fixed_parameters_have_no_covariance():
    hessian = positive()
    free = region(free=(True, False, True))
    covariance, _ = covariance_matrix(hessian, np.zeros(3), free, NAMES)
    expected = 2 * np.linalg.inv(hessian[np.ix_([0, 2], [0, 2])])
    np.testing.assert_allclose(covariance[np.ix_([0, 2], [0, 2])], expected, rtol=1e-9)
    assert not covariance[1].any()


def test_a_flat_direction_is_named_by_its_parameters():
    direction = np.array([1.0, -1.0, 0.0]) / np.sqrt(2)
    hessian = np.eye(3) - np.outer(direction, direction)
    eigenvalue, names = degenerate_parameters(hessian, region(), NAMES)
    assert eigenvalue == pytest.approx(0, abs=1e-12)
    assert sorted(names) == ["a", "b"]
    with pytest.raises(FitError, match=r"do not determine '[ab]', '[ab]'\."):
        covariance_matrix(hessian, np.zeros(3), region(), NAMES)


def test_a_saddle_is_refused():
    with pytest.raises(FitError) as caught:
        covariance_matrix(np.diag([1.0, 1.0, -1.0]), np.zeros(3), region(), NAMES)
    assert "'c'" in caught.value.what
    assert "falls" in caught.value.why


def test_a_parameter_without_effect_is_named():
    with pytest.raises(FitError, match="nothing depends on 'b'"):
        covariance_matrix(np.diag([1.0, 0.0, 1.0]), np.zeros(3), region(), NAMES)


def test_a_bound_is_mentioned_and_held_if_there_is_no_curvature():
    at_bound = np.array([0.0, 1.0, 1.0])
    covariance, quality = covariance_matrix(np.eye(3), at_bound, region(low=0.0), NAMES)
    assert "'a' = 0" in quality
    assert covariance[0, 0] == 2
    covariance, quality = covariance_matrix(
        np.diag([0.0, 1.0, 1.0]), at_bound, region(low=0.0), NAMES
    )
    assert "held" in quality
    assert np.diag(covariance).tolist() == [0, 2, 2]
