"""A user's function is taken as it is when the recipe is written."""

from __future__ import annotations

import functools
import pickle

import awkward as ak
import numba
import numpy as np
import pytest

import hepline as hl
from hepline.columns.freezing import frozen
from hepline.errors import LanguageError, TypeMismatch

FACTOR = 3.0
TABLE = np.arange(5.0)


def _with_global(x):
    return FACTOR * x


def _helper(x):
    return x + 1


def _calls_another(x):
    return _helper(x) * TABLE[2]


def _recursive(n):
    return 1 if n < 1 else n * _recursive(n - 1)


def test_a_function_of_numpy_arrays(collisions):
    found, mass, met = hl.compute(
        hl.call(np.hypot, collisions.Jet.mass, collisions.MET.pt, returns="float32"),
        collisions.Jet.mass,
        collisions.MET.pt,
    )
    assert ak.to_list(found) == ak.to_list(np.hypot(mass, met))


def _doubled(x):
    x *= 2
    return x


@pytest.mark.parametrize("engine", ["reference", "awkward", "compiled"])
def test_a_function_that_writes_to_its_arrays_changes_no_column(collisions, engine):
    met, pt = hl.compute(collisions.MET.pt, collisions.Jet.pt)
    jet = collisions.Jet
    doubled = [
        hl.call(_doubled, column, returns="float32") for column in (collisions.MET.pt, jet.pt)
    ]
    found = hl.compute(*doubled, collisions.MET.pt, jet.pt, hl.sum(jet.pt), engine=engine)
    expected = [met * 2, pt * 2, met, pt, ak.sum(pt, axis=1)]
    for result, by_awkward in zip(found, expected, strict=True):
        assert ak.almost_equal(result, by_awkward, rtol=1e-5, dtype_exact=False)


def test_several_outputs(collisions):
    whole, rest = hl.call(np.divmod, collisions.MET.pt, 7.0, returns=("float32", "float32"))
    found = hl.compute(whole, rest, collisions.MET.pt)
    expected = np.divmod(ak.to_numpy(found[2]), np.float32(7))
    assert np.array_equal(found[0], expected[0])
    assert np.allclose(found[1], expected[1], rtol=1e-6)


def test_a_function_of_a_loop_keeps_its_own_value(collisions):
    """Python looks the name up when the function runs, long after the loop."""
    scaled = [hl.call(lambda x: x * factor, collisions.MET.pt) for factor in (1.0, 2.0, 4.0)]  # noqa: B023
    one, two, four = hl.compute(*scaled)
    assert ak.all(two == 2 * one)
    assert ak.all(four == 4 * one)


@pytest.mark.parametrize("change", ["closure", "default", "code", "global array"])
def test_the_fingerprint_depends_on_all_that_a_function_uses(change, monkeypatch):
    def make(value):
        if change == "closure":
            return lambda x: x * value
        if change == "default":
            return lambda x, k=value: x * k
        return (lambda x: x * 1.0) if value == 1.0 else (lambda x: x * 2.0)

    if change == "global array":
        before = frozen(_calls_another)[1]
        monkeypatch.setitem(globals(), "TABLE", np.arange(5.0) + 1)
        assert frozen(_calls_another)[1] != before
        return
    assert frozen(make(1.0))[1] == frozen(make(1.0))[1]
    assert frozen(make(1.0))[1] != frozen(make(2.0))[1]


def test_a_frozen_function_does_not_follow_its_globals(monkeypatch):
    made, before = frozen(_with_global)
    other, again = frozen(_calls_another)
    monkeypatch.setitem(globals(), "FACTOR", 100.0)
    monkeypatch.setitem(globals(), "_helper", abs)
    TABLE_before = TABLE[2]
    assert (made(2.0), other(2.0)) == (6.0, 3.0 * TABLE_before)
    assert frozen(_with_global)[1] != before
    assert frozen(_calls_another)[1] != again


def test_functions_of_many_kinds():
    assert frozen(_recursive)[0](5) == 120
    assert frozen(functools.partial(np.add, 2.0))[0](1.0) == 3.0
    assert frozen(np.vectorize(_helper))[0](np.array([1, 2])).tolist() == [2, 3]
    compiled = numba.njit(_helper)
    assert frozen(compiled)[0] is compiled
    assert frozen(np.where)[1] != frozen(np.clip)[1]
    assert frozen(np.sin)[1] != frozen(np.cos)[1]


def test_what_has_no_content_to_compare_is_refused():
    class Model:
        def predict(self, x):
            return x

    model = Model()
    with pytest.raises(LanguageError, match=r"'model' is the .*Model"):
        frozen(lambda x: model.predict(x))
    with pytest.raises(LanguageError, match="cannot be called from a recipe"):
        frozen(model.predict)


def test_worker_processes_get_the_function(collisions):
    node = hl.call(lambda x: x * FACTOR, collisions.MET.pt).node
    again = pickle.loads(pickle.dumps(node.called))  # noqa: S301
    assert again == node.called
    assert again.run([np.array([2.0])])[0] == 6.0


@pytest.mark.parametrize(
    ("arguments", "options", "message"),
    [
        ((3.0,), {}, "this is not a function"),
        ((np.hypot,), {}, "does not take them|takes 2"),
        ((_helper,), {}, "does not take them|takes"),
        ((np.sin,), {"returns": "str"}, "an element is a number"),
        ((np.sin,), {"returns": "complex128"}, "an element is a number"),
    ],
)
def test_misuse(arguments, options, message):
    ev = hl.events("nanoaod")
    columns = (ev.MET.pt,) if arguments[0] is not _helper else (ev.MET.pt, ev.MET.phi)
    with pytest.raises(TypeMismatch, match=message):
        hl.call(*arguments, *columns, **options)


def test_objects_are_no_columns():
    ev = hl.events("nanoaod")
    with pytest.raises(TypeMismatch, match="name a column of it"):
        hl.call(np.sin, ev.Muon)
