"""Bins hold what NumPy counts in them."""

import numpy as np
import pytest

from hepline.survey.binning import binned
from hepline.survey.tally import tally_of


def bins_of(*samples, whole=False):
    samples = [np.asarray(sample) for sample in samples]
    frequencies = [tally_of(sample).frequencies for sample in samples]
    ends = (
        float(min(sample.min() for sample in samples)),
        float(max(sample.max() for sample in samples)),
    )
    return binned(frequencies, ends, whole=whole)


def test_floats_are_in_the_bins_of_numpy():
    values = np.random.default_rng(1).normal(size=3000)
    result = bins_of(values)
    counts, _ = np.histogram(values, result.edges)
    assert result.counts[0].tolist() == counts.tolist()
    assert result.beyond == (len(values) - counts.sum(),)


def test_many_floats_nearly_so():
    values = np.random.default_rng(1).normal(5279, 20, 300_000)
    result = bins_of(values)
    counts, _ = np.histogram(values, result.edges)
    assert np.abs(result.counts[0] - counts).max() < 0.01 * counts.max()


def test_whole_numbers_are_in_the_middle():
    values = np.random.default_rng(2).poisson(3, 1000)
    result = bins_of(values, values + 2, whole=True)
    assert np.allclose(np.diff(result.edges), 1)
    middles = (result.edges[1:] + result.edges[:-1]) / 2
    assert all(middle == round(middle) for middle in middles)
    for sample, counts in zip((values, values + 2), result.counts, strict=True):
        assert counts.tolist() == [(sample == middle).sum() for middle in middles]


def test_many_whole_numbers_share_bins_evenly():
    result = bins_of(np.arange(1000), whole=True)
    assert len(result.counts[0]) <= 50
    assert set(result.counts[0][1:-1].tolist()) == {20}


def test_a_far_outlier_does_not_hide_the_bulk():
    values = np.append(np.random.default_rng(3).exponential(size=5000), 1e6)
    result = bins_of(values)
    assert result.edges[-1] < 20
    assert result.beyond[0] > 0


@pytest.mark.parametrize("value", [0.0, 3.5, -7.0])
def test_a_single_value(value):
    result = bins_of(np.full(10, value))
    assert result.counts[0].sum() == 10
