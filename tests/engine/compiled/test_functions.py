"""Pairs of functions against the C library's in extended precision, in rows and one by one."""

import math

import numpy as np
import pytest
from called import Called

from hepline.engine.compiled import functions

LARGEST = {"sincos": 1e300, "sinhcosh": 709.7}
EXACT = {"sincos": (np.sin, np.cos), "sinhcosh": (np.sinh, np.cosh)}
SCALAR = {
    "sincos": Called(functions.sincos, "f8 f8"),
    "sinhcosh": Called(functions.sinhcosh, "f8 f8"),
}
ROW = {"sincos": Called(functions.sincos_row), "sinhcosh": Called(functions.sinhcosh_row)}
# Around the place where the series hand over to the C library, too.
HANDOVER = {"sincos": 1e6, "sinhcosh": 700.0}


def arguments(name: str) -> np.ndarray:
    """Numbers of all sizes and both signs, multiples of the period, and where methods change."""
    rng, most = np.random.default_rng(2), LARGEST[name]
    sizes = 10.0 ** rng.uniform(-300, math.log10(most), 4000)
    usual = rng.uniform(0, min(most, 30), 8000)
    far = rng.uniform(0, min(most, 2 * HANDOVER[name]), 4000)
    steps = np.arange(1, 400) * (math.pi / 2 if name == "sincos" else math.log(2) / 2)
    edges = np.nextafter(HANDOVER[name], [0, np.inf])
    positive = np.concatenate([sizes, usual, far, steps, edges, [HANDOVER[name], 5e-324, most]])
    return np.concatenate([positive, -positive])


def sincos_of(values, first, second):
    for place in range(len(values)):
        first[place], second[place] = functions.sincos(values[place])


def sinhcosh_of(values, first, second):
    for place in range(len(values)):
        first[place], second[place] = functions.sinhcosh(values[place])


ONE_BY_ONE = {"sincos": Called(sincos_of), "sinhcosh": Called(sinhcosh_of)}


def pairs(name: str, values: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    first, second = np.empty(len(values)), np.empty(len(values))
    ONE_BY_ONE[name](values, first, second)
    return first, second


@pytest.mark.skipif(np.finfo(np.longdouble).nmant < 63, reason="no extended precision here")
@pytest.mark.parametrize("name", SCALAR)
def test_errors_are_below_two_units_in_the_last_place(name):
    values = arguments(name)
    for found, function in zip(pairs(name, values), EXACT[name], strict=True):
        exact = function(values.astype(np.longdouble))
        unit = np.spacing(np.abs(exact.astype(np.float64)))
        errors = np.abs(found - exact) / unit
        assert np.isfinite(exact).all()
        assert errors.max() < 2, values[np.argmax(errors)]


@pytest.mark.parametrize("name", SCALAR)
@pytest.mark.parametrize("value", [0.0, -0.0, math.inf, -math.inf, math.nan])
def test_special_numbers_give_what_numpy_gives(name, value):
    with np.errstate(invalid="ignore"):
        expected = [float(function(value)) for function in EXACT[name]]
    assert repr([float(found) for found in SCALAR[name](value)]) == repr(expected)


@pytest.mark.parametrize("name", SCALAR)
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("special", [[], [math.inf], [-math.inf, math.nan], [1e30, -0.0, 0.0]])
def test_a_row_has_the_bits_of_single_values(name, dtype, special):
    values = np.array([*np.clip(arguments(name), -300, 300), *special], dtype)
    first, last = 3, len(values)
    rows = np.full((2, len(values)), 7.5)
    ROW[name](values, first, last, rows[0], rows[1])
    for row, single in zip(rows, pairs(name, values.astype(np.float64)), strict=True):
        assert row[: last - first].tobytes() == single[first:].tobytes()
        # Nothing is written beyond what was asked for.
        assert (row[last - first :] == 7.5).all()


@pytest.mark.parametrize("name", SCALAR)
def test_a_row_with_large_arguments_has_the_bits_of_single_values(name):
    values = arguments(name)
    rows = np.empty((2, len(values)))
    ROW[name](values, 0, len(values), rows[0], rows[1])
    for row, single in zip(rows, pairs(name, values), strict=True):
        assert row.tobytes() == single.tobytes()


@pytest.mark.parametrize("name", SCALAR)
def test_symmetries_hold_exactly(name):
    values = arguments(name)
    odd, even = pairs(name, values)
    half = len(values) // 2
    np.testing.assert_array_equal(odd[:half], -odd[half:])
    np.testing.assert_array_equal(even[:half], even[half:])
