"""RNTuples: what uproot reads back is what was written."""

import awkward as ak
import numpy as np
import pytest
import uproot

import hepline as hl
from hepline.data.writing.columns import Written
from hepline.data.writing.ntuple import NTupleFile, unfit
from hepline.data.writing.rows import Rows, rows_of


def write(path, columns, blocks=((0, 5),)):
    file = NTupleFile(path, "Events", [column for column, _ in columns.values()], len(blocks))
    for start, stop in blocks:
        file.add({name: rows.cut(start, stop) for name, (_, rows) in columns.items()})
    file.finish("note", "said")


def test_every_type_is_read_back(tmp_path, columns):
    write(tmp_path / "a.root", columns, [(0, 2), (2, 3), (3, 5)])
    with uproot.open(tmp_path / "a.root") as file:
        assert str(file["note"]) == "said"
        arrays = file["Events"].arrays()
        assert set(arrays.fields) == set(columns)
        for name, (column, rows) in columns.items():
            assert arrays[name].to_list() == ak.Array(rows.layout()).to_list(), name
            if not column.is_text:
                assert str(arrays[name].type.content).rpartition(" ")[2] == column.dtype, name


def test_the_same_events_make_the_same_bytes(tmp_path, columns):
    for name in ("a.root", "b.root"):
        (tmp_path / name).mkdir()
        write(tmp_path / name / "c.root", columns, [(0, 2), (2, 5)])
    first, second = ((tmp_path / n / "c.root").read_bytes() for n in ("a.root", "b.root"))
    assert first == second


def test_no_events(tmp_path, columns):
    write(tmp_path / "a.root", columns, [])
    with uproot.open(tmp_path / "a.root") as file:
        assert file["Events"].num_entries == 0


@pytest.mark.parametrize(
    ("depth", "values"),
    [(0, [1.0, None, 3.0, 4.0]), (1, [[1.0, None], [], [None], [2.0]]),
     (2, [[[None], []], [], [[2.0]], []])],
)  # fmt: skip
def test_missing_values_are_options(tmp_path, depth, values):
    column = Written("x", "float64", depth, optional=True)
    rows = rows_of(ak.Array(values))
    write(tmp_path / "a.root", {"x": (column, rows)}, [(0, 1), (1, 3), (3, 4)])
    with uproot.open(tmp_path / "a.root") as file:
        assert file["Events"].arrays()["x"].to_list() == values
    opened = hl.open(tmp_path / "a.root")
    assert hl.compute(opened["x"]).to_list() == values


def test_blocks_without_missing_values_are_options_too(tmp_path):
    column = Written("x", "float64", optional=True)
    file = NTupleFile(tmp_path / "a.root", "Events", [column], 2)
    file.add({"x": Rows(np.array([1.0, 2.0]))})
    file.add({"x": Rows(np.array([3.0, 4.0]), there=np.array([False, True]))})
    file.finish("note", "")
    with uproot.open(tmp_path / "a.root") as opened:
        assert opened["Events"].arrays()["x"].to_list() == [1.0, 2.0, None, 4.0]


def test_missing_texts_do_not_fit():
    assert not unfit(Written("x", "float32", 3, optional=True))
    assert "missing" in unfit(Written("x", "string", optional=True))
