"""Columns in other libraries: what uproot and awkward read from the same files."""

import sys

import awkward as ak
import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
import torch
import uproot

import hepline as hl
from hepline.errors import LanguageError, MissingPackage

CONVERSIONS = [hl.to_awkward, hl.to_arrow, hl.to_pandas, hl.to_polars, hl.to_torch]


@pytest.fixture
def ev(nanoaod):
    return hl.open(nanoaod(150, 0, 90))


@pytest.fixture
def by_hand(ev):
    paths = [part.path for part in ev.origin.source.parts]
    return ak.concatenate([uproot.open(f"{path}:Events").arrays() for path in paths])


def columns(ev):
    mu = ev.Muon[ev.Muon.pt > 15]
    return {
        "met": ev.MET.pt,
        "pt": mu.pt,
        "second": ev.Jet.pt[1],
        "mu": mu,
        "event": ev.event,
        "fired": ev.HLT.IsoMu24,
    }


def expected(events):
    good = events.Muon_pt > 15
    fields = ("pt", "eta", "phi", "charge")
    return {
        "met": events.MET_pt,
        "pt": events.Muon_pt[good],
        "second": ak.firsts(events.Jet_pt[:, 1:]),
        "mu": ak.zip({field: events[f"Muon_{field}"][good] for field in fields}),
        "event": events.event,
        "fired": events.HLT_IsoMu24,
    }


def test_awkward_arrays_hold_one_record_per_event(ev, by_hand):
    array = hl.to_awkward(columns(ev), where=ev.nJet > 1)
    assert array.fields == ["met", "pt", "second", "mu", "event", "fired"]
    for name, values in expected(by_hand[by_hand.nJet > 1]).items():
        assert array[name].to_list() == values.to_list(), name
        assert array[name].type == values.type or name == "mu", name
    assert hl.to_awkward(ev.Muon.pt).to_list() == by_hand.Muon_pt.to_list()
    assert hl.to_awkward(ev.Muon).pt.to_list() == by_hand.Muon_pt.to_list()


def test_arrow_tables_have_nulls_large_lists_and_structs(ev, by_hand):
    table = hl.to_arrow(columns(ev))
    assert isinstance(table, pa.Table)
    for name, values in expected(by_hand).items():
        assert table[name].to_pylist() == values.to_list(), name
    kinds = {field.name: str(field.type) for field in table.schema}
    assert kinds["met"] == "float"
    assert kinds["pt"].startswith("large_list<item: float not null")
    assert kinds["mu"].startswith("large_list<item: struct<pt: float not null")
    assert kinds["event"] == "uint64"
    assert [field.name for field in table.schema if field.nullable] == ["second"]
    assert table["second"].null_count == sum(value is None for value in expected(by_hand)["second"])


def test_polars_frames(ev, by_hand):
    frame = hl.to_polars(columns(ev))
    assert isinstance(frame, pl.DataFrame)
    for name, values in expected(by_hand).items():
        assert frame[name].to_list() == values.to_list(), name
    assert frame.schema["pt"] == pl.List(pl.Float32)
    assert isinstance(frame.schema["mu"].inner, pl.Struct)
    assert frame.filter(pl.col("fired"))["met"].sum() == pytest.approx(
        float(ak.sum(by_hand.MET_pt[by_hand.HLT_IsoMu24]))
    )


def test_pandas_frames_have_one_row_per_event(ev, by_hand):
    frame = hl.to_pandas(columns(ev))
    assert frame.index.name == "entry"
    values = expected(by_hand)
    assert frame["met"].dtype == np.float32
    assert frame["event"].dtype == np.uint64
    assert frame["fired"].dtype == bool
    assert frame["met"].tolist() == values["met"].to_list()
    assert [list(part) for part in frame["pt"]] == values["pt"].to_list()
    second = [None if pd.isna(value) else value for value in frame["second"]]
    assert second == values["second"].to_list()
    assert str(frame["second"].dtype) == "float[pyarrow]"
    assert set(hl.to_pandas({"met": ev.MET}).columns) == {"met_pt"}


def test_pandas_frames_have_one_row_per_element(ev, by_hand):
    good = ev.Muon[ev.Muon.pt > 15]
    frame = hl.to_pandas({"mu": good, "met": ev.MET.pt}, explode=True)
    values = expected(by_hand)
    oracle = ak.to_dataframe(ak.zip({"pt": values["pt"], "met": values["met"]}))
    assert frame["mu_pt"].tolist() == oracle["pt"].tolist()
    assert frame["met"].tolist() == oracle["met"].tolist()
    assert frame.index.tolist() == oracle.index.tolist()
    assert frame.index.names == ["entry", "subentry"]
    assert frame.loc[(0, 0), "mu_charge"] == values["mu"].charge[0][0]
    with pytest.raises(LanguageError, match="differ in length"):
        hl.to_pandas({"a": ev.Muon.pt, "b": ev.Jet.pt}, explode=True)
    plain = hl.to_pandas({"met": ev.MET.pt}, explode=True)
    assert plain["met"].tolist() == values["met"].to_list()


def test_torch_pads_with_a_mask(ev, by_hand):
    values, mask = hl.to_torch(ev.Muon.pt, pad=3, fill=-1)
    pt = ak.pad_none(by_hand.Muon_pt, 3, clip=True)
    assert values.dtype == torch.float32
    assert values.tolist() == ak.fill_none(pt, -1).to_list()
    assert mask.tolist() == (~ak.is_none(pt, axis=1)).to_list()
    objects, mask = hl.to_torch(ev.Muon, pad=2)
    assert tuple(objects.shape) == (240, 2, 4)
    order = list(ev.Muon.fields.names())
    charge = ak.fill_none(ak.pad_none(by_hand.Muon_charge, 2, clip=True), 0)
    assert objects[:, :, order.index("charge")].tolist() == charge.to_list()


def test_torch_is_ragged_without_a_length(ev, by_hand):
    ragged = hl.to_torch({"pt": ev.Muon.pt, "met": ev.MET.pt})
    values, offsets = ragged["pt"]
    nested = torch.nested.nested_tensor_from_jagged(values, offsets)
    assert [part.tolist() for part in nested.unbind()] == by_hand.Muon_pt.to_list()
    assert ragged["met"].tolist() == by_hand.MET_pt.to_list()
    assert hl.to_torch(ev.event, dtype=None).dtype == torch.uint64
    assert hl.to_torch(ev.event, dtype="int64").tolist() == by_hand.event.to_list()


def test_missing_values_are_nan_in_tensors(ev, by_hand):
    second = hl.to_torch(ev.Jet.pt[1])
    expected = ak.fill_none(ak.firsts(by_hand.Jet_pt[:, 1:]), np.nan)
    np.testing.assert_array_equal(second.numpy(), expected.to_numpy())
    with pytest.raises(LanguageError, match="are missing"):
        hl.to_torch(ev.Muon.charge[1], dtype=None)


def test_no_events_have_types(ev):
    nothing = {"where": ev.MET.pt < 0}
    asked = {"met": ev.MET.pt, "pt": ev.Muon.pt, "mu": ev.Muon}
    assert str(hl.to_awkward(asked, **nothing).pt.type) == "0 * var * float32"
    assert hl.to_arrow(asked, **nothing).schema == hl.to_arrow(asked).schema
    assert len(hl.to_pandas(asked, **nothing)) == 0
    assert hl.to_polars(asked, **nothing).schema == hl.to_polars(asked).schema
    values, mask = hl.to_torch(asked, pad=2, **nothing)["mu"]
    assert (tuple(values.shape), tuple(mask.shape)) == ((0, 2, 4), (0, 2))


def test_text_is_handed_over(shared):
    ev = hl.open(shared("formats/ntpl001_staff_rntuple_v1-0-1-0.root"))
    with uproot.open(ev.origin.source.parts[0].path) as file:
        nation = file["Staff"].arrays().Nation.to_list()
    assert hl.to_awkward(ev["Nation"]).to_list() == nation
    assert hl.to_polars({"n": ev["Nation"]})["n"].to_list() == nation
    assert hl.to_pandas({"n": ev["Nation"]})["n"].tolist() == nation
    with pytest.raises(LanguageError, match="holds numbers"):
        hl.to_torch({"n": ev["Nation"]})


def test_symbolic_events_need_a_source(ev, by_hand):
    later = hl.events("nanoaod")
    chosen = ev[ev.nJet > 1]
    array = hl.to_awkward({"met": later.MET.pt}, source=chosen, where=later.MET.pt > 10)
    events = by_hand[(by_hand.nJet > 1) & (by_hand.MET_pt > 10)]
    assert array.met.to_list() == events.MET_pt.to_list()
    with pytest.raises(LanguageError, match="no events to read"):
        hl.to_awkward(later.MET.pt)


@pytest.mark.parametrize("convert", CONVERSIONS)
def test_what_is_no_column_is_refused(ev, convert):
    for wrong in ({"h": hl.hist(ev.MET.pt, bins=(2, 0, 9))}, {"x": 3}, 3, {}):
        with pytest.raises(LanguageError):
            convert(wrong)
    with pytest.raises(LanguageError, match="takes no 'wehre='"):
        convert(ev.MET.pt, wehre=ev.MET.pt > 3)


@pytest.mark.parametrize(
    ("convert", "package"),
    [(hl.to_pandas, "pandas"), (hl.to_polars, "polars"), (hl.to_torch, "torch"),
     (hl.to_arrow, "pyarrow")],
)  # fmt: skip
def test_a_library_that_is_not_installed_is_named(ev, monkeypatch, convert, package):
    monkeypatch.setitem(sys.modules, package, None)
    with pytest.raises(MissingPackage, match=package) as caught:
        convert(ev.MET.pt)
    assert "pip install 'hepline[" in caught.value.fix


def test_memory_is_not_copied_once_more(ev):
    array = hl.to_awkward(ev.MET.pt)
    tensor = hl.to_torch(ev.MET.pt)
    assert array.layout.data.ctypes.data
    assert tensor.is_contiguous()
    from hepline.exchange.tables import as_arrow
    from hepline.exchange.tensors import as_torch

    memory = array.layout.data.ctypes.data
    assert as_torch({"met": array}, alone=True).data_ptr() == memory
    assert as_arrow({"met": array})["met"].chunk(0).buffers()[1].address == memory


def test_tensors_of_floats_do_not_merge_integers(tmp_path):
    with uproot.recreate(tmp_path / "x.root") as file:
        file["Events"] = {"event": np.array([2**24 + 1, 2**24], np.uint64), "n": np.array([1, 2])}
    ev = hl.open(tmp_path / "x.root")
    with pytest.raises(LanguageError, match="'event' are up to 16777217"):
        hl.to_torch({"event": ev["event"], "n": ev["n"]})
    assert hl.to_torch(ev["event"] + 0, dtype="float64").tolist() == [2**24 + 1, 2**24]
    with pytest.raises(LanguageError, match="pad=-1"):
        hl.to_torch(ev["n"], pad=-1)
