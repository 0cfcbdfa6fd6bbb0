"""What all commands share: only what is asked for is loaded, and stopping is clean."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from dataclasses import replace
from importlib import import_module

import awkward as ak
import numpy as np
import pytest
import typer
import uproot

from hepline.cli.app import COMMANDS, _stoppable, application, main
from hepline.cli.run import _quality
from hepline.cli.signals import Terminated
from hepline.engine.cores import usable_cores
from hepline.stats.results import FitResult, GoodnessOfFit
from hepline.stats.spread import Covariance


def test_a_command_that_looks_loads_neither_fit_nor_figures():
    code = """
import sys
from hepline.cli.app import application
application("ls")
print([name for name in ("matplotlib.figure", "iminuit", "hepline.cli.run") if name in sys.modules])
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


@pytest.mark.parametrize("asked", ["", "--help", "nothing"])
def test_all_commands_are_there_where_none_is_asked_for(asked):
    names = [command.name for command in application(asked).registered_commands]
    assert names == list(COMMANDS)


def test_a_list_of_commands_loads_none_of_them():
    code = """
import sys
from hepline.cli.app import main
try:
    main(["--help"])
except SystemExit:
    heavy = ("numpy", "matplotlib", "awkward", "scipy", "hepline.cli.ls")
    print([name for name in heavy if name in sys.modules])
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "[]"
    assert "Print the first events of a file." in done.stdout


@pytest.mark.parametrize("name", COMMANDS)
def test_a_command_does_what_the_list_says(name):
    command = getattr(import_module(f"hepline.cli.{name}"), name)
    assert command.__doc__.partition("\n")[0] == COMMANDS[name]


def test_a_listed_command_can_be_called_in_any_way(hepline, write_events):
    done = hepline("--", "head", write_events("a.root", 5), "--events", "1")
    assert done.code == 0, done.err
    assert "Jet" in done.out


def test_a_misspelt_command_is_refused(hepline):
    done = hepline("lss")
    assert done.code == 2
    assert "No such command 'lss'" in done.err


def test_a_negative_number_of_events_is_refused(hepline, write_events):
    done = hepline("head", write_events("a.root", 5), "--events", -3)
    assert done.code == 2
    assert "--events" in done.err


def test_another_tree_is_offered_as_an_option(hepline, write_events):
    done = hepline("ls", write_events("a.root", 5), "--tree", "Event")
    assert done.code == 2
    assert "--tree NAME" in done.err


def test_workers_are_the_cores_that_may_be_used():
    assert usable_cores() == len(os.sched_getaffinity(0))


def test_the_handler_of_the_caller_is_restored(capsys):
    before = signal.getsignal(signal.SIGTERM)
    with pytest.raises(SystemExit):
        main(["--help"])
    assert signal.getsignal(signal.SIGTERM) is before
    capsys.readouterr()


def fit(p_value, quality):
    good = GoodnessOfFit(10.0, 5, p_value)
    return FitResult("mu", (), Covariance.of(np.zeros((0, 0))), 0.0, "newton", quality, good, 0.1)


def test_a_sound_fit_says_so_without_a_warning():
    lines = _quality(fit(0.3, "exact"))
    assert lines == [("goodness of fit: p = 0.3", False), ("covariance: exact", False)]
    assert len(_quality(replace(fit(0.3, "exact"), goodness_of_fit=None))) == 1


def test_an_unlikely_fit_and_an_inexact_covariance_are_warnings():
    (unlikely, first), (inexact, second) = _quality(fit(0.002, "not positive definite"))
    assert first
    assert second
    assert unlikely.startswith("warning: goodness of fit: p = 0.002")
    assert inexact.startswith("warning: covariance: not positive definite")


def test_a_run_prints_the_quality_of_its_fit(hepline, toy):
    done = hepline(*toy)
    assert done.code == 0, done.err
    assert "goodness of fit: p = " in done.out
    assert "covariance: exact" in done.out


def test_a_misspelt_trigger_names_sample_and_file_and_no_line(hepline, toy, write_analysis):
    write_analysis(("hl.count(jet) >= 1", "(hl.count(jet) >= 1) & ev.HLT.IsoMu24x"))
    done = hepline(*toy)
    assert done.code == 2
    assert "no column 'HLT_IsoMu24x' in sig.root, for the sample 'sig'." in done.err


def test_a_column_that_one_file_of_a_sample_lacks_names_that_file(
    hepline, toy, write_analysis, write_events, write_listing, tmp_path
):
    write_analysis(("hl.count(jet) >= 1", "(hl.count(jet) >= 1) & ev.HLT.IsoMu24"))
    with uproot.recreate(tmp_path / "with.root") as file:
        tree = uproot.open(tmp_path / "sig.root")["Events"].arrays()
        jet = ak.zip({"pt": tree["Jet_pt"]})
        columns = {name: tree[name] for name in ("run", "luminosityBlock", "event", "genWeight")}
        columns |= {"Jet": jet, "HLT_IsoMu24": ak.Array(np.ones(len(tree), np.bool_))}
        types = {name: ak.type(column).content for name, column in columns.items()}
        file.mktree("Events", types).extend(columns)
    write_listing({"sig": ["with.root", "sig.root"], "bkg": ["bkg.root"]})
    done = hepline(*toy)
    assert done.code == 2
    assert "the column 'HLT_IsoMu24' of with.root and 1 more file cannot be read" in done.err
    assert "sig.root does not have it." in done.err


@pytest.mark.slow
@pytest.mark.parametrize(
    ("number", "status"), [(signal.SIGTERM, 143), (signal.SIGKILL, -signal.SIGKILL)]
)
def test_a_run_that_is_killed_takes_its_workers_along(
    toy, tmp_path, write_events, living, number, status
):
    write_events("sig.root", 40_000)
    command = [sys.executable, "-c", "from hepline.cli import main; main()", *toy[:-2]]
    # The compiled engine has threads; awkward has processes.
    command += ["--workers", "2", "--chunk", "20", "--engine", "awkward"]
    process = subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True
    )
    deadline = time.monotonic() + 60
    # The run itself, two workers, and Python's resource tracker.
    while len(living(process.pid)) < 4:
        assert process.poll() is None, process.communicate()
        assert time.monotonic() < deadline
        time.sleep(0.05)
    time.sleep(4)
    assert process.poll() is None, "it was over before it could be killed"
    os.kill(process.pid, number)
    said_out, said_err = process.communicate(timeout=30)
    assert process.returncode == status, said_out + said_err
    deadline = time.monotonic() + 20
    while living(process.pid):
        assert time.monotonic() < deadline, f"orphans: {living(process.pid)}"
        time.sleep(0.05)
    if number == signal.SIGTERM:
        assert said_err.strip() == "terminated: nothing half-written was left behind."
        assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    ("given", "status", "said"),
    [(Terminated, 143, "terminated"), (KeyboardInterrupt, 130, "interrupted")],
)
def test_a_signal_that_breaks_a_lock_ends_the_command_all_the_same(given, status, said, capsys):
    def command():
        try:
            raise given
        except KeyboardInterrupt:
            raise RuntimeError("release unlocked lock")  # noqa: B904

    with pytest.raises(typer.Exit) as caught:
        _stoppable(command)()
    assert caught.value.exit_code == status
    assert said in capsys.readouterr().err


def test_other_errors_of_a_command_pass():
    def command():
        raise RuntimeError("another")

    with pytest.raises(RuntimeError, match="another"):
        _stoppable(command)()
