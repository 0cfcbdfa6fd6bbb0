import json

import awkward as ak
import numpy as np
import pytest
import uproot

from hepline.engine.run import Options
from hepline.errors import AnalysisError, DataError, FitError, ModelError, OutputError
from hepline.share.measurement import measure
from hepline.share.prefit import predictions_of
from hepline.stats.model import Model

ANALYSIS = """
import hepline as hl
ev = hl.events("nanoaod")
toy = hl.Analysis("toy", luminosity=10.0)
toy.sample("sig", cross_section=10.0, normalization="mu")
toy.region("SR", where=ev.MET.pt > 0, observable=hl.axis(ev.MET.pt, 2, 0, 100, "MET [GeV]"))
"""


def write(path, missing_pt):
    branches = {
        "run": np.ones(len(missing_pt), np.uint32),
        "MET_pt": np.array(missing_pt, np.float32),
        "MET_phi": np.zeros(len(missing_pt), np.float32),
    }
    with uproot.recreate(path) as file:
        types = {name: ak.type(column).content for name, column in branches.items()}
        file.mktree("Events", types).extend(branches)


@pytest.fixture
def toy(tmp_path):
    """Arguments of `measure`."""
    write(tmp_path / "a.root", [10, 20, 60, 70])
    (tmp_path / "toy.py").write_text(ANALYSIS)
    listing = {"sig": {"nominal": {"files": ["a.root"]}}}
    (tmp_path / "samples.json").write_text(json.dumps(listing))
    return tmp_path / "toy.py", tmp_path / "samples.json", tmp_path / "deep" / "out"


def test_measurement_is_fitted_and_written(toy):
    done = measure(*toy)
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


TWO = (
    ANALYSIS
    + """
toy.sample("W", cross_section=2.5, normalization="W_norm")
toy.sample("sig2", cross_section=0.5, normalization="mu")
"""
)


def test_parameter_of_interest_must_be_chosen_before_events_are_read(toy, tmp_path):
    toy[0].write_text(TWO)
    (tmp_path / "samples.json").unlink()
    with pytest.raises(AnalysisError, match="does not say which parameter is measured"):
        measure(*toy)
    with pytest.raises(AnalysisError, match="'nu' is not a free normalization"):
        measure(*toy, poi="nu")


def test_parameter_that_the_data_do_not_determine_leaves_results(toy, tmp_path):
    toy[0].write_text(TWO)
    listing = {name: {"nominal": {"files": ["a.root"]}} for name in ("sig", "W", "sig2")}
    (tmp_path / "samples.json").write_text(json.dumps(listing))
    done = measure(*toy, poi="mu")
    assert done.fit.poi == "mu"
    page = (toy[2] / "index.html").read_text()
    assert "there are no impacts" in page
    assert '<span class="name">mu</span> is not determined' in page


def test_page_names_all_samples_that_the_parameter_scales(toy, tmp_path):
    toy[0].write_text(TWO)
    write(tmp_path / "b.root", [10, 20, 30, 70])
    files = {"sig": "a.root", "sig2": "a.root", "W": "b.root"}
    listing = {name: {"nominal": {"files": [file]}} for name, file in files.items()}
    (tmp_path / "samples.json").write_text(json.dumps(listing))
    done = measure(*toy, poi="mu")
    assert done.fit.poi == "mu"
    page = (toy[2] / "index.html").read_text()
    assert (
        "How much sig + sig2 is there? mu is the measured cross-section divided by the expected "
        "10.5 pb (10 + 0.5)."
    ) in page


def test_data_and_simulation_are_drawn_without_a_parameter_to_measure(toy, tmp_path):
    jes = 'w = hl.weight(1.0).vary(hl.nuisance("SF"), up=1.2, down=0.9)\n'
    text = ANALYSIS.replace(', normalization="mu"', "").replace("toy = hl", jes + "toy = hl")
    text = text.replace("luminosity=10.0", "luminosity=10.0, weight=w") + "toy.data()\n"
    toy[0].write_text(text)
    write(tmp_path / "data.root", [20, 20, 20, 60, 160])
    files = {"sig": "a.root", "data": "data.root"}
    listing = {name: {"nominal": {"files": [file]}} for name, file in files.items()}
    (tmp_path / "samples.json").write_text(json.dumps(listing))
    done = measure(*toy)
    assert done.fit is None
    assert not done.fit_failed
    assert (toy[2] / "figures/prefit_SR.pdf").is_file()
    (prediction,) = predictions_of(done.result, ())
    assert prediction.data.tolist() == [3, 1]
    # Each of four simulated events stands for 25; up and down differ by 0.3.
    np.testing.assert_allclose(prediction.total, [50, 50])
    np.testing.assert_allclose(prediction.uncertainty, np.sqrt(2 * 25**2 + 7.5**2))
    assert prediction.yield_uncertainty == pytest.approx(np.sqrt(4 * 25**2 + 15**2))
    summary = json.loads((toy[2] / "summary.json").read_text())
    assert summary["regions"]["SR"]["fit_edges"] == [0, 50, 100]
    (data,) = [a for a in summary["accounting"] if a["sample"] == "data"]
    assert (data["read"], data["inside"]["entries"], data["above"]["entries"]) == (5, 4, 1)


THIN = (
    'wild = hl.weight(1.0).vary(hl.nuisance("wild", one_sided=True), up=3.5)',
    'hl.Analysis("toy", weight=wild, luminosity',
)


def test_variation_of_more_than_all_events_is_fitted(toy):
    text = ANALYSIS.replace("toy = hl.Analysis", f"{THIN[0]}\ntoy = hl.Analysis")
    toy[0].write_text(text.replace('hl.Analysis("toy", luminosity', THIN[1]))
    assert measure(*toy).fit["mu"].value == pytest.approx(1.0, abs=1e-3)
    (channel,) = json.loads((toy[2] / "workspace.json").read_text())["channels"]
    (norm,) = [m["data"] for m in channel["samples"][0]["modifiers"] if m["type"] == "normsys"]
    # Mirrored, −1.5: no yield is negative.
    assert norm == {"hi": 3.5, "lo": 0.0}


def test_workspace_that_is_no_model_leaves_results_and_the_reason(toy, monkeypatch):
    def refuses(_):
        raise ModelError("no model.", why="it is thin.", fix="give more.")

    monkeypatch.setattr("hepline.share.measurement.Model", refuses)
    done = measure(*toy)
    assert done.fit_failed
    assert done.no_fit_reason == "no model. it is thin. give more."
    assert not (toy[2] / "workspace.json").exists()
    assert (toy[2] / "index.html").is_file()


def test_sample_without_files_leaves_results_and_no_fit(toy):
    toy[0].write_text(ANALYSIS + 'toy.sample("bkg", cross_section=1.0)\n')
    done = measure(*toy)
    assert done.fit is None
    assert not done.fit_failed
    assert done.no_fit_reason.startswith("the model lacks sample bkg.")
    assert "the model lacks sample bkg." in (toy[2] / "index.html").read_text()


def test_unknown_coverage_is_null_in_the_summary(toy, tmp_path):
    (tmp_path / "b.root").write_bytes((tmp_path / "a.root").read_bytes()[:700])
    listing = {"sig": {"nominal": {"files": ["a.root", "b.root"]}}}
    (tmp_path / "samples.json").write_text(json.dumps(listing))
    measure(*toy, options=Options(skip_unreadable=True))
    (coverage,) = json.loads((toy[2] / "summary.json").read_text())["coverage"]
    assert coverage["fraction"] is None
    assert coverage["events_expected"] is None
    assert coverage["events_read"] == 4
    page = (toy[2] / "index.html").read_text()
    assert "1 file not read" in page
    assert "100.0 %" not in page


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
