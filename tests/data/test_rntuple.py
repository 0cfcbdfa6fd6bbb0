"""RNTuples: whatever ROOT and uproot write is read as uproot reads it."""

import threading
from dataclasses import replace
from pathlib import Path

import awkward as ak
import numpy as np
import pytest
import uproot
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import hepline as hl
from hepline.data.damage import reading
from hepline.data.rntuple import NTupleReader
from hepline.errors import CorruptData, FileUnreadable

# Written by ROOT: ntuple_encodings.C stands beside it.
ENCODINGS = str(Path(__file__).parent / "files/ntuple_encodings.root")


def check(reader, ntuple, column, field, start=0, stop=None):
    """One column must have uproot's numbers of a field."""
    stop = reader.entries if stop is None else stop
    spec = reader.schema.columns[column]
    chunk = reader.read([column], [], start, stop)
    expected = ntuple[field].array()[start:stop]
    if spec.axis is None:
        assert chunk.offsets == {}
    else:
        for axis in (spec.axis, *spec.inner):
            counts = ak.to_numpy(ak.num(expected))
            np.testing.assert_array_equal(np.diff(chunk.offsets[axis]), counts)
            assert chunk.offsets[axis][0] == 0
            expected = ak.flatten(expected)
    found = chunk.contents[column]
    if spec.dtype == "string":
        words = reader.words(column, start, stop)
        assert [words[code] for code in found.tolist()] == expected.tolist()
        return
    expected = ak.to_numpy(expected)
    # uproot has C++'s char without sign.
    signed = found.dtype == np.int8 and expected.dtype == np.uint8
    np.testing.assert_array_equal(found.view(np.uint8) if signed else found, expected)
    assert (chunk.events, found.dtype.name) == (stop - start, spec.dtype)
    assert found.flags.c_contiguous
    assert found.flags.writeable
    assert found.dtype.isnative


def write(path, *parts, name="Events"):
    """One cluster for each part."""
    with uproot.recreate(path) as file:
        ntuple = file.mkrntuple(name, parts[0])
        for part in parts[1:]:
            ntuple.extend(part)
    return str(path)


# --- every encoding, as ROOT writes it ------------------------------------------------------------


@pytest.fixture(scope="module")
def encodings():
    with uproot.open(ENCODINGS) as file:
        yield NTupleReader.open(ENCODINGS, "Events"), file["Events"]


def test_the_file_has_what_the_tests_are_for(encodings):
    _, ntuple = encodings
    kinds = {record.type for record in ntuple.column_records}
    assert kinds >= {0x00, *range(0x02, 0x10), *range(0x11, 0x1E)} - {0x17}
    pages = [sum(len(link.pages) for link in links) for links in ntuple.page_link_list]
    assert min(pages) > 40
    assert max(pages) > 200
    assert any(link.suppressed for links in ntuple.page_link_list for link in links)


def test_fields_become_columns(encodings):
    reader, ntuple = encodings
    columns = reader.schema.columns
    assert reader.entries == 500
    assert reader.pieces(["f_split"]) == (0, 150, 151, 300, 500)
    assert reader.schema.obstacles == {}
    assert columns["nested"].inner == ("nested[][]",)
    fixed = ntuple["fixed"].array()
    chunk = reader.read(["fixed_0", "fixed_2"], [], 140, 310)
    for place in (0, 2):
        assert chunk.contents[f"fixed_{place}"].tolist() == fixed[140:310, place].tolist()
    assert {name: columns[name].dtype for name in ("Muon_pt", "Muon_charge", "Muon_tight")} == {
        "Muon_pt": "float32",
        "Muon_charge": "int32",
        "Muon_tight": "bool",
    }
    assert columns["MET_phi"].collection is None
    assert columns["A_split64"].collection == "A"
    assert columns["d_short"].dtype == "float64"
    # Names that are projected onto the muons, with their counter.
    assert reader.schema.counters == {"Lepton": "nLepton"}
    assert columns["Lepton_pt"].collection == columns["Muon_pt"].collection == "Lepton"


def fields_of(reader):
    """Column → uproot's field, of the file with all encodings."""
    records = ("Muon", "MET")
    return {
        name: name.replace("_", ".", 1) if name.split("_")[0] in records else name
        for name in reader.schema.columns
        if name != "f_two" and not name.startswith("fixed_")
    }


@pytest.mark.parametrize("bounds", [(0, 500), (0, 150), (149, 152), (151, 300), (77, 420), (9, 9)])
def test_every_encoding_equals_uproot(encodings, bounds):
    reader, ntuple = encodings
    fields = fields_of(reader)
    assert len(fields) == 48
    for column, field in fields.items():
        check(reader, ntuple, column, field, *bounds)


def test_a_column_that_changes_its_representation(encodings):
    reader, ntuple = encodings
    # The same numbers were written to both; uproot 5.7 itself mixes up pages of the second form.
    expected = ntuple["f_same"].array(library="np")
    assert len(np.unique(expected)) > 400
    for start, stop in ((0, 500), (100, 200), (150, 151), (290, 450)):
        found = reader.read(["f_two"], [], start, stop).contents["f_two"]
        np.testing.assert_array_equal(found, expected[start:stop])


def test_columns_that_begin_late_are_zero_or_empty_before(encodings):
    reader, _ = encodings
    chunk = reader.read(["late", "Late_list"], [], 0, 500)
    number = np.arange(500)
    # As ntuple_encodings.C has it: from the event 220 on, amid the third cluster.
    np.testing.assert_array_equal(chunk.contents["late"], np.where(number < 220, 0, number))
    counts = np.where(number < 220, 0, number % 3)
    np.testing.assert_array_equal(np.diff(chunk.offsets["Late_list[]"]), counts)
    np.testing.assert_array_equal(chunk.contents["Late_list"], np.repeat(number, counts))


@settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(bounds=st.tuples(st.integers(0, 500), st.integers(0, 500)).map(sorted))
def test_any_range_of_events(encodings, bounds):
    reader, ntuple = encodings
    for column in ("i64_split", "flag", "trunc_17", "A_split64", "B_split32", "C_index64"):
        check(reader, ntuple, column, column, *bounds)
    reader.prefetch(["flag", "A_split64"], ["Lepton"], *bounds)


def test_lists_that_share_their_pages(encodings):
    reader, ntuple = encodings
    chunk = reader.read(["A_split64", "E_as_long_as_A", "B_split32"], [], 100, 400)
    # ROOT writes equal pages once, unless told otherwise.
    places = [reader._columns[name].lists[0] for name in chunk.contents]
    first, second, other = (reader._layout.pages(place).positions for place in places)
    assert first == second != other
    for name in chunk.contents:
        expected = ntuple[name].array()[100:400]
        counts = ak.to_numpy(ak.num(expected))
        np.testing.assert_array_equal(np.diff(chunk.offsets[reader._columns[name].axis]), counts)
        np.testing.assert_array_equal(chunk.contents[name], ak.to_numpy(ak.flatten(expected)))


def test_threads_share_a_reader(encodings):
    _, ntuple = encodings
    reader = NTupleReader.open(ENCODINGS, "Events")
    expected = {name: ntuple[name].array() for name in ("d_split", "A_split64", "late")}
    wrong = []

    def work(seed):
        random = np.random.default_rng(seed)
        for _ in range(40):
            start, stop = sorted(random.integers(0, 501, 2).tolist())
            contents = reader.read(list(expected), [], start, stop).contents
            for name, array in expected.items():
                part = array[start:stop]
                part = ak.flatten(part) if name == "A_split64" else part
                if not np.array_equal(contents[name], ak.to_numpy(part)):
                    wrong.append((name, start, stop))

    threads = [threading.Thread(target=work, args=[seed]) for seed in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []


# --- collections ----------------------------------------------------------------------------------

PT = ak.values_astype(ak.Array([[50.0, 20.0], [], [30.0], [10.0, 5.0, 1.0]] * 30), np.float32)
MET = np.arange(120, dtype=np.float32)


def test_lengths_alone(encodings):
    reader, ntuple = encodings
    counts = ak.to_numpy(ak.num(ntuple["Muon"].array()["pt"]))
    chunk = reader.read(["nLepton"], ["Lepton", "Late_list[]"], 100, 400)
    assert set(chunk.offsets) == {"Lepton", "Late_list[]"}
    np.testing.assert_array_equal(np.diff(chunk.offsets["Lepton"]), counts[100:400])
    np.testing.assert_array_equal(chunk.contents["nLepton"], counts[100:400])
    assert chunk.contents["nLepton"].dtype == np.uint32
    assert set(chunk.contents) == {"nLepton"}


def test_several_clusters_as_uproot_writes_them(tmp_path):
    muons = ak.zip({"pt": PT, "good": PT > 15, "charge": ak.values_astype(PT, np.int16) - 20})
    jets = ak.values_astype(PT[:, :2], np.int64)
    parts = [
        {"Muon": muons[low:high], "Jet_n": jets[low:high], "MET_pt": MET[low:high]}
        for low, high in ((0, 50), (50, 51), (51, 51), (51, 120))
    ]
    path = write(tmp_path / "a.root", *parts)
    reader = NTupleReader.open(path, "Events")
    assert reader.pieces([]) == (0, 50, 51, 120)
    fields = {"Muon_pt": "Muon.pt", "Muon_good": "Muon.good", "Muon_charge": "Muon.charge"}
    with uproot.open(path) as file:
        for start, stop in ((0, 120), (0, 50), (49, 52), (60, 61), (120, 120)):
            for column, field in {**fields, "Jet_n": "Jet_n", "MET_pt": "MET_pt"}.items():
                check(reader, file["Events"], column, field, start, stop)


def test_no_events(tmp_path):
    reader = NTupleReader.open(write(tmp_path / "a.root", {"Muon_pt": PT[:0]}), "Events")
    assert (reader.entries, reader.pieces(["Muon_pt"])) == (0, (0,))
    chunk = reader.read(["Muon_pt"], [], 0, 0)
    assert chunk.contents["Muon_pt"].tolist() == []
    assert chunk.offsets["Muon_pt[]"].tolist() == [0]


def test_lists_that_disagree_are_refused(tmp_path):
    parts = {"Muon_pt": PT, "Muon_eta": ak.concatenate([PT[:99], PT[99:, :1]]), "MET_pt": MET}
    ev = hl.open(write(tmp_path / "a.root", parts))
    assert hl.compute(ev.Muon.pt, ev.Muon.eta)[1].tolist() == parts["Muon_eta"].tolist()
    with pytest.raises(CorruptData) as caught:
        hl.compute(ev.Muon.pt + ev.Muon.eta)
    for word in ("'Muon_eta' has 1 elements", "entry 99", "a.root", "'Muon_pt' has 3"):
        assert word in str(caught.value)


def test_a_plain_number_counts_a_collection_of_its_name(tmp_path):
    counts = ak.to_numpy(ak.num(PT)).astype(np.int32)
    path = write(tmp_path / "a.root", {"Muon_pt": PT, "nMuon": counts})
    reader = NTupleReader.open(path, "Events")
    assert reader.schema.counters == {"Muon": "nMuon"}
    assert reader.read(["Muon_pt", "nMuon"], [], 3, 9).contents["nMuon"].tolist() == [
        3,
        2,
        0,
        1,
        3,
        2,
    ]
    counts[7] += 1
    ev = hl.open(write(tmp_path / "b.root", {"Muon_pt": PT, "nMuon": counts}))
    assert hl.compute(hl.count(ev.Muon)).tolist() == counts.tolist()
    with pytest.raises(CorruptData, match="in entry 7 of"):
        hl.compute(ev.Muon.pt, hl.count(ev.Muon))


# --- damage ---------------------------------------------------------------------------------------


def pages_of(path):
    with uproot.open(path) as file:
        links = file["Events"].page_link_list
        return [page.locator for cluster in links for link in cluster for page in link.pages]


def test_a_flipped_byte_in_any_page_is_refused(tmp_path):
    whole = Path(ENCODINGS).read_bytes()
    path = tmp_path / "a.root"
    reader = NTupleReader.open(ENCODINGS, "Events")
    columns = list(reader.schema.columns)
    refused = []
    for locator in pages_of(ENCODINGS)[::29]:
        content = bytearray(whole)
        content[locator.offset + locator.num_bytes // 2] ^= 0x10
        path.write_bytes(content)
        damaged = NTupleReader.open(str(path), "Events")
        try:
            found = damaged.read(columns, [], 0, 500)
        except FileUnreadable as error:
            refused.append((error.what, error.why, f"byte {locator.offset}"))
        else:
            # The page belongs to a string or to what else is not a column: all numbers are right.
            expected = reader.read(columns, [], 0, 500)
            for name in columns:
                np.testing.assert_array_equal(found.contents[name], expected.contents[name])
    assert len(refused) > 15
    assert all("a.root cannot be unpacked" in what for what, _, _ in refused)
    assert all(place in why for _, why, place in refused)


def test_a_flipped_byte_anywhere_never_changes_numbers(tmp_path):
    path = Path(write(tmp_path / "a.root", {"Muon_pt": PT, "MET_pt": MET}))
    whole = path.read_bytes()
    refused = []
    for place in np.random.default_rng(5).integers(100, len(whole), 150).tolist():
        content = bytearray(whole)
        content[place] ^= 0xFF
        path.write_bytes(content)
        try:
            with reading(str(path)):
                chunk = NTupleReader.open(str(path), "Events").read(
                    ["Muon_pt", "MET_pt"], [], 0, 120
                )
        except FileUnreadable as error:
            refused.append(error.what)
        else:
            np.testing.assert_array_equal(chunk.contents["MET_pt"], MET)
            np.testing.assert_array_equal(chunk.contents["Muon_pt"], ak.to_numpy(ak.flatten(PT)))
    assert len(refused) > 50
    assert all("a.root" in what for what in refused)


def test_a_flipped_byte_in_the_list_of_pages_is_refused(tmp_path):
    path = Path(write(tmp_path / "a.root", {"Muon_pt": PT, "MET_pt": MET}))
    whole = path.read_bytes()
    with uproot.open(path) as file:
        (group,) = file["Events"].footer.cluster_group_records
    place = group.page_list_link.locator
    for byte in range(place.offset, place.offset + place.num_bytes):
        content = bytearray(whole)
        content[byte] ^= 0x01
        path.write_bytes(content)
        with pytest.raises(FileUnreadable, match=r"a\.root"), reading(str(path)):
            NTupleReader.open(str(path), "Events")


def test_an_encoding_of_the_future_is_named(monkeypatch):
    from hepline.data import pages

    monkeypatch.delitem(pages._SPLIT, 0x18)
    reader = NTupleReader.open(ENCODINGS, "Events")
    assert "f_split" not in reader.schema.columns
    assert reader.schema.obstacles["f_split"] == "its encoding is not known (0x18)."
    assert len(reader.read(["f_plain"], [], 0, 10).contents["f_plain"]) == 10


# --- real files -----------------------------------------------------------------------------------


def test_what_root_imports_from_nanoaod(shared_data):
    path = str(
        shared_data / "formats/Run2012BC_DoubleMuParked_Muons_1000evts_rntuple_v1-0-0-0.root"
    )
    reader = NTupleReader.open(path, "Events")
    names = ["Muon_pt", "Muon_eta", "Muon_phi", "Muon_mass", "Muon_charge"]
    assert list(reader.schema.columns) == [*names, "nMuon"]
    assert reader.schema.counters == {"Muon": "nMuon"}
    with uproot.open(path) as file:
        for name in (*names, "nMuon"):
            check(reader, file["Events"], name, name)
            check(reader, file["Events"], name, name, 312, 777)


def test_the_staff_of_cern(shared_data):
    path = str(shared_data / "formats/ntpl001_staff_rntuple_v1-0-1-0.root")
    reader = NTupleReader.open(path, "Staff")
    assert len(reader.schema.columns) == 11
    with uproot.open(path) as file:
        for name in reader.schema.columns:
            check(reader, file["Staff"], name, name)


def test_physlite_has_the_names_of_its_trees(shared_data):
    path = str(shared_data / "formats/uproot-physlite-rntuple_v1-0-0-0.root")
    reader = NTupleReader.open(path, "EventData")
    columns = reader.schema.columns
    assert len(columns) == 895
    assert len(columns["AnalysisJetsAuxDyn.SumPtChargedPFOPt500"].inner) == 1
    assert columns["AnalysisJetsAuxDyn.pt"].collection == "AnalysisJetsAuxDyn"
    with uproot.open(shared_data / "formats/PHYSLITE_example.root") as file:
        names = {branch.name for branch in file["CollectionTree"].itervalues(recursive=True)}
    assert len(names & columns.keys()) > 300
    with uproot.open(path) as file:
        ntuple = file["EventData"]
        fields = {key.replace(":.", ".").replace(":", "."): key for key in ntuple.keys()}  # noqa: SIM118
        some = [name for name in columns if name in fields][::25]
        assert len(some) > 20
        for name in some:
            check(reader, ntuple, name, fields[name], 13, 90)


# --- through the front door -----------------------------------------------------------------------


def test_an_rntuple_is_opened_as_a_tree_is(shared_data):
    path = shared_data / "formats/Run2012BC_DoubleMuParked_Muons_1000evts_rntuple_v1-0-0-0.root"
    mu = hl.open(path).Muon
    found = hl.compute(hl.sum(mu.pt[mu.charge > 0]), hl.count(mu))
    with uproot.open(path) as file:
        arrays = file["Events"].arrays(["Muon_pt", "Muon_charge"])
    expected = ak.sum(arrays["Muon_pt"][arrays["Muon_charge"] > 0], axis=1)
    np.testing.assert_allclose(ak.to_numpy(found[0]), ak.to_numpy(expected), rtol=1e-5)
    assert found[1].tolist() == ak.num(arrays["Muon_pt"]).tolist()


def test_a_column_with_fewer_elements_than_events_is_refused_before_it_is_read(tmp_path):
    reader = NTupleReader.open(write(tmp_path / "a.root", {"Muon_pt": PT, "MET_pt": MET}), "Events")
    layout = reader._layout
    for name, place in (("MET_pt", reader._columns["MET_pt"].place), ("Muon_pt", None)):
        (column,) = reader._columns[name].lists if place is None else place
        whole = layout.pages(column)
        layout._pages[column] = replace(whole, elements=(0, *(n - 5 for n in whole.elements[1:])))
        with pytest.raises(FileUnreadable) as caught:
            reader.pieces([name])
        for word in (f"'{name}'", "a.root", f"{len(PT) - 5} of the {len(PT)}"):
            assert word in str(caught.value)
