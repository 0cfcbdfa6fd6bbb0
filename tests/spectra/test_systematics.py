"""Table of systematic uncertainties: each line is the difference of two fits."""

import numpy as np
import pytest

from hepline.errors import AnalysisError
from hepline.spectra.fitting import fit_peaks
from hepline.spectra.spectrum import Spectrum
from hepline.spectra.systematics import systematics_of

LOW, HIGH = 2.8, 3.5


@pytest.fixture(scope="module")
def spectrum():
    rng = np.random.default_rng(21)
    return Spectrum.of(
        np.concatenate([rng.normal(3.1, 0.03, 800), rng.triangular(LOW, LOW, 3.9, 1500)])
    ).window(LOW, HIGH)


@pytest.fixture(scope="module")
def fit(spectrum):
    return fit_peaks(spectrum, LOW, HIGH)


@pytest.fixture(scope="module")
def lines(spectrum, fit):
    return systematics_of(spectrum, fit, scale=0.002).peaks[0].systematics


def test_the_lines_of_the_table(lines):
    names = [line.name for line in lines]
    assert names == ["signal model", "background model", "window", "binning", "scale"]
    assert all(line.source for line in lines)


def test_scale_moves_the_mass_in_proportion(fit, lines):
    assert lines[-1].mass == pytest.approx(0.002 * fit.peaks[0].mass)
    assert lines[-1].width == pytest.approx(0.002 * fit.peaks[0].width)
    assert lines[-1].events == 0


def test_background_line_is_the_largest_shift_of_other_backgrounds(spectrum, fit, lines):
    line = lines[1]
    shifts = []
    for name in line.source.split(", "):
        other = fit_peaks(spectrum, LOW, HIGH, signal=fit.signal, background=name).peaks[0]
        shifts.append(
            (abs(other.mass - fit.peaks[0].mass), abs(other.events - fit.peaks[0].events))
        )
    mass, events = np.max(shifts, axis=0)
    assert line.mass == pytest.approx(mass, abs=0.03 * fit.peaks[0].mass_error)
    assert line.events == pytest.approx(events, abs=0.03 * fit.peaks[0].events_error)


def test_shifts_are_of_the_size_of_the_statistical_error_at_most(fit, lines):
    """The spectrum is drawn from a plain model: no choice may matter much."""
    peak = fit.peaks[0]
    assert all(line.mass < 2 * peak.mass_error for line in lines[:-1])
    assert any(line.mass > 0 for line in lines[:-1])


def test_counts_are_varied_too(fit):
    rng = np.random.default_rng(22)
    values = np.concatenate([rng.normal(3.1, 0.03, 3000), rng.uniform(LOW, HIGH, 3000)])
    edges = np.linspace(LOW, HIGH, 71)
    spectrum = Spectrum.binned(np.histogram(values, edges)[0], edges)
    first = fit_peaks(spectrum, LOW, HIGH, signal="gaussian", background="chebyshev 1")
    table = systematics_of(spectrum, first).peaks[0].systematics
    assert table[3].source.endswith("bins")
    assert table[3].mass < first.peaks[0].mass_error
    assert table[4].source == "momentum scale taken as exact"


def test_a_scale_that_is_no_uncertainty(spectrum, fit):
    with pytest.raises(AnalysisError, match=r"uncertainty of the scale is -0\.1"):
        systematics_of(spectrum, fit, scale=-0.1)


def test_tails_that_a_narrower_window_cuts_off_are_no_uncertainty():
    rng = np.random.default_rng(23)
    z = 91.2 + 1.25 * rng.standard_cauchy(40_000) + rng.normal(0, 1.2, 40_000)
    spectrum = Spectrum.of(np.concatenate([z, rng.uniform(60, 120, 4000)])).window(60, 120)
    fit = fit_peaks(spectrum, 60, 120, signal="voigt", background="chebyshev 1")
    (peak,) = systematics_of(spectrum, fit).peaks
    window = next(line for line in peak.systematics if line.name == "window")
    assert window.events < 1.5 * peak.events_error


def test_shapes_that_the_data_exclude_are_no_uncertainty():
    rng = np.random.default_rng(24)
    lost = np.where(rng.random(20_000) < 0.4, rng.exponential(0.06, 20_000), 0)
    values = np.concatenate([rng.normal(3.1, 0.03, 20_000) - lost, rng.uniform(LOW, HIGH, 3000)])
    spectrum = Spectrum.of(values).window(LOW, HIGH)
    fit = fit_peaks(spectrum, LOW, HIGH)
    assert fit.signal == "crystal ball"
    line = systematics_of(spectrum, fit).peaks[0].systematics[0]
    assert "gaussian" not in line.source
    assert line.mass < 3 * fit.peaks[0].mass_error


def test_a_peak_at_the_end_of_its_window():
    rng = np.random.default_rng(25)
    values = np.concatenate([rng.normal(3.0, 0.05, 4000), rng.uniform(2.5, 4, 3000)])
    spectrum = Spectrum.of(values).window(3.0, 4.0)
    fit = fit_peaks(spectrum, 3.0, 4.0, signal="gaussian", background="chebyshev 1")
    window = systematics_of(spectrum, fit).peaks[0].systematics[2]
    assert window.source.startswith("to ")
