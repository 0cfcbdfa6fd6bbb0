"""Sums that do not depend on the order."""

import math
from fractions import Fraction

import numpy as np
from hypothesis import example, given, settings
from hypothesis import strategies as st

from hepline.engine.exact import ExactSums

NUMBERS = st.floats(allow_nan=False, allow_infinity=False, width=64)
SMALL = NUMBERS.filter(lambda x: abs(x) < 1e290)
FAST = settings(max_examples=60, deadline=None, derandomize=True, database=None)


def summed(values, bins=1, index=None):
    sums = ExactSums(bins)
    array = np.array(values, np.float64)
    sums.add(np.zeros(len(array), np.int64) if index is None else index, array)
    return sums


@FAST
@given(st.lists(SMALL, max_size=50))
def test_a_sum_is_the_correctly_rounded_one(values):
    assert summed(values).values()[0] == math.fsum(values)


@FAST
@given(st.lists(st.lists(SMALL, max_size=12), max_size=6), st.randoms())
def test_merging_in_any_order_gives_the_same_bits(chunks, random):
    whole = math.fsum(value for chunk in chunks for value in chunk)
    order = list(chunks)
    random.shuffle(order)
    total = ExactSums(1)
    for chunk in order:
        total.merge(summed(chunk))
    assert total.values()[0] == whole


@FAST
@given(st.lists(st.tuples(st.integers(0, 4), SMALL), max_size=40))
def test_bins_are_summed_apart(entries):
    index = np.array([place for place, _ in entries], np.int64)
    found = summed([value for _, value in entries], 5, index).values()
    for place in range(5):
        assert found[place] == math.fsum(value for at, value in entries if at == place)


def test_denormals_and_cancellation_lose_nothing():
    tiny = 5e-324
    assert summed([1e16, 1.0, -1e16, tiny, -tiny]).values()[0] == 1.0
    assert summed([tiny] * 3).values()[0] == 3 * tiny
    assert summed([0.1] * 10).values()[0] == math.fsum([0.1] * 10) != sum([0.1] * 10)
    assert summed([]).values()[0] == 0.0


# As many as a histogram can hold of one weight, within the halves of an int64.
COUNTS = st.integers(0, 1 << 34)


@FAST
@given(st.lists(COUNTS, min_size=1, max_size=5), SMALL)
@example([3, 0, 1 << 34], 5e-324)
@example([7], -0.1)
@example([1], 0.0)
def test_a_value_added_many_times_is_its_exact_multiple(counts, value):
    sums = ExactSums(len(counts))
    sums.add_repeated(np.array(counts), value)
    assert sums.values().tolist() == [float(count * Fraction(value)) for count in counts]


@FAST
@given(st.integers(0, 40), SMALL)
def test_adding_at_once_is_adding_one_by_one(count, value):
    once = ExactSums(1)
    once.add_repeated(np.array([count]), value)
    assert once.values()[0] == summed([value] * count).values()[0] == math.fsum([value] * count)


DIGITS = st.integers(-(2**62), 2**62)


@FAST
@given(st.lists(st.tuples(DIGITS, DIGITS, st.integers(-1074, 900)), min_size=1, max_size=6))
@example([(1, -1, -1074), (-1, 1, -1074)])
@example([(2**62, -(2**62), 0), (2**62, -(2**62), 0), (1, 1, -1)])
def test_digits_count_units_of_any_power_of_two(given_):
    sums = ExactSums(2)
    for one, other, exponent in given_:
        sums.add_digits(np.array([one, other]), exponent)
    for place in (0, 1):
        exact = sum(each[place] * Fraction(2) ** each[2] for each in given_)
        assert sums.values()[place] == float(exact)


@FAST
@given(st.lists(SMALL, max_size=12), COUNTS, SMALL, DIGITS, st.integers(-1074, 900))
def test_all_ways_of_adding_go_into_one_exact_sum(values, count, value, digits, exponent):
    exact = sum(map(Fraction, values)) + count * Fraction(value)
    exact += digits * Fraction(2) ** exponent
    total, other = summed(values), ExactSums(1)
    other.add_repeated(np.array([count]), value)
    other.add_digits(np.array([digits]), exponent)
    total.merge(other)
    assert total.values()[0] == float(exact)
