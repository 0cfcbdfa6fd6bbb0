"""Lists that are kept in a row, and loops that several things share."""

import ast

import numpy as np
import pytest

from hepline.columns.axes import RegularAxis
from hepline.columns.fill import Fill
from hepline.columns.leaves import Collection, Column
from hepline.columns.lifting import build
from hepline.columns.lists import ArgSort, Combinations, Nest, Reduce, Select, Take
from hepline.columns.source import Chunk
from hepline.engine import reference
from hepline.engine.compiled.compiler import compiled
from hepline.engine.compiled.evaluator import evaluate
from hepline.engine.compiled.lowering import lower

A, B = Collection("A"), Collection("B")
OWN, OTHER = Column("A_x", "float64", A), Column("B_x", "float64", B)
CHUNK = Chunk(
    3,
    {"A_x": np.array([3.0, 9, 1, 4, 7, 5]), "B_x": np.array([1.0, -2, 3, 4])},
    {"A": np.array([0, 3, 3, 6]), "B": np.array([0, 2, 3, 4])},
)
APART = build("absolute", (build("subtract", (Take(OTHER, Nest(A, B), False), OWN)),))
NEAREST = Reduce("min", APART)


def loops(source):
    """Lists that the kernel goes over in an event, outermost only."""
    kernel = next(n for n in ast.parse(source).body if isinstance(n, ast.FunctionDef))
    events = next(n for n in ast.walk(kernel) if isinstance(n, ast.For) and "event" in n.target.id)
    return [node for node in events.body if isinstance(node, ast.For)]


@pytest.mark.parametrize(
    "node",
    [
        pytest.param(ArgSort(NEAREST, True), id="sorted by"),
        pytest.param(Take(NEAREST, Combinations(A, 2, 1), False), id="of a pair"),
        pytest.param(Take(NEAREST, ArgSort(OWN, False), False), id="in another order"),
    ],
)
def test_the_distance_to_the_nearest_object_may_be_kept(node):
    _, (expected,) = reference.evaluate([], [node], CHUNK)
    _, (found,), _ = evaluate(compiled(lower([], [node])), CHUNK)
    assert found.tolist() == expected.tolist()


def test_what_goes_over_the_same_list_shares_a_loop():
    nodes = [
        Reduce("sum", OWN),
        Reduce("max", OWN),
        Reduce("argmin", build("multiply", (OWN, OWN))),
    ]
    assert len(loops(lower([], nodes).source)) == 1
    nodes.append(Reduce("max", OTHER))
    assert len(loops(lower([], nodes).source)) == 2


def test_a_selection_shares_the_loop_over_what_it_is_made_of():
    chosen = Take(OWN, Select(build("greater", (OWN, 3.5))), False)
    nodes = [Reduce("sum", chosen), Reduce("sum", OWN)]
    assert len(loops(lower([], nodes).source)) == 1
    _, expected = reference.evaluate([], nodes, CHUNK)
    _, found, _ = evaluate(compiled(lower([], nodes)), CHUNK)
    assert [array.tolist() for array in found] == [array.tolist() for array in expected]


def test_what_is_made_of_a_sum_over_a_list_goes_over_it_again():
    total = Reduce("sum", OWN)
    share = build("true_divide", (OWN, total))
    node = Reduce("max", share)
    assert len(loops(lower([], [total, node]).source)) == 2
    _, (_, found), _ = evaluate(compiled(lower([], [total, node])), CHUNK)
    assert found.tolist() == [9 / 13, None, 7 / 16]


def test_the_second_members_of_pairs_alone_have_a_list():
    second = Take(OWN, Combinations(A, 2, 1), False)
    pair = build("add", (Take(OWN, Combinations(A, 2, 0), False), second))
    total, largest = Reduce("sum", OWN), Reduce("max", OWN)
    where = build("bitwise_and", (build("greater", (total, 1.0)), build("less", (largest, 99.0))))
    column = Take(second, ArgSort(second, True), False)
    fill = Fill((RegularAxis("x", 5, 0.0, 20.0),), (pair,), None, where)
    (expected,), (order,) = reference.evaluate([fill], [column], CHUNK)
    (found,), (sorted_,), _ = evaluate(compiled(lower([fill], [column])), CHUNK)
    assert found.entries.tolist() == expected.entries.tolist()
    assert sorted_.tolist() == order.tolist()
