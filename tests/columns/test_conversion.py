"""Conversions between dtypes against Python's integers, which have no limits."""

import math

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from hepline.columns.conversion import converted

INTEGERS = [np.dtype(f"{kind}int{bits}") for kind in ("", "u") for bits in (8, 16, 32, 64)]


def nearest_integer(number, dtype):
    """The definition: truncated, then brought into the range; zero for NaN."""
    limits = np.iinfo(dtype)
    if math.isnan(number):
        return 0
    if math.isinf(number):
        return limits.max if number > 0 else limits.min
    return min(max(int(number), int(limits.min)), int(limits.max))


def wrapped(number, dtype):
    """The low bits of an integer, as the number that they are in a dtype."""
    bits = 8 * dtype.itemsize
    low = number % (1 << bits)
    return low - (1 << bits) if dtype.kind == "i" and low >= 1 << (bits - 1) else low


@pytest.mark.parametrize("dtype", INTEGERS, ids=str)
@pytest.mark.parametrize("width", [32, 64])
@settings(max_examples=20)
@given(data=st.data())
def test_floats_become_the_nearest_integer(dtype, width, data):
    rows = data.draw(st.lists(st.floats(width=width), max_size=8))
    # Both sides of the limits, where C leaves the result open.
    limits = np.iinfo(dtype)
    edges = [float(limits.min), float(limits.max), float(limits.max) + 1, float(limits.min) - 1]
    values = np.array([*rows, *edges, *(-x for x in edges)], f"float{width}")
    result = converted(values, dtype)
    assert result.dtype == dtype
    assert result.tolist() == [nearest_integer(x, dtype) for x in values.tolist()]


@pytest.mark.parametrize("source", INTEGERS, ids=str)
@pytest.mark.parametrize("target", INTEGERS, ids=str)
@settings(max_examples=20)
@given(data=st.data())
def test_integers_wrap_around(source, target, data):
    limits = np.iinfo(source)
    rows = data.draw(st.lists(st.integers(int(limits.min), int(limits.max)), max_size=8))
    values = np.array([*rows, limits.min, limits.max], source)
    assert converted(values, target).tolist() == [wrapped(x, target) for x in values.tolist()]


@given(st.lists(st.floats(), max_size=8))
@example([0.0, -0.0, math.nan, 5e-324])
def test_everything_but_zero_is_true(rows):
    values = np.array(rows, np.float64)
    assert converted(values, np.dtype(bool)).tolist() == [x != 0 for x in rows]


def test_floats_overflow_to_infinity_without_a_warning():
    values = np.array([1e300, -1e300, 1.5])
    assert converted(values, np.dtype(np.float32)).tolist() == [math.inf, -math.inf, 1.5]


def test_values_of_the_dtype_are_not_copied():
    values = np.arange(3.0)
    assert converted(values, np.dtype(np.float64)) is values
