"""On a falling spectrum the peak is the bump inside of the window, not the window's end."""

import numpy as np
import pytest

from hepline.spectra.interior import largest_excess
from hepline.spectra.search import Question, search
from hepline.spectra.spectrum import Spectrum

LOW, HIGH = 500.0, 2000.0


def falling(seed, *, events=0, entries=6000):
    rng = np.random.default_rng(seed)
    background = LOW + rng.exponential(150, entries)
    return np.concatenate([background, rng.normal(987, 50, events)])


@pytest.mark.parametrize("seed", range(5))
def test_largest_excess_over_the_background_is_the_bump(seed):
    spectrum = Spectrum.of(falling(seed, events=250)).window(LOW, HIGH)
    place, width, background = largest_excess(spectrum, LOW, HIGH)
    assert place == pytest.approx(987, abs=60)
    assert 20 < width < 100
    assert background == "exponential"


def test_a_place_near_an_end_is_none():
    rng = np.random.default_rng(1)
    masses = np.concatenate([rng.exponential(100, 5000), rng.uniform(0, 20, 1000)])
    spectrum = Spectrum.of(masses).window(0, 1000)
    assert 20 < largest_excess(spectrum, 0.0, 1000.0)[0] < 980


@pytest.mark.parametrize("seed", range(8))
def test_a_bump_on_a_falling_spectrum_is_the_answer(seed):
    found = search(Spectrum.of(falling(seed, events=150)), Question((LOW, HIGH)))
    (peak,) = found.peaks
    assert peak.mass == pytest.approx(987, abs=max(5 * peak.mass_error, 25))
    assert peak.mass_error < 40
    assert peak.global_significance > 3


def test_a_falling_spectrum_without_a_bump_has_no_peak_at_the_end():
    found = search(Spectrum.of(falling(4, entries=3000)), Question((LOW, HIGH)))
    for peak in found.peaks:
        assert LOW + 20 < peak.mass < HIGH - 20
        assert peak.global_significance < 3
    assert any("no peak" in remark for remark in found.remarks)


@pytest.mark.parametrize("bins", [3, 4, 5])
def test_places_of_a_coarse_histogram_are_its_inner_bins(bins):
    edges = np.linspace(2.8, 3.5, bins + 1)
    counts = np.random.default_rng(1).poisson(100, bins)
    place, width, _ = largest_excess(Spectrum.binned(counts, edges), 2.8, 3.5)
    assert 2.8 + 2 * width < place < 3.5 - 2 * width
    assert place in 0.5 * (edges[1:] + edges[:-1])


def test_a_coarse_histogram_has_an_answer():
    edges = np.linspace(2.8, 3.5, 4)
    found = search(Spectrum.binned([100, 94, 111], edges), Question((2.8, 3.5)))
    assert any("no peak" in remark for remark in found.remarks)
