"""A tally has the numbers of NumPy on the whole column."""

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from hepline.survey import tally
from hepline.survey.tally import Tally, tally_of

dtypes = st.sampled_from(["f4", "f8", "i1", "i2", "i4", "i8", "u1", "u4", "u8", "?"])
columns = dtypes.flatmap(lambda dtype: hnp.arrays(np.dtype(dtype), st.integers(0, 80)))


def added(values, cuts):
    total = Tally()
    for piece in np.split(values, cuts):
        total = total + tally_of(piece)
    return total


@settings(deadline=None, max_examples=300)
@given(columns, st.lists(st.integers(0, 80), max_size=4))
def test_numpy_says_the_same(values, cuts):
    tally = added(values, sorted(cuts))
    finite = values[np.isfinite(values)]
    assert tally.entries == len(values)
    assert tally.nan == np.isnan(values).sum()
    assert (tally.above, tally.below) == ((values == np.inf).sum(), (values == -np.inf).sum())
    assert tally.moments.count == len(finite)
    if len(finite):
        assert tally.lowest[0] == (finite.min(), (finite == finite.min()).sum())
        assert tally.highest[0] == (finite.max(), (finite == finite.max()).sum())
        numbers = [Fraction(value) for value in finite.tolist()]
        assert tally.moments.mean == float(sum(numbers) / len(numbers))
    assert tally.distinct == len(np.unique(values))


@settings(deadline=None)
@given(hnp.arrays(np.float32, 60, elements=st.sampled_from([*np.arange(12), np.nan, np.inf])))
def test_ends_are_the_outermost_values_with_their_counts(values):
    tally = added(values.astype(np.float32), [7, 30])
    finite = values[np.isfinite(values)]
    distinct, counts = np.unique(finite, return_counts=True)
    pairs = list(zip(distinct.tolist(), counts.tolist(), strict=True))
    assert list(tally.lowest) == pairs[:8]
    assert list(tally.highest) == pairs[::-1][:8]


def test_marked_values_are_counted_where_they_are_exact():
    values = np.random.default_rng(1).normal(0, 2000, 100_000)
    values[::10] = -999.0
    tally = tally_of(values, marks=np.array([-999.0, 1e20]))
    assert tally.marked == {-999.0: 10_000}


def test_missing_values_count_as_entries():
    tally = tally_of(np.array([1, 2]), missing=3)
    assert tally.entries == 5
    assert tally.distinct == 3


@pytest.mark.parametrize("dtype", ["i1", "u1", "i2", "i4", "i8", "u8"])
def test_small_integers_are_counted_as_large_ones_are(dtype, monkeypatch):
    values = np.random.default_rng(2).integers(0, 100, 5000).astype(dtype)
    marks = np.array([7.0, -999.0])
    counted = tally_of(values, marks=marks)
    monkeypatch.setattr(tally, "_FEW", 0)
    by_sorting = tally_of(values, marks=marks)
    assert counted.moments == by_sorting.moments
    assert (counted.lowest, counted.highest) == (by_sorting.lowest, by_sorting.highest)
    assert counted.marked == by_sorting.marked == {7: (values == 7).sum()}
    assert counted.frequencies.keys.tolist() == by_sorting.frequencies.keys.tolist()
    assert counted.frequencies.nearest.tolist() == by_sorting.frequencies.nearest.tolist()
