"""Names of datasets stand in place of paths."""

import json

import pytest

import hepline as hl
from hepline.analysis.samples import samples_of
from hepline.errors import DataError

TABLE = b"m,q\n91.5,1\n3.1,-1\n"


def test_dataset_is_opened_by_its_name_and_fetched_once(portal):
    portal.record(7, {"z.csv": TABLE})
    for address in ("cod:7", hl.dataset("cod:7"), hl.dataset("cod:7", files="*.csv")):
        assert hl.compute(hl.open(address).m).to_list() == [91.5, 3.1]
    assert len(portal.asked("z.csv")) == 1


def test_complete_dataset_needs_no_server(portal, cache, monkeypatch):
    portal.record(7, {"z.csv": TABLE})
    (path,) = hl.dataset("cod:7")
    assert path.startswith(str(cache))
    monkeypatch.setenv("HEPLINE_CERN_OPEN_DATA", "http://127.0.0.1:1")
    assert hl.dataset("cod:7") == [path]


def test_some_files_are_not_the_whole(portal):
    portal.record(7, {"z.csv": TABLE, "y.csv": TABLE})
    assert len(hl.dataset("cod:7", files="z.csv")) == 1
    assert len(hl.dataset("cod:7")) == 2


def test_list_of_files_keeps_addresses(tmp_path):
    listed = samples_of({"data": {"files": "cod:7"}}, folder=tmp_path)
    assert listed["data"]["nominal"].paths == ("cod:7",)
    entry = json.loads('{"path": "cod:7", "nevts": 5}')
    with pytest.raises(DataError, match="nevts for the dataset 'cod:7'"):
        samples_of({"data": {"files": [entry]}}, folder=tmp_path)
