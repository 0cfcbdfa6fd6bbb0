"""Memory is never less than what is written into it."""

import math

import awkward as ak
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hepline.columns.leaves import Collection, Constant, Sublists
from hepline.columns.lifting import build
from hepline.columns.lists import (
    ArgSort,
    Combinations,
    Concat,
    Cross,
    Flatten,
    Nest,
    Pad,
    Select,
    Slice,
    Take,
    TakeInside,
)
from hepline.columns.navigation import Ranges
from hepline.columns.source import Chunk
from hepline.engine import reference
from hepline.engine.compiled.lists import most
from hepline.engine.compiled.sizes import longest, most_elements
from hepline.engine.compiled.writer import Unlowered

A, B = Collection("A"), Collection("B")
C = Sublists("C", A)
D = Sublists("D", C)
SELECT = Select(build("greater", (A, 0)))
FIRST = Constant(0, "int64")
LISTS = {
    "stored": A,
    "stored inside": C,
    "stored inside these": D,
    "selection": SELECT,
    "order": ArgSort(C, True),
    "slice": Slice(D, None, None, -1),
    "pad": Pad(C, 3),
    "pairs": Combinations(A, 2, 0),
    "triplets of a selection": Combinations(SELECT, 3, 0),
    "product": Cross(A, B, 1),
    "all for each": Nest(B, A),
    "both": Concat(A, B),
    "lists of pairs": Take(C, Combinations(A, 2, 1), False),
    "lists of a product": Take(D, Cross(A, B, 0), False),
    "inner lists of pairs": TakeInside(D, Slice(C, 1, None, None), 1, False),
    "one list out of many": Take(C, FIRST, True),
    "flat": Flatten(C),
    "flat inside": Flatten(D),
    "flat twice": Flatten(Flatten(D)),
    "flat lists of pairs": Flatten(Take(C, Combinations(A, 2, 0), False)),
}


def ends(lengths):
    return np.concatenate(([0], np.cumsum(lengths, dtype=np.int64)))


def chunk(lengths, seed):
    rng = np.random.default_rng(seed)
    offsets = {"A": ends(lengths), "B": ends(rng.integers(0, 4, len(lengths)))}
    offsets["C"] = ends(rng.integers(0, 4, offsets["A"][-1]))
    offsets["D"] = ends(rng.integers(0, 3, offsets["C"][-1]))
    return Chunk(len(lengths), {}, offsets)


@pytest.mark.parametrize("node", LISTS.values(), ids=LISTS)
@settings(max_examples=15, deadline=None, derandomize=True, database=None)
@given(st.lists(st.integers(0, 5), max_size=4), st.integers(0, 99))
def test_there_is_room_for_every_element(node, lengths, seed):
    events = chunk(lengths, seed)
    _, (made,) = reference.evaluate([], [node], events)
    elements = len(ak.flatten(made, axis=None))
    assert elements <= most_elements(node.type.axes[-1], most, events)


@pytest.mark.parametrize("node", LISTS.values(), ids=LISTS)
@settings(max_examples=15, deadline=None, derandomize=True, database=None)
@given(st.lists(st.integers(0, 5), max_size=4), st.integers(0, 99))
def test_a_row_has_room_for_the_longest_list(node, lengths, seed):
    events = chunk(lengths, seed)
    _, (made,) = reference.evaluate([], [node], events)
    counted = ak.num(made, axis=node.type.depth)
    names = {
        f"most_{name}": int(np.diff(offsets).max(initial=0))
        for name, offsets in events.offsets.items()
    }
    code = longest(node.type.axes[-1], most, lambda axis: axis.name)
    room = eval(code, {"subsets": math.comb}, names)  # noqa: S307
    assert ak.max(counted, axis=None) is None or ak.max(counted, axis=None) <= room


def test_what_was_taken_once_needs_no_more_than_there_is():
    events = Chunk(2, {}, {"A": np.array([0, 2, 5])})
    assert most_elements(A, most, events) == 5
    assert most_elements(Combinations(A, 2, 0), most, events) == 1 + 3
    assert most_elements(SELECT, most, events) == 5


def test_ranges_have_no_bound():
    with pytest.raises(Unlowered, match="memory"):
        longest(Ranges(FIRST, FIRST), most, str)
