"""Rows: cut, joined, chosen and converted as awkward does it."""

from itertools import pairwise

import awkward as ak
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hepline.columns.schema import ColumnSpec
from hepline.columns.source import Chunk
from hepline.data.writing.rows import Chosen, Rows, joined, offsets_of, rows_of

numbers = st.integers(-5, 5)
SHAPES = {
    0: st.lists(numbers, min_size=1, max_size=12),
    1: st.lists(st.lists(numbers, max_size=4), min_size=1, max_size=10),
    2: st.lists(st.lists(st.lists(numbers, max_size=3), max_size=3), min_size=1, max_size=8),
}


def array_of(values, depth):
    typed = ak.values_astype(ak.Array(values), np.int32)
    kind = "var * " * depth + "int32"
    return ak.enforce_type(typed, kind)


@pytest.mark.parametrize("depth", SHAPES)
@settings(deadline=None)
@given(data=st.data())
def test_rows_keep_every_shape(depth, data):
    array = array_of(data.draw(SHAPES[depth]), depth)
    rows = rows_of(array)
    assert len(rows) == len(array)
    assert len(rows.lists) == depth
    assert ak.Array(rows.layout()).to_list() == array.to_list()
    cuts = sorted(data.draw(st.lists(st.integers(0, len(array)), max_size=3)))
    edges = [0, *cuts, len(array)]
    parts = [rows.cut(low, high) for low, high in pairwise(edges)]
    assert [ak.Array(part.layout()).to_list() for part in parts] == [
        array[low:high].to_list() for low, high in pairwise(edges)
    ]
    assert ak.Array(joined(parts).layout()).to_list() == array.to_list()


@pytest.mark.parametrize("depth", SHAPES)
@settings(deadline=None)
@given(data=st.data())
def test_chosen_events_are_those_of_awkward(depth, data):
    array = array_of(data.draw(SHAPES[depth]), depth)
    mask = np.array(data.draw(st.lists(st.booleans(), min_size=len(array), max_size=len(array))))
    rows = rows_of(array)
    axes = ["x", "x/1"][:depth]
    spec = ColumnSpec("x", "int32", "x" if depth else None, inner=tuple(axes[1:]))
    chunk = Chunk(len(array), {"x": rows.values}, dict(zip(axes, rows.lists, strict=True)))
    assert ak.Array(Chosen(chunk, mask).rows(spec).layout()).to_list() == array[mask].to_list()
    assert ak.Array(Chosen(chunk, None).rows(spec).layout()).to_list() == array.to_list()


def test_missing_values_stay_missing():
    array = ak.Array([[1.0, None], [], [None, 2.0]])
    rows = rows_of(array)
    assert rows.there.tolist() == [True, False, False, True]
    assert ak.Array(rows.layout()).to_list() == array.to_list()
    whole = joined([rows.cut(0, 1), Rows(np.array([3.0]), (np.array([0, 1]),)), rows.cut(1, 3)])
    assert ak.Array(whole.layout()).to_list() == [[1.0, None], [3.0], [], [None, 2.0]]


def test_missing_values_of_a_file_are_chosen_along():
    spec = ColumnSpec("x", "float64", optional=True)
    there = np.array([True, False, True])
    chunk = Chunk(3, {"x": np.array([1.0, 0.0, 3.0]), "x?": there}, {})
    rows = Chosen(chunk, np.array([False, True, True])).rows(spec)
    assert ak.Array(rows.layout()).to_list() == [None, 3.0]


def test_text_is_spelled_out():
    words = {7: "seven", 9: "", 11: "η"}
    rows = Rows(np.array([7, 9, 11, 7], np.uint64), (offsets_of(np.array([1, 0, 3])),), words=words)
    assert ak.Array(rows.layout()).to_list() == [["seven"], [], ["", "η", "seven"]]
    both = joined([rows.cut(0, 1), rows.cut(1, 3)])
    assert ak.Array(both.layout()).to_list() == [["seven"], [], ["", "η", "seven"]]
    assert rows.nbytes == 4 * 8 + 4 * 8
