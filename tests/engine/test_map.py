"""`hl.map`: a user's function of one event, in every engine what plain Python makes of it."""

from __future__ import annotations

import warnings

import awkward as ak
import numpy as np
import pytest

import hepline as hl
from hepline.engine import usercode
from hepline.errors import CallFailed, LanguageError, ShapeMismatch, SlowFunction, TypeMismatch

ENGINES = ("reference", "awkward", "compiled")
SCALE = 2.5


def pair_sum(pt, eta, met):
    """A number made of lists and a number."""
    total = 0.0
    for i in range(len(pt)):
        for j in range(i + 1, len(pt)):
            total += pt[i] * pt[j] / (1 + abs(eta[i] - eta[j]))
    return total + SCALE * met


def above_fifty(pt):
    """A list that may be shorter than what it is made of."""
    return pt[pt > 50] * 2.0


def twice_as_many(pt):
    """A list that is longer than what it is made of."""
    made = np.zeros(2 * len(pt) + 1)
    for i in range(len(pt)):
        made[2 * i] = pt[i]
    return made


def rank(pt):
    """One value for each element."""
    places = np.zeros(len(pt), np.int64)
    for i in range(len(pt)):
        for j in range(len(pt)):
            if pt[j] > pt[i]:
                places[i] += 1
    return places


def leading(pt):
    """What fails for an empty list."""
    return pt[0]


def hardest_last(pt):
    """What sorts its list where it lies."""
    pt.sort()
    return pt[-1] if len(pt) > 0 else 0.0


def halved(pt):
    """What writes to its list, and is too much for numba."""
    pt[:] = [x / 2 for x in pt]
    return float(sum(x for x in pt))


def generated(pt):
    """What numba does not compile."""
    return float(sum(x for x in pt))


def by_hand(function, *columns):
    """Plain Python, event by event, on awkward's arrays."""
    rows = [[x if np.ndim(x) == 0 else ak.to_numpy(x) for x in event]
            for event in zip(*columns, strict=True)]  # fmt: skip
    return [function(*row) for row in rows]


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("chunk", [97, None])
def test_a_number_per_event(collisions, engine, chunk):
    jet = collisions.Jet
    found = hl.compute(
        hl.map(pair_sum, jet.pt, jet.eta, collisions.MET.pt), engine=engine, chunk=chunk
    )
    pt, eta, met = hl.compute(jet.pt, jet.eta, collisions.MET.pt)
    assert np.allclose(found, by_hand(pair_sum, pt, eta, met), rtol=1e-6)


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("function", [above_fifty, twice_as_many])
def test_a_list_per_event(collisions, engine, function):
    mapped = hl.map(function, collisions.Jet.pt, returns="var * float64")
    found, total, large, count = hl.compute(
        mapped, hl.sum(mapped), mapped[mapped > 150], hl.count(mapped), engine=engine
    )
    expected = ak.Array([*by_hand(function, hl.compute(collisions.Jet.pt))])
    assert str(found.type) == "1000 * var * float64"
    assert ak.almost_equal(found, ak.values_astype(expected, "float64"), rtol=1e-6)
    assert ak.to_list(count) == ak.to_list(ak.num(expected))
    assert np.allclose(total, ak.sum(expected, axis=1), rtol=1e-5)
    assert ak.to_list(ak.num(large)) == ak.to_list(ak.sum(expected > 150, axis=1))


@pytest.mark.parametrize("engine", ENGINES)
def test_a_list_along_objects_combines_with_their_fields(collisions, engine):
    jet = collisions.Jet[collisions.Jet.pt > 30]
    place = hl.map(rank, jet.pt, returns="int64", along=jet)
    found, hardest, product = hl.compute(place, jet[place == 0].pt, place * jet.pt, engine=engine)
    pt = hl.compute(jet.pt)
    expected = ak.Array(by_hand(rank, pt))
    assert ak.to_list(found) == ak.to_list(expected)
    assert ak.to_list(ak.max(pt, axis=1)) == ak.to_list(ak.firsts(hardest))
    assert ak.to_list(product) == ak.to_list(pt * expected)


@pytest.mark.filterwarnings("ignore::hepline.errors.SlowFunction")
@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("function", [hardest_last, halved])
def test_a_function_that_writes_to_its_lists_changes_no_column(collisions, engine, function):
    pt, eta = (column[:100] for column in hl.compute(collisions.Jet.pt, collisions.Jet.eta))
    jet = collisions.Jet
    central = jet[abs(jet.eta) < 1]
    found = hl.compute(
        *(hl.map(function, column) for column in (jet.pt, central.pt)), jet.pt, jet[0].pt,
        hl.sum(central.pt), hl.map(pair_sum, jet.pt, jet.pt, 1.0), central.pt, engine=engine,
    )  # fmt: skip
    inner = pt[abs(eta) < 1]

    def on_a_copy(row):
        return function(row.copy())

    expected = [
        by_hand(on_a_copy, pt), by_hand(on_a_copy, inner), pt, ak.firsts(pt), ak.sum(inner, axis=1),
        by_hand(pair_sum, pt, pt, np.ones(100)), inner,
    ]  # fmt: skip
    for result, by_numpy in zip(found, expected, strict=True):
        assert ak.almost_equal(result[:100], ak.Array(by_numpy), rtol=1e-5, dtype_exact=False)


def test_only_lists_that_are_written_to_are_copied(collisions):
    pt = collisions.Jet.pt
    kernel = hl.explain(hl.map(pair_sum, pt, pt, 1.0), stage="lower")
    assert kernel.count("lent(in_") == 2
    assert "copy" not in kernel
    assert "np.copy(in_" in hl.explain(hl.map(hardest_last, pt), stage="lower")


@pytest.mark.parametrize("engine", ENGINES)
def test_only_events_that_pass_are_looked_at(collisions, engine):
    mapped = hl.map(leading, collisions.Muon.pt, returns="float32")
    where = hl.count(collisions.Muon) > 0
    histogram = hl.compute(hl.hist(mapped, bins=(5, 0, 500), where=where), engine=engine)
    assert histogram.sum(flow=True) == ak.sum(ak.num(hl.compute(collisions.Muon.pt)) > 0)


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("returns", ["float32", "var * float32"])
def test_an_index_outside_of_a_list_is_an_error(collisions, engine, returns):
    function = leading if returns == "float32" else (lambda pt: pt[0:1] * pt[len(pt)])
    with pytest.raises(CallFailed, match="IndexError"):
        hl.compute(hl.map(function, collisions.Muon.pt, returns=returns), engine=engine)


@pytest.mark.parametrize("engine", ENGINES[1:])
def test_what_numba_does_not_compile_is_run_by_python_and_said(collisions, engine):
    usercode._warn.cache_clear()
    slow = hl.map(generated, collisions.Jet.pt)
    with pytest.warns(SlowFunction, match=r"generated\(\) is run by Python"):
        found, pairs = hl.compute(slow, hl.count(collisions.Jet.pairs()), engine=engine)
    assert ak.to_list(found) == by_hand(generated, hl.compute(collisions.Jet.pt))
    assert ak.to_list(pairs) == ak.to_list(
        ak.num(ak.combinations(hl.compute(collisions.Jet.pt), 2))
    )


def in_a_dictionary(pt):
    """What numba complains about at length, and warns of before."""
    known = {}
    for x in pt:
        known[int(x) // 10] = known.get(int(x) // 10, 0) + 1
    return float(len(known))


def test_the_warning_says_in_one_line_what_numba_does_not_compile(collisions):
    usercode._warn.cache_clear()
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        hl.compute(hl.map(in_a_dictionary, collisions.Jet.pt), engine="awkward")
    (warning,) = caught
    assert warning.category is SlowFunction
    assert "does not compile it. No implementation of function" in str(warning.message)


def test_the_rest_of_such_a_plan_is_compiled(collisions):
    from hepline.engine.compiled.lowering import lowered_phases

    slow = hl.map(generated, collisions.Jet.pt)
    fill = hl.hist(slow + hl.sum(collisions.Jet.pairs().mass), bins=(2, 0, 1e4)).node
    first, last = lowered_phases((fill,), ())
    assert [step.node.function.name for step in first.steps] == ["generated"]
    assert not last.steps


@pytest.mark.parametrize("engine", ENGINES)
def test_a_function_of_a_called_column(collisions, engine):
    squared = hl.call(np.square, collisions.Jet.pt, returns="float32")
    found = hl.compute(hl.map(np.sum, squared, returns="float32"), engine=engine)
    pt = hl.compute(collisions.Jet.pt)
    assert np.allclose(found, ak.sum(pt * pt, axis=1), rtol=1e-5)


@pytest.mark.parametrize("engine", ENGINES[1:])
@pytest.mark.parametrize(
    ("function", "options", "message"),
    [
        (leading, {"returns": "var * float64"}, "returns float32"),
        (rank, {"returns": "int64"}, "returns array|int64 of shape"),
        (lambda pt: 1j * len(pt), {}, "returns complex"),
    ],
)
def test_what_is_returned_is_what_was_announced(collisions, engine, function, options, message):
    with pytest.raises(CallFailed, match=message):
        hl.compute(hl.map(function, collisions.Jet.pt, **options), engine=engine)


@pytest.mark.parametrize("engine", ENGINES)
def test_a_list_of_another_length_than_it_runs_along(collisions, engine):
    jet = collisions.Jet[collisions.Jet.pt > 30]
    mapped = hl.map(rank, collisions.Jet.pt, returns="int64", along=jet)
    with pytest.raises(CallFailed, match="another length"):
        hl.compute(mapped, engine=engine)


def test_misuse():
    ev = hl.events("nanoaod")
    with pytest.raises(TypeMismatch, match='write "float64"'):
        hl.map(rank, ev.Jet.pt, returns="2 * float64")
    with pytest.raises(TypeMismatch, match="does not take them"):
        hl.map(rank, ev.Jet.pt, ev.Jet.eta)
    with pytest.raises(LanguageError, match="fill_missing"):
        hl.map(leading, ev.Jet[0].pt)
    with pytest.raises(LanguageError, match="over no column"):
        hl.map(leading, 1.0)
    with pytest.raises(ShapeMismatch, match="lists of lists"):
        hl.map(leading, _nested(ev))
    with pytest.raises(ShapeMismatch, match="along"):
        hl.map(rank, ev.Jet.pt, along=ev.MET)


def _nested(ev):
    from hepline.columns.expression import Expr
    from hepline.columns.lists import Nest

    return Expr(Nest(ev.Jet.fields.axes[0], ev.Muon.fields.axes[0]), ev.origin)


def test_compiling_warns_of_nothing(collisions):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        hl.compute(hl.map(pair_sum, collisions.Jet.pt, collisions.Jet.eta, 1.0), engine="compiled")
