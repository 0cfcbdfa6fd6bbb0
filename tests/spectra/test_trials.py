"""Global significances beside simulated processes and beside toys without a peak."""

import numpy as np
import pytest
from scipy.ndimage import gaussian_filter1d
from scipy.stats import binom, norm

from hepline.spectra import search as searches
from hepline.spectra.search import Question, search
from hepline.spectra.spectrum import Spectrum
from hepline.spectra.trials import in_window, upcrossings


def test_upcrossings_are_those_of_a_smoothed_noise():
    # Noise, seen through Gaussian templates of width 10: upcrossings of 2 standard deviations.
    rng = np.random.default_rng(1)
    smooth = gaussian_filter1d(rng.normal(size=2_000_000), 10.0)
    smooth /= smooth.std()
    counted = np.count_nonzero((smooth[:-1] <= 2) & (smooth[1:] > 2))
    assert upcrossings(200_000.0, 4.0) == pytest.approx(counted, abs=4 * np.sqrt(counted))


def test_one_place_is_the_local_significance():
    assert in_window(5.0, 1e-9) == pytest.approx(5.0, abs=1e-6)
    assert in_window(-1.0, 100.0) == in_window(1.9, 100.0) == 0.0


def test_places_and_widths_cost_significance():
    few, many = in_window(5.0, 10.0), in_window(5.0, 1000.0)
    assert 0 < many < few < 5
    assert in_window(5.0, 10.0, 5.0) < few


@pytest.mark.slow
@pytest.mark.parametrize("entries", [100, 1000])
def test_a_window_of_background_is_hardly_ever_significant(entries, monkeypatch):
    # Systematic errors take most of the time, and no significance depends on them.
    monkeypatch.setattr(searches, "systematics_of", lambda _, fit, scale: fit)  # noqa: ARG005
    rng = np.random.default_rng(entries)
    toys, largest = 60, []
    for _ in range(toys):
        flat = Spectrum.of(rng.uniform(2, 4, entries))
        asked = Question((2.0, 4.0), signal="gaussian", background="chebyshev 1")
        found = search(flat, asked).peaks
        largest.append(max((peak.global_significance for peak in found), default=0.0))
    for level in (1.0, 2.0):
        assert np.sum(np.array(largest) > level) <= binom.ppf(0.999, toys, norm.sf(level))
    assert max(largest) < 4
