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
