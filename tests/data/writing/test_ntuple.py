"""RNTuples: what uproot reads back is what was written."""

import awkward as ak
import uproot

from hepline.data.writing.columns import Written
from hepline.data.writing.ntuple import NTupleFile, unfit


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


def test_missing_values_do_not_fit():
    assert not unfit(Written("x", "float32", 3))
    assert "missing" in unfit(Written("x", "float32", optional=True))
