"""TTrees: what uproot reads back is what was written."""

import awkward as ak
import numpy as np
import pytest
import uproot

from hepline.data.writing.columns import Written
from hepline.data.writing.rows import Rows, rows_of
from hepline.data.writing.tree import TreeFile, unfit
from hepline.errors import OutputError


def write(path, columns, blocks=((0, 5),)):
    written = [column for column, _ in columns.values()]
    file = TreeFile(path, "Events", written, len(blocks))
    for start, stop in blocks:
        file.add({name: rows.cut(start, stop) for name, (_, rows) in columns.items()})
    file.finish("note", "said")


@pytest.fixture
def fitting(columns):
    return {name: pair for name, pair in columns.items() if not unfit(pair[0])}


def test_every_type_that_fits_is_read_back(tmp_path, columns, fitting):
    assert set(columns) - set(fitting) == {n for n in columns if n.startswith(("Deep", "words"))}
    write(tmp_path / "a.root", fitting, [(0, 2), (2, 3), (3, 5)])
    with uproot.open(tmp_path / "a.root") as file:
        assert str(file["note"]) == "said"
        tree = file["Events"]
        assert set(tree.keys()) == set(fitting)
        for name, (column, rows) in fitting.items():
            array = tree[name].array()
            assert array.to_list() == ak.Array(rows.layout()).to_list(), name
            if not column.is_text:
                assert str(array.type.content).rpartition(" ")[2] == column.dtype, name


def test_counters_keep_their_sign(tmp_path, fitting):
    write(tmp_path / "a.root", fitting)
    with uproot.open(tmp_path / "a.root") as file:
        assert file["Events/nMuon"].typename == "uint32_t"
    fitting["nMuon"] = Written("nMuon", "int32"), fitting["nMuon"][1]
    write(tmp_path / "b.root", fitting)
    with uproot.open(tmp_path / "b.root") as file:
        assert file["Events/nMuon"].typename == "int32_t"


def test_the_same_events_make_the_same_bytes(tmp_path, fitting):
    (tmp_path / "x").mkdir()
    for path in (tmp_path / "a.root", tmp_path / "x" / "a.root"):
        write(path, fitting, [(0, 2), (2, 5)])
    assert (tmp_path / "a.root").read_bytes() == (tmp_path / "x" / "a.root").read_bytes()


def test_more_blocks_than_planned(tmp_path):
    column = Written("x", "float32")
    file = TreeFile(tmp_path / "a.root", "Events", [column], 1)
    for number in range(30):
        file.add({"x": Rows(np.full(3, number, np.float32))})
    file.finish("note", "")
    with uproot.open(tmp_path / "a.root") as opened:
        assert opened["Events/x"].array().to_list() == [float(n // 3) for n in range(90)]


def test_no_events_and_a_further_tree(tmp_path):
    columns = [Written("x", "int32"), Written("y", "float32", 1, counter="ny")]
    file = TreeFile(tmp_path / "a.root", "Events", columns, 1)
    weights = rows_of(ak.Array([[1.0, 2.0], [3.0]]))
    file.add_tree("Runs", [Written("w", "float64", 1, counter="nw")], {"w": weights})
    file.finish("note", "")
    with uproot.open(tmp_path / "a.root") as opened:
        assert opened["Events"].num_entries == 0
        assert opened["Runs/w"].array().to_list() == [[1.0, 2.0], [3.0]]


def test_lists_of_two_lengths_cannot_share_a_counter(tmp_path):
    columns = [Written(name, "int64", 1, counter="nM") for name in ("M_a", "M_b")]
    file = TreeFile(tmp_path / "a.root", "Events", columns, 1)
    rows = {"M_a": rows_of(ak.Array([[1], [2, 3]])), "M_b": rows_of(ak.Array([[1, 2], [3]]))}
    with pytest.raises(OutputError, match="'M_a' and 'M_b'"):
        file.add(rows)
    file.close()
