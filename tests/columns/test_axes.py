"""Bins against boost-histogram."""

import boost_histogram as bh
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import hepline as hl
from hepline.columns.axes import IntegerAxis, RegularAxis, VariableAxis, axis_from_bins

FAST = settings(max_examples=80, deadline=None, derandomize=True, database=None)
ANY = st.floats(allow_nan=True, allow_infinity=True)


def bins_of(axis, theirs, values):
    histogram = bh.Histogram(theirs)
    expected = [theirs.index(float(value)) + 1 for value in values]
    np.testing.assert_array_equal(axis.index(np.array(values, np.float64)), expected)
    histogram.fill(values)
    counted = np.bincount(axis.index(np.array(values, np.float64)), minlength=axis.bins + 2)
    np.testing.assert_array_equal(counted, histogram.values(flow=True))
    np.testing.assert_array_equal(axis.edges, theirs.edges)


@FAST
@given(
    st.integers(1, 60),
    st.floats(-1e3, 1e3),
    st.floats(1e-3, 1e3),
    st.lists(ANY, min_size=1, max_size=20),
)
def test_regular_bins_equal_boost(count, low, width, values):
    axis = RegularAxis("x", count, low, low + width)
    on_edges = [*axis.edges, *np.nextafter(axis.edges, -np.inf), *np.nextafter(axis.edges, np.inf)]
    bins_of(axis, bh.axis.Regular(count, low, low + width), [*values, *on_edges])


@FAST
@given(
    st.lists(st.floats(-1e6, 1e6), min_size=2, max_size=9, unique=True).map(sorted),
    st.lists(ANY, min_size=1, max_size=20),
)
def test_variable_bins_equal_boost(edges, values):
    bins_of(VariableAxis("x", tuple(edges)), bh.axis.Variable(edges), [*values, *edges])


@FAST
@given(st.integers(-5, 5), st.integers(1, 8), st.lists(st.integers(-20, 20), min_size=1))
def test_integer_bins_equal_boost(low, count, values):
    axis = IntegerAxis("x", low, low + count)
    bins_of(axis, bh.axis.Integer(low, low + count), values)


def test_infinities_and_nan_of_integers_go_to_the_overflow():
    assert IntegerAxis("n", 0, 3).index(np.array([np.nan, np.inf, -np.inf])).tolist() == [4, 4, 0]


@pytest.mark.parametrize(
    ("bins", "expected"),
    [
        ((3, 0, 6), [0, 2, 4, 6]),
        ((np.int64(3), 0, 6), [0, 2, 4, 6]),
        ([0, 1, 5], [0, 1, 5]),
        (np.array([0.0, 1.0, 5.0]), [0, 1, 5]),
        ((0.0, 1.0, 5.0), [0, 1, 5]),
        (range(2, 5), [2, 3, 4, 5]),
        (range(0, 30, 10), [0, 10, 20]),
    ],
)
def test_bins_are_read_as_they_are_meant(bins, expected):
    assert axis_from_bins(bins, "x").edges.tolist() == expected


def test_weighted_histograms_equal_boost(collisions, compute):
    jet, weight = collisions.Jet, collisions.genWeight
    chosen = collisions.MET.pt > 30
    requests = [
        hl.hist(jet.pt, bins=(20, 0, 200), weight=weight, where=chosen),
        hl.hist(hl.axis(jet.pt, 10, 0, 200), hl.axis(jet.eta, [-3, -1, 0, 2.5]), weight=jet.btag),
        hl.hist(hl.axis(collisions.MET.pt, 10, 0, 200), hl.axis(jet.eta, 6, -3, 3), weight=weight),
        hl.hist(hl.count(jet), bins=range(12)),
    ]
    found = compute(collisions, *requests)
    arrays = compute(collisions, jet.pt, jet.eta, jet.btag, collisions.MET.pt, weight, chosen)
    import awkward as ak

    pt, eta, btag, met, w, where = arrays
    flat = lambda array: ak.to_numpy(ak.flatten(array)).astype(np.float64)  # noqa: E731
    along = lambda array: flat(ak.broadcast_arrays(array, pt)[0])  # noqa: E731
    regular, storage = bh.axis.Regular, bh.storage.Weight()
    expected = [
        bh.Histogram(regular(20, 0, 200), storage=storage).fill(
            flat(pt[where]), weight=along(w)[along(where).astype(bool)]
        ),
        bh.Histogram(regular(10, 0, 200), bh.axis.Variable([-3, -1, 0, 2.5]), storage=storage).fill(
            flat(pt), flat(eta), weight=flat(btag)
        ),
        bh.Histogram(regular(10, 0, 200), regular(6, -3, 3), storage=storage).fill(
            along(met), flat(eta), weight=along(w)
        ),
        bh.Histogram(bh.axis.Integer(0, 12), storage=storage).fill(ak.to_numpy(ak.num(pt))),
    ]
    for mine, theirs in zip(found, expected, strict=True):
        np.testing.assert_allclose(mine.contents(), theirs.values(flow=True), rtol=1e-12, atol=1e-9)
        np.testing.assert_allclose(
            mine.variances(), theirs.variances(flow=True), rtol=1e-12, atol=1e-9
        )
