"""Lists inside lists: where their elements come from, and lists that are not there."""

import awkward as ak
import numpy as np
import pytest

from hepline.columns.leaves import Collection, Column, Constant, Sublists
from hepline.columns.lifting import build
from hepline.columns.lists import ArgSort, Flatten, Reduce, Select, Take
from hepline.columns.source import Chunk
from hepline.engine.compiled.compiler import compiled
from hepline.engine.compiled.evaluator import evaluate
from hepline.engine.compiled.lowering import lower

A = Collection("A")
Y = Column("C_y", "float64", Sublists("C", A))
VALUES = [[[5.0, -2.0, 3.0], []], [], [[-4.0, 8.0]], [[1.0]]]
CHUNK = Chunk(
    4,
    {"C_y": np.array([5.0, -2.0, 3.0, -4.0, 8.0, 1.0])},
    {"A": np.array([0, 2, 2, 3, 4]), "C": np.array([0, 3, 3, 5, 6])},
)


def values(node):
    _, (made,), _ = evaluate(compiled(lower([], [node])), CHUNK)
    return made.tolist()


def test_elements_of_a_flat_list_are_looked_up_only_where_one_is_asked_for():
    flat = Flatten(Y)
    total, second = Reduce("sum", flat), Take(flat, Constant(1, "int64"), True)
    assert "_outer[" not in lower([], [total]).source
    assert "_outer[" in lower([], [second]).source
    awkward = ak.flatten(ak.Array(VALUES), axis=2)
    assert values(total) == ak.sum(awkward, axis=-1).tolist()
    assert values(second) == ak.pad_none(awkward, 2)[:, 1].tolist()


@pytest.mark.parametrize("place", [0, 1, 5])
def test_a_list_that_is_not_there_leaves_no_positions_behind(place):
    taken = Take(Y, Constant(place, "int64"), True)
    chosen = Take(taken, Select(build("greater", (taken, 0.0))), False)
    ordered = Take(chosen, ArgSort(chosen, True), False)
    by_hand = [
        sorted((y for y in event[place] if y > 0), reverse=True) if place < len(event) else []
        for event in VALUES
    ]
    assert values(ordered) == by_hand
    first = [own[0] if own else None for own in by_hand]
    assert values(Take(ordered, Constant(0, "int64"), True)) == first


def test_a_flat_list_of_what_was_chosen_has_the_length_of_all():
    chosen = Take(Y, Select(build("greater", (Reduce("count", Y), 1))), False)
    kept = ak.Array(VALUES)[ak.num(ak.Array(VALUES), axis=2) > 1]
    assert values(Reduce("count", Flatten(chosen))) == ak.sum(ak.num(kept, axis=2), axis=1).tolist()
    assert values(Flatten(chosen)) == ak.flatten(kept, axis=2).tolist()
