"""Values and counts of a mass, against numpy's histogram."""

import numpy as np
import pytest

from hepline.errors import AnalysisError, NothingToFit
from hepline.spectra.spectrum import Spectrum

VALUES = np.random.default_rng(5).normal(3.1, 0.2, 1000)


@pytest.mark.parametrize("edges", [np.linspace(2.5, 3.7, 25), np.array([2.5, 2.9, 3.0, 3.7])])
def test_histogram_is_numpys(edges):
    counts, ours = Spectrum.of(VALUES).histogram(edges)
    np.testing.assert_array_equal(counts, np.histogram(VALUES, edges)[0])
    np.testing.assert_array_equal(ours, edges)


def test_counts_keep_whole_bins_of_a_window():
    edges = np.linspace(2.0, 4.0, 21)
    counts = np.histogram(VALUES, edges)[0]
    inside = Spectrum.binned(counts, edges).window(2.55, 3.3)
    np.testing.assert_allclose(inside.edges, edges[6:14])
    np.testing.assert_array_equal(inside.counts, counts[6:13])
    assert inside.span == pytest.approx((2.6, 3.3))


def test_counts_are_merged_to_coarser_bins():
    edges = np.linspace(2.0, 4.0, 21)
    counts, coarse = Spectrum.binned(np.histogram(VALUES, edges)[0], edges).histogram(edges[::4])
    np.testing.assert_array_equal(counts, np.histogram(VALUES, edges[::4])[0])
    np.testing.assert_allclose(coarse, edges[::4])


def test_window_of_values():
    inside = Spectrum.of(VALUES).window(3.0, 3.2)
    assert inside.entries == np.count_nonzero((VALUES >= 3.0) & (VALUES <= 3.2))


@pytest.mark.parametrize(
    ("build", "what"),
    [
        (lambda: Spectrum.of([[1.0]]), "shape"),
        (lambda: Spectrum.of([1.0, np.nan, np.inf]), "2 of 3 masses"),
        (lambda: Spectrum.binned([1, 2], [0, 1]), "no histogram"),
        (lambda: Spectrum.binned([1, 2], [0, 1, 1]), "no histogram"),
        (lambda: Spectrum.binned([1, -2], [0, 1, 2]), "negative"),
        (lambda: Spectrum.of(VALUES).window(3.2, 3.0), "is empty"),
        (lambda: Spectrum.binned([1, 2], [0, 1, 2]).window(0.2, 0.8), "no whole bin"),
    ],
)
def test_nonsense_is_refused(build, what):
    with pytest.raises(AnalysisError, match=what):
        build()


def test_a_window_outside_of_the_data():
    with pytest.raises(NothingToFit, match="between 9 and 10 GeV") as raised:
        Spectrum.of(VALUES).window(9, 10)
    assert "1000 entries" in raised.value.why


def test_no_entries_at_all():
    with pytest.raises(NothingToFit):
        Spectrum.of([]).window(1, 2)
