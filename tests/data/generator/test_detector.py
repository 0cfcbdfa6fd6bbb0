"""What the detector makes of generated events: peaks, resolutions, efficiencies."""

from __future__ import annotations

import awkward as ak
import numpy as np
import pytest

from hepline.data.generator.electrons import electron_resolution
from hepline.data.generator.jet_response import jet_resolution
from hepline.data.generator.muons import muon_resolution
from hepline.data.generator.tagging import tagging_efficiency

pytestmark = pytest.mark.slow

# PDG Review 2024, GeV.
_W_MASS, _Z_MASS, _JPSI_MASS, _UPSILON_MASSES = 80.37, 91.188, 3.0969, (9.4604, 10.0234, 10.3551)


def _masses(events: ak.Array, code: int) -> np.ndarray:
    # isLastCopy is bit 13.
    particles = events.GenPart[(abs(events.GenPart.pdgId) == code)]
    return ak.to_numpy(ak.flatten(particles.mass[particles.statusFlags & (1 << 13) > 0]))


def _dimuon_masses(events: ak.Array) -> np.ndarray:
    muons = events.Muon[ak.num(events.Muon) == 2]
    one, two = muons[:, 0], muons[:, 1]
    opposite = one.charge != two.charge
    angle = np.cosh(one.eta - two.eta) - np.cos(one.phi - two.phi)
    return ak.to_numpy(np.sqrt(2 * one.pt * two.pt * angle)[opposite])


def _ratio_to_truth(events: ak.Array, name: str) -> tuple[ak.Array, ak.Array]:
    reconstructed = events[name]
    return ak.flatten(reconstructed), ak.flatten(events.GenPart[reconstructed.genPartIdx])


def _assert_unit_width(pull: np.ndarray) -> None:
    """Width of the central part, so that nothing but the core of the Gaussian matters."""
    low, high = np.percentile(pull, [15.865, 84.135])
    assert (high - low) / 2 == pytest.approx(1.0, abs=5 / np.sqrt(len(pull)))
    assert np.median(pull) == pytest.approx(0.0, abs=5 * 1.2533 / np.sqrt(len(pull)))


def test_every_event_has_two_tops_and_two_w(ttbar: ak.Array) -> None:
    assert len(_masses(ttbar, 6)) == len(_masses(ttbar, 24)) == 2 * len(ttbar)


def test_top_and_w_have_their_masses(ttbar: ak.Array) -> None:
    assert np.median(_masses(ttbar, 6)) == pytest.approx(172.5, abs=0.2)
    assert np.median(_masses(ttbar, 24)) == pytest.approx(_W_MASS, abs=0.25)


def test_half_of_the_mass_peak_lies_within_half_the_width(ttbar: ak.Array) -> None:
    # Quantiles of a Breit–Wigner: half of it within ±Γ/2; Γ(W) = 2.085 GeV, PDG 2024.
    away = np.abs(_masses(ttbar, 24) - _W_MASS)
    assert np.mean(away < 2.085 / 2) == pytest.approx(0.5, abs=4 * 0.5 / np.sqrt(len(away)))


def test_w_decays_to_muons_as_often_as_measured(ttbar: ak.Array) -> None:
    hard = ttbar.GenPart[ttbar.GenPart.statusFlags & (1 << 7) > 0]
    muons = ak.sum(abs(hard.pdgId) == 13)
    decays = 2 * len(ttbar)
    # PDG 2024: B(W → μν) = 10.6 %; Pythia has 10.8 %.
    assert muons / decays == pytest.approx(0.107, abs=4 * np.sqrt(0.107 * 0.893 / decays))


@pytest.mark.parametrize(
    ("low", "high", "expected", "tolerance"),
    [(80, 100, _Z_MASS, 0.6), (2.9, 3.3, _JPSI_MASS, 0.02), (9.2, 9.72, _UPSILON_MASSES[0], 0.04)],
)
def test_dimuon_peaks_are_where_the_particles_are(
    dimuon: ak.Array, low: float, high: float, expected: float, tolerance: float
) -> None:
    masses = _dimuon_masses(dimuon)
    peak = masses[(masses > low) & (masses < high)]
    assert len(peak) > 20
    assert np.median(peak) == pytest.approx(expected, abs=tolerance)


@pytest.mark.parametrize(
    ("code", "mass"), list(zip((553, 100553, 200553), _UPSILON_MASSES, strict=True))
)
def test_all_three_upsilons_are_generated(dimuon: ak.Array, code: int, mass: float) -> None:
    found = _masses(dimuon, code)
    assert len(found) > 0
    assert np.median(found) == pytest.approx(mass, abs=0.001)


def test_muon_momenta_scatter_as_configured(ttbar: ak.Array, dimuon: ak.Array) -> None:
    pulls = []
    for events in (ttbar, dimuon):
        seen, true = _ratio_to_truth(events, "Muon")
        hard = true.pt > 5
        width = muon_resolution(ak.to_numpy(true.pt), ak.to_numpy(true.eta))
        pulls.append(ak.to_numpy((seen.pt / true.pt - 1) / width)[hard])
    _assert_unit_width(np.concatenate(pulls))


def test_electron_energies_scatter_as_configured(ttbar: ak.Array) -> None:
    seen, true = _ratio_to_truth(ttbar, "Electron")
    hard = true.pt > 10
    energy = ak.to_numpy(true.pt * np.cosh(true.eta))
    width = electron_resolution(energy, ak.to_numpy(true.eta))
    _assert_unit_width(ak.to_numpy((seen.pt / true.pt - 1) / width)[hard])


def test_jet_momenta_scatter_as_configured(ttbar: ak.Array) -> None:
    seen = ak.flatten(ttbar.Jet)
    true = ak.flatten(ttbar.GenJet[ttbar.Jet.genJetIdx])
    # Leptons in the jet are measured better; near the threshold only upward scatter survives.
    which = (true.pt > 50) & (seen.muEF + seen.chEmEF == 0)
    width = jet_resolution(ak.to_numpy(true.pt), ak.to_numpy(true.eta))
    _assert_unit_width(ak.to_numpy((seen.pt / true.pt - 1) / width)[which])


@pytest.mark.parametrize("flavour", [0, 4, 5])
def test_jets_are_tagged_as_their_flavour_tells(ttbar: ak.Array, flavour: int) -> None:
    jets = ak.flatten(ttbar.Jet)
    jets = jets[(jets.hadronFlavour == flavour) & (abs(jets.eta) < 2.3)]
    expected = tagging_efficiency(flavour, 0.5)
    error = np.sqrt(expected * (1 - expected) / len(jets))
    assert ak.mean(jets.btagCSVV2 > 0.5) == pytest.approx(expected, abs=4 * error)


def test_prompt_muons_pass_the_cuts_of_the_ttbar_analysis(ttbar: ak.Array) -> None:
    seen, true = _ratio_to_truth(ttbar, "Muon")
    prompt = seen[(true.statusFlags & 1 > 0) & (true.pt > 30)]
    # CMS, JINST 13 (2018) P06015: tight identification 96 %, relative isolation 95 %.
    assert ak.mean(prompt.tightId) == pytest.approx(0.965, abs=0.05)
    assert ak.mean(prompt.pfRelIso04_all < 0.15) == pytest.approx(0.93, abs=0.07)
    assert ak.mean(prompt.sip3d < 4) > 0.97


def test_muons_of_b_hadrons_are_displaced_and_not_isolated(ttbar: ak.Array) -> None:
    seen, true = _ratio_to_truth(ttbar, "Muon")
    secondary = seen[(true.statusFlags & 1 == 0) & (true.pt > 5)]
    assert ak.mean(secondary.sip3d > 4) > 0.5
    assert ak.mean(secondary.pfRelIso04_all > 0.15) > 0.9


def test_jets_made_of_a_lepton_are_vetoed(ttbar: ak.Array) -> None:
    hard = ttbar.Muon[(ttbar.Muon.pt > 30) & (ttbar.Muon.pfRelIso04_all < 0.05)]
    hard = hard[hard.jetIdx >= 0]
    jets = ak.flatten(ttbar.Jet[hard.jetIdx])
    assert len(jets) > 30
    assert ak.mean(jets.jetId == 6) < 0.1
    others = ak.flatten(ttbar.Jet[ttbar.Jet.muEF + ttbar.Jet.chEmEF < 0.2])
    assert ak.mean(others.jetId == 6) > 0.9


def test_a_lepton_lies_in_the_jet_it_points_to(ttbar: ak.Array) -> None:
    muons = ttbar.Muon[ttbar.Muon.jetIdx >= 0]
    jets = ttbar.Jet[muons.jetIdx]
    turn = abs(muons.phi - jets.phi)
    turn = ak.where(turn > np.pi, 2 * np.pi - turn, turn)
    apart = ak.flatten(np.hypot(muons.eta - jets.eta, turn))
    assert ak.mean(apart < 0.45) > 0.95


def test_missing_momentum_follows_the_neutrinos(ttbar: ak.Array) -> None:
    lost = ttbar[ttbar.GenMET_pt > 80]
    angle = np.cos(lost.MET_phi - lost.GenMET_phi)
    assert ak.mean(angle) > 0.8
    x = ttbar.MET_pt * np.cos(ttbar.MET_phi) - ttbar.GenMET_pt * np.cos(ttbar.GenMET_phi)
    # CMS, JINST 14 (2019) P07004: about 20 to 30 GeV in events with several jets.
    assert 15 < np.std(x) < 35


def test_trigger_follows_its_muon(ttbar: ak.Array) -> None:
    muons = ttbar.Muon[ttbar.Muon.tightId & (ttbar.Muon.pfRelIso04_all < 0.15)]
    assert not ak.any(ttbar.HLT_IsoMu24[ak.all(muons.pt < 20, axis=1)])
    fired = ttbar.HLT_IsoMu24[ak.any(muons.pt > 30, axis=1)]
    assert ak.mean(fired) == pytest.approx(0.9, abs=0.12)
    assert ak.all(ttbar.HLT_IsoMu24 | ~ttbar.HLT_IsoMu24_eta2p1)


@pytest.mark.parametrize("name", ["Muon", "Electron", "Photon", "Tau", "Jet", "GenJet"])
def test_collections_are_sorted_by_pt(ttbar: ak.Array, name: str) -> None:
    pt = ttbar[name].pt
    assert ak.all(pt[:, :-1] >= pt[:, 1:])


def test_hadronic_taus_are_seen_near_generated_ones(ttbar: ak.Array) -> None:
    taus = ttbar.Tau
    assert ak.count(taus.pt) > 5
    true = ak.flatten(ttbar.GenPart[taus.genPartIdx])
    assert ak.all(abs(true.pdgId) == 15)
    assert ak.all(ak.flatten(taus.charge) == -np.sign(true.pdgId))


def test_dimuon_mixture_is_mixed(dimuon: ak.Array) -> None:
    z = ak.any(dimuon.GenPart.pdgId == 23, axis=1)
    assert ak.mean(z) == pytest.approx(0.5, abs=0.01)
    assert ak.mean(z[:500]) == pytest.approx(0.5, abs=0.1)
