"""Values that were rounded are counted in their steps, and no step is taken for a peak."""

import numpy as np
import pytest

from hepline.spectra.rounded import in_steps
from hepline.spectra.search import Question, search
from hepline.spectra.spectrum import Spectrum


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@pytest.mark.parametrize("step", [0.01, 1.0])
def test_steps_are_found(step, dtype):
    values = np.round(np.random.default_rng(1).uniform(20, 120, 30_000) / step) * step
    counted, remarks = in_steps(Spectrum.of(values.astype(dtype)))
    assert counted.values is None
    assert f"{step:g} GeV" in remarks[0]
    middles = 0.5 * (counted.edges[1:] + counted.edges[:-1])
    theirs, numbers = np.unique(values, return_counts=True)
    np.testing.assert_allclose(middles[counted.counts > 0], theirs, rtol=1e-5)
    np.testing.assert_array_equal(counted.counts[counted.counts > 0], numbers)


@pytest.mark.parametrize(
    "values",
    [
        np.random.default_rng(2).uniform(2, 4, 5000),
        np.random.default_rng(2).normal(91, 2, 500_000).astype(np.float32),
        np.repeat(np.random.default_rng(2).uniform(2, 4, 500), 10),
        np.full(100, 3.1),
        np.array([]),
    ],
    ids=["continuous", "float32", "repeated", "constant", "none"],
)
def test_what_is_not_rounded_stays(values):
    spectrum = Spectrum.of(values)
    counted, _ = in_steps(spectrum)
    assert counted is spectrum


def test_values_that_repeat_are_said_to():
    values = np.random.default_rng(2).uniform(2, 4, 500)
    assert in_steps(Spectrum.of(values))[1] == ()
    (remark,) = in_steps(Spectrum.of(np.repeat(values, 5)))[1]
    assert "2500 masses have only 500 different values" in remark


def test_a_peak_of_rounded_masses_is_measured_as_if_they_were_not():
    rng = np.random.default_rng(3)
    values = np.concatenate([rng.normal(1.0195, 0.02, 3000), rng.uniform(0.8, 1.3, 6000)])
    plain, rounded = (
        search(Spectrum.of(v), Question((0.85, 1.25), signal="gaussian")).peaks[0]
        for v in (values, np.round(values, 2))
    )
    assert rounded.mass == pytest.approx(plain.mass, abs=0.3 * plain.mass_error)
    assert rounded.width == pytest.approx(plain.width, abs=0.5 * plain.width_error)
    assert rounded.events == pytest.approx(plain.events, abs=0.5 * plain.events_error)


def test_steps_are_no_peaks():
    rng = np.random.default_rng(4)
    done = search(Spectrum.of(np.round(rng.uniform(10, 100, 9000))), Question())
    assert done.peaks == ()
    assert "rounded to 1 GeV" in done.remarks[0]
