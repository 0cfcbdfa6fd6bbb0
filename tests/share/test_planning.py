import importlib.util
import json
from pathlib import Path

import awkward as ak
import numpy as np
import pytest
import uproot

from hepline.errors import AnalysisError, ColumnNotFound, FileUnreadable, LanguageError
from hepline.share.loading import load_analysis
from hepline.share.planning import explain_analysis, lint_analysis

ROOT = Path(__file__).parents[2]

ANALYSIS = """
import hepline as hl
ev = hl.events("nanoaod")
jes = hl.nuisance("Jet energy scale", key="jes", one_sided=True)
jet = ev.Jet.vary(jes, up={"pt": ev.Jet.pt * 1.03})
toy = hl.Analysis("toy", luminosity=1.0)
toy.sample("sig", cross_section=1.0, variations={"ME": hl.alternative("ME", one_sided=True)})
toy.region("SR", where=hl.count(jet) > 1, observable=hl.axis(hl.sum(jet.pt), 4, 0, 200))
"""


@pytest.fixture
def toy(tmp_path):
    path = tmp_path / "toy.py"
    path.write_text(ANALYSIS)
    return load_analysis(path)


@pytest.fixture
def listing(tmp_path):
    def write(branch="Jet"):
        pt = ak.values_astype(ak.Array([[50.0, 40.0], []]), "float32")
        branches = {"run": np.ones(2, np.uint32), branch: ak.zip({"pt": pt})}
        types = {name: ak.type(column).content for name, column in branches.items()}
        with uproot.recreate(tmp_path / "a.root") as file:
            file.mktree("Events", types).extend(branches)
        path = tmp_path / "samples.json"
        path.write_text(json.dumps({"sig": {"nominal": {"files": ["a.root"]}}}))
        return path

    return write


def test_plan_is_printed_without_files(toy):
    text = explain_analysis(toy, stage="split")
    assert "jes_up" in text
    assert "Jet_pt" in text or "Jet.pt" in text


def test_plan_of_an_unknown_sample_offers_the_nearest(toy):
    with pytest.raises(AnalysisError, match="no sample 'sgi'") as caught:
        explain_analysis(toy, stage="split", sample="sgi")
    assert "'sig'" in caught.value.fix


def test_plan_of_an_unknown_stage_offers_the_nearest(toy):
    with pytest.raises(LanguageError, match="splot") as caught:
        explain_analysis(toy, stage="splot")
    assert "split" in caught.value.fix


def test_lint_lists_systematics(toy):
    lines = lint_analysis(toy, None)
    assert lines[0] == "toy: 1 samples, 1 regions, 2 systematic uncertainties"
    assert [line.strip() for line in lines[1:]] == ["ME: sig", "Jet energy scale: sig"]


def test_lint_finds_regions_of_the_same_events(tmp_path):
    path = tmp_path / "plots.py"
    path.write_text(
        ANALYSIS
        + 'toy.region("MET", where=hl.count(jet) > 1, observable=hl.axis(ev.MET.pt, 4, 0, 200))\n'
    )
    (line,) = [one for one in lint_analysis(load_analysis(path), None) if "overlap" in one]
    assert line.startswith("overlap: the regions SR and MET select the same events")


def test_lint_checks_columns_of_files(toy, listing):
    lines = lint_analysis(toy, listing())
    assert lines[-1] == "sig nominal: 1 files, 2 events of CMS NanoAOD, columns ok"
    assert any(line.startswith("missing alternative: no files for 'ME'") for line in lines)


def test_lint_finds_columns_that_are_not_there(toy, listing):
    with pytest.raises(ColumnNotFound, match="Jet_pt"):
        lint_analysis(toy, listing("Muon"))


def test_lint_finds_files_that_are_not_there(toy, listing, tmp_path):
    path = listing()
    (tmp_path / "a.root").unlink()
    with pytest.raises(FileUnreadable, match="no file"):
        lint_analysis(toy, path)


def test_ttbar_analysis_is_sound():
    spec = importlib.util.spec_from_file_location("linted_ttbar", ROOT / "analyses/ttbar.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    (first, *_) = lint_analysis(module.ttbar, None)
    # Ten here, and the luminosity: the 11 constrained parameters of the Grand Challenge.
    assert first == "ttbar: 5 samples, 2 regions, 10 systematic uncertainties"
