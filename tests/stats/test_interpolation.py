import numpy as np
import pyhf
import pytest

from hepline.stats import interpolation

ALPHA = np.array([-2.5, -1.0, -0.999, -0.3, 0.0, 0.4, 0.999, 1.0, 3.0])
LOW, HIGH = 0.8, 1.3


def factor(code: str, alpha: np.ndarray, low: float = LOW, high: float = HIGH):
    low_, high_ = np.full(len(alpha), low), np.full(len(alpha), high)
    coefficients = interpolation.polynomial(low_, high_)
    return interpolation.factor(code, alpha, low_, high_, coefficients)


def shift(code: str, alpha: np.ndarray):
    return interpolation.shift(code, alpha, np.full(len(alpha), 2.0), np.full(len(alpha), 0.7))


@pytest.mark.parametrize("code", ["code1", "code4"])
@pytest.mark.parametrize(("low", "high"), [(0.8, 1.3), (1.1, 1.2), (0.9, 0.7), (0.01, 20.0)])
def test_factors_are_those_of_pyhf(code, low, high):
    theirs = getattr(pyhf.interpolators, code)([[[[low], [1.0], [high]]]], subscribe=False)
    expected = np.array([theirs(np.array([[a]])).item() for a in ALPHA])
    np.testing.assert_allclose(factor(code, ALPHA, low, high)[0], expected, rtol=1e-11)


@pytest.mark.parametrize("code", ["code0", "code4p"])
def test_shifts_are_those_of_pyhf(code):
    theirs = getattr(pyhf.interpolators, code)([[[[8.0], [10.0], [10.7]]]], subscribe=False)
    expected = np.array([theirs(np.array([[a]])).item() for a in ALPHA])
    np.testing.assert_allclose(shift(code, ALPHA)[0], expected, rtol=1e-12, atol=1e-14)


@pytest.mark.parametrize(
    ("curve", "code"),
    [(factor, "code1"), (factor, "code4"), (shift, "code0"), (shift, "code4p")],
)
def test_derivatives_agree_with_finite_differences(curve, code):
    alpha = np.array([-2.5, -0.6, -0.2, 0.3, 0.9, 1.7])
    step = 1e-5
    below, at, above = curve(code, alpha - step), curve(code, alpha), curve(code, alpha + step)
    np.testing.assert_allclose(at[1], (above[0] - below[0]) / (2 * step), rtol=1e-7)
    np.testing.assert_allclose(at[2], (above[1] - below[1]) / (2 * step), rtol=1e-6, atol=1e-8)


@pytest.mark.parametrize(("curve", "code"), [(factor, "code4"), (shift, "code4p")])
@pytest.mark.parametrize("edge", [-1.0, 1.0])
def test_value_slope_and_curvature_have_no_step_at_one_sigma(curve, code, edge):
    inside = curve(code, np.array([edge * (1 - 1e-12)]))
    outside = curve(code, np.array([edge * (1 + 1e-12)]))
    for left, right in zip(inside, outside, strict=True):
        np.testing.assert_allclose(left, right, rtol=1e-9, atol=1e-9)
