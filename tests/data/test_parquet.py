"""Parquet files: whatever awkward and pyarrow write is read as they read it."""

import builtins
import threading

import awkward as ak
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import hepline as hl
from hepline.columns.schema import ColumnSpec, Schema
from hepline.data.damage import reading
from hepline.data.parquet import ParquetReader
from hepline.errors import CorruptData, FileUnreadable, MissingPackage, UselessWeight

PT = ak.values_astype(ak.Array([[50.0, 20.0], [], [30.0], [10.0, 5.0, 1.0]] * 30), np.float32)
MET = np.arange(120, dtype=np.float32)
COUNTS = ak.to_numpy(ak.num(PT)).astype(np.uint32)


def check(reader, column, expected, start=0, stop=None):
    """One column must have the numbers of an awkward array."""
    stop = reader.entries if stop is None else stop
    spec = reader.schema.columns[column]
    chunk = reader.read([column], [], start, stop)
    expected = expected[start:stop]
    if spec.axis is None:
        assert chunk.offsets == {}
    else:
        for axis in (spec.axis, *spec.inner):
            counts = ak.to_numpy(ak.num(expected))
            np.testing.assert_array_equal(np.diff(chunk.offsets[axis]), counts)
            assert chunk.offsets[axis][0] == 0
            assert chunk.offsets[axis].dtype == np.int64
            expected = ak.flatten(expected)
    found = chunk.contents[column]
    if spec.dtype == "string":
        words = reader.words(column, start, stop)
        assert [words[code] for code in found.tolist()] == expected.tolist()
    else:
        np.testing.assert_array_equal(found, ak.to_numpy(expected))
        assert found.dtype.name == spec.dtype
    assert chunk.events == stop - start
    assert found.flags.c_contiguous
    assert found.flags.writeable


@pytest.fixture(scope="module")
def several(tmp_path_factory):
    """Every kind of number, lists and records, in row groups of 50."""
    kinds = ("int8", "uint8", "int16", "uint16", "int32", "uint32", "int64", "uint64")
    columns = {kind: MET.astype(kind) for kind in (*kinds, "float32", "float64")}
    columns |= {f"{kind}s_x": ak.values_astype(PT, kind) for kind in (*kinds, "float64")}
    muons = ak.zip({"pt": PT, "good": PT > 15, "charge": ak.values_astype(PT, np.int16)})
    array = ak.Array(
        {
            **columns,
            "flag": MET % 3 == 0,
            "Muon": muons,
            "MET": ak.zip({"pt": MET, "phi": -MET}),
            "word": [str(number) for number in range(120)],
            "nested": [[[1.0], []]] * 120,
        }
    )
    path = tmp_path_factory.mktemp("parquet") / "a.parquet"
    table = ak.to_arrow_table(array, extensionarray=False)
    pq.write_table(table, path, row_group_size=50)
    return ParquetReader.open(str(path)), array


def fields_of(reader, array):
    records = {"Muon", "MET"}
    for name in reader.schema.columns:
        record, _, member = name.partition("_")
        yield name, array[record][member] if record in records else array[name]


def test_fields_become_columns(several):
    reader, _ = several
    columns = reader.schema.columns
    assert reader.entries == 120
    assert reader.pieces(["flag"]) == (0, 50, 100, 120)
    assert len(columns) == 10 + 9 + 1 + 3 + 2 + 1 + 1
    assert columns["word"].dtype == "string"
    assert columns["Muon_pt"].collection == "Muon"
    assert columns["MET_pt"].collection is None
    assert columns["Muon_good"].dtype == columns["flag"].dtype == "bool"


@pytest.mark.parametrize("bounds", [(0, 120), (0, 50), (49, 51), (60, 60), (73, 119)])
def test_every_kind_of_column_equals_awkward(several, bounds):
    reader, array = several
    for name, expected in fields_of(reader, array):
        check(reader, name, expected, *bounds)


@settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(bounds=st.tuples(st.integers(0, 120), st.integers(0, 120)).map(sorted))
def test_any_range_of_events(several, bounds):
    reader, array = several
    for name in ("int16", "flag", "int8s_x"):
        check(reader, name, array[name], *bounds)
    check(reader, "Muon_charge", array.Muon.charge, *bounds)
    reader.prefetch(["flag", "Muon_pt"], ["uint8s_x[]"], *bounds)


def test_only_the_columns_asked_for_are_read(several, monkeypatch):
    reader = ParquetReader.open(several[0]._path)
    asked = []
    file = reader._file()
    read = file.read_row_group
    spy = lambda group, columns, **rest: asked.append(columns) or read(group, columns, **rest)  # noqa: E731
    monkeypatch.setattr(file, "read_row_group", spy)
    reader.read(["Muon_charge", "float64"], [], 0, 50)
    ((record, number),) = asked
    assert (record[:5], record[-6:], number) == ("Muon.", "charge", "float64")


def test_threads_share_a_reader(several):
    reader, array = several
    wrong = []

    def work(seed):
        random = np.random.default_rng(seed)
        for _ in range(30):
            start, stop = sorted(random.integers(0, 121, 2).tolist())
            contents = reader.read(["float64", "Muon_pt"], [], start, stop).contents
            expected = ak.to_numpy(ak.flatten(array.Muon.pt[start:stop]))
            if not np.array_equal(contents["Muon_pt"], expected):
                wrong.append((start, stop))

    threads = [threading.Thread(target=work, args=[seed]) for seed in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []


@pytest.mark.parametrize("extension", [False, True])
@pytest.mark.parametrize("wide", [False, True])
def test_what_awkward_writes(tmp_path, extension, wide):
    path = str(tmp_path / "a.parquet")
    array = ak.Array({"Muon_pt": PT, "nMuon": COUNTS, "Jet": ak.zip({"pt": PT, "eta": -PT})})
    ak.to_parquet(array, path, extensionarray=extension, list_to32=not wide, row_group_size=33)
    reader = ParquetReader.open(path)
    assert reader.schema.counters == {"Muon": "nMuon"}
    read = ak.from_parquet(path)
    for bounds in ((0, 120), (30, 70)):
        check(reader, "Muon_pt", read.Muon_pt, *bounds)
        check(reader, "nMuon", read.nMuon, *bounds)
        check(reader, "Jet_eta", read.Jet.eta, *bounds)


def test_lengths_alone(several):
    reader, _ = several
    chunk = reader.read(["flag"], ["Muon", "int8s_x[]"], 40, 110)
    assert set(chunk.contents) == {"flag"}
    for collection in ("Muon", "int8s_x[]"):
        np.testing.assert_array_equal(np.diff(chunk.offsets[collection]), COUNTS[40:110])


def test_slices_of_arrays_count_from_their_own_begin(several):
    reader, array = several
    muons = ak.to_arrow(array.Muon, extensionarray=False)
    row = reader._flat(reader._columns["Muon_charge"], muons[7:31])
    numbers, (lists,) = row.values, row.lists
    expected = array.Muon.charge[7:31]
    assert numbers.tolist() == ak.flatten(expected).tolist()
    assert np.diff(lists).tolist() == ak.num(expected).tolist()
    assert lists[0] == 0


def test_no_events(tmp_path):
    path = str(tmp_path / "a.parquet")
    pq.write_table(pa.table({"Muon_pt": pa.array([], pa.list_(pa.float32()))}), path)
    reader = ParquetReader.open(path)
    assert (reader.entries, reader.pieces(["Muon_pt"])) == (0, (0,))
    chunk = reader.read(["Muon_pt"], [], 0, 0)
    assert (chunk.contents["Muon_pt"].tolist(), chunk.offsets["Muon_pt[]"].tolist()) == ([], [0])


def test_lists_that_disagree_are_refused(tmp_path):
    path = str(tmp_path / "a.parquet")
    eta = ak.concatenate([PT[:99], PT[99:, :1]])
    ak.to_parquet(ak.Array({"Muon_pt": PT, "Muon_eta": eta}), path)
    ev = hl.open(path)
    assert hl.compute(ev.Muon.pt, ev.Muon.eta)[1].tolist() == eta.tolist()
    with pytest.raises(CorruptData) as caught:
        hl.compute(ev.Muon.pt * ev.Muon.eta)
    for word in ("'Muon_eta' has 1 elements", "entry 99", "a.parquet", "'Muon_pt' has 3"):
        assert word in str(caught.value)


def test_a_counter_that_disagrees_is_refused(tmp_path):
    path = str(tmp_path / "a.parquet")
    counts = COUNTS.copy()
    counts[7] += 1
    ak.to_parquet(ak.Array({"Muon_pt": PT, "nMuon": counts}), path)
    ev = hl.open(path)
    assert hl.compute(ev.Muon.pt, ev.nMuon)[1].tolist() == counts.tolist()
    with pytest.raises(CorruptData, match="in entry 7 of"):
        hl.compute(ev.Muon.pt, hl.count(ev.Muon))


def behind_nothing():
    """Lists of which the second is missing, but has elements behind it all the same."""
    offsets, values = pa.array([0, 1, 3, 4], pa.int32()), pa.array([1.0, 5.0, 6.0, 3.0])
    return pa.ListArray.from_arrays(offsets, values, mask=pa.array([False, True, False]))


@pytest.mark.parametrize("engine", ["reference", "awkward", "compiled"])
@pytest.mark.parametrize(
    ("values", "expected"),
    [
        (pa.array([1.0, None, 3.0]), [1.0, None, 3.0]),
        (pa.array([None, 2**63, 1], pa.uint64()), [None, 2**63, 1]),
        (pa.array([True, None, False]), [True, None, False]),
        (pa.array([[1.0], None, [3.0]]), [[1.0], [], [3.0]]),
        (behind_nothing(), [[1.0], [], [3.0]]),
        (pa.array([[1.0, None], [None], []]), [[1.0, None], [None], []]),
        (pa.array([[1.0, None], None, []], pa.large_list(pa.float32())), [[1.0, None], [], []]),
        (pa.array([{"pt": 1.0}, None, {"pt": 2.0}]), [1.0, None, 2.0]),
        (pa.array([[{"pt": 1.0}, None], None, [{"pt": None}]]), [[1.0, None], [], [None]]),
    ],
    ids=str,
)
def test_nulls_are_missing_values_and_null_lists_are_empty(tmp_path, values, expected, engine):
    path = str(tmp_path / "a.parquet")
    pq.write_table(pa.table({"Muon": values, "n": [1, 2, 3]}), path, row_group_size=2)
    ev = hl.open(path)
    (name,) = ev.origin.schema.columns.keys() - {"n"}
    found, n = hl.compute(ev[name], ev.n, engine=engine)
    assert found.tolist() == expected
    assert n.tolist() == [1, 2, 3]


def test_a_weight_that_is_null_is_refused_and_an_observable_is_left_out(tmp_path):
    path = str(tmp_path / "a.parquet")
    pq.write_table(pa.table({"x": [0.5, None, 1.5], "w": [1.0, 2.0, None]}), path)
    ev = hl.open(path)
    for engine in ("reference", "awkward", "compiled"):
        counted = hl.compute(hl.hist(ev.x, bins=(2, 0, 2)), engine=engine)
        assert counted.values().tolist() == [1, 1]
        with pytest.raises(UselessWeight, match="missing for 1"):
            hl.compute(hl.hist(ev.x, bins=(2, 0, 2), weight=ev.w), engine=engine)
        filled = hl.hist(ev.x.fill_missing(0.5), bins=(2, 0, 2), weight=ev.w.fill_missing(3.0))
        assert hl.compute(filled, engine=engine).values().tolist() == [3.0, 3.0]


def test_a_column_that_one_file_lacks_values_of_joins_one_that_is_whole(tmp_path):
    for name, values in (("a", [1.0, 2.0]), ("b", [None, 4.0])):
        pq.write_table(pa.table({"x": values}), tmp_path / f"{name}.parquet")
    ev = hl.open([tmp_path / "a.parquet", tmp_path / "b.parquet"])
    assert hl.compute(ev.x).tolist() == [1.0, 2.0, None, 4.0]
    symbolic = hl.events(schema=Schema.from_specs("one", [ColumnSpec("x", "float64")]))
    source = ev.origin.source
    assert hl.compute(symbolic.x * 2, source=source).tolist() == [2.0, 4.0, None, 8.0]


@settings(max_examples=60, deadline=None, derandomize=True, database=None)
@given(
    st.lists(
        st.one_of(st.none(), st.lists(st.one_of(st.none(), st.integers(-9, 9)), max_size=4)),
        min_size=1,
        max_size=12,
    ),
    st.integers(1, 5),
)
def test_whatever_is_missing_is_what_pyarrow_says(tmp_path_factory, lists, rows):
    path = str(tmp_path_factory.mktemp("nulls") / "a.parquet")
    table = pa.table({"A_x": pa.array(lists, pa.list_(pa.int64()))})
    pq.write_table(table, path, row_group_size=rows)
    expected = [[] if each is None else each for each in pq.read_table(path)["A_x"].to_pylist()]
    ev = hl.open(path)
    assert hl.compute(ev["A_x"], engine="awkward").tolist() == expected
    total = hl.compute(hl.sum(ev["A_x"]), engine="awkward").tolist()
    assert total == [sum(x for x in each if x is not None) for each in expected]


def test_maps_and_times_shift_no_column(tmp_path):
    path = str(tmp_path / "a.parquet")
    table = pa.table(
        {
            "map": pa.array([[("a", 1)], []], pa.map_(pa.string(), pa.int32())),
            "time": pa.array([0, 1], pa.timestamp("us")),
            "fixed": pa.array([[1.0, 2.0], [3.0, 4.0]], pa.list_(pa.float64(), 2)),
            "kind": pa.array(["x", "y"]).dictionary_encode(),
            "a.b": pa.array([5, 6]),
            "MET_pt": pa.array([7.0, 8.0]),
        }
    )
    pq.write_table(table, path)
    reader = ParquetReader.open(path)
    assert set(reader.schema.columns) == {"a.b", "MET_pt", "fixed_0", "fixed_1", "kind"}
    contents = reader.read(["MET_pt", "a.b", "fixed_1"], [], 0, 2).contents
    assert contents["MET_pt"].tolist() == [7.0, 8.0]
    assert contents["fixed_1"].tolist() == [2.0, 4.0]
    assert contents["a.b"].tolist() == [5, 6]


def test_flipped_bytes_never_change_numbers(tmp_path):
    path = tmp_path / "a.parquet"
    table = pa.table({"MET_pt": MET, "n": np.arange(120)})
    pq.write_table(table, path, write_page_checksum=True, use_dictionary=False)
    whole = path.read_bytes()
    refused = []
    column = pq.ParquetFile(path).metadata.row_group(0).column(0)
    first = column.data_page_offset
    places = [
        *range(first, first + column.total_compressed_size, 9),
        *range(len(whole) - 60, len(whole)),
    ]
    for place in places:
        content = bytearray(whole)
        content[place] ^= 0xFF
        path.write_bytes(content)
        try:
            with reading(str(path)):
                found = ParquetReader.open(str(path)).read(["MET_pt"], [], 0, 120)
        except FileUnreadable as error:
            refused.append(error.what)
        else:
            np.testing.assert_array_equal(found.contents["MET_pt"], MET)
    assert len(refused) > 30
    assert all("a.parquet" in what for what in refused)


def test_without_pyarrow_the_remedy_is_said(tmp_path, monkeypatch):
    real = builtins.__import__

    def without(name, *rest, **more):
        if name.startswith("pyarrow"):
            raise ImportError(name)
        return real(name, *rest, **more)

    monkeypatch.setattr(builtins, "__import__", without)
    with pytest.raises(MissingPackage) as caught:
        ParquetReader.open(str(tmp_path / "a.parquet"))
    assert "pip install 'hepline[parquet]'" in caught.value.fix


def test_nanoaod_as_awkward_wrote_it(shared_data):
    path = str(shared_data / "nanoaod/nano_dimuon.parquet")
    reader = ParquetReader.open(path)
    assert len(reader.schema.columns) == 1601
    assert reader.schema.counters["Muon"] == "nMuon"
    array = ak.from_parquet(path)
    for name in list(reader.schema.columns)[::23]:
        check(reader, name, array[name])
        check(reader, name, array[name], 7, 33)


def test_parquet_and_tree_of_the_same_events_give_the_same(shared_data):
    found = []
    for ending in ("parquet", "root"):
        mu = hl.open(shared_data / f"nanoaod/nano_dimuon.{ending}").Muon
        found.append(hl.compute(hl.hist(mu.pairs().mass, bins=(40, 0, 120))).values())
    assert found[0].sum() > 0
    np.testing.assert_array_equal(*found)
