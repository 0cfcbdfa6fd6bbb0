"""Resonances are found untold, and smooth spectra hold none."""

from pathlib import Path

import awkward as ak
import numpy as np
import pytest
from scipy.stats import binom

from hepline.errors import AnalysisError
from hepline.spectra.bumps import find_bumps
from hepline.spectra.spectrum import Spectrum

SHARED = Path(__file__).parents[3] / "shared" / "data"
REAL = SHARED / "agc" / "open-data-example.root"
SIZE = 37_183  # pairs of opposite charge in REAL


def smooth(kind, rng, size):
    return {
        "flat": lambda: rng.uniform(0.2, 100, size),
        "exponential": lambda: 0.2 + rng.exponential(10, size),
        "power": lambda: 0.2 * (1 - rng.random(size)) ** (-1 / 1.5),
        "window": lambda: rng.uniform(60, 120, size),
    }[kind]()


def dimuons():
    uproot = pytest.importorskip("uproot")
    if not REAL.exists():
        pytest.skip(f"needs {REAL}")
    names = ["Muon_pt", "Muon_eta", "Muon_phi", "Muon_mass", "Muon_charge"]
    muons = uproot.open(REAL)["Events"].arrays(names)
    muons = muons[ak.num(muons.Muon_pt) == 2]
    pt, eta, phi, mass, charge = (ak.to_numpy(muons[name]).astype(float).T for name in names)
    momentum = np.array([pt * np.cos(phi), pt * np.sin(phi), pt * np.sinh(eta)])
    energy = np.sqrt((momentum**2).sum(axis=0) + mass**2).sum(axis=0)
    pairs = np.sqrt(energy**2 - (momentum.sum(axis=1) ** 2).sum(axis=0))
    return pairs[charge[0] != charge[1]], pairs[charge[0] == charge[1]]


@pytest.fixture(scope="module")
def real():
    opposite, same = dimuons()
    return find_bumps(Spectrum.of(opposite)), find_bumps(Spectrum.of(same))


def test_resonances_of_real_dimuons_are_found_untold(real):
    # ω and ρ, φ, J/ψ, ψ(2S), Υ(1S), Υ(2S) with Υ(3S) as its shoulder, Z: masses of the PDG.
    masses = [0.78, 1.0195, 3.0969, 3.6861, 9.4604, 10.15, 91.188]
    found, _ = real
    assert len(found) == len(masses)
    np.testing.assert_allclose([bump.center for bump in found], masses, rtol=0.012)
    assert all(bump.global_significance > 3 for bump in found)
    assert all(bump.local_significance >= bump.global_significance for bump in found)


def test_yields_of_real_dimuons_agree_with_the_reference(real):
    # labs.md: sideband subtraction within ±5 standard deviations for the J/ψ, 80–102 GeV for the Z.
    by_mass = {round(bump.center): bump for bump in real[0]}
    assert by_mass[3].events == pytest.approx(3098, rel=0.06)
    assert by_mass[91].events == pytest.approx(6218, rel=0.06)
    assert by_mass[3].width == pytest.approx(0.034, rel=0.35)


def test_pairs_of_same_charge_hold_no_resonance(real):
    assert real[1] == ()


def test_windows_hold_no_strangers(real):
    for bump in real[0]:
        assert bump.low < bump.center - 3 * bump.width
        assert bump.center + 3 * bump.width < bump.high
        inside = {one.center for one in real[0] if bump.low < one.center < bump.high}
        assert inside == {bump.center, *bump.neighbors}
    upsilons = [bump for bump in real[0] if 9 < bump.center < 11]
    assert upsilons[0].neighbors == (upsilons[1].center,)
    assert (upsilons[0].low, upsilons[0].high) == (upsilons[1].low, upsilons[1].high)


def test_three_upsilons_are_told_apart_where_there_are_enough():
    rng = np.random.default_rng(7)
    masses = [(9.4604, 20_000), (10.0233, 9_000), (10.3551, 7_000)]
    peaks = [mass * (1 + 0.0085 * rng.normal(size=size)) for mass, size in masses]
    found = find_bumps(Spectrum.of(np.concatenate([rng.uniform(5, 20, 200_000), *peaks])))
    np.testing.assert_allclose([bump.center for bump in found], [m for m, _ in masses], rtol=0.004)
    assert all(len(bump.neighbors) == 2 for bump in found)


def test_peaks_without_a_gap_share_a_window_that_holds_them():
    # Resolutions of a quarter of the distances: the third peak is a shoulder of the second.
    rng = np.random.default_rng(1)
    masses = [(9.4604, 300_000), (10.0233, 100_000), (10.3551, 70_000)]
    peaks = [mass * (1 + 0.013 * rng.normal(size=size)) for mass, size in masses]
    # Millions of entries elsewhere make the search look at thinned samples first.
    under = 1 / (1 / 200 + (1 / 0.3 - 1 / 200) * rng.random(8_000_000))
    found = find_bumps(Spectrum.of(np.concatenate([under, *peaks])))
    assert found
    for bump in found:
        assert bump.low < 9.4604 * (1 - 5 * 0.013)
        assert bump.high > 10.3551 * (1 + 5 * 0.013)


def test_a_radiative_tail_is_no_bump_of_its_own():
    rng = np.random.default_rng(8)
    peak = 3.0969 * (1 + 0.011 * rng.normal(size=50_000))
    peak[:7_000] *= 1 - 0.001 * 100 ** rng.random(7_000)
    found = find_bumps(Spectrum.of(np.concatenate([peak, rng.uniform(1, 9, 100_000)])))
    assert len(found) == 1
    assert found[0].center == pytest.approx(3.0969, rel=0.003)


@pytest.mark.parametrize("edge", ["step up", "step down", "knee"])
def test_a_threshold_is_no_bump(edge):
    rng = np.random.default_rng(9)
    base = np.exp(rng.uniform(np.log(2), np.log(50), 100_000))
    above = np.exp(rng.uniform(np.log(10), np.log(50), 100_000))
    below = np.exp(rng.uniform(np.log(2), np.log(10), 100_000))
    knee = 10 * np.exp(np.sqrt(rng.random(100_000)) * np.log(5))
    extra = {"step up": above, "step down": below, "knee": knee}[edge]
    assert find_bumps(Spectrum.of(np.concatenate([base, extra]))) == ()


def test_an_injected_peak_is_found_with_about_its_yield():
    rng = np.random.default_rng(10)
    events, width = [], 0.01
    for _ in range(5):
        background = 4 + rng.exponential(10, 15_000)
        peak = 8 * (1 + width * rng.normal(size=400))
        (found,) = find_bumps(Spectrum.of(np.concatenate([background, peak])))
        assert found.center == pytest.approx(8, rel=width / 2)
        events.append(found.events)
    # The largest of many excesses is more likely an upward fluctuation: the fit is to tell.
    assert np.mean(events) == pytest.approx(400, rel=0.3)


def test_counts_are_searched_as_values_are():
    rng = np.random.default_rng(11)
    values = np.concatenate([rng.uniform(60, 120, 5000), rng.normal(91, 2.5, 5000)])
    counts, edges = np.histogram(values, np.linspace(60, 120, 121))
    (one,) = find_bumps(Spectrum.of(values))
    (other,) = find_bumps(Spectrum.binned(counts, edges))
    assert other.center == pytest.approx(one.center, rel=0.01)
    assert other.events == pytest.approx(one.events, rel=0.1)


@pytest.mark.parametrize("values", [[], [3.1], [3.1] * 100, [-1.0, 0.0], [0.5, 3.0, 90.0]])
def test_hardly_any_entries_hold_no_bump(values):
    assert find_bumps(Spectrum.of(values)) == ()


@pytest.mark.parametrize("widths", [(), (0.0,), (0.01, 0.3)])
def test_widths_that_make_no_sense_are_refused(widths):
    with pytest.raises(AnalysisError, match="relative widths"):
        find_bumps(Spectrum.of([1.0, 2.0]), widths=widths)


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["flat", "exponential", "power", "window"])
def test_smooth_spectra_hardly_ever_hold_a_bump(kind):
    # Toys by the thousand are too slow here: 25 bound how often excesses of more than one standard
    # deviation come, which a global significance promises as much as those of more than three.
    rng = np.random.default_rng([12, len(kind)])
    toys = [find_bumps(Spectrum.of(smooth(kind, rng, SIZE)), minimum=1.0) for _ in range(25)]
    largest = np.array([max((b.global_significance for b in toy), default=0.0) for toy in toys])
    assert np.sum(largest > 3) <= binom.ppf(0.999, len(toys), 0.005)
    assert np.sum(largest > 1) <= binom.ppf(0.999, len(toys), 0.1587)


def test_strong_peaks_of_a_large_sample_are_found_at_their_place():
    # With millions of entries a smooth density can bend into a peak: the excess was then largest
    # on the shoulders, and the Z was taken for an edge.
    rng = np.random.default_rng(5)
    parts = [
        0.3 * (1 - rng.random(1_200_000)) ** (-1 / 1.2),
        rng.normal(3.0969, 0.035, 500_000),
        rng.normal(9.4604, 0.09, 80_000),
        rng.normal(91.19, 2.5, 300_000),
    ]
    masses = np.concatenate(parts)
    found = find_bumps(Spectrum.of(masses[masses < 200]))
    assert [bump.center for bump in found] == [
        pytest.approx(3.0969, rel=0.006),
        pytest.approx(9.4604, rel=0.006),
        pytest.approx(91.19, rel=0.01),
    ]
    assert all(bump.low < bump.center - bump.width for bump in found)
