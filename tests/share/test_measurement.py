import json

import awkward as ak
import numpy as np
import pytest
import uproot

from hepline.engine.run import Options
from hepline.errors import DataError, FitError, OutputError
from hepline.share.measurement import measure
from hepline.stats.model import Model

ANALYSIS = """
import hepline as hl
ev = hl.events("nanoaod")
toy = hl.Analysis("toy", luminosity=10.0)
toy.sample("sig", cross_section=10.0, normalization="mu")
toy.region("SR", where=ev.MET.pt > 0, observable=hl.axis(ev.MET.pt, 2, 0, 100, "MET [GeV]"))
"""


@pytest.fixture
def toy(tmp_path):
    """Arguments of `measure`."""
    branches = {
        "run": np.ones(4, np.uint32),
        "MET_pt": np.array([10, 20, 60, 70], np.float32),
        "MET_phi": np.zeros(4, np.float32),
    }
    with uproot.recreate(tmp_path / "a.root") as file:
        types = {name: ak.type(column).content for name, column in branches.items()}
        file.mktree("Events", types).extend(branches)
    (tmp_path / "toy.py").write_text(ANALYSIS)
    listing = {"sig": {"nominal": {"files": ["a.root"]}}}
    (tmp_path / "samples.json").write_text(json.dumps(listing))
    return tmp_path / "toy.py", tmp_path / "samples.json", tmp_path / "deep" / "out"


def test_stages_are_announced_in_their_order(toy):
    said = []
    done = measure(*toy, announce=said.append)
    assert said == ["checking", "fitting", "drawing"]
    assert done.out == toy[2]
    assert done.fit["mu"].value == pytest.approx(1.0, abs=1e-4)
    assert not done.fit_failed


def test_fit_that_fails_still_leaves_templates_and_a_report(toy, monkeypatch):
    def fails(_):
        raise FitError("no minimum.", why="it is flat.", fix="give data.")

    monkeypatch.setattr(Model, "fit", fails)
    done = measure(*toy)
    assert done.fit is None
    assert done.fit_failed
    assert done.no_fit_reason == "no minimum. it is flat. give data."
    assert {"histograms.root", "workspace.json", "summary.json", "index.html"} <= {
        entry.name for entry in toy[2].iterdir()
    }
    assert json.loads((toy[2] / "summary.json").read_text())["no_fit_reason"].startswith("no mini")
    assert "no minimum." in (toy[2] / "index.html").read_text()


def test_failure_leaves_no_folder_behind(toy, tmp_path):
    (tmp_path / "a.root").write_bytes(b"nothing of the kind")
    with pytest.raises(DataError):
        measure(*toy)
    assert not (tmp_path / "deep").exists()


def test_failure_leaves_folders_that_were_there(toy, tmp_path):
    toy[2].mkdir(parents=True)
    (tmp_path / "a.root").write_bytes(b"nothing of the kind")
    with pytest.raises(DataError):
        measure(*toy)
    assert list(toy[2].iterdir()) == []


def test_files_of_other_people_in_the_folder_stay(toy):
    toy[2].mkdir(parents=True)
    (toy[2] / "notes.txt").write_text("mine")
    measure(*toy)
    assert (toy[2] / "notes.txt").read_text() == "mine"


def test_folder_is_tried_before_the_analysis_is_read(toy, tmp_path):
    (tmp_path / "deep").write_text("a file, not a folder")
    (tmp_path / "toy.py").unlink()
    with pytest.raises(OutputError, match="results cannot be written"):
        measure(*toy)


def test_error_of_the_system_while_computing_is_not_blamed_on_the_folder(toy):
    def progress(*_):
        raise OSError("too many processes")

    with pytest.raises(OSError, match="too many processes"):
        measure(*toy, options=Options(progress=progress))
    assert not toy[2].exists()
