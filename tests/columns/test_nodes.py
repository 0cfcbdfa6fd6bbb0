"""Recipes are frozen, shared, and have the same key everywhere."""

import subprocess
import sys

import numpy as np
import pytest

import hepline as hl
from hepline.columns.leaves import Constant
from hepline.columns.nodes import rewrite, walk
from hepline.columns.vary import NOMINAL, Variation, choose, variations_of

ev = hl.events("nanoaod")


def recipe():
    jet = ev.Jet[(ev.Jet.pt > 30) & (abs(ev.Jet.eta) < 2.4)]
    return hl.hist(jet.combinations(3).mass, bins=(10, 0, 500), where=hl.count(jet) >= 3).node


def test_the_same_recipe_is_the_same_object():
    assert recipe() is recipe()
    assert (ev.Muon.pt + 1).node is (ev.Muon.pt + 1).node
    assert (ev.Muon.pt + 1).node is not (ev.Muon.pt + 2).node


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ((0.0, "float64"), (-0.0, "float64")),
        ((1, "int64"), (True, "bool")),
        ((1, "int64"), (1.0, "float64")),
    ],
)
def test_numbers_that_compare_equal_stay_apart(one, other):
    assert Constant(*one) is not Constant(*other)
    assert Constant(*one).key != Constant(*other).key


def test_nan_is_one_number():
    assert Constant(float("nan"), "float64") is Constant(float("nan"), "float64")


def test_keys_are_equal_in_another_process():
    code = (
        "import hepline as hl; ev = hl.events('nanoaod');"
        "jet = ev.Jet[(ev.Jet.pt > 30) & (abs(ev.Jet.eta) < 2.4)];"
        "h = hl.hist(jet.combinations(3).mass, bins=(10, 0, 500), where=hl.count(jet) >= 3);"
        "print(h.node.key)"
    )
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert found.stdout.strip() == recipe().key


test_keys_are_equal_in_another_process = pytest.mark.slow(test_keys_are_equal_in_another_process)


def test_walk_visits_every_node_once_with_inputs_first():
    order = walk([recipe(), recipe()])
    seen = set()
    for node in order:
        assert node not in seen
        assert all(child in seen for child in node.inputs)
        seen.add(node)


def test_recipes_may_be_deeper_than_pythons_recursion():
    value = ev.MET.pt
    for _ in range(3000):
        value = np.sqrt(value * value)
    assert rewrite([value.node], lambda node: node) == (value.node,)
    assert "…" in repr(value)


def test_choosing_a_variation_shares_what_it_does_not_touch():
    jes = hl.nuisance("JES", one_sided=True)
    jet = ev.Jet.vary(jes, up={"pt": ev.Jet.pt * 1.03})
    untouched = ev.Jet.eta > 1
    request = hl.hist(jet[untouched].pt, bins=(1, 0, 1), label="x").node
    assert variations_of([request]) == (NOMINAL, Variation(jes, "up"))
    (nominal,) = choose([request], NOMINAL)
    (up,) = choose([request], Variation(jes, "up"))
    assert nominal is hl.hist(ev.Jet[untouched].pt, bins=(1, 0, 1), label="x").node
    assert up is hl.hist((ev.Jet.pt * 1.03)[untouched], bins=(1, 0, 1), label="x").node
    assert untouched.node in walk([nominal])
    assert untouched.node in walk([up])


def test_two_nuisances_act_one_at_a_time():
    first, second = hl.nuisance("A", one_sided=True), hl.nuisance("B")
    met = ev.MET.pt.vary(first, up=ev.MET.pt * 2).vary(second, up=ev.MET.pt * 3, down=ev.MET.pt)
    chosen = [choose([met.node], variation)[0] for variation in variations_of([met.node])]
    assert chosen == [
        ev.MET.pt.node,
        (ev.MET.pt * 2).node,
        (ev.MET.pt * 3).node,
        ev.MET.pt.node,
    ]


def test_a_recipe_is_printed_as_it_was_written():
    assert (
        repr(ev.Muon.pt[ev.Muon.pt > 20])
        == "<Muon_pt[(Muon_pt > 20.0)]  type='event * var * float32'>"
    )
    assert "pt" in dir(ev.Muon)
    assert "Muon" in dir(ev)
