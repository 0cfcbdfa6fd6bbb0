"""Kernels are compiled once, kept whole, and found again."""

import os
import subprocess
import sys
import threading
from pathlib import Path

import numpy as np
import pytest

from hepline.columns.leaves import Column
from hepline.columns.lifting import build
from hepline.columns.source import Chunk
from hepline.engine.compiled import compiler
from hepline.engine.compiled.compiler import compiled
from hepline.engine.compiled.evaluator import evaluate
from hepline.engine.compiled.lowering import lower

X = Column("x", "float64", None)


def kernel_of(number):
    """A kernel that no other test compiles."""
    return lower([], [build("multiply", (X, number))])


def times_of(kernel):
    _, (found,), _ = evaluate(kernel, Chunk(2, {"x": np.array([1.0, 2.0])}, {}))
    return found.tolist()


@pytest.fixture
def own_cache(tmp_path, monkeypatch):
    monkeypatch.setenv("HEPLINE_CACHE", str(tmp_path))
    return tmp_path


COMPILE = """
import sys
from hepline.columns.leaves import Column
from hepline.columns.lifting import build
from hepline.engine.compiled.compiler import compiled
from hepline.engine.compiled.lowering import lower

node = build("multiply", (Column("x", "float64", None), float(sys.argv[1])))
kernel = compiled(lower([], [node]))
stats = kernel.function.stats
print(kernel.path.name, sum(stats.cache_hits.values()), sum(stats.cache_misses.values()))
"""


def start(number, cache):
    """Another process that compiles a kernel and says what numba's cache did."""
    return subprocess.Popen(
        [sys.executable, "-c", COMPILE, str(number)],
        env=os.environ | {"HEPLINE_CACHE": str(cache)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def said(process):
    out, err = process.communicate(timeout=120)
    assert process.returncode == 0, err
    name, hits, misses = out.split()
    return name, int(hits), int(misses)


@pytest.mark.slow
def test_a_second_process_finds_what_the_first_one_compiled(tmp_path):
    name, hits, misses = said(start(3.5, tmp_path))
    assert (hits, misses) == (0, 1)
    kept = {path.name for path in tmp_path.rglob("*") if path.is_file()}
    assert said(start(3.5, tmp_path)) == (name, 1, 0)
    assert {path.name for path in tmp_path.rglob("*") if path.is_file()} == kept
    assert any(path.endswith(".nbi") for path in kept)
    assert any(path.endswith(".nbc") for path in kept)


@pytest.mark.slow
def test_two_processes_may_compile_the_same_kernel_at_the_same_time(tmp_path):
    both = [start(4.5, tmp_path) for _ in range(2)]
    names = {said(process)[0] for process in both}
    assert len(names) == 1
    assert said(start(4.5, tmp_path))[1:] == (1, 0)
    # Nothing is left lying about that somebody wrote aside.
    assert not [path for path in (tmp_path / "kernels").iterdir() if path.name.startswith(".")]


def test_threads_share_one_kernel(own_cache):
    lowered, found = kernel_of(11.5), []
    threads = [threading.Thread(target=lambda: found.append(compiled(lowered))) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len({id(kernel.function) for kernel in found}) == 1
    assert times_of(found[0]) == [11.5, 23.0]


def test_kernels_lie_in_the_folder_that_is_asked_for(own_cache):
    kernel = compiled(kernel_of(5.5))
    assert kernel.path.parent == own_cache / "kernels"
    assert kernel.path.read_text("utf-8") == kernel.lowered.source
    assert kernel.seconds > 0
    assert times_of(kernel) == [5.5, 11.0]


@pytest.mark.parametrize(
    ("given", "folder"),
    [
        ({"HEPLINE_CACHE": "a", "XDG_CACHE_HOME": "b"}, "a/kernels"),
        ({"XDG_CACHE_HOME": "b", "HOME": "c"}, "b/hepline/kernels"),
        ({"HOME": "c"}, "c/.cache/hepline/kernels"),
    ],
)
def test_the_folder_follows_the_environment(tmp_path, monkeypatch, given, folder):
    for name in ("HEPLINE_CACHE", "XDG_CACHE_HOME"):
        monkeypatch.delenv(name, raising=False)
    for name, value in given.items():
        monkeypatch.setenv(name, str(tmp_path / value))
    assert compiled(kernel_of(12.5)).path.parent == tmp_path / folder


def test_another_graph_is_another_kernel(own_cache):
    one, other = compiled(kernel_of(6.5)), compiled(kernel_of(7.5))
    assert one.path != other.path
    assert (times_of(one), times_of(other)) == ([6.5, 13.0], [7.5, 15.0])


def test_what_kernels_call_is_part_of_their_name(own_cache, monkeypatch):
    before = compiled(kernel_of(6.5)).path
    monkeypatch.setattr(compiler, "_called", lambda: "another version of kernels.py")
    assert compiled(kernel_of(6.5)).path != before


def test_a_source_that_was_cut_short_while_it_was_written_is_not_taken(own_cache, monkeypatch):
    lowered, before = kernel_of(8.5), Path.write_text

    def broken(path, text, **how):
        before(path, text[: len(text) // 2], **how)
        raise OSError("no space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(Path, "write_text", broken)
        with pytest.raises(OSError, match="no space left"):
            compiled(lowered)
    assert not list((own_cache / "kernels").glob("kernel_*.py"))
    assert times_of(compiled(lowered)) == [8.5, 17.0]


def test_a_cache_that_is_no_folder_stops_nobody(tmp_path, monkeypatch):
    (tmp_path / "file").write_text("not a folder")
    monkeypatch.setenv("HEPLINE_CACHE", str(tmp_path / "file"))
    assert times_of(compiled(kernel_of(9.5))) == [9.5, 19.0]


@pytest.mark.skipif(
    not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root may write anywhere"
)
def test_a_cache_that_cannot_be_written_stops_nobody(tmp_path, monkeypatch):
    tmp_path.chmod(0o500)
    monkeypatch.setenv("HEPLINE_CACHE", str(tmp_path))
    assert times_of(compiled(kernel_of(10.5))) == [10.5, 21.0]


@pytest.mark.parametrize("ending", ["*.nbi", "*.nbc"])
def test_what_a_killed_run_has_left_stops_nobody(tmp_path, monkeypatch, ending):
    monkeypatch.setenv("HEPLINE_CACHE", str(tmp_path))
    lowered = lower([], [build("add", (Column("x", "float64", None), 17.0))])
    compiled(lowered)
    (left,) = (tmp_path / "kernels" / "__pycache__").glob(ending)
    left.write_bytes(left.read_bytes()[:20])
    compiler._loaded.cache_clear()
    chunk = Chunk(2, {"x": np.array([1.0, 2.0])}, {})
    _, (array,), _ = evaluate(compiled(lowered), chunk)
    assert array.to_list() == [18.0, 19.0]
    assert not left.exists()
