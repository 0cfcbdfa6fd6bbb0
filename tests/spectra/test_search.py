"""Spectra that were made with known peaks: found, fitted, named; and those without any."""

import numpy as np
import pytest

from hepline.errors import AnalysisError, ParticleNotFound
from hepline.spectra.scale import scale_from
from hepline.spectra.search import Question, search
from hepline.spectra.spectrum import Spectrum

DIMUON = ("mu+", "mu-")
UPSILON = (9.4604, 10.0234, 10.3551)  # PDG 2024, GeV


def spectrum(*peaks, entries=6000, low=2.0, high=20.0, seed=8):
    """Falling background and Gaussian peaks: (mass, width, events)."""
    random = np.random.default_rng(seed)
    parts = [np.exp(random.uniform(np.log(low), np.log(high), entries))]
    parts += [random.normal(mass, width, events) for mass, width, events in peaks]
    return Spectrum.of(np.concatenate(parts))


def test_peak_of_a_window_is_measured_and_named():
    made = spectrum((3.0969, 0.035, 900))
    done = search(made, Question((2.7, 3.5), decay=DIMUON, scale=0.001))
    (peak,) = done.peaks
    assert peak.mass == pytest.approx(3.0969, abs=4 * peak.mass_error)
    assert peak.events == pytest.approx(900, abs=4 * peak.events_error)
    assert peak.width == pytest.approx(0.035, rel=0.2)
    assert peak.width_kind == "resolution"
    assert peak.candidates[0].name == "J/psi(1S)"
    assert {one.name for one in peak.systematics} >= {"scale", "window", "background model"}
    # After all places of the window, hardly less for so large a peak.
    assert 0.9 * peak.local_significance < peak.global_significance < peak.local_significance
    assert done.bumps == ()
    assert done.remarks == ()


def test_upsilon_family_is_tied_by_the_table():
    made = spectrum(
        *((mass, 0.009 * mass, n) for mass, n in zip(UPSILON, (900, 500, 400), strict=True))
    )
    fit = search(made, Question((8.0, 12.0), decay=DIMUON)).fits[0]
    masses = [peak.mass for peak in fit.peaks]
    assert np.diff(masses) == pytest.approx(np.diff(UPSILON), abs=1e-4)
    assert [peak.candidates[0].name for peak in fit.peaks] == [
        "Upsilon(1S)", "Upsilon(2S)", "Upsilon(3S)"
    ]  # fmt: skip


def test_lone_peak_among_a_family_is_not_tied():
    fit = search(spectrum((9.8, 0.08, 900)), Question((8.0, 12.0), decay=DIMUON)).fits[0]
    (peak,) = fit.peaks
    assert peak.mass == pytest.approx(9.8, abs=4 * peak.mass_error)


def test_family_of_muons_is_not_looked_for_among_kaons():
    made = spectrum((9.4604, 0.08, 900))
    assert len(search(made, Question((8.0, 12.0), decay=("K+", "K-"))).peaks) == 1


def test_background_alone_is_said_to_be_no_peak():
    done = search(spectrum(), Question((4.0, 7.0), decay=DIMUON))
    assert done.peaks[0].global_significance < 3
    assert any("fluctuation" in remark for remark in done.remarks)


def test_scale_is_measured_with_a_reference():
    made = spectrum((0.998 * 3.0969, 0.035, 2000))
    scale = scale_from(made, "J/psi", Question(decay=DIMUON))
    assert scale.scale == pytest.approx(0.998, abs=4 * scale.error)
    assert scale.reference == "J/psi(1S)"


@pytest.mark.parametrize("reference", ["Z", "psi(2S)"])
def test_reference_that_is_not_there(reference):
    with pytest.raises(AnalysisError, match="scale cannot be measured"):
        scale_from(spectrum((3.0969, 0.035, 900)), reference, Question(decay=DIMUON))


def test_reference_that_is_no_particle():
    with pytest.raises(ParticleNotFound, match="gluino"):
        scale_from(spectrum((3.0969, 0.035, 900)), "gluino", Question(decay=DIMUON))


@pytest.mark.slow
def test_scan_finds_peaks_untold():
    made = spectrum((3.0969, 0.035, 900), (9.4604, 0.085, 700))
    done = search(made, Question(decay=DIMUON, scale=0.001))
    assert [peak.candidates[0].name for peak in done.peaks] == ["J/psi(1S)", "Upsilon(1S)"]
    assert all(peak.global_significance > 5 for peak in done.peaks)
    assert len(done.bumps) == 2


@pytest.mark.slow
def test_scan_of_background_finds_nothing():
    assert search(spectrum(), Question(decay=DIMUON)).peaks == ()


def test_two_unknown_neighbors_have_their_own_masses():
    random = np.random.default_rng(1)
    made = np.concatenate(
        [random.normal(20, 0.3, 3000), random.normal(22, 0.3, 2000), random.uniform(10, 40, 40_000)]
    )
    for window in (None, (15.0, 30.0)):
        done = search(Spectrum.of(made), Question(window))
        assert [peak.mass for peak in done.peaks] == [
            pytest.approx(20, abs=4 * done.peaks[0].mass_error),
            pytest.approx(22, abs=4 * done.peaks[1].mass_error),
        ]
        assert done.peaks[1].events == pytest.approx(2000, abs=4 * done.peaks[1].events_error)


def test_a_sample_that_is_one_peak_is_measured():
    # Exclusive simulation, say: nothing stands out of a background that is not there.
    values = np.random.default_rng(2).normal(5.279, 1e-4, 5000)
    done = search(Spectrum.of(values), Question())
    (peak,) = done.peaks
    assert peak.mass == pytest.approx(5.279, abs=4e-4 / np.sqrt(5000))
    assert peak.events == pytest.approx(5000, abs=4 * peak.events_error)
    assert "nearly all masses are alike" in done.remarks[0]


def test_a_peak_at_the_end_of_its_data_is_measured_whole():
    # B → KKK of simulation: what was lost stands below the mass, nothing above.
    rng = np.random.default_rng(3)
    lost = np.where(rng.random(20_000) < 0.05, rng.exponential(0.1, 20_000), 0)
    values = rng.normal(5.279, 1e-4, 20_000) - lost
    for window in (None, (5.2, 5.35)):
        (peak,) = search(Spectrum.of(values), Question(window)).peaks
        assert peak.mass == pytest.approx(5.279, abs=2e-4)
        assert peak.events == pytest.approx(19_000, rel=0.02)


def test_a_sample_that_was_cut_out_is_no_peak():
    values = np.random.default_rng(3).uniform(80, 85, 1000)
    assert search(Spectrum.of(values), Question()).peaks == ()


def test_a_reference_has_systematics_too():
    rng = np.random.default_rng(4)
    lost = np.where(rng.random(20_000) < 0.3, rng.exponential(0.05, 20_000), 0)
    made = Spectrum.of(
        np.concatenate([rng.normal(3.0969, 0.03, 20_000) - lost, rng.uniform(2.5, 4, 8000)])
    )
    scale = scale_from(made, "J/psi", Question(decay=DIMUON))
    (peak,) = search(made, Question((0.9 * 3.0969, 1.15 * 3.0969), decay=DIMUON)).peaks
    assert scale.error > 1.01 * peak.mass_error / 3.0969


def test_a_window_over_many_peaks_is_refused():
    places = (2.5, 4.0, 6.0, 9.0)
    made = spectrum(*((mass, 0.012 * mass, 900) for mass in places))
    with pytest.raises(AnalysisError, match="4 peaks stand between 2 and 15 GeV"):
        search(made, Question((2.0, 15.0), decay=("K+", "K-")))


@pytest.mark.parametrize("apart", [4, 6])
def test_neighbors_without_a_gap_are_told_apart(apart):
    rng = np.random.default_rng(2)
    second = 5 + 0.05 * apart
    made = np.concatenate(
        [rng.normal(5, 0.05, 3000), rng.normal(second, 0.05, 2000), 4 + rng.exponential(2, 20_000)]
    )
    done = search(Spectrum.of(made), Question())
    assert len(done.peaks) == 2
    for peak, mass, events in zip(done.peaks, (5, second), (3000, 2000), strict=True):
        assert peak.mass == pytest.approx(mass, abs=4 * peak.mass_error)
        assert peak.events == pytest.approx(events, abs=4 * peak.events_error)
        assert peak.width == pytest.approx(0.05, abs=4 * peak.width_error)


def test_a_resonance_broader_than_what_is_seen_is_not_taken_for_it():
    # D0 → K+K-, seen with 19 MeV: phi(3)(1850) has 87 MeV.
    rng = np.random.default_rng(2)
    made = np.concatenate([rng.normal(1.86484, 0.0186, 2500), rng.uniform(1.6, 2.1, 6000)])
    (peak,) = search(Spectrum.of(made), Question((1.6, 2.1), decay=("K+", "K-"))).peaks
    assert peak.candidates[0].name == "D0"
    assert peak.width == pytest.approx(0.0186, abs=4 * peak.width_error)
    assert peak.events == pytest.approx(2500, abs=4 * peak.events_error)


def test_a_broad_resonance_of_hadrons_has_its_width():
    rng = np.random.default_rng(3)
    rho = 0.7753 + 0.0737 * rng.standard_cauchy(20_000) + rng.normal(0, 0.01, 20_000)
    made = np.concatenate([rho, 0.28 + rng.gamma(2, 0.35, 40_000)])
    (peak,) = search(Spectrum.of(made), Question((0.4, 1.2), decay=("pi+", "pi-"))).peaks
    assert peak.width_kind == "natural"
    assert peak.width == pytest.approx(0.1474, abs=4 * peak.width_error)
    assert "rho(770)0" in [one.name for one in peak.candidates]


def test_events_without_background_count_as_they_do():
    values = np.random.default_rng(4).normal(91, 1.5, 49)
    (peak,) = search(Spectrum.of(values), Question((75.0, 107.0), signal="gaussian")).peaks
    assert peak.events == pytest.approx(49, abs=2)
    assert peak.events_error == pytest.approx(7, rel=0.1)
    assert peak.mass_error == pytest.approx(1.5 / 7, rel=0.3)
