"""What was fetched is the same when it is read, and reports say where it came from."""

import json

import pytest

import hepline as hl
from hepline.data.catalogue.citing import check_locked, datasets_of
from hepline.data.catalogue.fetch import fetch
from hepline.errors import CorruptData
from hepline.records import FileRecord, checksum
from hepline.share.measurement import measure

CSV = b"mass,weight\n91,1\n125,2\n"
FACTS = {
    "cross_section": {"total_value": "729.8", "total_value_uncertainty": 1.5},
    "generator": {"names": ["powheg", "pythia8"]},
    "collision_information": {"energy": "13TeV", "type": "pp"},
    "run_period": ["Run2016G", "Run2016H"],
    "doi": "10.7483/X",
    "publisher": "CERN Open Data Portal",
}


@pytest.fixture
def folder(portal, tmp_path):
    portal.record(77, {"a.csv": CSV, "notes.pdf": b"%PDF"}, **FACTS)
    fetch("cod:77", out=tmp_path / "d")
    return tmp_path / "d"


def test_the_lock_file_counts_events(folder):
    locked = json.loads((folder / "datasets.lock.json").read_text())["datasets"]["cod:77"]
    assert {file["name"]: file["events"] for file in locked["files"]} == {
        "a.csv": 2,
        "notes.pdf": None,
    }


def test_facts_of_the_record_travel_to_the_provenance(folder):
    path = folder / "a.csv"
    (dataset,) = datasets_of([FileRecord(str(path), 2, len(CSV), checksum(path))])
    assert (dataset.address, dataset.doi, dataset.files) == ("cod:77", "10.7483/X", ("a.csv",))
    assert dict(dataset.about) == {
        "cross_section": 729.8,
        "cross_section_uncertainty": 1.5,
        "collision": "pp 13TeV",
        "run_period": "Run2016G, Run2016H",
        "generator": "powheg, pythia8",
    }
    assert datasets_of([FileRecord(str(path), 2, len(CSV), "0" * 64)]) == ()
    assert datasets_of([FileRecord("https://example.org/a.csv", 2, 0, "")]) == ()


def analysis(path):
    ev = hl.open(path)
    made = hl.Analysis("toy", luminosity=1.0)
    made.data()
    made.region("SR", observable=hl.axis(ev.mass, 2, 80, 130))
    return made


def test_a_run_names_the_dataset_in_its_report(folder, tmp_path):
    (tmp_path / "toy.py").write_text(
        f"""
import hepline as hl
ev = hl.open({str(folder / "a.csv")!r})
toy = hl.Analysis("toy", luminosity=1.0)
toy.data()
toy.sample("signal", cross_section=1.0, normalization="mu")
toy.region("SR", observable=hl.axis(ev.mass, 2, 80, 130))
"""
    )
    files = {name: [str(folder / "a.csv")] for name in ("data", "signal")}
    (tmp_path / "samples.json").write_text(json.dumps(files))
    measure(tmp_path / "toy.py", tmp_path / "samples.json", tmp_path / "out", figures="none")
    summary = json.loads((tmp_path / "out/summary.json").read_text())
    assert summary["provenance"]["datasets"][0]["address"] == "cod:77"
    page = (tmp_path / "out/index.html").read_text()
    assert "record 77" in page
    assert "cross section: 729.8 pb" in page


@pytest.mark.parametrize("content", [CSV + b"1,1\n", CSV.replace(b"125", b"126")])
def test_a_file_that_has_changed_is_refused_before_it_is_read(folder, content):
    path = folder / "a.csv"
    path.unlink()
    path.write_bytes(content)
    with pytest.raises(CorruptData, match="not the file that was fetched"):
        analysis(path).run({"data": str(path)})
    with pytest.raises(CorruptData):
        check_locked([str(path)])


def test_some_files_of_a_record_by_their_address(portal, cache):
    portal.record(78, {"a.csv": CSV, "b.csv": CSV + b"50,1\n"})
    assert hl.compute(hl.open("cod:78#b.csv").mass).tolist() == [91, 125, 50]
    portal.answers.clear()
    # A name is known without asking again; what a pattern means, only the record says.
    assert hl.compute(hl.open("cod:78#b.csv").mass).tolist() == [91, 125, 50]
    with pytest.raises(hl.HeplineError):
        hl.open("cod:78#*.csv")
