"""Data-like mixtures: Poisson numbers, no truth, primary datasets that overlap."""

from __future__ import annotations

from dataclasses import replace

import awkward as ak
import numpy as np
import pytest
from scipy import stats

from hepline.data.generator.blocks import Block, generate_block
from hepline.data.generator.data_taking import DataTaking
from hepline.data.generator.mixture import (
    Component,
    MixtureRequest,
    as_recorded,
    check_mixture,
    recorded_columns,
)
from hepline.errors import GeneratorError

_TAKING = DataTaking({"1": [[1, 20]]}, {"1": [[1, 19]]}, 1000.0)
_SINGLE, _DOUBLE = "HLT_IsoMu24", "HLT_Mu17_TrkIsoVVL_Mu8_TrkIsoVVL"
_COMPONENTS = (
    Component("DY", "drellyan_mumu_190_300", 0.12),
    Component("Z'", "zprime_mumu_500", 0.02, strength=1.5),
)


@pytest.fixture
def request_() -> MixtureRequest:
    datasets = (("SingleMuon", (_SINGLE, "HLT_Mu50")), ("DoubleMuon", (_DOUBLE,)))
    return MixtureRequest("data", _COMPONENTS, _TAKING, 7, "2016", datasets)


def test_expectation_is_cross_section_times_luminosity(request_: MixtureRequest) -> None:
    total = _TAKING.total
    assert total == pytest.approx(1000.0 * 20 / 19, rel=0.01)
    assert request_.expected == {
        "DY": pytest.approx(0.12 * total),
        "Z'": pytest.approx(0.03 * total),
    }


def test_events_that_stand_for_many_are_expected_less_often() -> None:
    component = Component("TT", "ttbar_mumu", 831.76)
    # PDG 2024: B(W → μν) = 10.63 %; of those pairs about one in six is heavier than 180 GeV.
    expected = component.expected(1.0) / (831.76 * 0.1063**2)
    assert 0.1 < expected < 0.25


def test_numbers_are_poisson(request_: MixtureRequest) -> None:
    numbers = np.array([replace(request_, seed=seed).numbers["DY"] for seed in range(400)])
    mean = request_.expected["DY"]
    assert numbers.mean() == pytest.approx(mean, abs=4 * np.sqrt(mean / 400))
    chi2 = np.sum((numbers - mean) ** 2) / mean
    assert 1e-3 < stats.chi2.cdf(chi2, 400) < 1 - 1e-3


def test_numbers_of_components_are_independent(request_: MixtureRequest) -> None:
    both = [list(replace(request_, seed=seed).numbers.values()) for seed in range(300)]
    assert abs(np.corrcoef(np.array(both).T)[0, 1]) < 4 / np.sqrt(300)


def test_seeds_differ_between_components_and_from_samples(request_: MixtureRequest) -> None:
    seeds = {block.seed for block in request_.job.blocks}
    assert len(seeds) == 2
    assert all(seed > 1 << 40 for seed in seeds)
    assert all(block.recorded for block in request_.job.blocks)


@pytest.fixture(scope="module")
def blocks() -> list[Block]:
    small = MixtureRequest("data", _COMPONENTS, _TAKING, 7, "2016")
    return [generate_block(block) for block in small.job.blocks]


@pytest.mark.slow
def test_data_know_nothing_of_the_generator(blocks: list[Block]) -> None:
    columns = recorded_columns(blocks[0].columns)
    names = {f"{name}_{field}" for name in columns for field in ak.fields(columns[name])} | set(
        columns
    )
    assert not [name for name in names if "gen" in name.lower() or "flavour" in name.lower()]
    assert not [name for name in names if name.startswith(("LHE", "Pileup"))]
    assert {"Muon_pt", "MET_pt", "PV_npvs", "run", _SINGLE} <= names


@pytest.mark.slow
def test_event_is_in_every_dataset_whose_trigger_fired(
    request_: MixtureRequest, blocks: list[Block]
) -> None:
    recorded = {name: columns for name, columns, _ in as_recorded(request_, blocks)}
    single, double = recorded["SingleMuon"], recorded["DoubleMuon"]
    assert np.all(single[_SINGLE] | single["HLT_Mu50"])
    assert np.all(double[_DOUBLE])
    numbers = [set(np.asarray(columns["event"]).tolist()) for columns in (single, double)]
    shared = numbers[0] & numbers[1]
    assert 0 < len(shared) < len(numbers[0])
    # The overlap, from either side: events of one dataset that fired the other's trigger.
    assert len(shared) == np.count_nonzero(single[_DOUBLE])
    assert len(shared) == np.count_nonzero(double[_SINGLE] | double["HLT_Mu50"])


@pytest.mark.slow
def test_components_are_shuffled(blocks: list[Block]) -> None:
    request = MixtureRequest("data", _COMPONENTS, _TAKING, 7, "2016")
    ((_, columns, stamps),) = as_recorded(request, blocks)
    before = np.concatenate([np.asarray(block.columns["MET_pt"]) for block in blocks])
    after = np.asarray(columns["MET_pt"])
    assert sorted(before) == sorted(after)
    assert list(before) != list(after)
    assert len(stamps.run) == len(after)
    assert np.all(np.diff(stamps.section) >= 0)


@pytest.mark.parametrize(
    ("change", "what"),
    [
        ({"datasets": (("SingleMuon", ("HLT_IsoMu25",)),)}, "HLT_IsoMu25"),
        ({"components": (Component("x", "ggH_mutau", 1.0),)}, "ggH_mutau"),
        ({"components": (Component("x", "zprime_mumu_500", 0.0),)}, "holds no events"),
        ({"taking": DataTaking({"1": [[1, 2]]}, {"1": [[5, 6]]}, 1.0)}, "is certified"),
        ({"compression": "zip"}, "zip"),
    ],
)
def test_requests_that_cannot_be_fulfilled_are_refused(
    request_: MixtureRequest, change: dict[str, object], what: str
) -> None:
    with pytest.raises(GeneratorError, match=what):
        check_mixture(replace(request_, **change))  # type: ignore[arg-type]
