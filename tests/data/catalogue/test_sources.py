"""Catalogues besides CERN Open Data, and addresses that mean nothing."""

import hashlib
import json

import numpy as np
import pytest

from hepline.data.catalogue.fetch import fetch
from hepline.errors import FetchFailed

CONTENT = np.random.default_rng(2).bytes(100_000)


def names(folder):
    return sorted(entry.name for entry in folder.iterdir())


def test_zenodo(portal, tmp_path):
    portal.files["/f/a.csv"] = b"a\n1\n"
    # By `printf 'a\n1\n' | md5sum`.
    entry = {"key": "a.csv", "size": 4, "checksum": "md5:34ff2335cbe2045ddc3b78993d1e971d"}
    entry["links"] = {"self": f"{portal.address}/f/a.csv"}
    metadata = {"title": "<i>T</i>", "creators": [{"name": "Noether, E."}], "license": {"id": "x"}}
    portal.answers["/api/records/5"] = {"doi": "10.5281/5", "metadata": metadata, "files": [entry]}
    record = fetch("zenodo:5", out=tmp_path / "d").record
    assert (record.title, record.license, record.doi) == ("T", "x", "10.5281/5")
    assert "Noether" in record.citation
    entry["checksum"] = f"md5:{'0' * 32}"
    with pytest.raises(FetchFailed, match="damaged"):
        fetch("zenodo:5", out=tmp_path / "other")


def test_hugging_face(portal, tmp_path):
    small, large = b"tiny\n", CONTENT
    folder = "/datasets/own/set/resolve/abc"
    portal.files[f"{folder}/README.md"] = small
    portal.redirects[f"{folder}/data/x.parquet"] = "/cdn/x"
    portal.files["/cdn/x"] = large
    portal.answers["/api/datasets/own/set/revision/v1"] = {
        "sha": "abc",
        "cardData": {"license": "mit"},
    }
    # The name that `git hash-object` gives to a file with this content.
    blob = hashlib.sha1(b"blob 5\0" + small).hexdigest()  # noqa: S324
    lfs = {"oid": hashlib.sha256(large).hexdigest(), "size": len(large)}
    portal.answers["/api/datasets/own/set/tree/abc"] = [
        {"type": "file", "path": "README.md", "size": 5, "oid": blob},
        {"type": "directory", "path": "data", "oid": "0"},
        {"type": "file", "path": "data/x.parquet", "size": len(large), "oid": "0", "lfs": lfs},
    ]
    done = fetch("hf:own/set@v1", out=tmp_path / "d")
    assert names(tmp_path / "d") == ["README.md", "datasets.lock.json", "x.parquet"]
    assert done.notices == ()
    assert "abc" in done.record.citation


def test_folder_and_pattern(tmp_path):
    (tmp_path / "in").mkdir()
    (tmp_path / "in/a.csv").write_text("a\n1\n")
    (tmp_path / "in/b.txt").write_text("b")
    fetch(str(tmp_path / "in"), out=tmp_path / "all")
    fetch(str(tmp_path / "in/*.csv"), out=tmp_path / "some")
    assert names(tmp_path / "all") == ["a.csv", "b.txt", "datasets.lock.json"]
    assert names(tmp_path / "some") == ["a.csv", "datasets.lock.json"]


@pytest.mark.parametrize(
    ("address", "what"),
    [
        ("cod:higgs", "names no record of CERN Open Data"),
        ("zenodo:x", "names no record of Zenodo"),
        ("hf:name", "names no dataset"),
        ("atlas:", "names no dataset of ATLAS"),
        ("rucio:name", "names no data identifier"),
        ("ftp://x/y", "belongs to no source"),
        ("nowhere/*.root", "there is nothing at"),
        ("https://example.org/", "names a file"),
    ],
)
def test_address_that_means_nothing(tmp_path, address, what):
    with pytest.raises(FetchFailed, match=what):
        fetch(address, out=tmp_path / "d")


def test_hugging_face_lists_page_by_page(portal, tmp_path):
    contents = {f"part-{n}.csv": f"a\n{n}\n".encode() for n in range(5)}
    blobs = {
        name: hashlib.sha1(b"blob %d\0" % len(body) + body).hexdigest()  # noqa: S324
        for name, body in contents.items()
    }
    portal.answers["/api/datasets/own/big/revision/main"] = {"sha": "abc"}
    entries = [
        {"type": "file", "path": name, "size": len(contents[name]), "oid": blobs[name]}
        for name in contents
    ]
    portal.answers["/api/datasets/own/big/tree/abc"] = [entries[:2], entries[2:4], entries[4:]]
    for name, body in contents.items():
        portal.files[f"/datasets/own/big/resolve/abc/{name}"] = body
    fetch("hf:own/big", out=tmp_path / "d")
    assert names(tmp_path / "d") == ["datasets.lock.json", *contents]


ATLAS = {
    "dataset_number": "301204",
    "physics_short": "Pythia8EvtGen_ZPrime",
    "cross_section_pb": 0.001762,
    "genFiltEff": 1.0,
    "kFactor": 1.0,
    "nEvents": 20000,
    "sumOfWeights": 20000.0,
    "generator": "Pythia8(v8.186)+EvtGen(v1.2.0)",
    "keywords": ["BSM", "exotic"],
    "file_list": ["root://eospublic.cern.ch:1094//eos/opendata/atlas/x/a.root"],
    "skims": [
        {
            "skim_type": "4lep",
            "file_list": ["root://eospublic.cern.ch:1094//eos/opendata/atlas/x/skim.root"],
        }
    ],
}


def test_atlas(portal, tmp_path):
    portal.answers["/metadata/2024r-pp/301204"] = ATLAS
    portal.files["/eos/opendata/atlas/x/a.root"] = CONTENT
    portal.files["/eos/opendata/atlas/x/skim.root"] = CONTENT[:100]
    done = fetch("atlas:301204", out=tmp_path / "d")
    assert (tmp_path / "d/a.root").read_bytes() == CONTENT
    assert done.record.events == 20000
    assert dict(done.record.about) == {
        "cross_section": 0.001762,
        "filter_efficiency": 1.0,
        "k_factor": 1.0,
        "sum_of_weights": 20000.0,
        "generator": "Pythia8(v8.186)+EvtGen(v1.2.0)",
        "keywords": "BSM, exotic",
    }
    # The service gives no checksums: the lock file takes their place.
    assert "SHA-256" in done.notices[0]
    locked = json.loads((tmp_path / "d/datasets.lock.json").read_text())
    assert locked["datasets"]["atlas:301204"]["about"]["cross_section"] == 0.001762
    fetch("atlas:2024r-pp/301204@4lep", out=tmp_path / "skim")
    assert names(tmp_path / "skim") == ["datasets.lock.json", "skim.root"]
    with pytest.raises(FetchFailed, match="no skim 3lep"):
        fetch("atlas:301204@3lep", out=tmp_path / "d")
    with pytest.raises(FetchFailed, match="404"):
        fetch("atlas:2020e-13tev/1", out=tmp_path / "d")


def test_rucio(portal, tmp_path, monkeypatch):
    monkeypatch.setenv("RUCIO_AUTH_TOKEN", "secret")
    portal.files["/site/a.root"] = CONTENT
    pfn = f"{portal.address}/site/a.root"
    portal.streams["/replicas/list"] = [
        {
            "scope": "user.me",
            "name": "a.root",
            "bytes": len(CONTENT),
            "md5": hashlib.md5(CONTENT).hexdigest(),  # noqa: S324
            "adler32": "00000000",
            "pfns": {
                "srm://tape.example/a.root": {"type": "TAPE", "priority": 1},
                "https://tape.example/a.root": {"type": "TAPE", "priority": 1},
                pfn: {"type": "DISK", "priority": 2},
                "root://disk.example//a.root": {"type": "DISK", "priority": 2},
            },
        }
    ]
    fetch("rucio:user.me:skim_v1", out=tmp_path / "d")
    assert (tmp_path / "d/a.root").read_bytes() == CONTENT
    ((path, question, token),) = portal.posted
    assert (path, token) == ("/replicas/list", "secret")
    assert question["dids"] == [{"scope": "user.me", "name": "skim_v1"}]
    portal.streams["/replicas/list"][0]["pfns"] = {"srm://tape.example/a.root": {}}
    with pytest.raises(FetchFailed, match="no replica"):
        fetch("rucio:user.me:skim_v1", out=tmp_path / "e")
    del portal.streams["/replicas/list"]
    with pytest.raises(FetchFailed, match="401"):
        fetch("rucio:user.me:skim_v1", out=tmp_path / "e")
    monkeypatch.delenv("RUCIO_AUTH_TOKEN")
    with pytest.raises(FetchFailed, match="RUCIO_AUTH_TOKEN"):
        fetch("rucio:user.me:skim_v1", out=tmp_path / "e")
