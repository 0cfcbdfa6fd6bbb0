"""What is said of fits that do not hold."""

import numpy as np
import pytest

from hepline.spectra.doubts import doubts
from hepline.spectra.search import Question, search
from hepline.spectra.spectrum import Spectrum


def made(*parts):
    return Spectrum.of(np.concatenate(parts))


def test_a_curve_that_misses_a_second_peak_says_where():
    rng = np.random.default_rng(1)
    spectrum = made(
        rng.normal(3.1, 0.03, 4000), rng.uniform(2.8, 3.5, 4000), rng.normal(3.17, 0.02, 900)
    )
    done = search(spectrum, Question((2.8, 3.5), signal="gaussian", background="chebyshev 1"))
    assert len(done.peaks) == 1
    (remark,) = done.remarks
    assert "does not describe the data" in remark
    place = float(remark.split("near ")[1].split()[0])
    assert 3.0 < place < 3.25


def test_nothing_is_said_of_a_good_fit():
    rng = np.random.default_rng(2)
    spectrum = made(rng.normal(3.1, 0.03, 4000), rng.uniform(2.8, 3.5, 4000))
    done = search(spectrum, Question((2.8, 3.5), signal="gaussian", background="chebyshev 1"))
    assert doubts(done.fits[0]) == () == done.remarks


@pytest.mark.parametrize("window", [(2.0, 8.0), (10.0, 40.0)])
def test_half_a_peak_at_the_end_of_a_window_has_no_significance(window):
    # A falling spectrum that the background's curve does not quite follow.
    rng = np.random.default_rng(3)
    done = search(made((1 - rng.random(60_000)) ** (-1 / 2)), Question(window))
    for peak in done.peaks:
        assert window[0] + peak.resolution < peak.mass < window[1] - peak.resolution
        assert peak.global_significance < 4
    assert done.peaks or any("no peak stands inside" in remark for remark in done.remarks)


def test_a_turn_on_is_no_discovery():
    # Triggers: hardly any pairs below 20 GeV, a falling spectrum above.
    rng = np.random.default_rng(3)
    falling = 12 / rng.random(80_000) ** 0.7
    kept = falling[rng.random(80_000) < 1 / (1 + np.exp(-(falling - 22) / 2))]
    done = search(made(kept[kept < 200]), Question((12.0, 60.0)))
    (peak,) = done.peaks
    assert peak.local_significance > 10
    assert peak.global_significance == 0 or any("sees none" in one for one in done.remarks)
