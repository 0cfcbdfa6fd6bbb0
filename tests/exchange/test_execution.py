"""Skims that are interrupted: the same call goes on, and ends with the same bits."""

import os
import signal
import subprocess
import sys
import time

import pytest

import hepline as hl
from hepline.errors import DataError

CUT = {"two muons": "nMuon >= 2"}


def new(ev):
    return {"ht": hl.sum(ev.Jet.pt)}


def pieces(folder):
    return sorted(path.name for path in folder.rglob("*.piece"))


@pytest.mark.parametrize("name", ["s.root", "s.parquet"])
def test_an_interrupted_skim_goes_on(tmp_path, nanoaod, name):
    ev = hl.open(nanoaod(200, 150))
    done = []

    def stop(_, events, total):
        done.append((events, total))
        if len(done) == 4:
            raise KeyboardInterrupt

    asked = {"where": CUT, "columns": ["*", new(ev)], "chunk": 50}
    with pytest.raises(KeyboardInterrupt):
        hl.skim(ev, **asked, out=tmp_path / name, progress=stop)
    assert done == [(50 * n, 350) for n in range(1, 5)]
    assert not (tmp_path / name).exists()
    kept = len(pieces(tmp_path))
    assert 4 <= kept < 7
    result = hl.skim(ev, **asked, out=tmp_path / name)
    assert result.resumed == kept
    assert not pieces(tmp_path)
    whole = hl.skim(ev, **asked, out=tmp_path / "whole" / name)
    assert whole.resumed == 0
    assert (tmp_path / "whole" / name).read_bytes() == (tmp_path / name).read_bytes()
    assert (result.steps, result.files) == (whole.steps, whole.files)


def test_pieces_of_another_question_are_not_taken(tmp_path, nanoaod):
    ev = hl.open(nanoaod(200))

    def stop(*_):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        hl.skim(ev, where="nMuon >= 2", out=tmp_path / "s.root", chunk=50, progress=stop)
    assert pieces(tmp_path)
    done = hl.skim(ev, where="nMuon >= 1", out=tmp_path / "s.root", chunk=50)
    assert done.resumed == 0
    assert not pieces(tmp_path)


def test_a_source_that_changed_is_read_again(tmp_path, nanoaod):
    def stop(*_):
        raise KeyboardInterrupt

    (path,) = nanoaod(200)
    with pytest.raises(KeyboardInterrupt):
        hl.skim(hl.open(path), out=tmp_path / "s.root", chunk=50, progress=stop)
    assert pieces(tmp_path)
    nanoaod(210)
    assert hl.skim(hl.open(path), out=tmp_path / "s.root", chunk=50).resumed == 0


def test_what_was_done_survives_an_error(tmp_path, nanoaod, monkeypatch):
    from hepline.data.filesource import FileSource

    ev = hl.open(nanoaod(200, 150))
    read = FileSource.read

    def failing(self, part, columns, collections, start, stop):
        if part.path.endswith("events1.root") and start == 100:
            raise DataError("a tape broke.", why="it was old.", fix="copy it.")
        return read(self, part, columns, collections, start, stop)

    monkeypatch.setattr(FileSource, "read", failing)
    with pytest.raises(DataError, match="a tape broke"):
        hl.skim(ev, where=CUT, out=tmp_path / "s.root", chunk=50)
    assert len(pieces(tmp_path)) == 6
    monkeypatch.undo()
    assert hl.skim(ev, where=CUT, out=tmp_path / "s.root", chunk=50).resumed == 6


SCRIPT = """
import sys, time
import hepline as hl

def slow(*_):
    time.sleep(0.3)

hl.skim(hl.open(sys.argv[2:]), where="nMuon >= 2", out=sys.argv[1], chunk=20, progress=slow)
"""


@pytest.mark.slow
def test_a_killed_process_loses_little(tmp_path, nanoaod):
    paths = nanoaod(200, 150)
    out = tmp_path / "s.root"
    script = tmp_path / "skim.py"
    script.write_text(SCRIPT)
    process = subprocess.Popen([sys.executable, script, out, *paths], env=os.environ)
    deadline = time.monotonic() + 60
    while len(pieces(tmp_path)) < 3 and time.monotonic() < deadline:
        time.sleep(0.02)
    process.send_signal(signal.SIGKILL)
    process.wait()
    assert not out.exists()
    done = hl.skim(hl.open(paths), where="nMuon >= 2", out=out, chunk=20)
    assert done.resumed >= 3
    whole = hl.skim(hl.open(paths), where="nMuon >= 2", out=tmp_path / "w.root", chunk=20)
    assert whole.sha256 == done.sha256
    assert [path.name for path in tmp_path.iterdir() if path.name.startswith(".")] == []
