"""Events are chosen where one thinks of it; what is made of them lives on these events only."""

from __future__ import annotations

import awkward as ak
import numpy as np
import pytest

import hepline as hl
from hepline.errors import LanguageError, TypeMismatch

ENGINES = ("reference", "awkward", "compiled")


def _arrays(events):
    return hl.compute(events.Muon.pt, events.MET.pt)


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("chunk", [101, None])
def test_columns_of_chosen_events(collisions, engine, chunk):
    pt, met = _arrays(collisions)
    mask = (ak.num(pt) >= 2) & (met > 30)
    ev = collisions[(hl.count(collisions.Muon) >= 2) & (collisions.MET.pt > 30)]
    pairs = ev.Muon.pairs()
    found = hl.compute(
        ev.Muon.pt, ev.MET.pt, ev.Muon[0].pt, pairs.mass, collisions.MET.pt,
        engine=engine, chunk=chunk,
    )  # fmt: skip
    assert ak.to_list(found[0]) == ak.to_list(pt[mask])
    assert ak.to_list(found[1]) == ak.to_list(met[mask])
    assert ak.to_list(found[2]) == ak.to_list(pt[mask][:, 0])
    assert ak.to_list(ak.num(found[3])) == ak.to_list(ak.num(ak.combinations(pt[mask], 2)))
    assert ak.to_list(found[4]) == ak.to_list(met)


@pytest.mark.parametrize("engine", ENGINES)
def test_histograms_of_chosen_events(collisions, engine):
    pt, met = _arrays(collisions)
    ev = collisions[collisions.MET.pt > 30]
    both = hl.hist(ev.Muon.pt, bins=(10, 0, 200), where=hl.count(ev.Muon) == 1)
    written = hl.hist(
        collisions.Muon.pt, bins=(10, 0, 200),
        where={"met": collisions.MET.pt > 30, "muon": hl.count(collisions.Muon) == 1},
    )  # fmt: skip
    chosen, expected = hl.compute(both, written, engine=engine)
    by_hand, _ = np.histogram(ak.flatten(pt[(met > 30) & (ak.num(pt) == 1)]), 10, (0, 200))
    assert chosen.values().tolist() == expected.values().tolist() == by_hand.tolist()


def test_steps_add_up(collisions):
    _, met = _arrays(collisions)
    ev = collisions[collisions.MET.pt > 20]
    ev = ev[ev.MET.pt < 60]
    ev = hl.filter(ev, few=hl.count(ev.Jet) < 9)
    labels = [label for label, _ in ev.origin.selection]
    assert labels == ["(MET_pt > 20.0)", "(MET_pt < 60.0)", "few"]
    count = ak.num(hl.compute(collisions.Jet.pt))
    found = hl.compute(ev.MET.pt)
    assert ak.to_list(found) == ak.to_list(met[(met > 20) & (met < 60) & (count < 9)])
    assert "those that pass 3 conditions" in repr(ev)


def test_columns_of_two_choices_live_on_the_events_of_both(collisions):
    pt, met = _arrays(collisions)
    low, two = collisions[collisions.MET.pt < 50], collisions[hl.count(collisions.Muon) == 2]
    found = hl.compute(low.MET.pt + hl.sum(two.Muon.pt))
    mask = (met < 50) & (ak.num(pt) == 2)
    assert ak.almost_equal(found, (met + ak.sum(pt, axis=1))[mask])


def test_a_missing_condition_chooses_nothing(collisions):
    pt, _ = _arrays(collisions)
    ev = collisions[collisions.Muon[1].pt > 30]
    for engine in ENGINES:
        found = hl.compute(ev.MET.pt, engine=engine)
        assert len(found) == ak.sum(ak.fill_none(ak.pad_none(pt, 2)[:, 1] > 30, False))


@pytest.mark.parametrize("engine", ENGINES)
def test_no_event_passes(collisions, engine):
    ev = collisions[collisions.MET.pt < 0]
    pt, pairs = hl.compute(ev.Muon.pt, ev.Muon.pairs().mass, engine=engine)
    assert (len(pt), len(pairs)) == (0, 0)
    assert str(pt.type) == "0 * var * float32"


def test_collections_of_chosen_events(collisions):
    pt, met = _arrays(collisions)
    muons = hl.compute(collisions[collisions.MET.pt > 80].Muon)
    assert ak.to_list(muons.pt) == ak.to_list(pt[met > 80])


@pytest.mark.parametrize("engine", ENGINES)
def test_calls_run_for_chosen_events(collisions, engine):
    _, met = _arrays(collisions)
    ev = collisions[collisions.MET.pt > 50]
    root = hl.call(np.sqrt, ev.MET.pt, returns="float32")
    found, direct = hl.compute(root, ev[root > 8].MET.pt, engine=engine)
    assert ak.to_list(found) == ak.to_list(np.sqrt(met[met > 50]))
    assert ak.to_list(direct) == ak.to_list(met[(met > 50) & (np.sqrt(met) > 8)])


def test_random_numbers_do_not_depend_on_the_choice(collisions):
    met = hl.compute(collisions.MET.pt)
    everywhere = hl.compute(hl.normal(collisions, stream="smear"))
    chosen = hl.compute(hl.normal(collisions[collisions.MET.pt > 50], stream="smear"))
    assert ak.to_list(chosen) == ak.to_list(everywhere[met > 50])


def test_a_region_begins_with_the_steps_of_its_events():
    ev = hl.events("nanoaod")
    ev = hl.filter(ev, {"single-muon trigger": ev.HLT.IsoMu24, "missing pt": ev.MET.pt > 30})
    analysis = hl.Analysis("filtered", luminosity=1.0)
    analysis.sample("signal", cross_section=1.0)
    analysis.region("SR", where={"two muons": hl.count(ev.Muon) == 2},
                    observable=hl.axis(ev.Muon[0].pt, 10, 0, 200))  # fmt: skip
    analysis.region("all", observable=hl.axis(ev.MET.pt, 10, 0, 200))
    labels = {
        region.name: [label for label, _ in region.cuts] for region in analysis.regions.values()
    }
    assert labels["SR"] == ["single-muon trigger", "missing pt", "two muons"]
    assert labels["all"] == ["single-muon trigger", "missing pt"]


@pytest.mark.parametrize(
    "condition", [lambda ev: ev.Muon.pt > 20, lambda ev: ev.MET.pt, lambda _: True]
)
def test_what_chooses_no_events_is_refused(condition):
    ev = hl.events("nanoaod")
    given = condition(ev)
    with pytest.raises(TypeMismatch):
        ev[given]
    with pytest.raises(TypeMismatch, match="not one truth for each event"):
        hl.filter(ev, cut=given)
    with pytest.raises(TypeMismatch, match="chooses events"):
        hl.filter(ev.Muon, cut=ev.MET.pt > 2)


def test_a_step_without_a_name_is_refused():
    ev = hl.events("nanoaod")
    with pytest.raises(TypeMismatch, match=r"hl\.filter") as caught:
        hl.filter(ev, ev.MET.pt > 30)
    assert "name" in caught.value.why


def test_conditions_on_other_events_are_refused(collisions):
    with pytest.raises(LanguageError, match="mixes columns"):
        hl.events("nanoaod")[collisions.MET.pt > 20]
