"""The stored records of CERN Open Data, with the real files of them that are here."""

import json

import pytest

from hepline.data.catalogue.fetch import fetch
from hepline.errors import FetchFailed

GOOD = ["2e2mu_2012.csv", "4e_2011.csv", "4e_2012.csv", "4mu_2012.csv"]
LONGER = ["2e2mu_2011.csv", "4mu_2011.csv"]


@pytest.fixture
def real(portal, shared_data):
    here = {path.name: path for path in shared_data.glob("*/*") if path.is_file()}
    for listing in (shared_data / "cod_records").glob("*.json"):
        for record in json.loads(listing.read_text("utf-8")):
            portal.answers[f"/api/records/{record['recid']}"] = {"metadata": record}
            for file in record.get("files", ()):
                path = "/eos" + file["uri"].partition("//eospublic.cern.ch//eos")[2]
                name = path.rpartition("/")[2]
                if name in here:
                    portal.files[path] = here[name].read_bytes()
    return portal


def test_good_files_verify(real, tmp_path):
    done = fetch("cod:5200", out=tmp_path / "d", files=GOOD)
    assert len(done.paths) == 4
    assert done.record.license == "CC0-1.0"
    assert "DOI:10.7483" in done.record.citation


@pytest.mark.parametrize("name", LONGER)
def test_file_one_byte_longer_than_its_record_is_refused_by_name(real, tmp_path, name):
    with pytest.raises(FetchFailed, match=f"{name} has") as error:
        fetch("cod:5200", out=tmp_path / "d", files=[name])
    assert "the record cod:5200 says" in error.value.why


def test_large_file_resumes(real, tmp_path):
    name = "PhaseSpaceSimulation.root"
    path = next(path for path in real.files if path.endswith(name))
    real.cuts[path] = [1_000_000]
    fetch("cod:4900", out=tmp_path / "d", files=[name])
    assert real.asked(name) == [None, "bytes=1000000-"]
    # The checksum that the portal has for it.
    assert '"adler32:0207f71f"' in (tmp_path / "d/datasets.lock.json").read_text()
