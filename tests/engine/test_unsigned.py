"""Unsigned 64-bit integers: Python's own integers are the oracle, on every evaluator."""

from __future__ import annotations

import operator

import awkward as ak
import numpy as np
import pytest

import hepline as hl
from hepline.columns.leaves import Collection, Column
from hepline.columns.lifting import build
from hepline.columns.lists import Reduce
from hepline.columns.source import Chunk
from hepline.data.open import source
from hepline.engine import interpreter, reference
from hepline.engine.compiled.compiler import compiled
from hepline.engine.compiled.evaluator import evaluate
from hepline.engine.compiled.lowering import lower
from hepline.engine.schedule import schedule
from hepline.errors import IntegerOverflow, TypeMismatch

VALUES = [0, 1, 5, 6, 2**53 + 1, 2**63 - 1, 2**63, 2**64 - 2, 2**64 - 1]
SIGNED = [0, -1, 5, 7, 2**53, 2**63 - 1, -(2**63), 3, -2]
PAIRS = list(zip(VALUES, SIGNED, strict=True))
U, S = Column("u", "uint64", None), Column("s", "int64", None)


def chunk() -> Chunk:
    contents = {
        "u": np.array(VALUES, np.uint64),
        "s": np.array(SIGNED, np.int64),
        "U_x": np.array([2**63, 2**63 - 1, 7, 2**64 - 1], np.uint64),
    }
    offsets = np.array([0, 2, 3, 4, 4, 4, 4, 4, 4, 4], np.int64)
    return Chunk(len(VALUES), contents, {"U": offsets})


def _compiled(arrays):
    return evaluate(compiled(lower((), arrays)), chunk())[1]


def _awkward(arrays):
    return interpreter.evaluate(schedule((), arrays), (), arrays, chunk())[1]


def _reference(arrays):
    return reference.evaluate((), arrays, chunk())[1]


EVALUATORS = [_reference, _awkward, _compiled]
evaluators = pytest.mark.parametrize("evaluate_with", EVALUATORS)


@evaluators
def test_compares_with_numbers_as_python_does(evaluate_with):
    names = {
        "less": operator.lt, "less_equal": operator.le, "greater": operator.gt,
        "greater_equal": operator.ge, "equal": operator.eq, "not_equal": operator.ne,
    }  # fmt: skip
    asked = [(name, number) for name in names for number in (0, 5, -1, 2**63, 2**64 - 1, 5.5)]
    results = evaluate_with(tuple(build(name, (U, number)) for name, number in asked))
    for (name, number), result in zip(asked, results, strict=True):
        assert result.tolist() == [names[name](value, number) for value in VALUES], (name, number)


@evaluators
def test_compares_with_signed_columns_on_either_side(evaluate_with):
    names = {
        "less": operator.lt, "less_equal": operator.le, "greater": operator.gt,
        "greater_equal": operator.ge, "equal": operator.eq, "not_equal": operator.ne,
    }  # fmt: skip
    nodes = [build(name, sides) for name in names for sides in ((U, S), (S, U))]
    results = iter(evaluate_with(tuple(nodes)))
    for compare in names.values():
        assert next(results).tolist() == [compare(u, s) for u, s in PAIRS]
        assert next(results).tolist() == [compare(s, u) for u, s in PAIRS]


@evaluators
def test_computes_with_positive_numbers_modulo_two_to_the_64(evaluate_with):
    expected = {
        build("add", (U, 1)): [(u + 1) % 2**64 for u in VALUES],
        build("multiply", (U, 3)): [(u * 3) % 2**64 for u in VALUES],
        build("remainder", (U, 10)): [u % 10 for u in VALUES],
        build("floor_divide", (U, 10)): [u // 10 for u in VALUES],
        build("floor_divide", (U, 2**63)): [u // 2**63 for u in VALUES],
        build("remainder", (U, 0)): [0 for _ in VALUES],
        build("floor_divide", (U, U)): [int(u > 0) for u in VALUES],
        build("power", (U, 2)): [u**2 % 2**64 for u in VALUES],
        build("minimum", (U, 2**63)): [min(u, 2**63) for u in VALUES],
        build("maximum", (U, 6)): [max(u, 6) for u in VALUES],
        build("absolute", (U,)): VALUES,
        build("sign", (U,)): [int(u > 0) for u in VALUES],
        build("bitwise_and", (U, -2)): [u & (2**64 - 2) for u in VALUES],
        build("bitwise_xor", (U, S)): [u ^ (s % 2**64) for u, s in PAIRS],
        build("invert", (U,)): [2**64 - 1 - u for u in VALUES],
        build("right_shift", (U, 60)): [u >> 60 for u in VALUES],
        build("right_shift", (U, 64)): [0 for _ in VALUES],
        build("left_shift", (U, 1)): [(u << 1) % 2**64 for u in VALUES],
        build("left_shift", (U, 64)): [0 for _ in VALUES],
        build("where", (build("greater", (S, 3)), U, 0)): [u if s > 3 else 0 for u, s in PAIRS],
    }
    for result, (node, values) in zip(
        evaluate_with(tuple(expected)), expected.items(), strict=True
    ):
        assert ak.to_numpy(result).dtype == np.uint64, node
        assert result.tolist() == values, node


@evaluators
def test_converts_to_floats_without_a_sign(evaluate_with):
    nodes = (build("true_divide", (U, 2)), build("power", (U, S)), build("sqrt", (U,)))
    halves, powers, roots = evaluate_with(nodes)
    with np.errstate(all="ignore"):
        values = np.array(VALUES, np.float64)
        np.testing.assert_array_equal(ak.to_numpy(halves), values / 2)
        np.testing.assert_allclose(ak.to_numpy(powers), values ** np.array(SIGNED, np.float64))
        np.testing.assert_array_equal(ak.to_numpy(roots), np.sqrt(values))


@evaluators
def test_sums_and_extremes_of_lists_keep_large_values(evaluate_with):
    x = Column("U_x", "uint64", Collection("U"))
    total, largest = evaluate_with((Reduce("sum", x), Reduce("max", x)))
    assert total.tolist() == [2**64 - 1, 7, 2**64 - 1, *[0] * 6]
    assert largest.tolist() == [2**63, 7, 2**64 - 1, *[None] * 6]


@evaluators
@pytest.mark.parametrize(
    "node",
    [
        build("subtract", (U, 1)),
        build("negative", (U,)),
        build("add", (U, S)),
        build("add", (U, -1)),
    ],
    ids=str,
)
def test_a_result_that_no_integer_holds_is_an_error(evaluate_with, node):
    with pytest.raises(IntegerOverflow, match="u"):
        evaluate_with((node,))


@evaluators
def test_small_unsigned_integers_may_have_negative_differences(evaluate_with):
    small = build("bitwise_and", (U, 7))
    (result,) = evaluate_with((build("subtract", (small, 6)),))
    assert result.tolist() == [(u & 7) - 6 for u in VALUES]


@evaluators
def test_the_sign_of_large_integers_is_an_integer(evaluate_with):
    (result,) = evaluate_with((build("multiply", (build("sign", (S,)), S)),))
    # The most negative integer has no opposite: it stays itself, as in NumPy.
    assert result.tolist() == [abs(s) if s != -(2**63) else s for s in SIGNED]


def test_numbers_beyond_64_bits_are_refused_where_they_are_written():
    with pytest.raises(TypeMismatch, match="too large"):
        build("add", (U, 2**64))
    with pytest.raises(TypeMismatch, match="does not fit"):
        build("subtract", (U, 2**63))


def test_an_unsigned_column_for_a_signed_recipe_does_not_wrap(tmp_path):
    uproot = pytest.importorskip("uproot")
    path = tmp_path / "large.root"
    with uproot.recreate(path) as file:
        tree = file.mktree("Events", {"run": "uint64"})
        tree.extend({"run": np.array([1, 2**63 + 5], np.uint64)})
    ev = hl.events("nanoaod")
    for engine in ("reference", "awkward", "compiled"):
        with pytest.raises(IntegerOverflow, match="run"):
            hl.compute(ev.run + 0, source=source(path), engine=engine)
