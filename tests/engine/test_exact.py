"""Sums that do not depend on the order."""

import math

import numpy as np
from hypothesis import given, settings
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
