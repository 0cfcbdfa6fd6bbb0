"""HDF5 files: what h5py and awkward read is what hepline reads."""

import builtins

import awkward as ak
import h5py
import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import hepline as hl
from hepline.data import hdf5
from hepline.data.hdf5 import HDF5Reader
from hepline.errors import ColumnNotFound, CorruptData, FileUnreadable, MissingPackage

PT = ak.values_astype(ak.Array([[50.0, 20.0], [], [30.0], [10.0, 5.0, 1.0]] * 30), np.float32)
COUNTS = ak.to_numpy(ak.num(PT)).astype(np.uint32)
MET = np.arange(120, dtype=np.float32)
ENDS = np.concatenate(([0], np.cumsum(COUNTS, dtype=np.int64)))
FLAT = ak.to_numpy(ak.flatten(PT))


@pytest.fixture
def write(tmp_path):
    def written(content, name="a.h5", **packing):
        path = str(tmp_path / name)
        with h5py.File(path, "w") as file:
            for place, values in content.items():
                options = packing if np.ndim(values) else {}
                file.create_dataset(place, data=values, **options)
        return path

    return written


def lists(array, dtype=np.float32):
    """Datasets of variable length."""
    rows = np.empty(len(array), object)
    rows[:] = [np.asarray(row, dtype) for row in array]
    return rows.astype(h5py.vlen_dtype(dtype))


def check(reader, column, expected, start=0, stop=None):
    """One column must have the numbers of an awkward array."""
    stop = reader.entries if stop is None else stop
    spec = reader.schema.columns[column]
    chunk = reader.read([column], [], start, stop)
    expected = expected[start:stop]
    if spec.axis is None:
        assert chunk.offsets == {}
    else:
        counts = ak.to_numpy(ak.num(expected))
        np.testing.assert_array_equal(np.diff(chunk.offsets[spec.axis]), counts)
        assert chunk.offsets[spec.axis][0] == 0
        assert chunk.offsets[spec.axis].dtype == np.int64
        expected = ak.flatten(expected)
    found = chunk.contents[column]
    expected = expected if isinstance(expected, np.ndarray) else ak.to_numpy(expected)
    np.testing.assert_array_equal(found, expected)
    assert (chunk.events, found.dtype.name) == (stop - start, spec.dtype)
    assert found.dtype.isnative
    assert found.flags.c_contiguous
    assert found.flags.writeable


@pytest.mark.parametrize(
    "packing", [{}, {"chunks": True}, {"chunks": (17,), "compression": "gzip", "shuffle": True}]
)
def test_every_kind_of_number(write, packing):
    kinds = ["i1", "u1", "<i2", ">i2", "<u4", ">i8", "<u8", "<f4", ">f4", ">f8", "f2", "bool"]
    content = {f"x{n}": (MET % 3).astype(kind) for n, kind in enumerate(kinds)}
    reader = HDF5Reader.open(write(content, **packing), "Events")
    assert reader.entries == 120
    for n, kind in enumerate(kinds):
        expected = "float32" if kind == "f2" else np.dtype(kind).name
        assert reader.schema.columns[f"x{n}"].dtype == expected
    for name, values in content.items():
        for bounds in ((0, 120), (5, 77), (60, 60)):
            check(reader, name, values, *bounds)


MUONS = np.empty(len(FLAT), [("pt", "f4"), ("eta", ">f8"), ("tag", "S3")])
MUONS["pt"], MUONS["eta"], MUONS["tag"] = FLAT, -FLAT, b"mu"

# One collection in every way that is in use, with the name of its counter.
WAYS = {
    "nMuon": ({"nMuon": COUNTS, "Muon_pt": FLAT, "Muon_eta": -FLAT}, "nMuon"),
    "n_Muon": ({"n_Muon": COUNTS, "Muon_pt": FLAT, "Muon_eta": -FLAT}, "n_Muon"),
    "counts": ({"Muon_counts": COUNTS, "Muon_pt": FLAT, "Muon_eta": -FLAT}, "Muon_counts"),
    "offsets": ({"Muon_offsets": ENDS, "Muon_pt": FLAT, "Muon_eta": -FLAT}, None),
    "group": ({"Muon/n": COUNTS, "Muon/pt": FLAT, "Muon/eta": -FLAT}, "Muon_n"),
    "group alike": ({"Muon/nMuon": COUNTS, "Muon/pt": FLAT, "Muon/eta": -FLAT}, "Muon_nMuon"),
    "group and offsets": ({"Muon/offsets": ENDS, "Muon/pt": FLAT, "Muon/eta": -FLAT}, None),
    "structure": ({"nMuon": COUNTS, "Muon": MUONS}, "nMuon"),
    "lists": ({"Muon_pt": lists(PT), "Muon_eta": lists(-PT)}, None),
    "group of lists": ({"Muon/pt": lists(PT), "Muon/eta": lists(-PT)}, None),
    "mixed": ({"nMuon": COUNTS, "Muon_pt": FLAT, "Muon_eta": lists(-PT)}, "nMuon"),
}


@pytest.mark.parametrize("alone", [False, True])
@pytest.mark.parametrize("way", WAYS)
def test_lists_in_every_way_that_is_in_use(write, way, alone):
    content, counter = WAYS[way]
    reader = HDF5Reader.open(write(content if alone else content | {"MET": MET}), "Events")
    assert reader.entries == 120
    assert reader.schema.counters == ({"Muon": counter} if counter else {})
    for bounds in ((0, 120), (0, 1), (49, 51), (60, 60), (73, 119)):
        check(reader, "Muon_pt", PT, *bounds)
        check(reader, "Muon_eta", -PT, *bounds)
        axis = reader.schema.columns["Muon_pt"].axis
        both = reader.read(["Muon_eta", "Muon_pt"], [axis], *bounds)
        assert list(both.contents) == ["Muon_eta", "Muon_pt"]
        np.testing.assert_array_equal(*(abs(row) for row in both.contents.values()))
        (only,) = reader.read([], [axis], *bounds).offsets.values()
        np.testing.assert_array_equal(np.diff(only), COUNTS[slice(*bounds)])
    if counter:
        check(reader, counter, COUNTS)


def test_muons_of_every_way_give_the_same_histogram(write):
    expected = np.histogram(ak.to_numpy(ak.sum(PT, axis=1)), 20, (0, 100))[0]
    for engine in ("awkward", "compiled"):
        for content, _ in (WAYS["nMuon"], WAYS["group of lists"]):
            mu = hl.open(write(content | {"MET_pt": MET})).Muon
            h = hl.hist(hl.sum(mu.pt), bins=(20, 0, 100))
            np.testing.assert_array_equal(hl.compute(h, engine=engine).values(), expected)


def test_structures_and_second_axes(write):
    table = np.empty(120, [("run", "i4"), ("p4", "f8", (4,)), ("name", "S4"), ("ok", "?")])
    table["run"], table["p4"], table["ok"] = MET, MET[:, None] * [1, 2, 3, 4], MET > 3
    path = write({"Events": table, "other/x": np.zeros((3, 2))})
    reader = HDF5Reader.open(path, "Events")
    assert list(reader.schema.columns) == ["run", "p4_0", "p4_1", "p4_2", "p4_3", "name", "ok"]
    for bounds in ((0, 120), (7, 9)):
        check(reader, "run", table["run"], *bounds)
        check(reader, "p4_2", table["p4"][:, 2], *bounds)
        check(reader, "ok", table["ok"], *bounds)
    other = HDF5Reader.open(path, "other")
    assert list(other.schema.columns) == ["x_0", "x_1"]
    assert list(HDF5Reader.open(path, "other/x").schema.columns) == ["x_0", "x_1"]


def test_elements_of_one_member_are_read_together(write):
    table = np.empty(120, [("pos", "f4", (3,)), ("run", "i4")])
    table["pos"], table["run"] = np.outer(MET, [1, 2, 3]), MET
    ev = hl.open(write({"Events": table}))
    total = hl.compute(ev.pos_0 + ev.pos_1 + ev.run)
    expected = table["pos"][:, 0] + table["pos"][:, 1] + table["run"].astype(np.int64)
    np.testing.assert_array_equal(ak.to_numpy(total), expected)


def test_a_dataset_of_an_unknown_type_does_not_refuse_its_file(tmp_path):
    path = str(tmp_path / "times.h5")
    with h5py.File(path, "w") as file:
        file["pt"] = MET
        space = h5py.h5s.create_simple((len(MET),))
        h5py.h5d.create(file.id, b"when", h5py.h5t.UNIX_D32LE, space)
    ev = hl.open(path)
    np.testing.assert_array_equal(ak.to_numpy(hl.compute(ev.pt)), MET)
    with pytest.raises(ColumnNotFound) as caught:
        ev["when"]
    assert "NumPy has no numbers of its type" in caught.value.why


def test_only_members_that_are_asked_for_are_read(write, monkeypatch):
    reader = HDF5Reader.open(write({"nMuon": COUNTS, "Muon": MUONS}), "Events")
    asked = []
    fields = h5py.Dataset.fields
    spy = lambda self, names, **rest: asked.append(names) or fields(self, names, **rest)  # noqa: E731
    monkeypatch.setattr(h5py.Dataset, "fields", spy)
    reader.read(["Muon_eta"], [], 3, 7)
    assert asked == [["eta"]]


@pytest.mark.parametrize(
    ("content", "names"),
    [
        ({"ntuple/pt": MET, "ntuple/eta": MET}, {"pt", "eta"}),
        ({"a/b/pt": MET, "a/b/eta": MET}, {"pt", "eta"}),
        ({"pt": MET, "gen/pt": MET}, {"pt", "gen_pt"}),
        ({"pt": MET, "_index": MET, "_own/x": MET[:7]}, {"pt"}),
        ({"table": np.zeros(4, [("pt", "f4"), ("eta", "f4")])}, {"pt", "eta"}),
        ({"Events/pt": MET, "Runs/x": MET[:3]}, {"pt"}),
    ],
)
def test_what_a_file_is_about(write, content, names):
    assert set(hl.open(write(content)).origin.schema.columns) == names


def test_what_cannot_be_a_column_says_why(write):
    content = {
        "pt": MET,
        "names": np.array([b"x"] * 12),
        "cross_section": 3.5,
        "complex": MET.astype(complex),
        "words": h5py.Empty(h5py.string_dtype()),
    }
    ev = hl.open(write(content))
    assert set(ev.origin.schema.columns) == {"pt"}
    for name, reason in {
        "names": "12 texts, not one for each event",
        "cross_section": "one value for the whole file",
        "complex": "complex numbers",
        "words": "one value for the whole file",
    }.items():
        with pytest.raises(ColumnNotFound, match=f"'{name}'") as caught:
            ev[name]
        assert reason in caught.value.why


def test_a_filter_that_is_not_installed_is_said(tmp_path):
    path = str(tmp_path / "a.h5")
    with h5py.File(path, "w") as file:
        file["pt"] = MET
        packed = h5py.h5p.create(h5py.h5p.DATASET_CREATE)
        packed.set_chunk((120,))
        packed.set_filter(32001, h5py.h5z.FLAG_OPTIONAL, ())
        space = h5py.h5s.create_simple((120,))
        h5py.h5d.create(file.id, b"blosc", h5py.h5t.NATIVE_FLOAT, space, packed)
    obstacle = HDF5Reader.open(path, "Events").schema.obstacles["blosc"]
    assert "32001" in obstacle


def test_as_many_objects_as_events_may_mean_two_things(write):
    counts = np.array([2, 0, 1])
    with pytest.raises(ColumnNotFound) as caught:
        hl.open(write({"nMuon": counts, "Muon_pt": MET[:3], "x": MET[:3]}))["Muon_pt"]
    assert "'nMuon' counts as many" in caught.value.why
    path = write({"nMuon": np.ones(3, int), "Muon_pt": MET[:3]}, "b.h5")
    check(HDF5Reader.open(path, "Events"), "Muon_pt", ak.Array([[0.0], [1.0], [2.0]]))
    path = write({"Muon_offsets": [0, 2, 2, 3], "Muon_pt": MET[:3], "x": MET[:3]}, "c.h5")
    check(HDF5Reader.open(path, "Events"), "Muon_pt", ak.Array([[0.0, 1.0], [], [2.0]]))


@pytest.mark.parametrize(
    ("content", "tree", "words"),
    [
        ({"e/pt": MET, "m/pt": MET[:7]}, "Events", ("'e_pt' has 120", "'m_pt' has 7", "tree='e'")),
        ({"nMuon": COUNTS, "Muon_pt": FLAT[1:]}, "Events", ("different lengths", "add up to")),
        ({"Muon_offsets": ENDS[1:], "Muon_pt": FLAT}, "Events", ("different lengths",)),
        ({"nMuon": -COUNTS.astype(int), "Muon_pt": FLAT}, "Events", ("different lengths",)),
        ({"pt": MET}, "Muon", ("no group 'Muon'", "the file holds pt", "tree='GROUP'")),
        ({"ntuple/pt": MET}, "ntupel", ("no group", "did you mean 'ntuple'")),
        ({"name": np.array([b"x"])}, "Events", ("no columns of numbers", "'name'", "tree=")),
        ({}, "Events", ("no columns of numbers", "no dataset")),
        ({"a/x": MET[:2], "b": MET, "g/y": MET[:3]}, "a/b", ("no group 'a/b'", "a, a/x, b")),
    ],
)
def test_files_that_have_no_common_events(write, content, tree, words):
    with pytest.raises(FileUnreadable) as caught:
        hl.open(write(content), tree=tree)
    for word in words:
        assert word in str(caught.value)
    assert "test_hdf5.py" in caught.value.asked_at


def test_lists_that_disagree_are_refused(write):
    eta = ak.concatenate([PT[:99], PT[99:, :1]])
    path = write({"nMuon": COUNTS, "Muon_pt": FLAT, "Muon_eta": lists(eta)})
    ev = hl.open(path)
    assert hl.compute(ev.Muon.pt, ev.Muon.eta)[1].tolist() == eta.tolist()
    with pytest.raises(CorruptData) as caught:
        hl.compute(ev.Muon.pt * ev.Muon.eta)
    for word in ("'Muon_eta' has 1", "entry 99", "a.h5", "'Muon' has 3"):
        assert word in str(caught.value)


def test_truncated_and_flipped_files_are_named(write, tmp_path):
    path = write({"pt": MET.astype(">f8"), "eta": MET}, compression="gzip", fletcher32=True)
    whole = (tmp_path / "a.h5").read_bytes()
    refused = []
    for size in (5, 100, 600, len(whole) // 2, len(whole) - 1):
        (tmp_path / "b.h5").write_bytes(whole[:size])
        with pytest.raises(FileUnreadable, match=r"b\.h5 cannot be read"):
            hl.open(tmp_path / "b.h5")
    for place in range(0, len(whole), 29):
        content = bytearray(whole)
        content[place] ^= 0xFF
        (tmp_path / "c.h5").write_bytes(content)
        try:
            found = hl.compute(hl.open(tmp_path / "c.h5")["pt"]).tolist()
        except (FileUnreadable, ColumnNotFound) as error:
            refused.append(str(error))
        else:
            assert found == MET.tolist()
    assert len(refused) > 5
    assert all("c.h5" in error for error in refused)
    assert hl.compute(hl.open(path)["pt"]).tolist() == MET.tolist()


def test_without_h5py_the_remedy_is_said(tmp_path, monkeypatch):
    real = builtins.__import__

    def without(name, *rest, **more):
        if name == "h5py":
            raise ImportError(name)
        return real(name, *rest, **more)

    monkeypatch.setattr(builtins, "__import__", without)
    with pytest.raises(MissingPackage) as caught:
        HDF5Reader.open(str(tmp_path / "a.h5"), "Events")
    assert "pip install 'hepline[hdf5]'" in caught.value.fix


def test_a_file_may_be_made_anew_while_it_is_open(write):
    for last in (3, 5):
        assert hl.compute(hl.open(write({"x": np.arange(last)}))["x"]).tolist() == [*range(last)]


def test_behind_an_address(write):
    path = write({"nMuon": COUNTS, "Muon_pt": FLAT})
    check(HDF5Reader.open(f"file://{path}", "Events"), "Muon_pt", PT)
    assert hl.compute(hl.open(f"file://{path}")["nMuon"]).tolist() == COUNTS.tolist()


@pytest.mark.parametrize("step", [1, 7, 1 << 16])
def test_pieces_follow_chunks(write, monkeypatch, step):
    monkeypatch.setattr(hdf5, "_STEP", step)
    reader = HDF5Reader.open(write({"nMuon": COUNTS, "Muon_pt": FLAT}, chunks=(17,)), "Events")
    cut = max(17, step)
    cut -= cut % 17
    assert reader.pieces(["nMuon", "Muon_pt"]) == (*range(0, 120, cut), 120)
    check(reader, "Muon_pt", PT, 33, 99)


@settings(
    max_examples=50, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    counts=st.lists(st.integers(0, 4), max_size=40),
    way=st.sampled_from(["group", "offsets", "lists"]),
    step=st.integers(1, 50),
    cuts=st.tuples(st.integers(0, 40), st.integers(0, 40)).map(sorted),
)
def test_whatever_is_written_comes_back(tmp_path, monkeypatch, counts, way, step, cuts):
    monkeypatch.setattr(hdf5, "_STEP", step)
    array = ak.unflatten(np.arange(sum(counts), dtype=np.float32), np.array(counts, int))
    ends = np.concatenate(([0], np.cumsum(np.array(counts, int))))
    with h5py.File(tmp_path / "a.h5", "w") as file:
        file["x"] = np.arange(len(counts))
        if way == "lists":
            file.create_dataset("Muon/pt", data=lists(array), dtype=h5py.vlen_dtype(np.float32))
        else:
            file["Muon/pt"] = ak.to_numpy(ak.flatten(array))
            file["Muon/offsets" if way == "offsets" else "Muon/nMuon"] = (
                ends if way == "offsets" else np.array(counts, int)
            )
            # Else as many objects as events may mean two things.
            file["Muon"].attrs["counter"] = "Muon/nMuon"
    reader = HDF5Reader.open(str(tmp_path / "a.h5"), "Events")
    assert reader.entries == len(counts)
    start, stop = (min(cut, len(counts)) for cut in cuts)
    check(reader, "Muon_pt", array, start, stop)
    check(reader, "x", np.arange(len(counts)), start, stop)


def test_no_events(write):
    path = write({"nMuon": np.zeros(0, int), "Muon_pt": MET[:0], "x": MET[:0]})
    reader = HDF5Reader.open(path, "Events")
    assert (reader.entries, reader.pieces(["Muon_pt", "x"])) == (0, (0,))
    chunk = reader.read(["Muon_pt", "x"], [], 0, 0)
    assert chunk.contents["x"].tolist() == []
    assert reader.schema.columns["Muon_pt"].collection == "Muon"
    assert chunk.offsets["Muon"].tolist() == [0]


@pytest.mark.parametrize("engine", ["awkward", "compiled"])
def test_dimuons_of_the_particle_physics_playground(shared_data, engine):
    path = shared_data / "playground/dimuons_1000_collisions.hdf5"
    mu = hl.open(path).muons
    first, second = mu[0], mu[1]
    total = [first[f] + second[f] for f in ("e", "px", "py", "pz")]
    square = total[0] ** 2 - total[1] ** 2 - total[2] ** 2 - total[3] ** 2
    found = hl.compute(hl.hist(np.sqrt(square), bins=(100, 0, 50)), engine=engine).values()
    with h5py.File(path) as file:
        assert (file["muons/nmuons"][:] == 2).all()
        p4 = np.array(
            [file[f"muons/{f}"][:].reshape(1000, 2).sum(1) for f in ("e", "px", "py", "pz")]
        )
    by_hand = np.sqrt(p4[0] ** 2 - p4[1] ** 2 - p4[2] ** 2 - p4[3] ** 2)
    expected, _ = np.histogram(by_hand, 100, (0, 50))
    assert expected.sum() > 900
    np.testing.assert_array_equal(found, expected)


def test_everything_of_the_playground(shared_data):
    for name in ("small_CLEO_test_file", "small_cms_test_file"):
        path = shared_data / f"playground/{name}.hdf5"
        reader = HDF5Reader.open(str(path), "Events")
        assert reader.entries == 10
        with h5py.File(path) as file:
            for group in ("electrons", "photons", "muons"):
                counts = file[f"{group}/n{group}"][:]
                for field, values in file[group].items():
                    flat = values[:]
                    expected = flat if field == f"n{group}" else ak.unflatten(flat, counts)
                    check(reader, f"{group}_{field}", expected)
                    check(reader, f"{group}_{field}", expected, 3, 8)
