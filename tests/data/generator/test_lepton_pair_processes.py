"""Z′ → μμ, its backgrounds, and four leptons."""

from __future__ import annotations

import awkward as ak
import numpy as np
import pytest

from hepline.data.generator.blocks import BlockRequest, generate_block
from hepline.data.generator.lepton_pair_processes import FAMILIES, Family
from hepline.data.generator.processes import process_named
from hepline.data.generator.pythia import PythiaRun
from hepline.errors import GeneratorError

_QUICK = ("PartonLevel:all = off", "HadronLevel:all = off")


def _events(name: str, events: int, era: str) -> ak.Array:
    block = generate_block(BlockRequest(name, seed=2, number=0, events=events, era=era))
    return ak.Array(dict(block.columns))


def _masses(objects: ak.Array) -> np.ndarray:
    """Of all objects of an event together."""
    px, py = objects.pt * np.cos(objects.phi), objects.pt * np.sin(objects.phi)
    pz = objects.pt * np.sinh(objects.eta)
    energy = np.sqrt(px**2 + py**2 + pz**2 + objects.mass**2)
    parts = [ak.sum(part, axis=1) for part in (energy, px, py, pz)]
    return np.sqrt(ak.to_numpy(parts[0] ** 2 - parts[1] ** 2 - parts[2] ** 2 - parts[3] ** 2))


@pytest.mark.slow
def test_z_prime_peaks_at_its_mass() -> None:
    events = _events("zprime_mumu_800", 400, "2016")
    muons = events.Muon[events.Muon.pt > 30]
    masses = _masses(muons[ak.num(muons) == 2])
    assert len(masses) > 200
    # Photons and the fall of the parton luminosity pull a percent; the muons' resolution is 4 %.
    assert np.median(masses) == pytest.approx(800.0, rel=0.03)
    assert np.mean(np.abs(masses / 800.0 - 1) < 0.12) > 0.75


@pytest.mark.slow
def test_four_leptons_come_from_a_higgs_boson() -> None:
    events = _events("ggH_4l", 400, "2012")
    leptons = ak.concatenate(
        [
            events[name][events[name].pt > 5][["pt", "eta", "phi", "mass"]]
            for name in ("Muon", "Electron")
        ],
        axis=1,
    )
    masses = _masses(leptons[ak.num(leptons) == 4])
    assert len(masses) > 60
    assert np.median(masses) == pytest.approx(125.0, abs=1.5)


@pytest.mark.slow
def test_flavours_of_four_leptons_are_one_to_one_to_two() -> None:
    events = _events("qqZZ_4l", 600, "2012")
    particles = events.GenPart
    hard = (particles.statusFlags & (1 << 7) > 0) & (abs(particles.pdgId) == 13)
    muons = ak.sum(hard, axis=1)
    counts = np.array([ak.sum(muons == number) for number in (0, 2, 4)])
    assert counts.sum() == len(events)
    expected = np.array([0.25, 0.5, 0.25])
    error = np.sqrt(expected * (1 - expected) / len(events))
    assert np.all(np.abs(counts / len(events) - expected) < 4 * error)


@pytest.mark.slow
def test_slices_of_mass_add_up() -> None:
    def cross_section(name: str) -> tuple[float, float]:
        part = process_named(name).parts[0]
        quick = type(part)((*part.settings, *_QUICK))
        run = PythiaRun(quick, seed=4)
        for _ in run.batches(10_000, batch=10_000):
            pass
        return run.cross_section().value, run.cross_section().error

    slices = [cross_section(f"drellyan_mumu_{name}") for name in ("190_300", "300_600", "600")]
    whole, error = cross_section("drellyan_mumu_190")
    total = sum(value for value, _ in slices)
    spread = np.sqrt(error**2 + sum(error**2 for _, error in slices))
    assert total == pytest.approx(whole, abs=4 * spread)


def test_names_hold_numbers() -> None:
    assert "32:m0 = 750" in process_named("zprime_mumu_750").parts[0].settings
    settings = process_named("drellyan_mumu_120_200").parts[0].settings
    assert {"PhaseSpace:mHatMin = 120", "PhaseSpace:mHatMax = 200"} <= set(settings)
    assert not any(
        "mHatMax" in line for line in process_named("drellyan_mumu_600").parts[0].settings
    )


@pytest.mark.parametrize("name", ["zprime_mumu_", "zprime_mumu_abc", "drellyan_mumu_300_200"])
def test_names_that_are_of_no_family_are_refused(name: str) -> None:
    with pytest.raises(GeneratorError):
        process_named(name)


@pytest.mark.parametrize("family", FAMILIES, ids=lambda family: family.pattern)
def test_families_have_an_example(family: Family) -> None:
    assert process_named(family.example).name == family.example
