"""The first look at a window, against least squares by NumPy."""

import numpy as np
import pytest

from hepline.errors import NothingToFit
from hepline.spectra.start import glimpse, largest_gain


def test_largest_gain_is_that_of_least_squares():
    random = np.random.default_rng(1)
    edges = np.linspace(0.0, 10.0, 41)
    middle = 0.5 * (edges[1:] + edges[:-1])
    counts = random.poisson(50 + 40 * np.exp(-0.5 * ((middle - 6.2) / 0.5) ** 2)).astype(float)
    weight = 1 / np.maximum(counts, 1.0)
    smooth = np.vander(middle, 3)

    def chi2(design):
        root = np.sqrt(weight)
        heights = np.linalg.lstsq(root[:, None] * design, root * counts, rcond=None)[0]
        return (weight * (counts - design @ heights) ** 2).sum(), heights[-1]

    gains = {}
    for width in (0.3, 0.5, 0.9):
        for place in middle[2:-2]:
            peak = np.exp(-0.5 * ((middle - place) / width) ** 2)
            with_peak, height = chi2(np.column_stack([smooth, peak]))
            gains[place, width] = chi2(smooth)[0] - with_peak if height > 0 else 0.0
    ladder = [(width, middle[2:-2]) for width in (0.3, 0.5, 0.9)]
    assert largest_gain(counts, weight, smooth, middle, ladder) == max(gains, key=gains.get)


def test_a_glimpse_shows_the_peak():
    random = np.random.default_rng(2)
    values = np.concatenate([random.normal(3.1, 0.03, 2000), random.uniform(2.8, 3.5, 3000)])
    seen = glimpse(*np.histogram(values, 100, (2.8, 3.5)), None)
    assert seen.mass == pytest.approx(3.1, abs=0.01)
    assert 0.02 < seen.sigma < 0.05
    assert sum(seen.events) == pytest.approx(2000, rel=0.2)
    assert sum(seen.events) + seen.background == pytest.approx(5000)


@pytest.mark.parametrize("bins", [1, 2])
def test_two_bins_have_no_peak(bins):
    with pytest.raises(NothingToFit, match=f"the window has only {bins} of the bins"):
        glimpse(np.full(bins, 100.0), np.linspace(2.8, 3.5, bins + 1), None)
