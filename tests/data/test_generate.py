"""Generating files: the same bytes every time, nothing left behind, errors before work."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import awkward as ak
import numpy as np
import pytest
import uproot

from hepline.data import generate as module
from hepline.data.generate import cached, generate, generate_samples
from hepline.data.generator import blocks, sample_record
from hepline.errors import GeneratorError, MissingPackage, OutputError
from hepline.records import checksum

pytest.importorskip("pythia8mc", reason="needs the extra 'generate'")
pytest.importorskip("fastjet", reason="needs the extra 'generate'")

_NANOAOD = Path(__file__).parents[2] / "../shared/data/nanoaod"


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> module.GeneratedFile:
    out = tmp_path_factory.mktemp("small") / "ttbar.root"
    return generate("ttbar", events=60, seed=7, out=out)


@pytest.mark.slow
def test_same_seed_gives_the_same_bytes_under_another_name(
    small: module.GeneratedFile, tmp_path: Path
) -> None:
    again = generate("ttbar", events=60, seed=7, out=tmp_path / "quite_another_name.root")
    assert Path(again.path).read_bytes() == Path(small.path).read_bytes()
    assert again.sha256 == small.sha256 == checksum(small.path)


@pytest.mark.slow
def test_another_seed_gives_other_events(small: module.GeneratedFile, tmp_path: Path) -> None:
    other = generate("ttbar", events=60, seed=8, out=tmp_path / "other.root")
    events = [uproot.open(file.path)["Events"].arrays("GenPart_pt") for file in (small, other)]
    assert not ak.array_equal(*events)
    numbers = [uproot.open(f.path)["Events"]["event"].array(library="np") for f in (small, other)]
    assert not set(numbers[0]) & set(numbers[1])


@pytest.mark.slow
def test_number_of_workers_does_not_matter(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    # Blocks are cut in this process: small ones make two samples of several blocks.
    monkeypatch.setattr(blocks, "BLOCK", 30)
    requests = [("drellyan", 75, 1), ("ttbar_leptonic", 40, 1)]
    calls: list[tuple[str, int, int]] = []
    one = generate_samples(requests, folder=tmp_path / "one", workers=1)
    two = generate_samples(
        requests,
        folder=tmp_path / "two",
        workers=2,
        progress=lambda *call: calls.append(call),
    )
    assert [file.sha256 for file in one] == [file.sha256 for file in two]
    assert [file.process for file in two] == ["drellyan", "ttbar_leptonic"]
    assert ("drellyan", 75, 75) in calls
    assert ("ttbar_leptonic", 40, 40) in calls


@pytest.mark.slow
def test_file_reads_as_nanoaod(small: module.GeneratedFile) -> None:
    with uproot.open(small.path) as file:
        tree = file["Events"]
        assert tree.num_entries == 60
        for name in ("Muon", "Electron", "Photon", "Tau", "Jet", "GenJet", "GenPart"):
            counts = tree[f"n{name}"].array()
            assert ak.all(counts == ak.num(tree[f"{name}_pt"].array()))
        assert len(set(tree["event"].array(library="np"))) == 60
        assert np.all(tree["genWeight"].array(library="np") == 1)
        runs = file["Runs"].arrays(library="np")
        assert runs["genEventSumw"][0] == runs["generatedEquivalent"][0] == 60
        settings = json.loads(str(file["hepline"]))
        assert settings["process"] == "ttbar"
        assert settings["seed"] == 7
        assert "pythia8mc" in settings["versions"]


@pytest.mark.slow
@pytest.mark.skipif(not _NANOAOD.is_dir(), reason="needs ../shared/data/nanoaod")
def test_branches_have_the_types_of_cms(small: module.GeneratedFile) -> None:
    reference = uproot.open(_NANOAOD / "nanoAOD_2015_CMS_Open_Data_ttbar.root")["Events"]
    ours = uproot.open(small.path)["Events"].typenames()
    theirs = reference.typenames()
    # Counters are signed since NanoAODv12, which is what uproot writes; GenJet_hadronFlavour
    # became wide enough for all of them as well.
    common = {n for n in ours.keys() & theirs.keys() if n[0] != "n"} - {"GenJet_hadronFlavour"}
    assert len(common) > 80
    assert {n: ours[n] for n in common} == {n: theirs[n] for n in common}


@pytest.mark.slow
def test_events_with_a_phase_space_cut_stand_for_more(tmp_path: Path) -> None:
    file = generate("wjets", events=20, seed=1, out=tmp_path / "wjets.root")
    assert file.generated_equivalent == round(20 * module.PROCESSES["wjets"].inclusive_ratio)
    assert file.generated_equivalent > 20


@pytest.mark.slow
def test_progress_ends_at_the_total(tmp_path: Path) -> None:
    calls: list[tuple[str, int, int]] = []
    generate(
        "drellyan", events=10, seed=1, out=tmp_path / "a.root", progress=lambda *c: calls.append(c)
    )
    assert calls[-1] == ("drellyan", 10, 10)


@pytest.mark.slow
@pytest.mark.parametrize("failure", [KeyboardInterrupt, RuntimeError])
def test_nothing_is_left_after_a_failure(tmp_path: Path, failure: type[BaseException]) -> None:
    def stop(*_: object) -> None:
        raise failure

    out = tmp_path / "ttbar.root"
    out.write_text("from before")
    with pytest.raises(failure):
        generate("ttbar", events=10, seed=1, out=out, progress=stop)
    assert [path.name for path in tmp_path.iterdir()] == ["ttbar.root"]
    assert out.read_text() == "from before"


@pytest.mark.slow
def test_cached_file_is_found_again(tmp_path: Path) -> None:
    made = cached("drellyan", events=10, seed=1, folder=tmp_path)
    found = cached("drellyan", events=10, seed=1, folder=tmp_path)
    assert found.sha256 == made.sha256
    assert found.generated_equivalent == made.generated_equivalent
    assert (made.seconds > 0, found.seconds) == (True, 0.0)


@pytest.mark.slow
def test_damaged_or_outdated_file_is_made_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = cached("drellyan", events=10, seed=1, folder=tmp_path)
    whole = Path(made.path).read_bytes()
    Path(made.path).write_bytes(whole[:-10])
    assert cached("drellyan", events=10, seed=1, folder=tmp_path).seconds > 0
    assert Path(made.path).read_bytes() == whole
    monkeypatch.setattr(sample_record, "_DETECTOR_VERSION", 999)
    assert cached("drellyan", events=10, seed=1, folder=tmp_path).seconds > 0


@pytest.mark.slow
def test_sample_asked_for_twice_is_made_once(tmp_path: Path) -> None:
    one, two = generate_samples([("drellyan", 10, 1)] * 2, folder=tmp_path)
    assert one == two


def test_unknown_process_is_refused_before_any_work(tmp_path: Path) -> None:
    with pytest.raises(GeneratorError, match="did you mean 'single_top_tW'"):
        generate("single_top_wt", events=10, seed=1, out=tmp_path / "new" / "a.root")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("events", [0, -5])
def test_number_of_events_must_be_positive(tmp_path: Path, events: int) -> None:
    with pytest.raises(GeneratorError, match=f"cannot generate {events} events"):
        generate("ttbar", events=events, seed=1, out=tmp_path / "a.root")


def test_folder_as_output_is_refused(tmp_path: Path) -> None:
    with pytest.raises(OutputError, match="is a folder"):
        generate("ttbar", events=1, seed=1, out=tmp_path)


def test_folder_that_cannot_be_made_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(OutputError, match="cannot write"):
        generate("ttbar", events=1, seed=1, out=tmp_path / "file" / "a.root")


@pytest.mark.parametrize("package", ["pythia8mc", "fastjet"])
def test_missing_package_says_how_to_install_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, package: str
) -> None:
    monkeypatch.setitem(sys.modules, package, None)
    with pytest.raises(MissingPackage, match=package) as caught:
        generate("ttbar", events=1, seed=1, out=tmp_path / "a.root")
    assert "pip install 'hepline[generate]'" in caught.value.fix
