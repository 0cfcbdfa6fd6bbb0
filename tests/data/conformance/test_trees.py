"""Trees of every type and compression have the numbers that ROOT wrote."""

from pathlib import Path

import awkward as ak
import numpy as np
import pytest
import uproot

import hepline as hl
from hepline.data.open import source

CORPUS = Path(__file__).parent / "files"
COMPRESSIONS = ("none", "zlib", "lzma", "oldzlib", "lz4", "zstd")


@pytest.fixture(scope="module")
def expected():
    with np.load(CORPUS / "expected.npz") as file:
        return dict(file)


def of(expected, file):
    return {k.partition(":")[2]: v for k, v in expected.items() if k.startswith(f"{file}:")}


@pytest.mark.parametrize("compression", COMPRESSIONS)
def test_every_type_of_a_tree_has_the_numbers_that_root_wrote(expected, compression):
    opened = source(CORPUS / f"tree_{compression}.root")
    (part,) = opened.parts
    values = of(expected, "tree")
    counts = values.pop("counts")
    assert opened.schema.columns.keys() == values.keys()
    assert not opened.schema.obstacles
    chunk = opened.read(part, list(values), (), 0, part.entries)
    for name, right in values.items():
        np.testing.assert_array_equal(chunk.contents[name], right, err_msg=name)
        assert chunk.contents[name].dtype == right.dtype
    for axis in ("Hit", "vector_int8[]"):
        np.testing.assert_array_equal(np.diff(chunk.offsets[axis]), counts)
    # Inside a cluster, where no basket begins.
    some = opened.read(part, list(values), (), 5, 23)
    ends = np.concatenate([[0], np.cumsum(counts)])
    for name, right in values.items():
        listed = opened.schema.columns[name].axis is not None
        low, high = ends[[5, 23]] if listed else (5, 23)
        np.testing.assert_array_equal(some.contents[name], right[low:high], err_msg=name)


def test_packed_floats_have_the_numbers_that_root_reads(expected):
    opened = source(CORPUS / "packed.root")
    (part,) = opened.parts
    values = of(expected, "packed")
    chunk = opened.read(part, list(opened.schema.columns), (), 0, part.entries)
    compared = 0
    for name, right in values.items():
        kind = np.float32 if "_f" in name else np.float64
        if name.startswith("fixed"):
            columns = [chunk.contents[f"{name}_{k}"] for k in range(3)]
            found = np.stack(columns, axis=1).ravel()
        else:
            found = chunk.contents[name]
        if name != "n":
            assert found.dtype == kind
        np.testing.assert_array_equal(found, right.astype(found.dtype), err_msg=name)
        compared += 1
    assert compared == 109


@pytest.mark.parametrize("level", [0, 1, 99])
def test_members_of_objects_are_read_or_left_out_with_the_reason(expected, level):
    path = CORPUS / f"split_{level}.root"
    opened = source(path)
    (part,) = opened.parts
    names = list(opened.schema.columns)
    chunk = opened.read(part, names, (), 0, part.entries)
    values = of(expected, "split")
    assert values.keys() <= set(names)
    with uproot.open(path) as file:
        branches = {b.name: b for b in file["tree"].itervalues(recursive=True)}
        for name in names:
            if name in values:
                np.testing.assert_array_equal(chunk.contents[name], values[name], err_msg=name)
            elif name in branches:
                array = branches[name].array()
                if opened.schema.columns[name].dtype == "string":
                    words = opened.words(part, name, 0, part.entries)
                    texts = [words[code] for code in chunk.contents[name].tolist()]
                    assert texts == ak.flatten(array, axis=None).tolist()
                    continue
                axis = opened.schema.columns[name].axis
                flat = array if axis is None else ak.flatten(array, axis=None)
                np.testing.assert_array_equal(chunk.contents[name], ak.to_numpy(flat))
    reasons = opened.schema.obstacles
    ends = {name: name.partition("[")[0] for name, b in branches.items() if not len(b.branches)}
    left = {end for name, end in ends.items() if name not in names}
    parts = {name.rpartition("_")[0] for name in names} | {n.rstrip("_0123456789") for n in names}
    assert left - parts - {"leaves"} <= reasons.keys()


def test_a_tuple_of_floats_is_a_tree(expected):
    values = of(expected, "friends")
    ev = hl.open(CORPUS / "friends.root", tree="ntuple")
    x, y = hl.compute(ev["x"], ev["y"])
    assert x.tolist() == values["x"].tolist()
    assert y.tolist() == values["y"].tolist()


def test_friends_are_read_entry_by_entry(expected):
    values = of(expected, "friends")
    ev = hl.open(CORPUS / "friends.root")
    found = hl.compute(ev["a"], ev["b"], ev["c"], ev["other_a"], ev["a"] + ev["c"])
    for name, array in zip(("a", "b", "c", "a"), found, strict=False):
        assert array.tolist() == values[name].tolist()
    assert found[4].tolist() == (values["a"] + values["c"]).tolist()


def test_a_friend_that_is_not_there_is_said(tmp_path):
    path = tmp_path / "friends.root"
    path.write_bytes((CORPUS / "friends.root").read_bytes())
    opened = source(path)
    assert {"a", "b"} <= opened.schema.columns.keys()
    assert "c" not in opened.schema.columns
    (notice,) = [notice for notice in opened.parts[0].notices if "'away'" in notice]
    assert "elsewhere.root" in notice
