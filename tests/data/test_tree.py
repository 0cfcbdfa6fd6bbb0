"""Damaged and unusual files: one clear error, or the right numbers."""

import struct

import awkward as ak
import numpy as np
import pytest
import uproot

import hepline as hl
from hepline.data.filesource import look
from hepline.data.open import source
from hepline.errors import (
    ColumnNotFound,
    CorruptData,
    DataError,
    DataWarning,
    FileUnreadable,
    HeplineError,
)

PT = ak.values_astype(ak.Array([[50.0, 20.0], [], [30.0], [10.0, 5.0, 1.0]] * 50), np.float32)
MET = np.arange(200, dtype=np.float32)
ZLIB = uproot.ZLIB(1)


def write(path, tree="Events", compression=ZLIB, **branches):
    branches = branches or {"Muon": ak.zip({"pt": PT, "eta": PT * 0}), "MET_pt": MET}
    with uproot.recreate(path, compression=compression) as file:
        types = {
            name: np.dtype((array.dtype, array.shape[1:]))
            if isinstance(array, np.ndarray)
            else array.type
            for name, array in branches.items()
        }
        file.mktree(tree, types).extend(branches)
    return path


@pytest.fixture
def good(tmp_path):
    return write(tmp_path / "good.root")


def check(error, *words):
    assert error.why
    assert error.fix
    for word in words:
        assert word in str(error)


def test_a_file_is_read_with_its_counters_and_types(good):
    ev = hl.open(good)
    pt, n, met = hl.compute(ev.Muon.pt, hl.count(ev.Muon), ev.MET.pt)
    assert pt.tolist() == PT.tolist()
    assert n.tolist() == ak.num(PT).tolist()
    assert met.tolist() == MET.tolist()
    assert str(pt.type) == "200 * var * float32"
    assert ev.origin.schema.counters == {"Muon": "nMuon"}


def test_a_missing_file_is_named_with_its_neighbors(good):
    with pytest.raises(FileUnreadable) as caught:
        hl.open(good.with_name("god.root"))
    check(caught.value, "god.root", "did you mean 'good.root'", "test_tree.py")


def test_a_missing_folder_is_said(tmp_path):
    with pytest.raises(FileUnreadable) as caught:
        hl.open(tmp_path / "nowhere" / "a.root")
    check(caught.value, "is not there")


def test_a_folder_is_no_file(tmp_path):
    with pytest.raises(FileUnreadable) as caught:
        hl.open(tmp_path)
    check(caught.value, "is a folder", "*.root")


def test_a_missing_file_is_looked_for_among_visible_files(good):
    folder = good.parent
    for name in (".god.root", "god.txt", "zzz"):
        (folder / name).write_text("")
    with pytest.raises(FileUnreadable) as caught:
        hl.open(folder / "god.root")
    assert caught.value.fix == "did you mean 'good.root'?"
    with pytest.raises(FileUnreadable) as caught:
        hl.open(folder / "1234567")
    assert caught.value.fix == "choose one of its 1 files of events: good.root"
    good.unlink()
    with pytest.raises(FileUnreadable) as caught:
        hl.open(folder / "1234567")
    assert "holds no file of events, and 2 other files" in caught.value.fix


@pytest.mark.parametrize(
    ("content", "word"), [(b"", "0 bytes"), (b"<html>not found</html>", "not a ROOT file")]
)
def test_what_is_not_root_is_said(tmp_path, content, word):
    path = tmp_path / "a.root"
    path.write_bytes(content)
    with pytest.raises(FileUnreadable) as caught:
        hl.open(path)
    check(caught.value, word)


def test_a_truncated_file_is_refused_wherever_it_is_cut(good):
    content = good.read_bytes()
    for share in (5, 20, 60, 100, 300, len(content) // 2, len(content) - 1):
        good.write_bytes(content[:share])
        with pytest.raises(FileUnreadable) as caught:
            hl.open(good)
        check(caught.value, "good.root")


def test_a_header_that_hides_the_cut_does_not_help(good):
    whole = good.read_bytes()
    for share in range(400, len(whole), 700):
        content = bytearray(whole[:share])
        struct.pack_into(">i", content, 12, len(content))
        good.write_bytes(content)
        try:
            # What follows the tree (descriptions of classes) may be gone without harm.
            assert hl.compute(hl.open(good).Muon.pt).tolist() == PT.tolist()
        except FileUnreadable as error:
            check(error, "good.root")


def test_a_flipped_byte_is_an_error_or_changes_numbers_only(good):
    whole = good.read_bytes()
    rng = np.random.default_rng(3)
    refused = 0
    for place in rng.integers(100, len(whole), 150).tolist():
        content = bytearray(whole)
        content[place] ^= 0xFF
        good.write_bytes(content)
        try:
            hl.compute(hl.open(good).Muon.pt)
        except HeplineError as error:
            refused += 1
            assert error.fix  # noqa: PT017
    assert refused >= 2


def test_a_flipped_byte_inside_a_basket_is_refused(good):
    with uproot.open(good) as file:
        branch = file["Events/Muon_pt"]
        begin, size = branch.member("fBasketSeek")[0], branch.member("fBasketBytes")[0]
    content = bytearray(good.read_bytes())
    content[begin + size - 20] ^= 0xFF
    good.write_bytes(content)
    with pytest.raises(FileUnreadable) as caught:
        hl.compute(hl.open(good).Muon.pt)
    check(caught.value, "good.root", "cannot be read")


def test_a_misspelt_tree_is_offered_by_its_name(tmp_path):
    path = write(tmp_path / "a.root", tree="Event")
    with pytest.raises(FileUnreadable) as caught:
        hl.open(path, tree="Evnt")
    check(caught.value, "no tree 'Evnt'", "did you mean 'Event'", "tree='NAME'")
    assert hl.compute(hl.open(path, tree="Event").MET.pt).tolist() == MET.tolist()


def test_the_only_tree_of_a_file_is_taken_whatever_its_name(tmp_path):
    path = write(tmp_path / "a.root", tree="mini")
    assert hl.compute(hl.open(path).MET.pt).tolist() == MET.tolist()


def test_of_several_trees_the_events_are_taken_or_all_are_listed(tmp_path):
    path = tmp_path / "a.root"
    with uproot.recreate(path) as file:
        for name, shift in (("Runs", 0), ("Lumi", 1), ("Events", 2)):
            file.mktree(name, {"x": "f8"}).extend({"x": MET.astype("f8") + shift})
    assert hl.compute(hl.open(path)["x"]).tolist() == (MET + 2).tolist()
    with uproot.recreate(path) as file:
        for name in ("Runs", "Lumi"):
            file.mktree(name, {"x": "f8"}).extend({"x": MET.astype("f8")})
    with pytest.raises(FileUnreadable) as caught:
        hl.open(path)
    check(caught.value, "2 trees", "'Runs', 'Lumi'", "tree='Runs'")


def test_files_whose_only_trees_differ_are_not_mixed(tmp_path, good):
    other = write(tmp_path / "other.root", tree="Runs")
    with pytest.raises(FileUnreadable) as caught:
        hl.open([good, other])
    check(caught.value, "other.root has no tree 'Events'", "'Runs'")


# --- what the header announces and the baskets do not hold ----------------------------------------


def announce(path, events, *, but=()):
    """Make a tree of 200 events say that it has more; so say all its branches except some."""
    content = path.read_bytes()
    with uproot.open(path) as file:
        ends = [200] + [200] * len(file["Events"].keys())
        names = ["", *file["Events"].keys()]
    pieces = content.split(struct.pack(">q", 200))
    places = [sum(len(p) + 8 for p in pieces[: k + 1]) - 8 for k in range(len(pieces) - 1)]
    changed = bytearray(content)
    assert len(ends) == len(names)
    struct.pack_into(">q", changed, places[0], events)
    path.write_bytes(changed)
    with uproot.open(path) as file:
        assert file["Events"].num_entries == events
    return path


def test_a_tree_that_announces_more_than_its_branches_hold_is_refused(good):
    announce(good, 400)
    with pytest.raises(FileUnreadable) as caught:
        hl.open(good)
    check(caught.value, "good.root", "400", "200", "'nMuon'")
    found = source([good, write(good.with_name("b.root"))], skip_unreadable=True)
    assert [path for path, _ in found.unreadable] == [str(good)]


def test_a_branch_that_holds_less_than_the_others_is_refused_alone(tmp_path):
    import awkward as ak

    path = tmp_path / "a.root"
    with uproot.recreate(path) as file:
        file.mktree("Events", {"x": "f8", "y": "f8"}).extend({"x": np.ones(200), "y": np.ones(200)})
    content = bytearray(path.read_bytes())
    places = [k for k in range(len(content) - 8) if content[k : k + 8] == struct.pack(">q", 200)]
    # The tree says it once; then both branches say it as often: entries, and where baskets end.
    for place in places[1 + len(places) // 2 :]:
        struct.pack_into(">q", content, place, 150)
    path.write_bytes(content)
    with pytest.warns(DataWarning, match="'y' holds 150 of the 200"):
        ev = hl.open(path)
    assert ak.sum(hl.compute(ev["x"])) == 200
    with pytest.raises(FileUnreadable) as caught:
        hl.compute(ev["y"])
    check(caught.value, "'y'", "150", "200")
    (notice,) = ev.origin.source.parts[0].notices
    assert "'y' holds 150 of the 200" in notice


def test_a_file_without_any_tree_says_what_it_holds(tmp_path):
    with uproot.recreate(tmp_path / "a.root") as file:
        file["h"] = np.histogram([1.0])
    with pytest.raises(FileUnreadable) as caught:
        hl.open(tmp_path / "a.root")
    check(caught.value, "TH1D")


def test_a_misspelt_branch_is_found_without_reading(good):
    with pytest.raises(ColumnNotFound) as caught:
        _ = hl.open(good).Muon.ppt
    check(caught.value, "did you mean 'pt'", "test_tree.py")


def test_a_misspelt_branch_of_symbolic_events_names_the_file(good):
    symbolic = hl.events("nanoaod")
    with pytest.raises(ColumnNotFound) as caught:
        hl.compute(symbolic.Muon.phi, source=source(good))
    check(caught.value, "'Muon_phi' in good.root")


def test_lists_that_disagree_are_refused(tmp_path):
    path = write(tmp_path / "a.root", Muon_pt=PT, Muon_eta=PT[:, :1])
    ev = hl.open(path)
    assert hl.compute(ev.Muon.pt).tolist() == PT.tolist()
    with pytest.raises(CorruptData) as caught:
        hl.compute(ev.Muon.pt + ev.Muon.eta)
    check(caught.value, "entry 0", "Muon_", "has", "elements")


def test_a_counter_that_disagrees_is_refused(tmp_path):
    path = write(tmp_path / "a.root", compression=None)
    with uproot.open(path) as file:
        branch = file["Events/nMuon"]
        first = branch.member("fBasketSeek")[0] + branch.basket(0).member("fKeylen")
    content = bytearray(path.read_bytes())
    place = first + 4 * 107
    assert struct.unpack_from(">i", content, place) == (3,)
    struct.pack_into(">i", content, place, 4)
    path.write_bytes(content)
    with pytest.raises(CorruptData) as caught:
        hl.compute(hl.open(path).Muon.pt)
    check(caught.value, "'Muon_pt' has 3 elements in entry 107", "'nMuon' says 4")


def test_a_tree_without_entries_gives_nothing(tmp_path):
    ev = hl.open(write(tmp_path / "a.root", MET_pt=MET[:0]))
    assert hl.compute(ev.MET.pt).tolist() == []
    assert hl.compute(hl.hist(ev.MET.pt, bins=(2, 0, 1))).sum() == 0


def test_an_empty_file_among_others_adds_nothing(tmp_path, good):
    write(tmp_path / "empty.root", Muon=ak.zip({"pt": PT, "eta": PT})[:0], MET_pt=MET[:0])
    assert len(hl.compute(hl.open(tmp_path / "*.root").Muon.pt)) == 200
    # What its columns would be matters to nobody.
    write(tmp_path / "other.root", MET_pt=MET[:0].astype(bool))
    assert hl.compute(hl.open(tmp_path / "*.root").MET.pt).tolist() == MET.tolist()


def test_arrays_of_fixed_length_are_one_column_for_each_place(tmp_path):
    rows = np.arange(200 * 3.0).reshape(200, 3)
    squares = np.arange(200 * 4.0).reshape(200, 2, 2)
    path = write(tmp_path / "a.root", MET_pt=MET, x=rows, y=squares, y_0_1=MET, z=rows, z_1=MET)
    ev = hl.open(path)
    assert sorted(ev.origin.schema.columns) == ["MET_pt", "x_0", "x_1", "x_2", "y_0_1", "z_1"]
    found = hl.compute(ev["x_0"], ev["x_2"], ev["x_1"])
    for place, array in zip((0, 2, 1), found, strict=True):
        assert array.tolist() == rows[:, place].tolist()
    # What would take the name of another column is left out, and says so.
    for name in ("y", "z"):
        assert "called as other columns" in ev.origin.schema.obstacles[name]


def test_an_array_that_is_too_long_for_columns_is_a_list(tmp_path):
    images = np.arange(200 * 6 * 7).reshape(200, 6, 7)
    ev = hl.open(write(tmp_path / "a.root", image=images))
    assert hl.compute(ev.image).tolist() == images.tolist()
    assert hl.compute(hl.sum(ev.image, axis=None)).tolist() == images.sum(axis=(1, 2)).tolist()


def test_a_tree_in_which_nothing_can_be_used_says_why(tmp_path, monkeypatch):
    from hepline.data import treecolumns

    def refused(*_):
        raise treecolumns._Unfit("it holds secrets.")

    monkeypatch.setattr(treecolumns, "_of_leaf", refused)
    path = write(tmp_path / "a.root", word=MET)
    with pytest.raises(DataError) as caught:
        hl.open(path)
    check(caught.value, "no column of", "'word': it holds secrets")


def test_a_branch_that_cannot_be_understood_does_not_refuse_its_file(tmp_path, monkeypatch):
    from hepline.data import treecolumns

    plain = treecolumns._of_leaf

    def stumbling(branch, leaf):
        if branch.name == "Muon_eta":
            raise AssertionError
        return plain(branch, leaf)

    monkeypatch.setattr(treecolumns, "_of_leaf", stumbling)
    ev = hl.open(write(tmp_path / "a.root"))
    assert hl.compute(ev.Muon.pt).tolist() == PT.tolist()
    with pytest.raises(ColumnNotFound) as caught:
        _ = ev.Muon.eta
    check(caught.value, "its description cannot be understood", "rules of the format")


def test_lists_without_a_shared_counter_are_one_collection(tmp_path):
    ev = hl.open(write(tmp_path / "a.root", Muon_pt=PT, Muon_eta=PT * 2))
    found = hl.compute(ev.Muon.eta[ev.Muon.pt > 20])
    assert found.tolist() == (PT * 2)[PT > 20].tolist()


def test_a_rewritten_file_is_read_afresh(good):
    assert hl.compute(hl.open(good).MET.pt).tolist() == MET.tolist()
    write(good, MET_pt=MET[:3] + 7)
    assert hl.compute(hl.open(good).MET.pt).tolist() == [7.0, 8.0, 9.0]


def test_looking_at_a_file_reads_no_events(good):
    part, schema = look(str(good), "Events")
    assert (part.entries, part.size) == (200, good.stat().st_size)
    assert set(schema.columns) == {"nMuon", "Muon_pt", "Muon_eta", "MET_pt"}


# --- real files -----------------------------------------------------------------------------------


def dimuon_by_hand(px, py, pz, energy, bins):
    """Masses of all pairs with plain awkward."""
    first, second = ak.unzip(ak.combinations(ak.zip({"x": px, "y": py, "z": pz, "e": energy}), 2))
    total = {name: first[name] + second[name] for name in "xyze"}
    squared = total["e"] ** 2 - total["x"] ** 2 - total["y"] ** 2 - total["z"] ** 2
    mass = np.sqrt(np.maximum(ak.to_numpy(ak.flatten(squared)), 0))
    return np.histogram(mass, bins=np.linspace(bins[1], bins[2], bins[0] + 1))[0]


def polar(arrays):
    pt, eta, phi, mass = (
        ak.values_astype(arrays[f"Muon_{name}"], np.float64)
        for name in ("pt", "eta", "phi", "mass")
    )
    p = pt * np.cosh(eta)
    return pt * np.cos(phi), pt * np.sin(phi), pt * np.sinh(eta), np.sqrt(p * p + mass * mass)


def test_dimuons_of_nano_dimuon_equal_awkward_by_hand(shared_data):
    path = shared_data / "nanoaod/nano_dimuon.root"
    bins = (40, 0, 120)
    found = hl.compute(hl.hist(hl.open(path).Muon.pairs().mass, bins=bins))
    with uproot.open(path) as file:
        arrays = file["Events"].arrays(filter_name="Muon_*")
    expected = dimuon_by_hand(*polar(arrays), bins)
    np.testing.assert_array_equal(found.values(), expected)
    assert expected.sum() > 0


def test_dimuons_of_cms_ttbar_file_equal_awkward_by_hand(shared_data):
    path = shared_data / "nanoaod/nanoAOD_2015_CMS_Open_Data_ttbar.root"
    ev = hl.open(path)
    assert len(ev.origin.schema.columns) > 900
    found = hl.compute(hl.hist(ev.Muon.pairs().mass, bins=(30, 0, 150)))
    with uproot.open(path) as file:
        arrays = file["Events"].arrays(filter_name="/Muon_(pt|eta|phi|mass)/")
    np.testing.assert_array_equal(found.values(), dimuon_by_hand(*polar(arrays), (30, 0, 150)))


def test_collections_of_a_tree_with_cartesian_momenta(shared_data):
    path = shared_data / "formats/uproot-HZZ.root"
    ev = hl.open(path, tree="events")
    names = ("Muon_Px", "Muon_Py", "Muon_Pz", "Muon_E")
    muon = ev.Muon
    pair = muon.combinations(2)
    px, py, pz, e = (pair[0][name[5:]] + pair[1][name[5:]] for name in names)
    squared = (e * e - px * px - py * py - pz * pz).astype("float64")
    found = hl.compute(hl.hist(np.sqrt(np.maximum(squared, 0)), bins=(40, 0, 200)))
    with uproot.open(path) as file:
        arrays = file["events"].arrays(names)
    expected = dimuon_by_hand(*(arrays[name] for name in names), (40, 0, 200))
    np.testing.assert_array_equal(found.values(), expected)
    assert expected.sum() > 1000


@pytest.mark.slow
@pytest.mark.parametrize(
    ("file", "tree", "columns"),
    [
        (
            "PHYSLITE_example.root",
            "CollectionTree",
            ("AnalysisElectronsAuxDyn.pt", "EventInfoAuxDyn.averageInteractionsPerCrossing"),
        ),
        ("test_FCC_Winter2023.root", "events", ("ReconstructedParticles.energy", "Muon#0.index")),
    ],
)
def test_plain_columns_beside_objects_equal_uproot(shared_data, file, tree, columns):
    path = shared_data / "formats" / file
    ev = hl.open(path, tree=tree)
    with uproot.open(path) as opened:
        for column in columns:
            found = hl.compute(ev[column])
            expected = opened[tree][column].array()
            assert found.tolist() == expected.tolist()
            assert ak.count(expected, axis=None) > 10


def test_columns_of_one_split_object_pair(shared_data):
    path = shared_data / "formats/test_FCC_Winter2023.root"
    ev = hl.open(path, tree="events")
    energy, charge = (ev[f"ReconstructedParticles.{name}"] for name in ("energy", "charge"))
    found = hl.compute(hl.sum(energy * charge))
    with uproot.open(path) as opened:
        names = ["ReconstructedParticles.energy", "ReconstructedParticles.charge"]
        arrays = opened["events"].arrays(names)
    product = arrays[names[0]] * arrays[names[1]]
    np.testing.assert_allclose(found, ak.sum(product, axis=1), rtol=1e-4, atol=1e-3)


def test_recorded_dimuons_have_the_published_counts(shared_data):
    ev = hl.open(shared_data / "agc/open-data-example.root")
    mu = ev.Muon
    z = mu.pairs()
    two = hl.count(mu) == 2
    opposite = z[z[0].charge != z[1].charge]
    counted = hl.compute(
        hl.hist(where=two),
        hl.hist(where=two & (hl.count(opposite) == 1)),
        hl.hist(opposite.mass, bins=(1, 2.95, 3.25), where=two),
        hl.hist(opposite.mass, bins=(1, 80, 100), where=two),
    )
    totals = [histogram.sum() for histogram in counted]
    # ../shared/reference/labs.md, "Dimuon reference numbers".
    assert [int(total) for total in totals] == [48_976, 37_183, 3471, 6864]
    # The published 3462 neglect the mass of the muon (105.7 MeV).
    first, second = opposite[0], opposite[1]
    angles = np.cosh(first.eta - second.eta) - np.cos(first.phi - second.phi)
    massless = np.sqrt(2 * first.pt * second.pt * angles)
    peak = hl.compute(hl.hist(massless, bins=(1, 2.95, 3.25), where=two))
    assert int(peak.sum()) == 3462


# --- what nothing in the file verifies ------------------------------------------------------------


def test_a_flipped_bit_in_the_name_of_a_branch_is_said(good):
    pieces = good.read_bytes().split(b"\x08Muon_eta")
    for place in range(1, len(pieces)):
        # One of them is the name of the branch.
        halves = (b"\x08Muon_eta".join(part) for part in (pieces[:place], pieces[place:]))
        good.write_bytes(b"\x08Muon_ete".join(halves))
        with uproot.open(good) as file:
            if "Muon_ete" in file["Events"].keys():  # noqa: SIM118
                break
    with pytest.warns(DataWarning, match="may be damaged"):
        ev = hl.open(good)
    assert hl.compute(ev["Muon_ete"]).tolist() == (PT * 0).tolist()
    with pytest.raises(ColumnNotFound) as caught:
        _ = ev.Muon.eta
    check(caught.value, "'eta'", "'Muon_ete' calls its variable 'Muon_eta'", "damaged")
    (notice,) = ev.origin.source.parts[0].notices
    assert "Muon_ete" in notice


@pytest.mark.parametrize("compression", [None, uproot.ZSTD(1)])
def test_lists_whose_counter_has_shifted_are_refused(tmp_path, compression):
    # As many elements in all, but elsewhere: nothing but the table of the basket can tell.
    path = write(tmp_path / "a.root", compression=None)
    with uproot.open(path) as file:
        branch = file["Events/nMuon"]
        first = branch.member("fBasketSeek")[0] + branch.basket(0).member("fKeylen")
    content = bytearray(path.read_bytes())
    assert struct.unpack_from(">4i", content, first) == (2, 0, 1, 3)
    struct.pack_into(">4i", content, first, 1, 1, 1, 3)
    path.write_bytes(content)
    ev = hl.open(path)
    assert hl.compute(ev.nMuon).tolist()[:4] == [1, 1, 1, 3]
    with pytest.raises(CorruptData) as caught:
        hl.compute(ev.Muon.pt)
    check(caught.value, "'Muon_pt' has 2 elements in entry 0", "'nMuon' says 1")


@pytest.mark.parametrize(
    ("compression", "words"),
    [
        (uproot.ZLIB(1), "yes, by a checksum of every compressed basket (zlib: Adler-32)"),
        (uproot.LZ4(1), "lz4: xxHash"),
        (uproot.LZMA(1), "lzma: CRC"),
        (uproot.ZSTD(1), "no: zstd baskets carry no checksum"),
        (None, "no: uncompressed baskets carry no checksum"),
    ],
)
def test_a_file_says_whether_checksums_verify_it(tmp_path, compression, words):
    path = write(tmp_path / "a.root", compression=compression)
    assert words in source(path).parts[0].checked
