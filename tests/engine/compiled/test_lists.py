"""Each list operation goes over its lists once, wherever they stand."""

import ast

import numpy as np

from hepline.columns.leaves import Collection, Column, Constant, Sublists
from hepline.columns.lifting import build
from hepline.columns.lists import CumSum, Reduce, Select, Slice, Take, TakeInside
from hepline.columns.nodes import Node
from hepline.columns.source import Chunk
from hepline.engine import definitions, reference
from hepline.engine.compiled.compiler import compiled
from hepline.engine.compiled.elements import RULES
from hepline.engine.compiled.evaluator import evaluate
from hepline.engine.compiled.lists import FORMS
from hepline.engine.compiled.lowering import lower

A = Collection("A")
C = Sublists("C", A)
X, Y = Column("A_x", "float64", A), Column("C_y", "float64", C)
CHUNK = Chunk(
    4,
    {"A_x": np.array([3.0, -9, 1, 4]), "C_y": np.array([5.0, -2, 3, -4, 8, 1])},
    {"A": np.array([0, 2, 2, 3, 4]), "C": np.array([0, 3, 3, 5, 6])},
)
FIRST = Constant(0, "int64")


def positive(values: Node) -> Node:
    return Select(build("greater", (values, 0.0)))


def loops(node: Node) -> int:
    """How many loops over lists the kernel has, with those inside of others."""
    tree = ast.parse(lower([], [node]).source)
    kernel = next(part for part in tree.body if isinstance(part, ast.FunctionDef))
    return sum(isinstance(part, ast.For) for part in ast.walk(kernel)) - 1


def agrees(node: Node) -> bool:
    _, (expected,) = reference.evaluate([], [node], CHUNK)
    _, (made,), _ = evaluate(compiled(lower([], [node])), CHUNK)
    return made.tolist() == expected.tolist()


def test_positions_of_a_selection_in_inner_lists_say_how_many_there_are():
    chosen = TakeInside(Y, positive(Y), 1, False)
    node = TakeInside(chosen, Slice(chosen.type.axes[-1], None, 2, None), 1, False)
    # Over the objects of the event; over the inner list; over what is left of it.
    assert loops(node) == 3
    assert agrees(node)


def test_running_sums_of_a_selection_need_no_positions():
    node = Reduce("max", CumSum(Take(X, positive(X), False)))
    assert loops(node) == 2
    assert agrees(node)


def test_what_is_summed_up_to_each_element_shares_the_loop_of_a_sum():
    total = Reduce("sum", X)
    assert loops(build("add", (total, Take(CumSum(X), FIRST, True)))) == 1


def test_every_operation_has_a_rule():
    # What runs between two phases no kernel sees.
    assert set(definitions.RULES) - set(RULES) == {
        next(k for k in definitions.RULES if k.__name__ == "Call")
    }
    assert set(FORMS) <= set(RULES)
