"""Tails belong to their peak; two peaks with a dip between them are two."""

from dataclasses import replace

import numpy as np
import pytest

from hepline.spectra.logarithm import LogCounts
from hepline.spectra.overlaps import Excess, grown, is_tail, split

EDGES = np.linspace(0, 1, 601)
MIDDLES = (EDGES[1:] + EDGES[:-1]) / 2
BIG = Excess(0.5, 0.02, 1000.0, 900.0, 10.0, 0.45, 0.55)
BESIDE = replace(BIG, center=0.58, width=0.01, low=0.555, high=0.605)


def counts(*peaks, background=20.0, seed=0):
    rates = np.full(600, background)
    for center, width, height in peaks:
        rates = rates + height * np.exp(-0.5 * ((MIDDLES - center) / width) ** 2)
    rng = np.random.default_rng(seed)
    return LogCounts(rng.poisson(rates).astype(float), EDGES, np.ones(600, bool))


def test_without_a_dip_an_excess_is_a_tail():
    slope = counts((0.5, 0.02, 500), (0.5, 0.05, 100))
    assert is_tail(BESIDE, BIG, slope)
    assert grown(BIG, BESIDE).high == BESIDE.high
    assert grown(BIG, BESIDE).low == BIG.low


def test_with_a_dip_it_is_a_peak():
    assert not is_tail(BESIDE, BIG, counts((0.5, 0.02, 500), (0.59, 0.008, 150)))


def test_far_away_it_is_no_tail():
    far = replace(BESIDE, center=0.8, low=0.775, high=0.825)
    assert not is_tail(far, BIG, counts((0.5, 0.02, 500)))


def test_two_peaks_are_split_where_counts_dip():
    both = counts((0.482, 0.008, 200), (0.514, 0.008, 150))
    first, second = split(BIG, both, np.array([0.005, 0.007, 0.01, 0.014]), 3.0)
    assert first.center == pytest.approx(0.482, abs=0.004)
    assert second.center == pytest.approx(0.514, abs=0.004)
    assert first.high == second.low == pytest.approx(0.498, abs=0.006)
    assert min(first.q0, second.q0) > 25


@pytest.mark.parametrize("seed", range(5))
def test_one_wide_peak_stays_one(seed):
    one = counts((0.5, 0.02, 200), seed=seed)
    assert split(BIG, one, np.array([0.005, 0.007, 0.01]), 3.0) == (BIG,)
