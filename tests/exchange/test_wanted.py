"""Names, patterns and new columns of a skim."""

import pytest

import hepline as hl
from hepline.columns.events import events
from hepline.errors import ColumnNotFound, LanguageError
from hepline.exchange.wanted import wanted

ev = events("nanoaod")


def names(columns):
    selection = wanted(ev, columns)
    return {kept.written.name for kept in selection.kept}, {
        made.written.name: made.written for made in selection.made
    }


def test_names_patterns_and_objects():
    kept, made = names(["MET_pt", "Muon_[ep]*", "Tau"])
    assert {"MET_pt", "Muon_pt", "Muon_eta", "nMuon", "nTau", "Tau_pt"} <= kept
    assert "Muon_charge" not in kept
    assert made == {}
    everything, _ = names(None)
    assert everything == set(ev.origin.schema.columns)
    assert names("MET_pt")[0] == {"MET_pt"}


def test_new_columns_by_expression_text_or_weight():
    weight = hl.weight(ev.genWeight)
    kept, made = names({"ht": hl.sum(ev.Jet.pt), "n": "count(Jet)", "w": weight})
    assert kept == set()
    assert {name: (w.dtype, w.depth) for name, w in made.items()} == {
        "ht": ("float32", 0), "n": ("int64", 0), "w": ("float64", 0),
    }  # fmt: skip


def test_a_collection_becomes_columns_with_a_counter():
    good = ev.Muon[ev.Muon.pt > 20]
    _, made = names({"good": good})
    assert made["good_pt"].counter == "ngood"
    assert made["ngood"].dtype == "int32"
    pairs = good.pairs()
    _, made = names({"z": pairs})
    assert {"z_mass", "z_pt", "nz"} <= set(made)


def test_fields_that_follow_from_others_are_not_stored():
    photons, _ = names("Photon")
    _, made = names({"Photon": ev.Photon})
    assert set(made) == photons - {"nPhoton"}


def test_a_field_of_stored_objects_shares_their_counter():
    kept, made = names(["Muon_pt", {"Muon_px": ev.Muon.px}])
    assert made["Muon_px"].counter == "nMuon"
    assert "nMuon" in kept
    kept, _ = names({"Muon_px": ev.Muon.px})
    assert kept == {"nMuon"}


def test_a_new_column_takes_the_place_of_a_stored_one():
    kept, made = names(["Muon", {"Muon_pt": ev.Muon.pt * 2}])
    assert "Muon_pt" not in kept
    assert "Muon_eta" in kept
    assert set(made) == {"Muon_pt"}


@pytest.mark.parametrize(
    ("columns", "kind", "said"),
    [
        ("Moun_pt", ColumnNotFound, "Muon"),
        ("Mu0n*", ColumnNotFound, "no column"),
        ({"x": 3.0}, LanguageError, "max()"),
        ({"Muon_x": ev.Jet.pt}, LanguageError, "other lengths"),
        (
            {"good_a": ev.Jet.pt[ev.Jet.pt > 1], "good_b": ev.Jet.pt[ev.Jet.pt > 2]},
            LanguageError,
            "other lengths",
        ),
    ],
)
def test_what_makes_no_sense_is_refused(columns, kind, said):
    with pytest.raises(kind) as caught:
        wanted(ev, ["Muon", columns] if "Muon_x" in columns else columns)
    assert said in str(caught.value)
