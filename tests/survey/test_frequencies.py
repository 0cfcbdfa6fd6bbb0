"""Frequencies are those of `numpy.unique`, and do not depend on the order of chunks."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hepline.survey.frequencies import MOST, quantiles
from hepline.survey.tally import tally_of


def frequencies(values, **options):
    return tally_of(np.asarray(values), **options).frequencies


def ends(values):
    return float(np.min(values)), float(np.max(values))


@pytest.mark.parametrize("dtype", ["f2", "f4", "f8", "i1", "u2", "i4", "i8", "u8"])
def test_few_values_are_counted_one_by_one(dtype):
    values = np.random.default_rng(1).integers(-60 * (dtype[0] != "u"), 60, 3000).astype(dtype)
    counted = frequencies(values)
    distinct, counts = np.unique(values, return_counts=True)
    assert counted.exact
    assert counted.nearest.tolist() == distinct.tolist()
    assert counted.counts.tolist() == counts.tolist()


def test_many_values_are_in_as_many_bins_as_fit():
    values = np.random.default_rng(1).normal(0, 1, 200_000)
    counted = frequencies(values)
    assert not counted.exact
    assert MOST / 2 < len(counted.keys) <= MOST
    assert counted.counts.sum() == len(values)
    inside, _ = np.histogram(values, np.append(counted.low, np.inf))
    # Bins have gaps only where nothing was: what lies above a bin's end lies in the next one.
    assert inside.tolist() == counted.counts.tolist()
    width = (counted.high - counted.low) / np.abs(counted.nearest)
    assert width.max() < 0.02


@settings(deadline=None, max_examples=20)
@given(st.integers(1, 7), st.randoms(use_true_random=False))
def test_chunks_and_their_order_do_not_matter(parts, random):
    values = np.random.default_rng(parts).exponential(1.0, 30_000)
    whole = frequencies(values)
    pieces = [frequencies(piece) for piece in np.array_split(values, parts)]
    random.shuffle(pieces)
    total = pieces[0]
    for piece in pieces[1:]:
        total = total + piece
    assert total.level == whole.level
    assert total.keys.tolist() == whole.keys.tolist()
    assert total.counts.tolist() == whole.counts.tolist()


def test_a_level_that_is_known_saves_nothing_but_time():
    values = np.random.default_rng(3).normal(5279, 20, 50_000)
    whole = frequencies(values)
    assert frequencies(values, level=whole.level - 3).keys.tolist() == whole.keys.tolist()


@settings(deadline=None)
@given(st.lists(st.floats(-1e9, 1e9, width=32), min_size=1, max_size=200))
def test_quantiles_are_those_of_numpy(values):
    values = np.array(values, np.float32)
    ranks = [0.0, 0.01, 0.25, 0.5, 0.9, 1.0]
    numbers, error = quantiles(frequencies(values), ranks, ends(values))
    assert error == 0.0
    expected = np.quantile(values.astype(np.float64), ranks)
    assert numbers == pytest.approx(expected, rel=1e-12, abs=1e-12 * float(np.abs(values).max()))


@pytest.mark.parametrize("center", [0.0, 91.2, 5279.2])
def test_quantiles_of_many_values_are_within_their_error(center):
    values = np.random.default_rng(4).normal(center, 2.0, 300_000)
    ranks = [0.01, 0.25, 0.5, 0.75, 0.99]
    numbers, error = quantiles(frequencies(values), ranks, ends(values))
    assert np.abs(numbers - np.quantile(values, ranks)).max() <= error
    assert error < 0.04


def test_a_value_is_in_its_bin():
    counted = frequencies([-0.0, 0.0, 1.5, 1.5, -2.0])
    assert counted.counts[counted.place(0.0)] == 2
    assert counted.counts[counted.place(1.5)] == 2
    assert counted.place(1.25) == -1
    rest = counted.without(1.5, 2)
    assert rest.nearest.tolist() == [-2.0, 0.0]
