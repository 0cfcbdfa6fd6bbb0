"""H → ττ with a muon and a hadronic tau, and what looks like it."""

from __future__ import annotations

import json
import re
from pathlib import Path

import awkward as ak
import numpy as np
import pytest
from scipy import stats

from hepline.data.generator import tau_processes
from hepline.data.generator.blocks import BlockRequest, generate_block
from hepline.data.generator.processes import process_named
from hepline.data.generator.pythia import PythiaRun, import_pythia
from hepline.data.generator.tau_processes import TAU_PROCESSES

_RECORDS = Path(__file__).parents[3] / "../shared/data/cod_records"
_MUTAU = [process.name for process in TAU_PROCESSES if process.name.endswith("_mutau")]


def _events(name: str, events: int) -> ak.Array:
    block = generate_block(BlockRequest(name, seed=2, number=0, events=events, era="2012"))
    return ak.Array(dict(block.columns))


@pytest.fixture(scope="module")
def higgs() -> ak.Array:
    return _events("ggH_mutau", 400)


@pytest.fixture(scope="module")
def drell_yan() -> ak.Array:
    return _events("drellyan_mutau", 2000)


def _hard(events: ak.Array, code: int) -> ak.Array:
    particles = events.GenPart
    return particles[(abs(particles.pdgId) == code) & (particles.statusFlags & (1 << 7) > 0)]


@pytest.mark.slow
def test_higgs_bosons_have_their_mass(higgs: ak.Array) -> None:
    mass = ak.to_numpy(ak.flatten(_hard(higgs, 25).mass))
    # Γ(H) is 4 MeV, PDG 2024: invisible here.
    np.testing.assert_allclose(mass, 125.0, atol=0.2)


@pytest.mark.slow
def test_taus_decay_to_a_muon_and_to_hadrons(higgs: ak.Array) -> None:
    taus = higgs.Tau[ak.num(higgs.Tau) > 0]
    muons = higgs.Muon[ak.num(higgs.Tau) > 0]
    pairs = ak.num(muons) > 0
    opposite = muons.charge[pairs][:, 0] != taus.charge[pairs][:, 0]
    assert ak.mean(opposite) > 0.97
    assert ak.mean(ak.any(abs(higgs.GenPart.pdgId) == 13, axis=1)) == 1.0


@pytest.mark.slow
def test_drell_yan_is_split_by_truth(drell_yan: ak.Array) -> None:
    to_taus = ak.num(_hard(drell_yan, 15)) > 0
    to_muons = ak.num(_hard(drell_yan, 13)) > 0
    assert not ak.any(to_taus & to_muons)
    assert ak.all(to_taus | to_muons)
    assert 0.03 < ak.mean(to_muons) < 0.2
    z = ak.to_numpy(ak.flatten(_hard(drell_yan[to_taus], 23).mass))
    # PDG Review 2024; the median lies a little below, for the photon's sake.
    assert np.median(z) == pytest.approx(91.188, abs=0.4)
    fakes = drell_yan.Tau[to_muons]
    assert ak.mean(ak.flatten(fakes.genPartIdx) == -1) > 0.98


@pytest.mark.slow
def test_branching_fractions_are_near_those_of_the_pdg() -> None:
    tau = import_pythia().Pythia("", False).particleData.findParticle(15)
    channels = [tau.channel(index) for index in range(tau.sizeChannels())]

    def share(code: int) -> float:
        return float(
            sum(
                channel.bRatio()
                for channel in channels
                if code in [channel.product(i) for i in range(channel.multiplicity())]
            )
        )

    used = [tau_processes.TO_MUON, tau_processes.TO_HADRONS]
    assert used == pytest.approx([share(13), 1 - share(13) - share(11)], abs=2e-4)
    # PDG 2024.
    assert used == pytest.approx([0.1739, 0.6479], rel=0.01)


def _cross_section(name: str, part: int, events: int) -> tuple[float, float]:
    run = PythiaRun(process_named(name).parts[part], seed=6, energy=8.0)
    # Pythia counts attempts, of which a handful of batches without a shower would be enough; the
    # whole event is cheap at this size.
    for _ in run.batches(events, batch=events):
        pass
    return run.cross_section().value, run.cross_section().error


@pytest.mark.slow
def test_one_tau_pair_stands_for_as_many_as_the_table_says() -> None:
    inclusive, error = _cross_section("ggH_tautau", 0, 1500)
    kept, kept_error = _cross_section("ggH_mutau", 0, 1500)
    # PDG 2024, twice: either tau may be the one that decays to a muon.
    ratio = inclusive / (2 * 0.1739 * 0.6479 * kept)
    spread = ratio * np.hypot(error / inclusive, kept_error / kept)
    table = process_named("ggH_mutau").inclusive_ratio
    assert table == pytest.approx(ratio, abs=4 * spread + 0.02 * ratio)


@pytest.mark.slow
def test_multijets_have_a_muon_and_a_tau_that_are_not_prompt() -> None:
    events = _events("multijet_mutau", 600)
    pairs = events[(ak.num(events.Muon.pt[events.Muon.pt > 10]) > 0) & (ak.num(events.Tau) > 0)]
    assert len(pairs) > 60
    assert ak.all(ak.flatten(pairs.Tau.genPartIdx) == -1)
    opposite = int(ak.sum(pairs.Muon.charge[:, 0] * pairs.Tau.charge[:, 0] < 0))
    assert stats.binomtest(opposite, len(pairs), 1.06 / 2.06).pvalue > 1e-3


@pytest.mark.parametrize("name", _MUTAU)
def test_shares_and_energy_are_complete(name: str) -> None:
    process = process_named(name)
    assert process.energy == 8.0
    assert process.cross_section_pb is not None
    assert sum(part.share for part in process.parts) == pytest.approx(1.0)


def _described_columns(records: list[dict[str, object]]) -> set[str]:
    """Names in the portal's description; ``Tau_idIso[Loose,Tight]`` stands for two."""
    columns: set[str] = set()
    for record in records:
        for entry in record.get("dataset_semantics", []):  # type: ignore[attr-defined]
            match = re.fullmatch(r"(\w+)\[([\w,]+)\]", entry["variable"])
            names = match[2].split(",") if match else [""]
            columns |= {(match[1] if match else entry["variable"]) + name for name in names}
    return columns


@pytest.mark.slow
@pytest.mark.parametrize("analysis", ["higgstautau", "higgsfourleptons"])
def test_every_column_of_the_outreach_files_is_there(higgs: ak.Array, analysis: str) -> None:
    path = _RECORDS / f"cms-derived-nanoaod-outreach-{analysis}.json"
    if not path.is_file():
        pytest.skip("needs ../shared/data/cod_records")
    ours = {
        f"{name}_{field}" if field else name
        for name in higgs.fields
        for field in (higgs[name].fields or [""])
    }
    ours |= {f"n{name}" for name in higgs.fields if higgs[name].fields}
    described = _described_columns(json.loads(path.read_text()))
    assert len(described) > 30
    assert described <= ours
