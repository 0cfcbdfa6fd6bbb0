"""Results come back in the shape that was asked for."""

from __future__ import annotations

from typing import NamedTuple

import awkward as ak
import numpy as np
import pytest
import uproot

import hepline as hl
from hepline.errors import LanguageError, TypeMismatch, UndefinedValues


def test_mappings_and_sequences(collisions):
    found = hl.compute(
        {"pt": collisions.Muon.pt, "met": [collisions.MET.pt, (collisions.MET.phi,)], "none": {}}
    )
    pt, met, phi = hl.compute(collisions.Muon.pt, collisions.MET.pt, collisions.MET.phi)
    assert list(found) == ["pt", "met", "none"]
    assert ak.array_equal(found["pt"], pt)
    assert ak.array_equal(found["met"][0], met)
    assert isinstance(found["met"][1], tuple)
    assert ak.array_equal(found["met"][1][0], phi)
    assert found["none"] == {}


class _Pair(NamedTuple):
    met: object
    phi: object


def test_a_named_tuple_keeps_its_names(collisions):
    found = hl.compute(_Pair(collisions.MET.pt, collisions.MET.phi))
    met, phi = hl.compute(collisions.MET.pt, collisions.MET.phi)
    assert ak.array_equal(found.met, met)
    assert ak.array_equal(found.phi, phi)


def test_conditions_with_labels_for_everything(collisions):
    met, count = hl.compute(collisions.MET.pt, hl.count(collisions.Muon))
    where = {"muons": hl.count(collisions.Muon) > 1, "missing pt": collisions.MET.pt > 25}
    found = hl.compute([collisions.MET.pt, hl.hist(collisions.MET.pt, 4, 0, 80)], where=where)
    passing = met[(count > 1) & (met > 25)]
    assert ak.to_list(found[0]) == ak.to_list(passing)
    assert found[1].values().tolist() == np.histogram(passing, 4, (0, 80))[0].tolist()


@pytest.mark.parametrize("where", [None, "muons"])
def test_a_source_of_chosen_events_has_no_others(tmp_path, where):
    columns = {
        "MET_pt": np.array([10, 35, 50, 70], np.float32),
        "Muon": ak.zip({"pt": ak.Array([[1.0], [2.0, 3.0], [], [4.0]])}),
    }
    with uproot.recreate(tmp_path / "events.root") as file:
        types = {name: ak.type(column).content for name, column in columns.items()}
        file.mktree("Events", types, counter_name=lambda name: f"n{name}").extend(columns)
    opened, ev = hl.open(tmp_path / "events.root"), hl.events("nanoaod")
    if where:
        ev = ev[hl.count(ev.Muon) > 0]
    pt, histogram = hl.compute(
        ev.MET.pt, hl.hist(ev.MET.pt, 4, 0, 80), source=opened[opened.MET.pt > 30]
    )
    expected = [35, 70] if where else [35, 50, 70]
    assert ak.to_list(pt) == expected
    assert histogram.values().tolist() == np.histogram(expected, 4, (0, 80))[0].tolist()


def test_a_plan_of_a_mapping_is_that_of_its_parts(collisions):
    met, pt = collisions.MET.pt, collisions.Muon.pt
    assert hl.explain({"met": met, "muons": [pt]}) == hl.explain(met, pt)


def test_one_condition_for_everything(collisions):
    met = hl.compute(collisions.MET.pt)
    histogram = hl.hist(collisions.MET.pt, 4, 0, 80, where=collisions.MET.pt < 70)
    found = hl.compute(
        {"h": histogram, "pt": collisions.MET.pt, "muons": collisions.Muon},
        where=collisions.MET.pt > 25,
    )
    assert ak.to_list(found["pt"]) == ak.to_list(met[met > 25])
    assert len(found["muons"]) == ak.sum(met > 25)
    expected, _ = np.histogram(met[(met > 25) & (met < 70)], 4, (0, 80))
    assert found["h"].values().tolist() == expected.tolist()


def test_bins_behind_the_quantity(collisions):
    written, named = hl.compute(
        hl.hist(collisions.MET.pt, 50, 0, 100, "met [GeV]"),
        hl.hist(collisions.MET.pt, bins=(50, 0, 100), label="met [GeV]"),
    )
    edges = hl.compute(hl.hist(collisions.MET.pt, [0, 10, 100]))
    assert written == named
    assert edges.axes[0].edges.tolist() == [0, 10, 100]


def test_bins_that_take_what_lies_outside(collisions):
    met = ak.to_numpy(hl.compute(collisions.MET.pt)).astype(float)
    axis = hl.axis(collisions.MET.pt, 4, 10, 50, overflow=True, underflow=True)
    found = hl.compute(hl.hist(axis))
    expected, _ = np.histogram(np.clip(met, 10, 49.9), 4, (10, 50))
    assert found.values().tolist() == expected.tolist()
    assert found.sum(flow=True) == found.sum()
    plain = hl.compute(hl.hist(hl.axis(collisions.MET.pt, 4, 10, 50, overflow=True)))
    assert plain.values()[-1] == (met >= 40).sum()
    assert plain.values(flow=True)[0] == (met < 10).sum()


def test_values_that_are_no_numbers_stay_outside(in_memory):
    ev = in_memory({"MET_pt": ak.Array(np.array([5.0, np.nan, np.inf, 99.0]))})
    with pytest.warns(UndefinedValues):
        found = hl.compute(hl.hist(hl.axis(ev.MET.pt, 2, 0, 10, overflow=True)))
    assert found.values().tolist() == [0, 3]
    assert found.metadata["undefined"] == 1


def test_a_varied_histogram_prints_a_short_table(collisions):
    scale = hl.nuisance("met scale", one_sided=True)
    varied = hl.compute(hl.hist(collisions.MET.pt.vary(scale, up=2 * collisions.MET.pt), 5, 0, 50))
    assert "met_scale_up" in repr(varied)
    assert "<table>" in varied._repr_html_()


@pytest.mark.parametrize("what", ["expression", "records", "events"])
def test_a_notebook_shows_the_first_rows(collisions, what):
    shown = {"expression": collisions.Muon.pt, "records": collisions.Muon, "events": collisions}
    html = shown[what]._repr_html_()
    assert "<table>" in html
    pt = hl.compute(collisions.Muon.pt)
    if what != "events":
        assert f"{pt[ak.num(pt) > 0][0, 0]:.6g}" in html
        assert html.count("<tr>") == 6
    else:
        assert "Muon" in html


def test_a_notebook_shows_events_that_pass(collisions):
    met = hl.compute(collisions.MET.pt)
    html = collisions[collisions.MET.pt > 60].MET.pt._repr_html_()
    assert f"{met[met > 60][0]:.6g}" in html
    assert "<td>" not in hl.events("nanoaod").MET.pt._repr_html_()


def test_misuse(collisions):
    with pytest.raises(LanguageError, match="only histograms"):
        hl.compute({"x": 3})
    with pytest.raises(LanguageError, match="asked for nothing"):
        hl.compute({})
    with pytest.raises(TypeMismatch, match="not one truth"):
        hl.compute(collisions.MET.pt, where=collisions.Muon.pt > 20)
    with pytest.raises(LanguageError, match="bins="):
        hl.hist(collisions.MET.pt, collisions.MET.phi, 50, 0, 100)
