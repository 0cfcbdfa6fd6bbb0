"""Lists of lists have the numbers that ROOT, pyarrow and h5py wrote, in every format."""

from pathlib import Path

import awkward as ak
import numpy as np
import pytest

import hepline as hl
from hepline.data.open import source

CORPUS = Path(__file__).parent / "files"
EVENTS = 40


def numbers_inside(event: int, deep: int = 0) -> list:
    """As `make_root_corpus` fills them."""
    lists = [
        [(7 * event + 3 * k + j) % 120 for j in range((event + k) % 3)] for k in range(event % 4)
    ]
    return [lists[: k + 1] for k in range(event % 3)] if deep else lists


PLAIN = [numbers_inside(event) for event in range(EVENTS)]
DEEP = [numbers_inside(event, 1) for event in range(EVENTS)]
HITS = [[numbers_inside(event + k) for k in range(len(lists))] for event, lists in enumerate(PLAIN)]
IMAGE = np.arange(40).reshape(5, 8) / 64


def conforms(path: Path, name: str, expected: list) -> None:
    """One column is what was written, over all events and over some that no basket begins with."""
    opened = source(path)
    (part,) = opened.parts
    spec = opened.schema.columns[name]
    for start, stop in ((0, EVENTS), (3, 29), (22, 23), (7, 7)):
        chunk = opened.read(part, [name], (), start, stop)
        lists = expected[start:stop]
        for axis in (spec.axis, *spec.inner):
            assert np.diff(chunk.offsets[axis]).tolist() == [len(one) for one in lists], axis
            lists = [element for one in lists for element in one]
        assert chunk.contents[name].dtype == spec.dtype
        if spec.dtype == "bool":
            lists = [bool(element) for element in lists]
        assert chunk.contents[name].tolist() == lists


KINDS = (
    "bool", "int8", "uint8", "int16", "uint16", "int32", "uint32", "int64", "uint64", "float32",
    "float64",
)  # fmt: skip


@pytest.mark.parametrize("file", ["nested_tree.root", "nested_ntuple.root"])
def test_lists_of_lists_of_every_type(file):
    for kind in KINDS:
        conforms(CORPUS / file, f"vv_{kind}", PLAIN)
        assert source(CORPUS / file).schema.columns[f"vv_{kind}"].dtype == kind
    conforms(CORPUS / file, "vvv", DEEP)


@pytest.mark.parametrize(("file", "dot"), [("nested_tree.root", "."), ("nested_ntuple.root", "_")])
def test_lists_in_the_objects_of_a_list(file, dot):
    path = CORPUS / file
    conforms(path, f"jets{dot}hits", HITS)
    pts = [[event + k / 8 for k in range(len(lists))] for event, lists in enumerate(PLAIN)]
    conforms(path, f"jets{dot}pt", pts)
    if dot == "_":
        conforms(path, "jets_tracks_n", PLAIN)
        conforms(path, "jets_tracks_pt", [[[x / 4 for x in one] for one in e] for e in PLAIN])
        inner = {source(path).schema.columns[f"jets_tracks_{name}"].inner for name in ("pt", "n")}
        assert inner == {("jets_tracks",)}


def test_long_arrays_are_lists():
    tree = [(event + IMAGE).tolist() for event in range(EVENTS)]
    conforms(CORPUS / "nested_tree.root", "image", tree)
    flat = [(event + IMAGE).ravel().tolist() for event in range(EVENTS)]
    conforms(CORPUS / "nested_ntuple.root", "image", flat)
    several = [[one] * (event % 3) for event, one in enumerate(flat)]
    conforms(CORPUS / "nested_ntuple.root", "images", several)


def test_parquet(tmp_path):
    pa = pytest.importorskip("pyarrow")
    import pyarrow.parquet as pq

    jets = [
        [{"pt": float(k), "tracks": [{"n": x} for x in one]} for k, one in enumerate(lists)]
        for lists in PLAIN
    ]
    table = {
        "plain": pa.array(PLAIN, pa.list_(pa.list_(pa.float32()))),
        "deep": pa.array(DEEP, pa.list_(pa.large_list(pa.list_(pa.int16())))),
        "jets": jets,
        "image": pa.array(
            [(event + IMAGE).ravel() for event in range(EVENTS)], pa.list_(pa.float64(), 40)
        ),
        "pairs": pa.array(
            [[[event, k] for k in range(event % 3)] for event in range(EVENTS)],
            pa.list_(pa.list_(pa.int32(), 2)),
        ),
        "holes": pa.array([None if n % 3 == 1 else [None, [n]] for n in range(EVENTS)]),
    }
    path = tmp_path / "a.parquet"
    pq.write_table(pa.table(table), path, row_group_size=13)
    conforms(path, "plain", PLAIN)
    conforms(path, "deep", DEEP)
    conforms(path, "jets_tracks_n", PLAIN)
    conforms(path, "image", [(event + IMAGE).ravel().tolist() for event in range(EVENTS)])
    conforms(path, "pairs_1", [list(range(event % 3)) for event in range(EVENTS)])
    conforms(path, "holes", [[] if n % 3 == 1 else [[], [n]] for n in range(EVENTS)])


@pytest.mark.parametrize("engine", ["reference", "awkward", "compiled"])
def test_only_the_lengths_of_inner_lists_are_read(engine):
    ev = hl.open(CORPUS / "nested_ntuple.root")
    count = hl.compute(hl.count(ev["vv_float32"]), engine=engine)
    assert count.tolist() == [[len(one) for one in lists] for lists in PLAIN]


@pytest.mark.parametrize(
    ("file", "tree"),
    [("nested_tree.root", "tree"), ("nested_ntuple.root", "ntuple")],
)
def test_uproot_reads_the_same(file, tree):
    uproot = pytest.importorskip("uproot")
    ev = hl.open(CORPUS / file)
    names = ["vv_float32", "vv_int16", "vvv"]
    with uproot.open(CORPUS / file) as read:
        for name, ours in zip(names, hl.compute(*(ev[n] for n in names)), strict=True):
            assert ours.tolist() == ak.to_list(read[tree][name].array())
