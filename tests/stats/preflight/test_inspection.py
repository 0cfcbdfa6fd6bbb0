import json

import pytest

from hepline.errors import ModelError, OutputError
from hepline.stats.histfactory import HistFactory
from hepline.stats.preflight import inspect_workspace, prune, smooth
from hepline.stats.preflight.asimov import expected_error


@pytest.fixture
def file(patient, tmp_path):
    """A workspace with one rough and one small systematic."""
    patient.modifier("SR", "top", "scale")["data"]["hi_data"][3] += 4.0
    patient.modifier("SR", "top", "lumi")["data"] = {"hi": 1.002, "lo": 0.998}
    path = tmp_path / "workspace.json"
    path.write_text(json.dumps(patient.workspace))
    return path


def test_lines_name_the_place_and_the_advice(file, patient):
    patient.remove("CR", "sig", "scale")
    file.write_text(json.dumps(patient.workspace))
    lines = inspect_workspace(file).lines()
    assert lines[0].endswith("2 channels, 12 bins, 15 parameters: 0 errors, 1 warnings, 0 notes")
    assert lines[2] == "missing variations"
    assert lines[3].startswith("  why: ")
    assert lines[4].startswith("  fix: ")
    assert lines[5].startswith("HL401 warning: CR / sig / scale: acts on this sample in SR")
    short = inspect_workspace(file).lines(short=True)
    assert short[1].startswith("HL401 warning: missing variations: CR / sig / scale: acts on")


def test_status_tells_errors(file, patient):
    assert inspect_workspace(file).status == 0
    for channel in ("SR", "CR"):
        patient.add(channel, "sig", "normfactor", "again", None)
    file.write_text(json.dumps(patient.workspace))
    assert inspect_workspace(file).status == 1


def test_mending_shows_changes_and_the_expected_error(file, patient, tmp_path):
    out = tmp_path / "new" / "mended.json"
    seen = inspect_workspace(file, pruning=0.005, smoothing=True, out=out)
    smoothed, changes = smooth(patient.workspace)
    mended, dropped = prune(smoothed)
    assert (seen.mending.smoothed, seen.mending.pruned) == (changes, dropped)
    assert json.loads(out.read_text()) == mended
    assert [path.name for path in out.parent.iterdir()] == ["mended.json"]
    before = expected_error(HistFactory(patient.workspace))
    after = expected_error(HistFactory(mended))
    assert (seen.mending.before, seen.mending.after) == (before, after)
    lines = seen.lines()
    assert lines[0] == str(changes[0])
    assert lines[len(changes)] == str(dropped[0])
    assert f"expected error of mu: {before:.5g} → {after:.5g} ({after / before - 1:+.2%})" in lines
    assert f"written: {out}" in lines


def test_nothing_is_written_unless_asked(file):
    before = sorted(file.parent.iterdir())
    assert inspect_workspace(file, smoothing=True).mending.written == ""
    assert sorted(file.parent.iterdir()) == before


def test_nothing_to_write_is_refused(file, tmp_path):
    with pytest.raises(OutputError, match="nothing to write"):
        inspect_workspace(file, out=tmp_path / "same.json")


def test_a_target_that_cannot_be_written_leaves_nothing(file, tmp_path):
    (tmp_path / "taken").mkdir()
    with pytest.raises(OutputError, match="cannot write"):
        inspect_workspace(file, pruning=0.1, out=tmp_path / "taken")
    assert not list(tmp_path.glob(".*.part"))


def test_a_held_parameter_of_interest_has_no_expected_error(file, patient, tmp_path):
    held = [{"name": "mu", "fixed": True}]
    patient.workspace["measurements"][0]["config"]["parameters"] = held
    file.write_text(json.dumps(patient.workspace))
    lines = inspect_workspace(file, pruning=0.01, out=tmp_path / "q.json").lines()
    assert "expected error of mu: none; it is held, or nothing tells it" in lines
    assert f"written: {tmp_path / 'q.json'}" in lines


def test_nothing_is_written_for_a_threshold_that_is_none(file, tmp_path):
    with pytest.raises(ModelError, match="nan"):
        inspect_workspace(file, pruning=float("nan"), out=tmp_path / "q.json")
    assert not (tmp_path / "q.json").exists()
