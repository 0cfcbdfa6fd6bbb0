"""Sums are exact: as Python's fractions have them, whatever the order and the size."""

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from hepline.survey.moments import Moments, moments_of_floats, moments_of_integers


def of_floats(values):
    values = np.sort(np.asarray(values, np.float64))
    return moments_of_floats(values, np.empty(len(values), np.int64))


finite = hnp.arrays(
    np.float64, st.integers(1, 60), elements=st.floats(allow_nan=False, allow_infinity=False)
)


@settings(deadline=None)
@given(finite)
def test_sums_of_floats_are_those_of_fractions(values):
    moments = of_floats(values)
    fractions = [Fraction(value) for value in values.tolist()]
    assert Fraction(moments.total, 1 << 1074) == sum(fractions)
    assert Fraction(moments.squares, 1 << 2148) == sum(value * value for value in fractions)


@settings(deadline=None)
@given(hnp.arrays(np.int64, st.integers(1, 60)), st.sampled_from([0, 2**63]))
def test_sums_of_integers_are_those_of_python(values, lowest):
    moments = moments_of_integers(np.sort(values), lowest)
    numbers = [value + lowest for value in values.tolist()]
    assert moments.total == sum(numbers)
    assert moments.squares == sum(number * number for number in numbers)


@settings(deadline=None)
@given(finite, st.integers(0, 60))
def test_parts_add_up(values, cut):
    assert of_floats(values[:cut]) + of_floats(values[cut:]) == of_floats(values)


@pytest.mark.parametrize("shift", [0.0, 1e3, 1e9, -3e12])
def test_mean_and_deviation_do_not_cancel(shift):
    values = np.random.default_rng(1).normal(shift, 1.0, 5000)
    moments = of_floats(values)
    fractions = [Fraction(value) for value in values.tolist()]
    mean = sum(fractions) / len(fractions)
    variance = sum((value - mean) ** 2 for value in fractions) / len(fractions)
    assert moments.mean == float(mean)
    assert moments.deviation == pytest.approx(float(variance) ** 0.5, rel=1e-15)


def test_numpy_agrees():
    values = np.random.default_rng(2).exponential(50.0, 100_000)
    moments = of_floats(values)
    assert moments.mean == pytest.approx(values.mean(), rel=1e-13)
    assert moments.deviation == pytest.approx(values.std(), rel=1e-13)


def test_what_is_taken_away_was_never_there():
    values = np.array([1.5, 2.5, 1e-3])
    both = of_floats(np.concatenate([values, [-999.0] * 7]))
    assert both.without(-999.0, 7) == of_floats(values)
    integers = moments_of_integers(np.array([-99, 4, 5]))
    assert integers.without(-99, 1) == moments_of_integers(np.array([4, 5]))


def test_nothing_has_no_mean():
    assert Moments().mean is None
    assert Moments().deviation is None
    assert Moments() + of_floats([1.0]) == of_floats([1.0])


def test_equal_values_do_not_deviate():
    assert of_floats([0.1] * 1000).deviation == 0.0
    assert of_floats([0.1] * 1000).mean == 0.1
