"""Events that two fitted regions share: found by their selections, or counted."""

import numpy as np
import pytest

import hepline as hl
from hepline.analysis.overlapping import declared_overlaps
from hepline.analysis.overlaps import shared_selections

ev = hl.events("nanoaod")
count = hl.count(ev.Jet)


def regions(**selections):
    made = hl.Analysis("toy", luminosity=1.0)
    made.sample("sig", cross_section=1.0, normalization="mu")
    for name, where in selections.items():
        made.region(name, where=where, observable=hl.axis(hl.sum(ev.Jet.pt), 4, 0, 200))
    return made


def pairs(made):
    return [(a.name, b.name) for a, b, _ in shared_selections(tuple(made.regions.values()))]


def test_control_plots_of_the_same_events_are_found_before_reading():
    one, other = count >= 2, ev.MET.pt > 30
    made = regions(HT=one & other, MET=other & one, both={"jets": one, "met": other})
    (notice,) = declared_overlaps(made)
    assert notice.text.startswith("the regions HT, MET and both select the same events")
    assert pairs(made) == []


def test_a_selection_inside_another_is_found_before_reading():
    (notice,) = declared_overlaps(regions(all=count >= 2, some=(count >= 2) & (ev.MET.pt > 30)))
    assert notice.text.startswith("every event of region some is in all as well")


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (count == 1, count >= 2),
        (count < 2, count >= 2),
        (count <= 1, count > 1),
        (count == 1, count == 2),
        (ev.MET.pt > 30, ~(ev.MET.pt > 30)),
        ((count >= 2) & (ev.MET.pt <= 30), (count >= 2) & (ev.MET.pt > 30)),
        (count > 5, count < 2),
        ((count > 1) & (count < 4), count >= 4),
    ],
)
def test_conditions_that_exclude_each_other_need_no_counting(one, other):
    made = regions(a=one, b=other)
    assert pairs(made) == []
    assert declared_overlaps(made) == []


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (count <= 2, count >= 2),
        (count >= 1, ev.MET.pt > 30),
        (count < 4, count < 2),
        (ev.MET.pt > 30, ~(ev.MET.phi > 30)),
    ],
)
def test_conditions_that_may_hold_together_are_counted(one, other):
    assert pairs(regions(a=one, b=other)) == [("a", "b")]


@pytest.mark.parametrize("engine", ["reference", "awkward", "compiled"])
def test_events_of_two_regions_are_counted_in_the_pass(write_events, listing, engine):
    jets = [[50], [40, 40], [30, 30, 30], [120, 10], []]
    write_events("a.root", jets)
    made = regions(low=count <= 2, hard=hl.sum(ev.Jet.pt) > 60, none=count == 0)
    made.data()
    files = {"sig": {"nominal": ["a.root"]}, "data": {"nominal": ["a.root"]}}
    result = made.run(listing(files), engine=engine)
    low = np.array([len(event) <= 2 for event in jets])
    hard = np.array([sum(event) > 60 for event in jets])
    both = int((low & hard).sum())
    (text,) = [n.text for n in result.notices if n.kind == "overlap" and "hard share" in n.text]
    assert f"low and hard share entries: {both} of sig ({low.sum()} in low, {hard.sum()}" in text
    assert f"{both} of data" in text


def test_data_of_a_blind_region_are_not_counted(write_events, listing):
    write_events("a.root", [[50, 40], [40]])
    made = hl.Analysis("toy", luminosity=1.0)
    made.sample("sig", cross_section=1.0, normalization="mu")
    made.data()
    observable = hl.axis(hl.sum(ev.Jet.pt), 4, 0, 200)
    made.region("SR", where=count >= 2, observable=observable, blind=True)
    made.region("CR", where=hl.sum(ev.Jet.pt) > 10, observable=observable)
    files = {"sig": {"nominal": ["a.root"]}, "data": {"nominal": ["a.root"]}}
    (text,) = [n.text for n in made.run(listing(files)).notices if n.kind == "overlap"]
    assert "1 of sig" in text
    assert "data" not in text


def test_regions_of_two_eras_share_no_events():
    ev = hl.events("nanoaod")
    made = hl.Analysis("toy")
    for era in ("16", "17"):
        made.era(era, luminosity=1.0)
    axis = hl.axis(ev.MET.pt, 2, 0, 100)
    made.region("SR", where={"a": ev.HLT.a}, observable=axis)
    assert declared_overlaps(made) == []
    made.region("tight", where={"a": ev.HLT.a, "b": ev.HLT.b}, observable=axis)
    texts = [notice.text.partition(" is in ")[::2] for notice in declared_overlaps(made)]
    assert [(inner[-8:], outer[:5]) for inner, outer in texts] == [
        ("tight_16", "SR_16"),
        ("tight_17", "SR_17"),
    ]
