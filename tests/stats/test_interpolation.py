import numpy as np
import pyhf
import pytest

from hepline.stats import interpolation

ALPHA = np.array([-2.5, -1.0, -0.999, -0.3, 0.0, 0.4, 0.999, 1.0, 3.0])
LOW, HIGH = 0.8, 1.3


def factor(code: str, alpha: np.ndarray, low: float = LOW, high: float = HIGH):
    count = len(alpha)
    coefficients = interpolation.polynomial(np.array([low]), np.array([high]))
    return interpolation.factor_curves(
        interpolation.FACTOR_CODES[code],
        alpha,
        np.arange(count),
        np.zeros(count, dtype=np.int64),
        np.array([low]),
        np.array([high]),
        coefficients.ravel(),
    ).T


def shift(code: str, alpha: np.ndarray, down: float = 2.0, up: float = 0.7):
    moves = interpolation.shift_curves(interpolation.SHIFT_CODES[code], alpha)
    return (moves[:, :3] * up + moves[:, 3:] * down).T


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
    [(factor, "code1"), (factor, "code4"), (shift, "code0"), (shift, "code2"), (shift, "code4p")],
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


def test_the_parabola_is_that_of_pyhf_inside_of_one_sigma_and_of_roofit_outside():
    theirs = pyhf.interpolators.code2([[[[8.0], [10.0], [10.7]]]], subscribe=False)
    inside = ALPHA[np.abs(ALPHA) <= 1]
    expected = [theirs(np.array([[a]])).item() for a in inside]
    np.testing.assert_allclose(shift("code2", inside)[0], expected, rtol=1e-12, atol=1e-14)
    # RooStats' FlexibleInterpVar, code 2: the tangent of the parabola goes on.
    outside = np.array([-3.0, -1.5, 1.5, 3.0])
    bend, slope = 0.5 * (10.7 + 8.0) - 10.0, 0.5 * (10.7 - 8.0)
    above = 0.7 + (2 * bend + slope) * (outside - 1)
    below = -2.0 - (2 * bend - slope) * (outside + 1)
    np.testing.assert_allclose(shift("code2", outside)[0], np.where(outside > 0, above, below))


@pytest.mark.parametrize("edge", [-1.0, 1.0])
def test_value_and_slope_of_the_parabola_have_no_step_at_one_sigma(edge):
    inside, outside = (shift("code2", np.array([edge * (1 + e)])) for e in (-1e-12, 1e-12))
    np.testing.assert_allclose(inside[:2], outside[:2], rtol=1e-9)


def test_a_term_without_a_curve_is_its_parameter():
    terms = interpolation.factor_curves(
        4, np.array([3.0, 7.0]), np.array([1]), np.array([-1]), *np.zeros((2, 0)), np.zeros(0)
    )
    assert terms.tolist() == [[7.0, 1.0, 0.0]]
