"""Several files, patterns, and files that are left out."""

import numpy as np
import pytest
import uproot

import hepline as hl
from hepline.data.open import source
from hepline.errors import ColumnNotFound, DataError, DataWarning, FileUnreadable, MissingPackage


def write(path, **branches):
    with uproot.recreate(path) as file:
        file.mktree("Events", {name: array.dtype for name, array in branches.items()}).extend(
            branches
        )
    return path


@pytest.fixture
def folder(tmp_path):
    write(tmp_path / "b.root", x=np.array([3.0, 4.0]), only_b=np.array([1.0, 1.0]), z=np.zeros(2))
    write(tmp_path / "a.root", x=np.array([1.0, 2.0]), only_a=np.array([1.0, 1.0]), z=np.zeros(2))
    return tmp_path


def test_files_are_joined_in_the_order_of_their_names(folder):
    assert hl.compute(hl.open(folder / "*.root")["x"]).tolist() == [1, 2, 3, 4]
    given = hl.open([folder / "b.root", str(folder / "a.root")])
    assert hl.compute(given["x"]).tolist() == [3, 4, 1, 2]


@pytest.mark.parametrize(("column", "lacks"), [("only_a", "b.root"), ("only_b", "a.root")])
def test_a_column_that_one_file_lacks_is_blamed_on_that_file(folder, column, lacks):
    ev = hl.open(folder / "*.root")
    with pytest.raises(ColumnNotFound, match=column) as caught:
        ev[column]
    assert f"{lacks} does not have it" in caught.value.why
    symbolic = hl.hist(hl.events("nanoaod").HLT.only_c, bins=(1, 0, 1))
    with pytest.raises(ColumnNotFound, match="HLT_only_c"):
        hl.compute(symbolic, source=ev.origin.source)


def test_a_field_that_one_file_lacks_is_blamed_on_that_file(tmp_path):
    good = np.ones(2, bool)
    write(tmp_path / "a.root", HLT_A=good, HLT_B=good, Flag_x=good)
    write(tmp_path / "b.root", HLT_A=good, z=good)
    ev = hl.open(tmp_path / "*.root")
    for asked in (lambda: ev.HLT.B, lambda: ev.HLT_B, lambda: ev["HLT_B"]):
        with pytest.raises(ColumnNotFound) as caught:
            asked()
        assert "b.root does not have it" in caught.value.why
    # A group of which nothing is left says so, too.
    with pytest.raises(ColumnNotFound) as caught:
        _ = ev.Flag
    assert "b.root does not have it" in caught.value.why


def test_dotted_names_are_counted_among_those_that_begin_alike(tmp_path):
    columns = {"JetsAux.pt": np.ones(2), "JetsAux.eta": np.ones(2), "met": np.ones(2)}
    ev = hl.open(write(tmp_path / "a.root", **columns))
    assert hl.compute(ev["JetsAux.pt"]).tolist() == [1, 1]
    assert hl.compute(ev.JetsAux.pt).tolist() == [1, 1]
    with pytest.raises(ColumnNotFound) as caught:
        _ = ev["JetsAux.phi"]
    assert "2 columns whose names begin with 'JetsAux" in caught.value.why
    assert "JetsAux.eta" in caught.value.fix
    with pytest.raises(ColumnNotFound) as caught:
        _ = ev.Foo
    assert "none of the names of its 3 columns begins with 'Foo'" in caught.value.why


def test_columns_of_two_kinds_cannot_be_asked_for(folder):
    write(folder / "c.root", x=np.array([1, 2], np.int64), z=np.zeros(2))
    with pytest.raises(ColumnNotFound, match="'x'") as caught:
        hl.open(folder / "*.root")["x"]
    assert "float64 in" in caught.value.why
    assert "int64 in" in caught.value.why
    assert "c.root" in caught.value.why


@pytest.mark.parametrize(
    ("narrow", "wide", "joined"),
    [
        ("int8", "int32", "int32"),
        ("uint8", "int8", "int16"),
        ("uint32", "int32", "int64"),
        ("float32", "float64", "float64"),
        ("uint64", "int64", None),
        ("bool", "int8", None),
    ],
)
@pytest.mark.parametrize("swapped", [False, True])
def test_numbers_of_different_width_become_the_wider_one(tmp_path, narrow, wide, joined, swapped):
    first, second = (wide, narrow) if swapped else (narrow, wide)
    write(tmp_path / "1.root", x=np.array([0, 1], first), z=np.zeros(2))
    write(tmp_path / "2.root", x=np.array([1, 0], second), z=np.zeros(2))
    opened = source([tmp_path / "1.root", tmp_path / "2.root"])
    if joined is None:
        assert "x" not in opened.schema.columns
        return
    assert opened.schema.columns["x"].dtype == joined
    for part in opened.parts:
        assert opened.read(part, ["x"], [], 0, 2).contents["x"].dtype == joined
    assert hl.compute(hl.open(tmp_path / "*.root")["x"]).tolist() == [0, 1, 1, 0]


def test_files_that_share_no_column_are_refused(folder):
    write(folder / "c.root", y=np.array([1, 2], np.int64))
    with pytest.raises(DataError, match="share no column"):
        hl.open(folder / "*.root")


def test_a_pattern_without_match_is_said(tmp_path):
    with pytest.raises(FileUnreadable) as caught:
        hl.open(tmp_path / "*.root")
    assert "no file matches" in str(caught.value)
    assert "test_open.py" in caught.value.asked_at


def test_no_files_are_refused():
    with pytest.raises(DataError, match="no files were given"):
        hl.open([])


def test_a_file_that_is_given_twice_is_refused(folder):
    with pytest.raises(DataError, match="twice"):
        hl.open([folder / "a.root", folder / "*.root"])


def test_unreadable_files_are_named_when_they_are_left_out(folder):
    (folder / "broken.root").write_bytes(b"")
    with pytest.raises(FileUnreadable, match="broken"):
        source(folder / "*.root")
    found = source(folder / "*.root", skip_unreadable=True)
    assert [path.rsplit("/", 1)[1] for path, _ in found.unreadable] == ["broken.root"]
    assert "0 bytes" in found.unreadable[0][1]
    assert [part.entries for part in found.parts] == [2, 2]


def test_a_sample_whose_files_are_all_broken_is_refused(tmp_path):
    (tmp_path / "a.root").write_bytes(b"root")
    with pytest.raises(DataError) as caught:
        source(tmp_path / "a.root", name="ttbar", skip_unreadable=True)
    assert "none of the 1 files of ttbar" in str(caught.value)


def test_a_source_survives_the_way_to_another_process(folder):
    import pickle

    back = pickle.loads(pickle.dumps(source(folder / "*.root")))  # noqa: S301
    chunk = back.read(back.parts[0], ["x"], [], 0, 2)
    assert chunk.contents["x"].tolist() == [1.0, 2.0]


def test_an_address_without_its_library_says_what_to_install(monkeypatch):
    def lacking(_protocol):
        raise ImportError("Install s3fs to access S3")

    monkeypatch.setattr("fsspec.get_filesystem_class", lacking)
    with pytest.raises(MissingPackage, match="cannot be read without another library") as caught:
        hl.open("s3://bucket/a.root")
    assert "s3fs" in caught.value.why
    assert "pip" in caught.value.fix


def test_an_address_of_an_unknown_kind_is_refused():
    with pytest.raises(FileUnreadable, match="unknown kind"):
        hl.open("dcap://server/a.root")


def test_a_name_with_brackets_is_a_file_before_it_is_a_pattern(tmp_path):
    for name in ("a[1].root", "a1.root"):
        with uproot.recreate(tmp_path / name) as file:
            file.mktree("Events", {"x": "int64"}).extend({"x": np.arange(len(name))})
    assert len(hl.compute(hl.open(tmp_path / "a[1].root").x)) == len("a[1].root")
    (tmp_path / "a[1].root").unlink()
    assert len(hl.compute(hl.open(tmp_path / "a[1].root").x)) == len("a1.root")


@pytest.mark.parametrize("engine", ["reference", "awkward", "compiled"])
def test_a_file_without_events_gives_columns_and_histograms_without_entries(tmp_path, engine):
    with uproot.recreate(tmp_path / "none.root") as file:
        file.mktree("Events", {"x": "float64", "Muon_pt": "var * float32"})
    ev = hl.open(tmp_path / "none.root")
    x, pt, h = hl.compute(
        ev.x, ev.Muon.pt, hl.hist(ev.x, bins=(4, 0, 1), weight=ev.x), engine=engine
    )
    assert (x.tolist(), pt.tolist()) == ([], [])
    assert (h.values().tolist(), h.variances().tolist()) == ([0.0] * 4, [0.0] * 4)


def test_a_text_file_that_may_be_cut_is_mentioned(tmp_path):
    path = tmp_path / "a.csv"
    path.write_text("pt,eta\n31.25,0.5\n47.125,1.75\n")
    whole = path.read_bytes()
    assert hl.compute(hl.open(path).eta).tolist() == [0.5, 1.75]
    path.write_bytes(whole[:-3])
    with pytest.warns(DataWarning, match=r"a\.csv: the last line does not end with a line break"):
        ev = hl.open(path)
    assert hl.compute(ev.eta).tolist() == [0.5, 1.0]


@pytest.mark.parametrize(
    ("options", "expected"),
    [({"write_page_checksum": True}, "yes"), ({"write_page_checksum": False}, "no")],
)
@pytest.mark.parametrize("pages", ["1.0", "2.0"])
def test_whether_pages_of_parquet_are_verified(tmp_path, options, expected, pages):
    pa, pq = pytest.importorskip("pyarrow"), pytest.importorskip("pyarrow.parquet")
    table = pa.table({"x": np.arange(2000) * 1.5, "few": [1, 2] * 1000})
    for dictionary in (True, False):
        path = tmp_path / f"{dictionary}.parquet"
        pq.write_table(table, path, use_dictionary=dictionary, data_page_version=pages, **options)
        assert source(path).parts[0].checked.startswith(expected)


def test_whether_datasets_of_hdf5_are_verified(tmp_path):
    h5py = pytest.importorskip("h5py")
    for name, filters in (
        ("yes", [True, True]),
        ("no", [False, False]),
        ("in part", [True, False]),
    ):
        with h5py.File(tmp_path / f"{name}.h5", "w") as file:
            for column, fletcher in zip("xy", filters, strict=True):
                file.create_dataset(column, data=np.arange(9), fletcher32=fletcher)
        assert source(tmp_path / f"{name}.h5").parts[0].checked.startswith(name)
