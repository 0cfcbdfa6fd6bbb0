"""On a falling spectrum the peak is the bump inside of the window, not the window's end."""

import numpy as np
import pytest

from hepline.spectra.interior import excesses
from hepline.spectra.search import Question, search
from hepline.spectra.spectrum import Spectrum

LOW, HIGH = 500.0, 2000.0


def falling(seed, *, events=0, entries=6000):
    rng = np.random.default_rng(seed)
    background = LOW + rng.exponential(150, entries)
    return np.concatenate([background, rng.normal(987, 50, events)])


@pytest.mark.parametrize("seed", range(5))
def test_largest_excess_over_a_smooth_curve_is_the_bump(seed):
    counts, edges = np.histogram(falling(seed, events=250), bins=100, range=(LOW, HIGH))
    place, _ = excesses(counts.astype(float), edges)[0]
    assert place == pytest.approx(987, abs=60)


def test_places_near_the_ends_are_none():
    rng = np.random.default_rng(1)
    counts, edges = np.histogram(rng.exponential(100, 5000), bins=100, range=(0, 1000))
    counts[:2] += 500
    assert all(20 < place < 980 for place, _ in excesses(counts.astype(float), edges))


def test_a_bump_on_a_falling_spectrum_is_the_answer():
    found = search(Spectrum.of(falling(2, events=150)), Question((LOW, HIGH)))
    (peak,) = found.peaks
    assert peak.mass == pytest.approx(987, abs=4 * peak.mass_error)
    assert peak.mass_error < 40
    assert peak.global_significance > 3


def test_a_falling_spectrum_without_a_bump_has_no_peak_at_the_end():
    found = search(Spectrum.of(falling(4, entries=3000)), Question((LOW, HIGH)))
    for peak in found.peaks:
        assert LOW + 20 < peak.mass < HIGH - 20
        assert peak.global_significance < 3
    assert any("no peak" in remark for remark in found.remarks)
