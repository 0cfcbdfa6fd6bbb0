"""Matching of lists and single objects; the oracle is written out with Python's own numbers."""

from __future__ import annotations

import math

import awkward as ak
import pytest

JETS = [[(0.0, 0.0), (1.0, 3.0)], [], [(0.3, 0.1)], [(2.0, -3.1), (2.0, 1.0)]]
MUONS = [[(0.1, 0.1)], [(1.0, 1.0)], [], [(2.0, 3.1), (0.0, 0.0)]]
ENGINES = ("reference", "awkward", "compiled")


@pytest.fixture
def events(in_memory):
    def columns(name, objects):
        return {
            f"{name}_eta": ak.Array([[eta for eta, _ in own] for own in objects]),
            f"{name}_phi": ak.Array([[phi for _, phi in own] for own in objects]),
        }

    return in_memory({**columns("Jet", JETS), **columns("Muon", MUONS)})


def distance(this, that):
    phi = (this[1] - that[1] + math.pi) % (2 * math.pi) - math.pi
    return math.hypot(this[0] - that[0], phi)


@pytest.mark.parametrize("engine", ENGINES)
def test_a_list_is_matched_with_a_single_object(events, compute, engine):
    (near,) = compute(events, events.Jet.near(events.Muon[0], 0.5), engine=engine)
    expected = [
        [bool(muons) and distance(jet, muons[0]) < 0.5 for jet in jets]
        for jets, muons in zip(JETS, MUONS, strict=True)
    ]
    assert near.tolist() == expected == [[True, False], [], [False], [True, False]]


@pytest.mark.parametrize("engine", ENGINES)
def test_a_single_object_is_matched_with_a_list(events, compute, engine):
    jet, muon = events.Jet, events.Muon[0]
    questions = (muon.near(jet, 0.5), muon.nearest(jet).eta, muon.match(jet, within=0.1).eta)
    near, nearest, matched = compute(events, *questions, engine=engine)
    assert near.tolist() == [True, False, False, True]
    assert nearest.tolist() == [0.0, None, None, 2.0]
    # ΔR of the last pair is 2π − 6.2 = 0.083, that of the first 0.141.
    assert matched.tolist() == [None, None, None, 2.0]


@pytest.mark.parametrize("engine", ENGINES)
def test_two_single_objects_are_near_or_not(events, compute, engine):
    (near,) = compute(events, events.Muon[0].near(events.Jet[0], 0.5), engine=engine)
    assert near.tolist() == [True, False, False, True]


@pytest.mark.parametrize("engine", ENGINES)
def test_a_single_object_is_the_nearest_if_it_is_there_and_close(events, compute, engine):
    jet, muon = events.Jet, events.Muon[0]
    matched, nearest = jet.match(muon, within=0.5), jet.nearest(muon)
    alone = muon.match(jet[0], within=0.5)
    asked = (matched.phi, nearest.eta, alone.eta, matched.is_missing(), nearest.position)
    found = [values.tolist() for values in compute(events, *asked, engine=engine)]
    assert found[0] == [[0.1, None], [], [None], [3.1, None]]
    assert found[1] == [[0.1, 0.1], [], [None], [2.0, 2.0]]
    assert found[2] == [0.0, None, None, 2.0]
    assert found[3] == [[False, True], [], [True], [False, True]]
    assert found[4] == [[0, 0], [], [None], [0, 0]]


@pytest.mark.parametrize("engine", ENGINES)
def test_pairs_that_are_nearest_keep_their_members(events, compute, engine):
    pair = events.Muon.pairs().first()
    nearest = events.Jet.nearest(pair.with_fields(eta=2.0, phi=3.0))
    (member,) = compute(events, nearest[1].eta, engine=engine)
    assert member.tolist() == [[None, None], [], [None], [0.0, 0.0]]
