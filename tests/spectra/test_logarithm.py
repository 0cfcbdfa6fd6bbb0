import numpy as np

from hepline.spectra.logarithm import LogCounts
from hepline.spectra.spectrum import Spectrum


def test_values_are_counted_in_equal_bins_of_the_logarithm():
    masses = np.random.default_rng(0).uniform(0.5, 90, 5000)
    found = LogCounts.of(Spectrum.of(np.append(masses, [-1.0, 0.0])), 0.01)
    counts, edges = np.histogram(np.log(masses), len(found.counts))
    np.testing.assert_array_equal(found.counts, counts)
    np.testing.assert_allclose(found.edges, edges)
    np.testing.assert_allclose(np.diff(found.edges), 0.01, rtol=2e-3)


def test_bins_of_a_histogram_are_kept_without_those_at_zero():
    found = LogCounts.of(Spectrum.binned([1, 2, 3, 4], [-1, 0, 1, 2, 3]), 0.01)
    np.testing.assert_array_equal(found.counts, [3, 4])
    np.testing.assert_allclose(found.edges, np.log([1, 2, 3]))


def test_coarser_bins_hold_the_same_counts():
    fine = LogCounts(np.arange(10.0), np.arange(11) / 10, np.arange(10) != 4)
    coarse = fine.coarser(0.2)
    np.testing.assert_allclose(coarse.edges, [0, 0.2, 0.4, 0.6, 0.8, 1.0])
    np.testing.assert_array_equal(coarse.counts, [1, 5, 9, 13, 17])
    np.testing.assert_array_equal(coarse.usable, [True, True, False, True, True])


def test_counts_between_two_values_share_bins():
    counts = LogCounts(np.array([10.0, 20.0]), np.array([0.0, 1.0, 2.0]), np.ones(2, bool))
    assert counts.between(0.5, 1.5) == 15
    np.testing.assert_array_equal(counts.without(0.2, 0.3).usable, [False, True])
