"""Catalogues besides CERN Open Data, and addresses that mean nothing."""

import hashlib

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
        ("ftp://x/y", "belongs to no source"),
        ("nowhere/*.root", "there is nothing at"),
        ("https://example.org/", "names a file"),
    ],
)
def test_address_that_means_nothing(tmp_path, address, what):
    with pytest.raises(FetchFailed, match=what):
        fetch(address, out=tmp_path / "d")
