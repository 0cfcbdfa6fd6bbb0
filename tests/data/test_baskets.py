"""Every branch of every tree, over any range of events, against uproot's own arrays."""

from __future__ import annotations

import gc
import itertools
import pickle
import struct
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import awkward as ak
import numpy as np
import pytest
import uproot
from hypothesis import given, settings
from hypothesis import strategies as st

from hepline.data import filesource
from hepline.data.access import remote_file
from hepline.data.filesource import FileSource
from hepline.data.open import source
from hepline.errors import CorruptData, DataError, FileUnreadable

KINDS = Path(__file__).parent / "files/tree_kinds.root"
COMPRESSIONS = {
    "zlib": uproot.ZLIB(1),
    "zstd": uproot.ZSTD(5),
    "lz4": uproot.LZ4(4),
    "lzma": uproot.LZMA(1),
    "nothing": None,
}
NUMBERS = ("int8", "uint8", "int16", "uint16", "int32", "uint32", "int64", "uint64")
DTYPES = (*NUMBERS, "float32", "float64", "bool")


def nanoaod(path: Path, compression: object = COMPRESSIONS["zlib"]) -> Path:
    """Lists and numbers of every dtype, in baskets of unequal length, one of them all empty."""
    rng = np.random.default_rng(5)
    with uproot.recreate(path, compression=compression) as file:
        tree = None
        for events, mean in ((300, 1.5), (1, 4), (70, 0), (129, 0.3)):
            counts = rng.poisson(mean, events)
            total = int(counts.sum())
            flat = {dtype: rng.integers(0, 120, total).astype(dtype) for dtype in DTYPES}
            lists = {dtype: ak.unflatten(row, counts) for dtype, row in flat.items()}
            columns = {dtype: rng.integers(0, 2, events).astype(dtype) for dtype in DTYPES}
            made = {"A": ak.zip(lists), "B": ak.zip({"x": lists["float32"][:, ::-1]}), **columns}
            if tree is None:
                types = {name: ak.type(array).content for name, array in made.items()}
                tree = file.mktree("Events", types)
            tree.extend(made)
    return path


@pytest.fixture(scope="module")
def written(tmp_path_factory):
    folder = tmp_path_factory.mktemp("baskets")
    return {name: nanoaod(folder / f"{name}.root", kind) for name, kind in COMPRESSIONS.items()}


def compare(opened: FileSource, names: list[str], start: int, stop: int) -> None:
    """What is read of some events equals what uproot reads of them."""
    with uproot.open(opened.parts[0].path) as file:
        compare_with(file[opened.tree], opened, names, start, stop)


def compare_with(
    tree: uproot.TTree, opened: FileSource, names: list[str], start: int, stop: int
) -> None:
    (part,) = opened.parts
    specs = opened.schema.columns
    chunk = opened.read(part, names, (), start, stop)
    assert chunk.events == stop - start
    assert set(chunk.contents) == set(names)
    inner = {axis for name in names for axis in specs[name].inner}
    assert set(chunk.offsets) == ({specs[name].axis for name in names} - {None}) | inner
    for name in names:
        array = tree[name].array(entry_start=start, entry_stop=stop)
        axis = specs[name].axis
        if axis is not None:
            offsets = chunk.offsets[axis]
            assert offsets.dtype == np.int64
            assert np.diff(offsets).tolist() == ak.num(array).tolist(), name
            assert offsets[0] == 0
            array = ak.flatten(array)
        for axis in specs[name].inner:
            assert np.diff(chunk.offsets[axis]).tolist() == ak.num(array).tolist(), name
            array = ak.flatten(array)
        row = chunk.contents[name]
        if specs[name].dtype == "string":
            words = opened.words(part, name, start, stop)
            assert [words[code] for code in row.tolist()] == array.tolist(), name
            continue
        assert row.dtype == specs[name].dtype
        assert row.dtype.isnative
        assert row.flags.c_contiguous
        np.testing.assert_array_equal(row, ak.to_numpy(array), err_msg=name)


def ranges(events: int) -> st.SearchStrategy[tuple[int, int]]:
    ends = st.tuples(st.integers(0, events), st.integers(0, events))
    return ends.map(lambda pair: (min(pair), max(pair)))


@pytest.mark.parametrize("compression", COMPRESSIONS)
def test_lists_and_numbers_of_every_dtype_equal_uproot(written, compression):
    opened = source(written[compression])
    names = list(opened.schema.columns)
    assert len(names) == 2 * len(DTYPES) + 3
    for start, stop in ((0, 500), (0, 0), (500, 500), (300, 301), (299, 371), (301, 371), (7, 8)):
        compare(opened, names, start, stop)


@settings(max_examples=25, deadline=None, derandomize=True, database=None)
@given(ends=ranges(500), names=st.lists(st.sampled_from(DTYPES), min_size=1, unique=True))
def test_any_range_of_any_columns_equals_uproot(written, ends, names):
    compare(source(written["zstd"]), [*names, *(f"A_{name}" for name in names), "B_x"], *ends)


@settings(max_examples=25, deadline=None, derandomize=True, database=None)
@given(ends=ranges(1000))
def test_baskets_that_do_not_line_up_equal_uproot(ends):
    opened = source(KINDS)
    # uproot takes the range in "Hit_time[nHit]/d[0,16384,24]" for a length.
    misread = {"Hit_time", "Hit_depth"}
    compare(opened, [name for name in opened.schema.columns if name not in misread], *ends)


def test_values_are_those_that_root_was_told_to_write():
    opened = source(KINDS)
    chunk = opened.read(opened.parts[0], list(opened.schema.columns), (), 90, 610)
    events = np.arange(90, 610)
    numbers = np.array([10 * i + j for i in events for j in range(i % 4)])
    expected = {
        "Hit_energy": numbers,
        "Hit_good": numbers % 3 == 0,
        "Hit_layer": numbers % 256,
        "Hit_cell": -numbers,
        "Hit_width": numbers,
        "Hit_time": numbers,
        "Hit_depth": numbers % 64,
        "Track_pt": numbers,
        "Track_good": numbers % 3 == 0,
        "Track_id": -numbers,
        "nHit": events % 4,
        "plain": events,
        "met": -events,
        "passed": events % 5 == 0,
    }
    assert chunk.contents.keys() == expected.keys()
    for name, values in expected.items():
        np.testing.assert_array_equal(chunk.contents[name], values, err_msg=name)
    for axis in ("Hit", "Track_id[]"):
        assert np.diff(chunk.offsets[axis]).tolist() == (events % 4).tolist()


@pytest.mark.parametrize(
    ("file", "tree", "least"),
    [
        ("nanoaod/nano_dimuon.root", "Events", 1000),
        pytest.param(
            "nanoaod/nanoAOD_2015_CMS_Open_Data_ttbar.root", "Events", 900, marks=pytest.mark.slow
        ),
        ("formats/uproot-HZZ.root", "events", 50),
        pytest.param(
            "formats/PHYSLITE_example.root", "CollectionTree", 700, marks=pytest.mark.slow
        ),
        ("formats/test_FCC_Winter2023.root", "events", 200),
        ("agc/open-data-example.root", "Events", 6),
        ("lhcb/PhaseSpaceSimulation.root", "PhaseSpaceTree", 26),
    ],
)
def test_real_files_equal_uproot(shared_data, file, tree, least):
    opened = source(shared_data / file, tree=tree)
    (part,) = opened.parts
    names = list(opened.schema.columns)
    assert len(names) >= least
    with uproot.open(part.path) as whole:
        # Members of objects and elements of arrays have no name there: `test_shared_files`.
        branches = {key.rpartition("/")[2] for key in whole[tree].keys(recursive=True)}
        named = [name for name in names if name in branches]
        compare_with(whole[tree], opened, named, part.entries // 7, part.entries * 4 // 5)


def test_lengths_of_collections_come_without_their_columns(written):
    for path, axis, counter in ((written["zlib"], "A", "nA"), (KINDS, "Track_id[]", "nHit")):
        opened = source(path)
        chunk = opened.read(opened.parts[0], (), [axis], 100, 400)
        with uproot.open(path) as file:
            counts = file["Events"][counter].array(entry_start=100, entry_stop=400)
        assert np.diff(chunk.offsets[axis]).tolist() == counts.tolist()
        assert not chunk.contents


def test_pieces_begin_with_a_basket_of_every_column(written):
    opened = source(written["zlib"])
    (part,) = opened.parts
    assert opened.pieces(part, ["A_int8", "float32"]) == (0, 300, 301, 371, 500)
    assert opened.pieces(part, []) == (0, 500)
    assert opened.pieces(replace(part, entries=301), ["A_int8"]) == (0, 300, 301)
    assert opened.pieces(replace(part, entries=0), ["A_int8"]) == (0,)
    kinds = source(KINDS)
    # ROOT ends all baskets at every 250th event.
    assert kinds.pieces(kinds.parts[0], ["Hit_energy", "Track_pt"]) == (0, 250, 500, 750, 1000)


def test_long_clusters_are_cut_between_many_short_baskets(monkeypatch):
    opened = source(KINDS)
    monkeypatch.setattr("hepline.data.tree._APART", 2)
    pieces = opened.pieces(opened.parts[0], ["Hit_good"])
    assert set(pieces) > {0, 250, 500, 750, 1000}
    rows = [
        opened.read(opened.parts[0], ["Hit_good"], (), start, stop).contents["Hit_good"]
        for start, stop in itertools.pairwise(pieces)
    ]
    whole = opened.read(opened.parts[0], ["Hit_good"], (), 0, 1000).contents["Hit_good"]
    np.testing.assert_array_equal(np.concatenate(rows), whole)


def test_threads_read_the_same_file_at_once(written):
    opened = source(written["zlib"])
    (part,) = opened.parts
    names = ["A_float32", "A_bool", "float64"]
    spans = [(start, start + 97) for start in range(0, 400, 3)]
    together = threading.Barrier(4)

    def read(span):
        return opened.read(part, names, (), *span)

    expected = [read(span) for span in spans]
    filesource._opened.cache_clear()
    with ThreadPoolExecutor(4, initializer=together.wait) as threads:
        found = list(threads.map(read, spans))
    for one, other in zip(expected, found, strict=True):
        for name in names:
            np.testing.assert_array_equal(one.contents[name], other.contents[name])


def test_addresses_are_read_ahead_and_nothing_twice(written, tmp_path):
    names, moved = ["A_float32", "float64"], []
    local = source(written["zlib"])
    same = local.read(local.parts[0], names, (), 100, 400)
    for is_announced in (True, False):
        path = tmp_path / f"{is_announced}.root"
        path.write_bytes(Path(written["zlib"]).read_bytes())
        opened = source(f"file://{path}")
        (part,) = opened.parts
        file = remote_file(part.path)
        before, deadline = file.traffic, time.monotonic() + 20
        if is_announced:
            opened.prefetch(part, names, (), 100, 400)
            while file.traffic == before and time.monotonic() < deadline:
                time.sleep(0.001)
            assert file.traffic.bytes > before.bytes
        chunk = opened.read(part, names, (), 100, 400)
        moved.append(file.traffic.bytes - before.bytes)
        for name, row in same.contents.items():
            np.testing.assert_array_equal(chunk.contents[name], row)
    assert moved[0] == moved[1] > 0


def test_reading_ahead_says_nothing_of_what_is_wrong(tmp_path):
    path = nanoaod(tmp_path / "a.root")
    opened = source(path)
    path.unlink()
    opened.prefetch(opened.parts[0], ["A_int8", "no such column"], ["A"], 0, 10)
    with pytest.raises(FileUnreadable, match=r"a\.root cannot be read"):
        opened.read(opened.parts[0], ["A_int8"], (), 0, 10)


def open_files() -> set[str]:
    return {entry.name for entry in Path("/proc/self/fd").iterdir()}


@pytest.mark.skipif(not Path("/proc/self/fd").is_dir(), reason="no /proc on this system")
def test_files_are_closed_when_nobody_needs_them(written):
    filesource._opened.cache_clear()
    gc.collect()
    before = open_files()
    opened = source(written["lz4"])
    opened.read(opened.parts[0], ["A_int8"], (), 0, 10)
    assert open_files() > before
    filesource._opened.cache_clear()
    gc.collect()
    assert open_files() == before


def test_a_source_can_be_sent_after_it_was_read_from(written):
    opened = source(written["zlib"])
    opened.read(opened.parts[0], ["A_int8"], (), 0, 10)
    back = pickle.loads(pickle.dumps(opened))  # noqa: S301
    assert back == opened
    compare(back, ["A_int8"], 3, 40)


def basket_of(path: Path, name: str, number: int) -> tuple[int, int, int]:
    """First byte of a basket, its size, and the size of its key."""
    with uproot.open(path) as file:
        branch = file["Events"][name]
        seek, size = branch.member("fBasketSeek")[number], branch.member("fBasketBytes")[number]
        return seek, size, branch.basket(number).member("fKeylen")


@pytest.mark.parametrize(
    ("place", "change"),
    [
        ("fNbytes", lambda seek, _key: (seek, 1)),
        ("fObjlen", lambda seek, _key: (seek + 6, 3)),
        ("fKeylen", lambda seek, _key: (seek + 14, 200)),
        ("fNevBuf", lambda seek, key: (seek + key - 9, 1)),
        ("fLast", lambda seek, key: (seek + key - 5, -4)),
        ("method", lambda seek, key: (seek + key, 1)),
        ("packed size", lambda seek, key: (seek + key + 3, 1)),
    ],
)
@pytest.mark.parametrize("column", ["A_float32", "float64", "nA"])
def test_a_damaged_key_is_refused_with_column_and_entries(tmp_path, column, place, change):
    path = nanoaod(tmp_path / "a.root")
    seek, _, key = basket_of(path, column, 0)
    content = bytearray(path.read_bytes())
    where, by = change(seek, key)
    size = {"fKeylen": ">h", "method": ">b", "packed size": ">b"}.get(place, ">i")
    (value,) = struct.unpack_from(size, content, where)
    struct.pack_into(size, content, where, value + by if value + by < 128 else value - by)
    path.write_bytes(content)
    opened = source(path)
    with pytest.raises(DataError, match=f"'{column}' in the entries 0 to 300") as caught:
        opened.read(opened.parts[0], [column, "A_int8"], (), 10, 20)
    assert "a.root" in caught.value.what
    compare(opened, ["int16", "B_x"], 302, 500)


def test_lists_with_a_basket_of_another_length_than_their_counter_are_refused(tmp_path):
    path = nanoaod(tmp_path / "a.root", None)
    content = bytearray(path.read_bytes())
    seek, _, key = basket_of(path, "nA", 0)
    counts = np.frombuffer(content, ">i4", 300, seek + key).copy()
    event = int(np.flatnonzero(counts > 1)[3])
    found = int(counts[event])
    struct.pack_into(">i", content, seek + key + 4 * event, found + 2)
    path.write_bytes(content)
    opened = source(path)
    says = rf"has {found} elements in entry {event} of .*a\.root, 'nA' says {found + 2}"
    with pytest.raises(CorruptData, match=says):
        opened.read(opened.parts[0], ["A_float64"], (), 0, 300)
    struct.pack_into(">i", content, seek + key + 4 * event, -1)
    path.write_bytes(content)
    with pytest.raises(FileUnreadable, match=r"a\.root cannot be read: 'nA' in the entries 0 to"):
        source(path).read(opened.parts[0], ["A_float64"], (), 0, 300)
    struct.pack_into(">i", content, seek + key + 4 * event, 2**31 - 1)
    path.write_bytes(content)
    with pytest.raises(FileUnreadable, match="2147"):
        source(path).read(opened.parts[0], ["A_float64"], (), 0, 300)


def test_a_file_that_lost_events_since_it_was_opened_is_refused(tmp_path):
    path = nanoaod(tmp_path / "a.root")
    opened = source(path)
    with uproot.recreate(path) as file:
        file.mktree("Events", {"float64": "f8"}).extend({"float64": np.zeros(3)})
    with pytest.raises(FileUnreadable, match="has 3 events"):
        opened.read(opened.parts[0], ["float64"], (), 0, 500)
