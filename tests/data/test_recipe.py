"""Recipes: what stands where in the list of files, and the recipes of the analyses."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from hepline.data import recipe as module
from hepline.data.generate import MixtureRequest, Produced, SampleRequest
from hepline.data.generator.mixture import check_mixture
from hepline.data.generator.mixture_file import GeneratedMixture, RecordedFile
from hepline.data.generator.sample import check_process
from hepline.data.generator.sample_record import GeneratedFile
from hepline.data.recipe import generate_recipe
from hepline.errors import GeneratorError

_ANALYSES = Path(__file__).parents[2] / "analyses"
_Z = {"process": "zprime_mumu_500", "events": 10, "seed": 1, "cross_section": 2}


@pytest.fixture
def requested(monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """What would be generated; nothing is."""
    seen: dict[str, Any] = {}

    def produce(
        samples: list[SampleRequest], mixtures: list[MixtureRequest], *, folder: Path, **_: Any
    ) -> Produced:
        seen.update(samples=samples, mixtures=mixtures)
        files = tuple(
            GeneratedFile(str(folder / s.file_name), s.process, 5, s.seed, 20, 1.0, "", 0.0)
            for s in samples
        )
        mixed = tuple(
            GeneratedMixture(
                m.name,
                tuple(
                    RecordedFile(name, f"{m.name}-{name}.root", 5, 4, "")
                    for name, _ in m.datasets or (("", ()),)
                ),
                *(1.0, 1.0, "", "", "", 0.0),
            )
            for m in mixtures
        )
        return Produced(files, mixed)

    monkeypatch.setattr(module, "produce", produce)
    return seen


def _made(content: object, folder: Path) -> Any:
    path = folder / "recipe.json"
    path.write_text(json.dumps(content))
    return json.loads(generate_recipe(path, folder / "out").read_text())


def test_cross_section_is_passed_on(requested: dict[str, Any], tmp_path: Path) -> None:
    listed = _made({"Z": {"nominal": {**_Z, "era": "2016"}}}, tmp_path)
    file = {"path": "zprime_mumu_500-2016-10-1.root", "nevts": 20}
    assert listed == {"Z": {"nominal": {"files": [file], "cross_section": 2}}}


def test_eras_stand_at_the_top(requested: dict[str, Any], tmp_path: Path) -> None:
    listed = _made({era: {"Z": {"nominal": _Z}} for era in ("2016", "2017")}, tmp_path)
    assert [request.era for request in requested["samples"]] == ["2016", "2017"]
    assert list(listed) == ["2016", "2017"]


def _data(**more: Any) -> dict[str, Any]:
    return {"mixture": {"Z": 2}, "luminosity": 9, "runs": {"7": [[1, 9]]}, "seed": 4, **more}


def test_mixture_takes_samples_of_its_own_era(requested: dict[str, Any], tmp_path: Path) -> None:
    eras = {
        era: {"Z": {"nominal": {**_Z, "cross_section": value}}, "data": {"nominal": _data()}}
        for era, value in (("2016", 1.0), ("2017", 3.0))
    }
    _made(eras, tmp_path)
    components = [mixture.components[0] for mixture in requested["mixtures"]]
    assert [component.cross_section for component in components] == [1.0, 3.0]
    assert [component.strength for component in components] == [2.0, 2.0]
    assert [mixture.name for mixture in requested["mixtures"]] == ["2016-data", "2017-data"]


def test_primary_datasets_are_entries_of_their_own(
    requested: dict[str, Any], tmp_path: Path
) -> None:
    datasets = {"SingleMuon": ["HLT_IsoMu24"], "DoubleMuon": ["HLT_Mu17_TrkIsoVVL_Mu8_TrkIsoVVL"]}
    content = {"2016": {"Z": {"nominal": _Z}, "data": {"nominal": _data(datasets=datasets)}}}
    listed = _made(content, tmp_path)
    assert list(listed["2016"]) == ["Z", "SingleMuon", "DoubleMuon"]
    (file,) = listed["2016"]["SingleMuon"]["nominal"]["files"]
    assert file == {"path": "2016-data-SingleMuon.root"}


def test_process_may_be_in_the_mixture_alone(requested: dict[str, Any], tmp_path: Path) -> None:
    content = _data(mixture={"QCD": {"process": "multijet_mutau", "strength": 0.5}}, era="2012")
    _made({"data": {"nominal": content}}, tmp_path)
    (component,) = requested["mixtures"][0].components
    # The cross-section of the process's own table.
    assert (component.name, component.cross_section, component.strength) == ("QCD", 60.0, 0.5)


def test_sections_may_be_in_a_file_beside(requested: dict[str, Any], tmp_path: Path) -> None:
    (tmp_path / "good.json").write_text('{"7": [[2, 5]]}')
    _made({"Z": {"nominal": _Z}, "data": {"nominal": _data(certified="good.json")}}, tmp_path)
    assert requested["mixtures"][0].taking.certified == {"7": [[2, 5]]}


@pytest.mark.parametrize(
    ("content", "why"),
    [
        ({}, "names no process"),
        ({"Z": {"nominal": {}}}, "names no process"),
        ({"Z": {"nominal": {"events": 3}}}, "AttributeError"),
        ({"Z": {"nominal": {"process": "ttbar"}}}, "events"),
        ({"data": {"nominal": _data()}}, "names 'Z'"),
        (
            {
                "Z": {"nominal": {"process": "zprime_mumu_500", "events": 1, "seed": 1}},
                "data": {"nominal": _data()},
            },
            "no cross_section",
        ),
        ({"data": {"nominal": _data(certified="nowhere.json")}}, "nowhere.json"),
    ],
)
def test_recipe_that_makes_no_sense_is_refused(
    requested: dict[str, Any], tmp_path: Path, content: object, why: str
) -> None:
    with pytest.raises(GeneratorError, match="cannot be read") as caught:
        _made(content, tmp_path)
    assert why in caught.value.why
    assert not requested


@pytest.mark.parametrize("name", ["ttbar", "htautau", "zprime", "fourleptons"])
def test_recipes_of_the_analyses_can_be_made(
    requested: dict[str, Any], tmp_path: Path, name: str
) -> None:
    generate_recipe(_ANALYSES / f"{name}_samples.json", tmp_path)
    for request in requested["samples"]:
        check_process(request.process, request.era)
    names = [request.file_name for request in requested["samples"]]
    assert len(set(names)) == len(names)
    for mixture in requested["mixtures"]:
        check_mixture(mixture)
        assert 0.9 < mixture.taking.luminosity / mixture.taking.total <= 1.0
        assert sum(mixture.expected.values()) < 150_000
