"""Lists of one prefix: each is readable, and those that an expression combines must agree."""

from pathlib import Path

import awkward as ak
import numpy as np
import pytest
import uproot

import hepline as hl
from hepline.columns.events import Events
from hepline.engine.plan import plan
from hepline.errors import CorruptData

SHORT = ak.values_astype(ak.Array([[1.0, 2.0], [], [3.0], [4.0, 5.0, 6.0]] * 5), np.float32)
LONG = ak.values_astype(ak.Array([[1.0], [2.0, 3.0], [4.0], [5.0, 6.0, 7.0]] * 5), np.float32)
ENGINES = ["awkward", "compiled", "reference"]


@pytest.fixture
def unlike(tmp_path: Path) -> Events:
    """``jet_pt`` and ``jet_eta`` are equally long, ``jet_area`` is not: no counter joins them."""
    with uproot.recreate(tmp_path / "a.root") as file:
        branches = {"jet_pt": SHORT, "jet_eta": SHORT * 2, "jet_area": LONG}
        branches["jet_index"] = np.zeros(len(SHORT), np.int32)
        types = {
            name: each.dtype if isinstance(each, np.ndarray) else each.type
            for name, each in branches.items()
        }
        file.mktree("Events", types)
        file["Events"].extend(branches)
    return hl.open(tmp_path / "a.root")


@pytest.mark.parametrize("engine", ENGINES)
def test_unlike_lists_of_one_prefix_read_together(unlike, engine):
    jet = unlike.jet
    asked = [jet.pt, jet.area, hl.count(jet.area), hl.sum(jet.area) + hl.sum(unlike["jet_pt"])]
    pt, area, count, total = hl.compute(*asked, engine=engine)
    assert pt.tolist() == SHORT.tolist()
    assert area.tolist() == LONG.tolist()
    assert count.tolist() == ak.num(LONG).tolist()
    np.testing.assert_allclose(total, ak.sum(LONG, axis=1) + ak.sum(SHORT, axis=1))


@pytest.mark.parametrize("engine", ENGINES)
def test_equal_lists_of_one_prefix_pair(unlike, engine):
    jet = unlike.jet
    hard = jet[jet.pt > 1.5]
    found = hl.compute(
        hard.eta, jet.best(jet.pt).eta, hl.sum(jet.pt * jet.eta), jet.area, engine=engine
    )
    assert found[0].tolist() == (SHORT * 2)[SHORT > 1.5].tolist()
    best = ak.firsts((SHORT * 2)[ak.argmax(SHORT, axis=1, keepdims=True)])
    assert found[1].tolist() == best.tolist()
    np.testing.assert_allclose(found[2], ak.sum(SHORT * SHORT * 2, axis=1))
    assert found[3].tolist() == LONG.tolist()


@pytest.mark.parametrize("engine", ENGINES)
def test_differences_of_equal_lists_pair_and_unlike_ones_stay_apart(unlike, engine):
    jet = unlike.jet
    step = np.hypot(jet.pt.diff(), jet.eta.diff())
    along = jet.eta.diff()[jet.pt.diff() > 0]
    found = hl.compute(step, along, jet.area.diff().sum(), engine=engine)
    by_hand = SHORT[:, 1:] - SHORT[:, :-1]
    np.testing.assert_allclose(ak.flatten(found[0]), np.sqrt(5) * ak.flatten(by_hand), rtol=1e-6)
    assert found[1].tolist() == (2 * by_hand[by_hand > 0]).tolist()
    assert found[2].tolist() == ak.sum(LONG[:, 1:] - LONG[:, :-1], axis=1).tolist()


WRONG = {
    "differences": lambda jet: jet.pt.diff() * jet.area.diff(),
    "arithmetic": lambda jet: jet.pt + jet.area,
    "a mask": lambda jet: jet[jet.pt > 2].area,
    "an order": lambda jet: jet.sort(jet.pt).area,
    "an extreme": lambda jet: jet.best(jet.pt).area,
    "pairs": lambda jet: jet.pairs()[0].pt + jet.pairs()[1].area,
    "a cross": lambda jet: jet.cross(jet)[0].pt * jet.cross(jet)[1].area,
    "a slice": lambda jet: jet[:1].pt + jet[:1].area,
    "a choice": lambda jet: hl.where(jet.pt > 2, jet.area, 0),
    "padding": lambda jet: jet.pad(2).pt * jet.pad(2).area,
    "the last one": lambda jet: jet[-1].pt - jet[-1].area,
    "a joined collection": lambda jet: hl.concat(jet, jet).pt + hl.concat(jet, jet).area,
    "one object": lambda jet: jet[0].pt + jet[0].area,
    "conditions on one object": lambda jet: (jet[0].pt > 1) & (jet.first().area > 1),
    "one object of the file's choice": lambda jet: jet[jet.index].pt * jet[jet.index].area,
    "its length": lambda jet: hl.count(jet),
    "its positions": lambda jet: jet.position,
}


@pytest.mark.parametrize("way", WRONG)
def test_unlike_lists_that_are_combined_are_refused(unlike, way):
    with pytest.raises(CorruptData) as caught:
        hl.compute(WRONG[way](unlike.jet), engine="awkward")
    assert "in entry 0 of" in caught.value.what
    assert "'jet_area' has 1" in caught.value.what
    assert "has 2" in caught.value.what


def test_single_objects_of_unlike_lists_are_read_side_by_side(unlike):
    jet = unlike.jet
    pt, area = hl.compute(jet[0].pt.fill_missing(-1), jet[0].area.fill_missing(-1))
    assert pt.tolist() == ak.fill_none(ak.firsts(SHORT), -1).tolist()
    assert area.tolist() == ak.fill_none(ak.firsts(LONG), -1).tolist()


def test_a_histogram_pairs_its_values_and_weight(unlike):
    jet = unlike.jet
    for wrong in (
        hl.hist(hl.axis(jet.pt, 2, 0, 9), hl.axis(jet.area, 2, 0, 9)),
        hl.hist(jet.pt, bins=(2, 0, 9), weight=jet.area),
    ):
        with pytest.raises(CorruptData):
            hl.compute(wrong)
    right = hl.hist(jet.pt, bins=(2, 0, 9), where=hl.count(jet.area) == 1)
    assert hl.compute(right).sum(flow=True) == ak.sum(ak.num(SHORT)[ak.num(LONG) == 1])


def test_only_what_is_combined_is_compared(unlike):
    jet = unlike.jet
    schema = unlike.origin.schema
    assert plan([(jet.pt * jet.eta).node, jet.area.node], schema).pairings == (
        ("jet_eta[]", "jet_pt[]"),
    )
    assert plan([jet.pt.node, jet.area.node], schema).pairings == ()
    (all_of_them,) = plan([hl.count(jet).node], schema).pairings
    assert all_of_them == ("jet_area[]", "jet_eta[]", "jet_pt[]")


def test_a_counter_proves_that_lists_pair(tmp_path):
    with uproot.recreate(tmp_path / "a.root") as file:
        file.mktree("Events", {"Muon": ak.zip({"pt": SHORT, "eta": SHORT}).type})
        file["Events"].extend({"Muon": ak.zip({"pt": SHORT, "eta": SHORT})})
    ev = hl.open(tmp_path / "a.root")
    drawn = plan([(ev.Muon.pt + ev.Muon.eta).node, hl.count(ev.Muon).node], ev.origin.schema)
    assert (drawn.pairings, drawn.collections) == ((), ("Muon",))


@pytest.mark.parametrize(
    ("file", "tree", "prefix"),
    [
        ("formats/PHYSLITE_example.root", "CollectionTree", "AnalysisJetsAuxDyn."),
        ("formats/uproot-physlite-rntuple_v1-0-0-0.root", "EventData", "AnalysisJetsAuxDyn."),
        ("formats/test_FCC_Winter2023.root", "events", "ParticleIDs"),
    ],
)
def test_real_files_with_unlike_vectors_read_in_one_pass(shared_data, file, tree, prefix):
    ev = hl.open(shared_data / file, tree=tree)
    columns = ev.origin.schema.columns
    # Members of links have no name of their own in uproot: `test_shared_files`.
    names = [
        name
        for name in columns
        if name.startswith(prefix) and "Link" not in name and "m_pers" not in name
    ]
    found = hl.compute(*(ev[name] for name in names))
    with uproot.open(shared_data / file) as opened:
        for name, array in zip(names, found, strict=True):
            key = (
                name.replace("Dyn.", "Dyn:").replace("_m_pers", ".m_pers")
                if tree == "EventData"
                else name
            )
            assert array.tolist() == opened[tree][key].array().tolist()
