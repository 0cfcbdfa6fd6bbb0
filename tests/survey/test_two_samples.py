"""The tests are those of scipy on the values themselves."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from hepline.survey.tally import tally_of
from hepline.survey.two_samples import compare_counts, compare_values, holm


def frequencies(values):
    return tally_of(np.asarray(values)).frequencies


@pytest.mark.parametrize(("sizes", "shift"), [((300, 200), 0.0), ((50, 4000), 0.1), ((7, 9), 1.0)])
def test_few_continuous_values(sizes, shift):
    random = np.random.default_rng(1)
    one, two = random.normal(size=sizes[0]), random.normal(shift, 1, sizes[1])
    test = compare_values(frequencies(one), frequencies(two))
    expected = stats.ks_2samp(one, two)
    assert (test.name, test.error) == ("KS", 0.0)
    assert test.statistic == pytest.approx(expected.statistic, rel=1e-12)
    assert test.p_value == pytest.approx(expected.pvalue, rel=1e-9)


def test_many_continuous_values_within_the_error():
    random = np.random.default_rng(2)
    one, two = random.normal(size=200_000), random.normal(0.01, 1, 100_000)
    test = compare_values(frequencies(one), frequencies(two))
    expected = stats.ks_2samp(one, two, method="asymp")
    assert 0 <= expected.statistic - test.statistic <= test.error < 0.002
    assert test.p_value == pytest.approx(expected.pvalue, rel=0.1)


def test_many_values_that_repeat_are_compared_exactly():
    random = np.random.default_rng(3)
    one = np.round(random.normal(size=50_000), 3)
    two = np.round(random.normal(0.02, 1, 30_000), 3)
    test = compare_values(frequencies(one), frequencies(two))
    expected = stats.ks_2samp(one, two, method="asymp")
    assert test.statistic == pytest.approx(expected.statistic, rel=1e-12)
    assert test.p_value == pytest.approx(expected.pvalue, rel=1e-9)


@pytest.mark.parametrize("dtype", [bool, np.int8, np.uint64, np.float32])
def test_few_different_values_are_compared_by_counts(dtype):
    random = np.random.default_rng(4)
    one, two = (
        random.binomial(1, 0.5, 500).astype(dtype),
        random.binomial(1, 0.4, 900).astype(dtype),
    )
    test = compare_values(frequencies(one), frequencies(two))
    table = [[(row == value).sum() for value in (0, 1)] for row in (one, two)]
    expected = stats.chi2_contingency(table, correction=False)
    assert test.name == "chi2"
    assert test.statistic == pytest.approx(expected.statistic)
    assert test.p_value == pytest.approx(expected.pvalue)
    assert test.distance == pytest.approx(stats.contingency.association(np.array(table)))


def test_rare_values_are_put_together():
    table = np.array([[100, 50, 3, 2, 1], [110, 40, 1, 2, 0]])
    merged = np.array([[100, 56], [110, 43]])
    expected = stats.chi2_contingency(merged, correction=False)
    assert compare_counts(table).statistic == pytest.approx(expected.statistic)


def test_nothing_to_compare():
    assert compare_values(frequencies([1, 1, 1]), frequencies([1, 1])) is None
    assert compare_counts(np.array([[0, 0], [3, 4]])) is None
    assert compare_counts(np.array([[3, 0], [4, 0]])) is None


@settings(deadline=None)
@given(st.lists(st.floats(0, 1), min_size=1, max_size=30))
def test_holm_by_hand(p_values):
    corrected = holm(p_values)
    order = sorted(range(len(p_values)), key=lambda place: p_values[place])
    highest = 0.0
    for rank, place in enumerate(order):
        highest = max(highest, (len(p_values) - rank) * p_values[place])
        assert corrected[place] == pytest.approx(min(highest, 1.0))


def test_equal_samples_differ_as_often_as_they_should():
    random = np.random.default_rng(5)
    p_values = [
        compare_values(
            frequencies(random.exponential(size=400)), frequencies(random.exponential(size=300))
        ).p_value
        for _ in range(200)
    ]
    assert stats.kstest(p_values, "uniform").pvalue > 0.001
