"""Cheap cuts first, and every value below the conditions that all of its uses share."""

import numpy as np
import pytest

import hepline as hl
from hepline.engine.conditions import conjuncts, cost, homes, paths
from hepline.engine.plan import plan


@pytest.fixture
def parts(collisions):
    """Conditions of each class of effort, cheapest first."""
    jet, met = collisions.Jet, collisions.MET.pt
    return [
        met > 20,
        hl.count(jet) >= 3,
        hl.any(np.cos(jet.phi) > 0.5),
        hl.any(jet.combinations(2).mass > 80),
    ]


def drawn_fills(collisions, requests):
    return plan([request.node for request in requests], collisions.origin.schema).fills


def test_a_selection_falls_into_the_parts_that_must_all_hold(parts):
    met, three, cosine, _ = parts
    assert conjuncts((met & (three & cosine)).node) == (met.node, three.node, cosine.node)
    assert conjuncts((met & three & met).node) == (met.node, three.node)
    assert conjuncts((met | three).node) == ((met | three).node,)


def test_integers_are_not_divided_at_their_bits(collisions):
    bits = collisions.Jet.jetId & 2
    assert conjuncts(bits.node) == (bits.node,)


def test_a_condition_of_the_event_is_not_taken_out_of_one_of_its_objects(collisions):
    jet, met = collisions.Jet, collisions.MET.pt
    both = (jet.pt > 30) & (met > 20)
    assert conjuncts(both.node) == (both.node,)


def test_effort_has_four_classes(parts):
    assert [cost(part.node) for part in parts] == [0, 1, 2, 3]


def test_the_cheapest_condition_comes_first(collisions, parts):
    selection = parts[3] & parts[2] & parts[1] & parts[0]
    (fill,) = drawn_fills(collisions, [hl.hist(where=selection)])
    (path,) = paths([fill]).values()
    assert [cost(node) for node in path] == [0, 1, 2, 3]


def test_of_equal_conditions_the_one_that_more_ask_for_comes_first(collisions):
    met, phi = collisions.MET.pt, collisions.MET.phi
    shared = [met > 30, phi > 0, phi > 1, phi > 2]
    fills = drawn_fills(
        collisions, [hl.hist(where=own & shared[0]) for own in shared[1:]] + [hl.hist()]
    )
    found = paths(fills)
    assert [len(found[fill]) for fill in fills] == [2, 2, 2, 0]
    assert {found[fill][0] for fill in fills[:3]} == {shared[0].node}


def test_a_value_is_computed_below_what_all_its_uses_share(collisions):
    met, jet = collisions.MET, collisions.Jet
    total = hl.sum(jet.pt)
    common, one, two = met.pt > 10, met.phi > 0, met.phi > 1
    fills = drawn_fills(
        collisions,
        [
            hl.hist(total, bins=(5, 0, 500), where=common & one),
            hl.hist(total, bins=(9, 0, 500), where=common & two),
            hl.hist(np.sqrt(met.phi), bins=(9, 0, 3), where=common & two),
        ],
    )
    path_of = paths(fills)
    found = homes(path_of, [])
    (sum_,) = {part for fill in fills[:2] for part in fill.values}
    assert found[sum_] == (common.node,)
    assert found[fills[2].values[0]] == path_of[fills[2]] == (common.node, two.node)
    # The first condition is needed for every event, the second ones below it.
    assert found[common.node] == ()
    assert found[one.node] == found[two.node] == (common.node,)
    # What both a condition and a value below it are made of is needed where the condition is.
    assert found[met.pt.node] == ()


def test_a_column_that_leaves_the_kernel_is_computed_for_every_event(collisions):
    total = hl.sum(collisions.Jet.pt)
    where = collisions.MET.pt > 30
    drawn = plan(
        [hl.hist(total, bins=(5, 0, 500), where=where).node, total.node],
        collisions.origin.schema,
    )
    found = homes(paths(drawn.fills), drawn.arrays)
    assert found[drawn.arrays[0]] == ()


def test_every_value_of_a_home_has_its_inputs_at_least_as_far_out(collisions, parts):
    fills = drawn_fills(
        collisions,
        [
            hl.hist(collisions.MET.pt, bins=(5, 0, 100), where=parts[0] & parts[1]),
            hl.hist(collisions.Jet.combinations(2).mass, bins=(5, 0, 100), where=parts[3]),
            hl.hist(collisions.Jet.pt, bins=(5, 0, 100), where=parts[3] & parts[0]),
        ],
    )
    found = homes(paths(fills), [])
    assert len(found) > 20
    for node, path in found.items():
        for part in node.inputs:
            assert path[: len(found[part])] == found[part], (node, part)
