"""Results come back in the shape that was asked for."""

from __future__ import annotations

import awkward as ak
import numpy as np
import pytest

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
    with pytest.raises(TypeMismatch, match="not one truth"):
        hl.compute(collisions.MET.pt, where=collisions.Muon.pt > 20)
    with pytest.raises(LanguageError, match="bins="):
        hl.hist(collisions.MET.pt, collisions.MET.phi, 50, 0, 100)
