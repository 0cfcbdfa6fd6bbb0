import os
import subprocess
import sys

import pytest

from hepline.errors import OutputError
from hepline.share import folder
from hepline.share.folder import aside, move, writing


@pytest.fixture
def ended():
    """The number of a process that has ended."""
    process = subprocess.Popen([sys.executable, "-c", ""])
    process.wait()
    return process.pid


def test_folder_aside_goes_again(tmp_path):
    with aside(tmp_path / "deep/out") as partial:
        (partial / "a.txt").write_text("a")
        assert partial.parent == tmp_path / "deep/out"
    assert list(tmp_path.iterdir()) == []


@pytest.mark.skipif(os.name == "nt", reason="Windows cannot be asked whether a process runs")
def test_what_killed_runs_left_is_swept_and_what_running_ones_need_stays(tmp_path, ended):
    machine = folder._machine()
    names = {
        "dead": f".partial-{machine}-{ended}-abc",
        "alive": f".partial-{machine}-{os.getppid()}-abc",
        "elsewhere": f".partial-another_{machine}-{ended}-abc",
        "unknown": ".partial-abc",
    }
    for name in names.values():
        (tmp_path / name).mkdir()
        (tmp_path / name / "histograms.root").write_text("half")
    with aside(tmp_path):
        pass
    assert {entry.name for entry in tmp_path.iterdir()} == set(names.values()) - {names["dead"]}


def test_figures_of_an_earlier_report_go_and_those_of_the_user_stay(tmp_path):
    figures = tmp_path / "out/figures"
    figures.mkdir(parents=True)
    old = ("pulls.png", "postfit_SR.pdf", "prefit_SR.png", "prefit_SR.svg", "drawn.json")
    for name in (*old, "mine.png"):
        (figures / name).write_text("old")
    with aside(tmp_path / "out") as partial:
        (partial / "figures").mkdir()
        (partial / "figures/prefit_SR.png").write_text("new")
        move(partial, tmp_path / "out")
    assert {path.name: path.read_text() for path in figures.iterdir()} == {
        "prefit_SR.png": "new",
        "mine.png": "old",
    }


def test_error_of_the_system_names_the_folder(tmp_path):
    with (
        pytest.raises(OutputError, match="results cannot be written to") as caught,
        writing(tmp_path),
    ):
        raise OSError(28, "No space left on device")
    assert caught.value.why == "No space left on device."


def test_error_that_is_not_of_the_system_says_what_it_has_to_say(tmp_path):
    with pytest.raises(OutputError, match="no such bins"), writing(tmp_path):
        raise OutputError("no such bins.", why="because.", fix="none.")
