"""Partial histograms: entries counted at once are those filled one by one."""

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hepline.columns.axes import RegularAxis
from hepline.columns.fill import Fill
from hepline.columns.leaves import Column, Constant
from hepline.engine.filled import Filled
from hepline.errors import UselessWeight

AXIS = RegularAxis("x", 2, 0.0, 2.0)
X = Column("x", "float64", None)
FAST = settings(max_examples=60, deadline=None, derandomize=True, database=None)
COUNTS = st.lists(st.integers(0, 30), min_size=6, max_size=6)
WEIGHTS = st.floats(-1e150, 1e150)


def empty(weight):
    recipe = None if weight is None else Constant(weight, "float64")
    return Filled.empty(Fill((AXIS,), (X,), recipe, None))


def bits(found):
    return found.counts.tobytes(), found.contents().tobytes(), found.variances().tobytes()


@FAST
@given(COUNTS, COUNTS, st.none() | WEIGHTS)
def test_counting_is_filling_one_by_one(counts, more, weight):
    counted, filled = empty(weight), empty(weight)
    for entries in (counts, more):
        counted.add_counted(np.array(entries), weight)
        index = np.repeat(np.arange(6), entries)
        filled.add(index, None if weight is None else np.full(len(index), weight))
    assert bits(counted) == bits(filled)
    exact = 1 if weight is None else Fraction(weight)
    square = 1 if weight is None else Fraction(weight * weight)
    totals = [one + other for one, other in zip(counts, more, strict=True)]
    assert counted.counts.tolist() == totals
    assert counted.sums().tolist() == [float(total * exact) for total in totals]
    assert counted.contents().tolist() == counted.sums().tolist()[:4]
    assert counted.variances().tolist() == [float(total * square) for total in totals[:4]]


def test_counted_chunks_are_merged():
    one, other = empty(0.1), empty(0.1)
    one.add_counted(np.array([1, 2, 0, 0, 1, 0]), 0.1)
    other.add_counted(np.array([0, 1, 0, 4, 1, 3]), 0.1)
    one.merge(other)
    assert (one.undefined, one.missing) == (2, 3)
    assert one.contents().tolist() == [0.1, float(3 * Fraction(0.1)), 0.0, float(4 * Fraction(0.1))]


@pytest.mark.parametrize("weight", [np.nan, np.inf, -1e200])
def test_a_useless_weight_is_refused_where_it_is_used(weight):
    histogram = empty(weight)
    histogram.add_counted(np.zeros(6, np.int64), weight)
    with pytest.raises(UselessWeight, match="3 of 3 weights"):
        histogram.add_counted(np.array([0, 1, 2, 0, 0, 0]), weight)
