"""Plain functions run as machine code: Python, run on the same function, is the oracle."""

import threading

import numpy as np
import pytest

from hepline.machine import native
from hepline.machine.function import function
from hepline.machine.translation import Untranslated


@pytest.fixture(autouse=True)
def own_cache(tmp_path, monkeypatch):
    monkeypatch.setenv("HEPLINE_CACHE", str(tmp_path))
    return tmp_path


@pytest.fixture
def asked(monkeypatch):
    """How often LLVM was asked."""
    texts, before = [], native.object_code
    monkeypatch.setattr(native, "object_code", lambda text: texts.append(text) or before(text))
    return texts


def scaled_plain(values, factor, count, out):
    for i in range(count):
        out[i] = values[i] * factor + table_sum(out)


def table_sum(out):
    return np.float64(len(out))


def made():
    return function(values="f8[]", factor="f8", count="i8", out="f8[]")(scaled_plain)


def run(scaled):
    values, out = np.array([1.5, -2.0, 3.25]), np.zeros(3)
    scaled(values, 0.1, 2, out)
    return out


def test_numbers_and_arrays_are_given_as_they_are(asked):
    expected = run(scaled_plain)
    assert run(made()).tobytes() == expected.tobytes()
    assert len(asked) == 1


def test_the_disk_keeps_what_was_compiled(asked, own_cache):
    first, second = made(), made()
    assert run(first).tobytes() == run(second).tobytes()
    assert len(asked) == 1
    (kept,) = (own_cache / "kernels").iterdir()
    assert "scaled_plain" in kept.name


def test_what_a_killed_run_has_left_is_compiled_again(asked, own_cache):
    expected = run(made())
    (kept,) = (own_cache / "kernels").iterdir()
    whole = kept.read_bytes()
    kept.write_bytes(whole[: len(whole) // 2])
    assert run(made()).tobytes() == expected.tobytes()
    assert len(asked) == 2
    assert kept.read_bytes() == whole


def test_threads_compile_a_function_once(asked):
    scaled, found = made(), []
    threads = [threading.Thread(target=lambda: found.append(run(scaled))) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len({each.tobytes() for each in found}) == 1
    assert len(asked) == 1


def tabled(table, out):
    for i in range(len(out)):
        out[i] = table[i, -1] + table[-1, 0]


def test_tables_have_rows(own_cache):
    table, found, expected = np.arange(6.0).reshape(2, 3), np.zeros(2), np.zeros(2)
    function(table="f8[,]", out="f8[]")(tabled)(table, found)
    tabled(table, expected)
    assert found.tolist() == expected.tolist()


def test_names_of_parameters_are_those_of_the_function():
    with pytest.raises(TypeError, match="takes"):
        function(values="f8[]", out="f8[]")(scaled_plain)


def opening(out):
    out[0] = len(open(out))  # noqa: PTH123, SIM115


def test_what_is_not_known_is_said():
    with pytest.raises(Untranslated):
        function(out="f8[]")(opening)(np.zeros(1))
