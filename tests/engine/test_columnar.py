"""What the grid's short lists cannot show."""

import math

import awkward as ak
import numpy as np
import pytest

import hepline as hl


@pytest.fixture
def long_lists(in_memory):
    rng = np.random.default_rng(2)
    counts = np.array([300, 0, 1, 257])
    values = rng.normal(0, 1, counts.sum()).astype(np.float32) * 10.0 ** rng.integers(
        -6, 6, counts.sum()
    )
    columns = {
        "nA": ak.Array(counts.astype(np.uint32)),
        "A_x": ak.unflatten(values.astype(np.float32), counts),
        "A_k": ak.unflatten(rng.integers(0, 9, counts.sum()).astype(np.uint8), counts),
    }
    return in_memory(columns)


def test_long_lists_are_summed_from_left_to_right(long_lists, compute):
    x = long_lists["A_x"]
    single, double, mean = compute(long_lists, hl.sum(x), hl.sum(x.astype("float64")), hl.mean(x))
    for event, values in enumerate(long_lists.origin.source.chunks[0]["A_x"]):
        total, wide = np.float32(0), 0.0
        for value in values:
            total += np.float32(value)
            wide += float(value)
        assert single[event] == total
        assert double[event] == wide
        assert mean[event] == (wide / len(values) if len(values) else None)


def test_long_lists_of_ties_keep_their_order(long_lists, compute):
    k = long_lists["A_k"]
    ordered = long_lists.A.with_fields(place=long_lists.A.position).sort(k)
    (places,) = compute(long_lists, ordered.place)
    for event, values in enumerate(long_lists.origin.source.chunks[0]["A_k"].tolist()):
        assert places[event].tolist() == sorted(range(len(values)), key=lambda i: -values[i])


def test_combinations_of_long_lists_are_counted_right(long_lists, compute):
    pairs = long_lists.A.pairs()
    (n,) = compute(long_lists, hl.count(pairs))
    assert n.tolist() == [math.comb(count, 2) for count in (300, 0, 1, 257)]
