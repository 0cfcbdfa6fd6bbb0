import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from scipy.optimize import lsq_linear, rosen, rosen_der, rosen_hess

from hepline.stats.newton import Region, newton, scaled
from hepline.stats.schur import Blocks


def region(size, low=-np.inf, high=np.inf, free=True, reach=np.inf):
    return Region(*(np.full(size, value) for value in (low, high, free, reach)))


class Rosenbrock:
    def value(self, theta):
        return rosen(theta)

    def curvature(self, theta):
        return rosen_der(theta), Blocks.of(rosen_hess(theta))


class Squares:
    def __init__(self, matrix, target):
        self.matrix, self.target = matrix, target

    def value(self, theta):
        return float(np.sum((self.matrix @ theta - self.target) ** 2))

    def curvature(self, theta):
        residual = self.matrix @ theta - self.target
        return 2 * self.matrix.T @ residual, Blocks.of(2 * self.matrix.T @ self.matrix)


def test_a_curved_valley_is_followed_to_its_end():
    found = newton(Rosenbrock(), np.full(6, -1.3), region(6, low=-5, high=5))
    assert found.converged
    np.testing.assert_allclose(found.theta, np.ones(6), atol=1e-6)


def test_short_steps_lead_to_the_same_end():
    found = newton(Rosenbrock(), np.full(6, -1.3), region(6, low=-5, high=5, reach=0.2))
    assert found.converged
    np.testing.assert_allclose(found.theta, np.ones(6), atol=1e-6)


@settings(deadline=None, max_examples=50)
@given(seed=st.integers(0, 10**6))
@example(seed=109)
@example(seed=526)
def test_bounded_least_squares_agree_with_scipy(seed):
    rng = np.random.default_rng(seed)
    matrix, target = rng.normal(size=(12, 5)), rng.normal(size=12)
    found = newton(Squares(matrix, target), np.zeros(5), region(5, low=-0.1, high=0.2))
    expected = lsq_linear(matrix, target, bounds=(-0.1, 0.2), method="bvls", tol=1e-14)
    assert found.converged
    assert found.value == pytest.approx(2 * expected.cost, rel=1e-9)
    np.testing.assert_allclose(found.theta, expected.x, atol=1e-6)


def test_parameters_that_are_not_free_stay():
    free = region(3)
    free.free[1] = False
    found = newton(Rosenbrock(), np.array([0.0, 0.5, 0.0]), free)
    assert found.theta[1] == 0.5


def test_a_line_without_curvature_is_followed_to_its_bound():
    class Slope:
        def value(self, theta):
            return float(3 * theta.sum())

        def curvature(self, _):
            return np.full(2, 3.0), Blocks.of(np.zeros((2, 2)))

    found = newton(Slope(), np.ones(2), region(2, low=0.0, high=10.0))
    assert found.converged
    assert found.theta.tolist() == [0, 0]


class Hat:
    """Two wells at x = ±1 with a saddle between them; the wells differ by a slope beyond it."""

    def value(self, theta):
        x, y = theta
        return float((x * x - 1) ** 2 + y * y)

    def curvature(self, theta):
        x, y = theta
        gradient = np.array([4 * x * (x * x - 1), 2 * y])
        return gradient, Blocks.of(np.diag([12 * x * x - 4, 2.0]))


def test_a_saddle_is_left_for_a_minimum():
    found = newton(Hat(), np.array([0.0, 0.5]), region(2, low=-3, high=3))
    assert found.converged
    assert found.value == pytest.approx(0, abs=1e-9)
    assert abs(found.theta[0]) == pytest.approx(1, abs=1e-5)


def test_a_bound_is_reached_exactly():
    # 0.3 + (1e-10 - 0.3) is not 1e-10 in floating point.
    class Slope:
        def value(self, theta):
            return float(3 * theta.sum() + np.sum((theta - 1) ** 2))

        def curvature(self, theta):
            return 3 + 2 * (theta - 1), Blocks.of(2 * np.eye(len(theta)))

    bounds = region(1, low=1e-10, high=10.0, reach=1.0)
    found = newton(Slope(), np.array([0.3]), bounds)
    assert found.converged
    assert found.theta[0] == 1e-10
    assert bounds.at_bound(found.theta).all()


def test_derivatives_that_are_not_finite_end_the_search_with_a_remark():
    class Broken(Rosenbrock):
        def curvature(self, _):
            return np.full(2, np.nan), Blocks.of(np.eye(2))

    found = newton(Broken(), np.zeros(2), region(2))
    assert not found.converged
    assert "finite" in found.remark


def test_scaling_gives_a_unit_diagonal():
    matrix, scale = scaled(Blocks.of(np.array([[4.0, 1.0], [1.0, 9.0]])))
    np.testing.assert_allclose(matrix.diag(), 1)
    assert scale.tolist() == [2, 3]
