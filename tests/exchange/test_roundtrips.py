"""ROOT → Parquet → ROOT → RNTuple loses nothing: every column, type and shape of real files."""

import re

import awkward as ak
import numpy as np
import pyarrow.parquet as pq
import pytest
import uproot
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import hepline as hl

FILES = {
    "nanoaod/nanoAOD_2015_CMS_Open_Data_ttbar.root": ("Events", 947, "ttree"),
    "nanoaod/nano_dimuon.root": ("Events", 1601, "ttree"),
    "formats/test_FCC_Winter2023.root": ("events", 332, "rntuple"),
    "formats/PHYSLITE_example.root": ("CollectionTree", 1150, "rntuple"),
    "agc/open-data-example.root": ("Events", 6, "ttree"),
    "formats/ntpl001_staff_rntuple_v1-0-1-0.root": ("Staff", 11, "ttree"),
    "lhcb/PhaseSpaceSimulation.root": ("PhaseSpaceTree", 26, "ttree"),
}


def kind(array):
    """The type without parameters and options, which no format of the three keeps alike."""
    return re.sub(r"\[parameters=.*?\]|option\[|\?", "", str(array.type.content)).rstrip("]")


def assert_same(name, array, original):
    if array.layout.is_numpy or "string" not in str(array.type):
        array, original = ak.without_parameters(array), ak.without_parameters(original)
    assert kind(array) == kind(original), name
    same = ak.array_equal(array, original, equal_nan=True, check_parameters=False)
    assert same or array.to_list() == original.to_list(), name


def original_columns(path, tree):
    """The columns that uproot can read by their names, read by it."""
    with uproot.open(path) as file:
        events = file[tree]
        if not isinstance(events, uproot.TTree):
            arrays = events.arrays()
            return {name: arrays[name] for name in arrays.fields}
        columns = {}
        for name in hl.open(path, tree=tree).origin.schema.columns:
            try:
                columns[name] = events[name].array()
            except uproot.KeyInFileError:
                # A place of an array of fixed length, such as covMatrix_3.
                continue
        return columns


@pytest.mark.slow
@pytest.mark.parametrize("name", FILES)
def test_round_trips_of_real_files_lose_nothing(tmp_path, shared, name):
    tree, count, second = FILES[name]
    path = shared(name)
    source = hl.open(path)
    steps = [tmp_path / "a.parquet", tmp_path / "b.root", tmp_path / "c.root"]
    hl.skim(source, out=steps[0])
    assert hl.skim(hl.open(steps[0]), out=steps[1]).format == second
    hl.skim(hl.open(steps[1]), out=steps[2], format="rntuple")
    schema = source.origin.schema
    assert len(schema.columns) == count
    for step in steps:
        other = hl.open(step).origin.schema
        assert other.convention == schema.convention
        assert {n: (c.dtype, c.collection, len(c.inner)) for n, c in schema.columns.items()} == {
            n: (c.dtype, c.collection, len(c.inner)) for n, c in other.columns.items()
        }
    table = pq.read_table(steps[0])
    trees = [uproot.open(step) for step in steps[1:]]
    arrays = [file[file.keys(filter_classname="*T*uple*")[0]].arrays() if is_ntuple else
              file[tree].arrays() for file, is_ntuple in zip(trees, (second == "rntuple", True),
                                                             strict=True)]  # fmt: skip
    columns = original_columns(path, tree)
    assert len(columns) > 0.6 * count
    for column, original in columns.items():
        stored = re.sub(r"[./ ]", "_", column)
        assert_same(column, ak.from_arrow(table[column].combine_chunks()), original)
        assert_same(column, arrays[0][stored if second == "rntuple" else column], original)
        assert_same(column, arrays[1][stored], original)
    for file in trees:
        file.close()


def test_collections_of_edm4hep_fit_into_a_tree(tmp_path, shared):
    path = shared("formats/test_FCC_Winter2023.root")
    source = hl.open(path)
    hl.skim(source, columns="ReconstructedParticles", out=tmp_path / "s.root", format="ttree")
    skim = hl.open(tmp_path / "s.root")
    assert skim.origin.schema.convention.name == "edm4hep"
    with uproot.open(path) as file, uproot.open(tmp_path / "s.root") as made:
        energy = file["events"]["ReconstructedParticles.energy"].array()
        assert made["events"]["ReconstructedParticles.energy"].array().to_list() == energy.to_list()
        assert "nReconstructedParticles" in made["events"]
    lead = skim.ReconstructedParticles.energy.max().fill_missing(0)
    expected = [max(part, default=0) for part in energy.to_list()]
    assert hl.compute(lead).to_list() == expected


def test_names_that_root_refuses_are_restored(tmp_path, shared):
    path = shared("formats/test_FCC_Winter2023.root")
    hl.skim(hl.open(path), out=tmp_path / "s.root")
    with uproot.open(tmp_path / "s.root") as made:
        names = made["events"].keys(recursive=False)
    assert not [name for name in names if re.search(r"[\s./\\]", name)]
    assert "Jet.energy" in hl.open(tmp_path / "s.root").origin.schema.columns


def test_titles_of_columns_survive(tmp_path, shared):
    path = shared("nanoaod/nanoAOD_2015_CMS_Open_Data_ttbar.root")
    steps = [tmp_path / "a.parquet", tmp_path / "b.root", tmp_path / "c.root"]
    asked = ["Muon_*", "nMuon", "run"]
    hl.skim(hl.open(path), columns=asked, out=steps[0])
    hl.skim(hl.open(steps[0]), out=steps[1])
    hl.skim(hl.open(steps[1]), out=steps[2], format="rntuple")
    with uproot.open(path) as file, uproot.open(steps[1]) as made, uproot.open(steps[2]) as last:
        titles = {name: file["Events"][name].title for name in made["Events"].keys()}  # noqa: SIM118
        assert titles["Muon_dxy"].startswith("dxy (with sign) wrt first PV")
        assert {name: made["Events"][name].title for name in titles} == titles
        assert last["Events"]["Muon_dxy"].description == titles["Muon_dxy"]
    field = pq.read_schema(steps[0]).field("Muon_dxy")
    assert field.metadata[b"title"].decode() == titles["Muon_dxy"]


shapes = st.lists(
    st.lists(st.floats(width=32, allow_nan=True), max_size=4), min_size=1, max_size=12
)


@settings(deadline=None, max_examples=25, suppress_health_check=list(HealthCheck))
@given(lists=shapes, data=st.data())
def test_any_shape_survives(tmp_path_factory, lists, data):
    folder = tmp_path_factory.mktemp("shapes")
    keep = data.draw(st.lists(st.booleans(), min_size=len(lists), max_size=len(lists)))
    pt = ak.values_astype(ak.enforce_type(ak.Array(lists), "var * float64"), np.float32)
    with uproot.recreate(folder / "a.root") as file:
        tree = file.mktree(
            "Events", {"Muon_pt": "var * float32", "keep": "bool"},
            counter_name=lambda _: "nMuon",
        )  # fmt: skip
        tree.extend({"Muon_pt": pt, "keep": np.array(keep)})
    chosen = pt[np.array(keep)]
    paths = [folder / "b.parquet", folder / "c.root", folder / "d.root"]
    steps = zip(paths, ("", "rntuple", "ttree"), strict=True)
    before, where = folder / "a.root", "keep"
    for path, format in steps:
        hl.skim(hl.open(before), where=where, out=path, format=format)
        before, where = path, None
    nested = ak.from_arrow(pq.read_table(paths[0])["Muon_pt"].combine_chunks())
    assert ak.array_equal(nested, chosen, equal_nan=True, check_parameters=False)
    for path in paths[1:]:
        with uproot.open(path) as file:
            array = file["Events"].arrays()["Muon_pt"]
        assert ak.array_equal(array, chosen, equal_nan=True, check_parameters=False)
