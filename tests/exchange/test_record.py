"""A skim says where it comes from, in its own file."""

import hashlib
import json
from pathlib import Path

import pyarrow.parquet as pq
import pytest
import uproot

import hepline as hl


def note_of(path):
    if str(path).endswith(".parquet"):
        return json.loads(pq.read_metadata(path).metadata[b"hepline_skim"])
    with uproot.open(path) as file:
        return json.loads(str(file["hepline_skim"]))


@pytest.mark.parametrize("name", ["s.root", "s.parquet"])
def test_the_note_names_sources_conditions_and_columns(tmp_path, nanoaod, name):
    paths = nanoaod(60, 70)
    done = hl.skim(
        hl.open(paths), where={"busy": "nJet > 2"}, columns=["MET_pt", {"ht": "sum(Jet.pt)"}],
        out=tmp_path / name,
    )  # fmt: skip
    note = note_of(tmp_path / name)
    assert note["convention"] == "nanoaod"
    assert note["tree"] == "Events"
    for source, path, events, sumw in zip(
        note["sources"], paths, (60, 70), (1000.5, 1001.5), strict=True
    ):
        assert source["path"] == path
        assert source["events"] == events
        assert source["sumw"] == sumw
        assert source["sha256"] == hashlib.sha256(Path(path).read_bytes()).hexdigest()
    assert [source["kept"] for source in note["sources"]] == [kept for _, _, kept in done.files]
    (step,) = note["selection"]
    assert (step["label"], step["events"]) == ("busy", done.kept)
    assert step["recipe"] == "(int64(nJet) > 2)"
    assert note["kept"] == ["MET_pt"]
    assert [made["column"] for made in note["made"]] == ["ht"]
    assert note["versions"]["hepline"] == hl.__version__


def run(files, *, weighted):
    """The yield of a region, at one event per picobarn and inverse picobarn."""
    ev = hl.events("nanoaod")
    weight = ev.genWeight if weighted else 1.0
    made = hl.Analysis("toy", luminosity=1.0, weight=hl.weight(weight))
    made.sample("sig", cross_section=1000.0, normalization="mu")
    made.region("SR", where=ev.nJet > 2, observable=hl.axis(ev.MET.pt, 5, 0, 100))
    return made.run({"sig": [str(file) for file in files]}).templates["SR", "sig"]


@pytest.mark.parametrize("name", ["s.root", "s.parquet"])
@pytest.mark.parametrize("weighted", [False, True])
def test_the_normalization_of_a_sample_survives(tmp_path, nanoaod, name, weighted):
    paths = nanoaod(300, 200)
    original = run(paths, weighted=weighted)
    skim, again = tmp_path / name, tmp_path / f"again_{name}"
    hl.skim(hl.open(paths), where="nJet > 1", out=skim)
    hl.skim(hl.open(skim), where="nJet > 2", columns=["*jet*", "MET_pt", "nJet", "genWeight"][1:],
            out=again)  # fmt: skip
    for file in (skim, again):
        assert run([file], weighted=weighted).values().tobytes() == original.values().tobytes()


def test_a_skim_tells_what_it_was_made_of(tmp_path, nanoaod):
    paths = nanoaod(60, 70)
    hl.skim(hl.open(paths), where={"busy": "nJet > 2"}, out=tmp_path / "a.root")
    hl.skim(hl.open(tmp_path / "a.root"), where="nMuon > 1", out=tmp_path / "b.parquet")
    (part,) = hl.open(tmp_path / "a.root").origin.source.parts
    assert [(a.path, a.events) for a in part.skimmed.ancestors] == list(
        zip(paths, (60, 70), strict=True)
    )
    assert part.skimmed.events == 130
    assert part.skimmed.conditions == (("busy", part.entries),)
    (part,) = hl.open(tmp_path / "b.parquet").origin.source.parts
    (ancestor,) = part.skimmed.ancestors
    assert ancestor.events == 130
    assert ancestor.sum_of_weights == 1000.5 + 1001.5
    runs = hl.open(tmp_path / "a.root", tree="Runs", convention="plain")
    assert runs.origin.source.parts[0].skimmed is None


def test_a_run_on_skims_says_what_they_were_made_of(tmp_path, nanoaod):
    paths = nanoaod(60, 70)
    done = hl.skim(hl.open(paths), where={"busy": "nJet > 2"}, out=tmp_path / "a.root")
    ev = hl.events("nanoaod")
    made = hl.Analysis("toy", luminosity=1.0)
    made.sample("sig", cross_section=1000.0, normalization="mu")
    made.region("SR", observable=hl.axis(ev.MET.pt, 5, 0, 100))
    result = made.run({"sig": str(tmp_path / "a.root")})
    text = dict(result.provenance.expressions)[f"skim {tmp_path / 'a.root'}"]
    digest = hashlib.sha256(Path(paths[1]).read_bytes()).hexdigest()
    assert f"{done.files[1][2]} of 70 events of {paths[1]}, sha256 {digest}" in text
    assert f"{done.kept} events pass busy" in text
