"""Kernels are compiled once, kept whole, and found again."""

import os
import subprocess
import sys
import threading
from pathlib import Path

import numpy as np
import pytest

import hepline as hl
from hepline.columns.leaves import Column
from hepline.columns.lifting import build
from hepline.columns.source import Chunk
from hepline.engine.compiled import by_numba, compiler
from hepline.engine.compiled.compiler import compiled, is_kept
from hepline.engine.compiled.evaluator import evaluate
from hepline.engine.compiled.lowering import lower
from hepline.machine.types import Untranslated

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
from hepline.engine.compiled import compiler
from hepline.engine.compiled.lowering import lower

number, seen = float(sys.argv[1]), []
before = compiler.object_code
compiler.object_code = lambda text: seen.append(text) or before(text)
kernel = compiler.compiled(lower([], [build("multiply", (Column("x", "float64", None), number))]))
print(kernel.path.name, len(seen))
"""


def start(number, cache):
    """Another process that compiles a kernel and says how often LLVM was asked."""
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
    name, asked = out.split()
    return name, int(asked)


@pytest.mark.slow
def test_a_second_process_finds_what_the_first_one_compiled(tmp_path):
    name, asked = said(start(3.5, tmp_path))
    assert asked == 1
    kept = {path.name for path in tmp_path.rglob("*") if path.is_file()}
    assert said(start(3.5, tmp_path)) == (name, 0)
    assert {path.name for path in tmp_path.rglob("*") if path.is_file()} == kept
    assert any(path.endswith(".o") for path in kept)


@pytest.mark.slow
def test_two_processes_may_compile_the_same_kernel_at_the_same_time(tmp_path):
    both = [start(4.5, tmp_path) for _ in range(2)]
    names = {said(process)[0] for process in both}
    assert len(names) == 1
    assert said(start(4.5, tmp_path))[1] == 0
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


def test_kernel_is_kept_once_it_is_compiled(own_cache):
    lowered = kernel_of(13.5)
    assert not is_kept(lowered)
    compiled(lowered)
    assert is_kept(lowered)


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


def test_a_disk_that_is_full_stops_nobody(own_cache, monkeypatch):
    lowered, before = kernel_of(8.5), Path.write_bytes

    def broken(path, content):
        before(path, content[: len(content) // 2])
        raise OSError("no space left on device")

    monkeypatch.setattr(Path, "write_bytes", broken)
    assert times_of(compiled(lowered)) == [8.5, 17.0]
    assert not list((own_cache / "kernels").iterdir())


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


def test_what_a_killed_run_has_left_stops_nobody(own_cache):
    lowered = kernel_of(13.5)
    compiled(lowered)
    (left,) = (own_cache / "kernels").glob("*.o")
    whole = left.read_bytes()
    left.write_bytes(whole[:-20])
    compiler._native.cache_clear()
    assert times_of(compiled(lowered)) == [13.5, 27.0]
    assert left.read_bytes() == whole


# --- kernels that numba compiles -----------------------------------------------------------------


def mapped(function):
    """A kernel that calls a function of the user."""
    return lower([], [hl.map(function, hl.events("nanoaod").Jet.pt).node])


def highest(pt):
    """What numba knows, and the translation does not."""
    return pt.max() if len(pt) > 0 else 0.0


def highest_by_hand(pt):
    most = 0.0
    for each in pt:
        most = max(most, each)
    return most


def highest_of(kernel):
    pt = np.array([1.0, 5.0, 2.0], np.float32)
    chunk = Chunk(2, {"Jet_pt": pt}, {"Jet": np.array([0, 2, 3])})
    _, (found,), _ = evaluate(kernel, chunk)
    return found.tolist()


@pytest.mark.parametrize(("function", "by_numba"), [(highest, True), (highest_by_hand, False)])
def test_numba_compiles_what_the_translation_does_not_know(own_cache, function, by_numba):
    kernel = compiled(mapped(function))
    assert kernel.by_numba is by_numba
    assert highest_of(kernel) == [5.0, 2.0]


def test_what_is_not_translated_is_compiled_by_numba(own_cache, monkeypatch):
    def refuse(*_, **__):
        raise Untranslated("a test")

    monkeypatch.setattr(compiler, "translated", refuse)
    kernel = compiled(kernel_of(14.5))
    assert kernel.by_numba
    assert times_of(kernel) == [14.5, 29.0]


@pytest.mark.parametrize("ending", ["*.nbi", "*.nbc"])
def test_what_a_killed_run_has_left_of_numba_stops_nobody(own_cache, ending):
    compiled(mapped(highest))
    (left,) = (own_cache / "kernels" / "__pycache__").glob(ending)
    left.write_bytes(left.read_bytes()[:20])
    by_numba._loaded.cache_clear()
    assert highest_of(compiled(mapped(highest))) == [5.0, 2.0]
    assert not left.exists()
