"""Histograms of the evaluators are equal but for values on a bin edge, and those are named."""

import awkward as ak
import numpy as np
import pytest

import hepline as hl
from hepline.columns.axes import RegularAxis, VariableAxis
from hepline.columns.fill import Fill
from hepline.columns.leaves import Column
from hepline.engine.filled import Filled, bin_index

AXIS = RegularAxis("m", 4, 0.0, 2.0)
# In a mass, energies of a hundred times its size cancel, and their last places stay.
CANCELLING = 1 << 13


def filled(axes, values, weights=None):
    weight = None if weights is None else Column("w", "float64", None)
    columns = tuple(Column("x", "float64", None) for _ in axes)
    made = Filled.empty(Fill(tuple(axes), columns, weight, None))
    made.add(bin_index(axes, values, len(values[0])), weights)
    return made


def both(axes, values, others, weights=None):
    """Two histograms and what they were filled with."""
    return (filled(axes, values, weights), values), (filled(axes, others, weights), others)


def test_equal_histograms_name_nothing(comparison):
    values = [np.linspace(-1, 3, 50)]
    assert comparison.moved_across_edges([AXIS], *both([AXIS], values, values), ulps=4) == []


@pytest.mark.parametrize("weighted", [False, True])
def test_a_value_that_is_moved_across_its_edge_is_named(comparison, weighted):
    values = np.array([0.2, 1.0, 1.7, 0.5])
    others = np.array([0.2, np.nextafter(1.0, 0), 1.7, 0.5])
    weights = np.array([0.1, 0.2, 0.3, 0.4]) if weighted else None
    (named,) = comparison.moved_across_edges(
        [AXIS], *both([AXIS], [values], [others], weights), ulps=4
    )
    assert named == comparison.OnEdge("m", 1.0, 1.0)


def test_the_axis_of_an_edge_is_named(comparison):
    axes = [AXIS, VariableAxis("pt", (0.0, 30.0, 100.0))]
    values = [np.array([0.2, 1.5, 0.5]), np.array([10.0, 50.0, 30.0])]
    others = [
        np.array([0.2, np.nextafter(1.5, 0), 0.5]),
        np.array([10.0, 50.0, np.nextafter(30, 0)]),
    ]
    named = comparison.moved_across_edges(axes, *both(axes, values, others), ulps=4)
    assert [(one.axis, one.edge, one.value) for one in named] == [
        ("m", 1.5, 1.5),
        ("pt", 30.0, 30.0),
    ]


def test_a_value_that_is_moved_without_being_on_an_edge_is_refused(comparison):
    values, others = [np.array([0.2, 1.001])], [np.array([0.2, 0.999])]
    with pytest.raises(AssertionError, match=r"m: 1\.001 became 0\.999, .* edge 1\.0"):
        comparison.moved_across_edges([AXIS], *both([AXIS], values, others), ulps=4)


def test_a_bin_that_differs_for_another_reason_is_refused(comparison):
    values = [np.array([0.2, 1.2, 1.3])]
    expected, found = both([AXIS], values, values)
    found[0].entries[2] += 1
    with pytest.raises(AssertionError):
        comparison.moved_across_edges([AXIS], expected, found, ulps=4)
    expected, _ = both([AXIS], values, values, np.array([1.0, 2.0, 3.0]))
    _, found = both([AXIS], values, values, np.array([1.0, 2.0, np.nextafter(3.0, 4)]))
    with pytest.raises(AssertionError):
        comparison.moved_across_edges([AXIS], expected, found, ulps=4)


def observables(events):
    jet, muon = events.Jet, events.Muon
    return {
        "mass of pairs": (jet.combinations(2).mass, CANCELLING),
        "mass of triples": (jet.combinations(3).mass, CANCELLING),
        "mass of muons": (muon.combinations(2).mass, CANCELLING),
        "transverse momentum": (jet.combinations(2).pt, 8),
        "energy": (np.cosh(jet.eta.astype("float64")) * jet.pt, 8),
        "component": (np.cos(jet.phi.astype("float64")) * jet.pt, 8),
    }


NAMES = (
    "mass of pairs",
    "mass of triples",
    "mass of muons",
    "transverse momentum",
    "energy",
    "component",
)


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("edges", ["regular", "on values"])
def test_histograms_of_functions_are_equal_but_for_edges(
    comparison, many_collisions, compute, name, edges
):
    events = many_collisions(5000)
    quantity, ulps = observables(events)[name]
    bins: object = (100, 0, 500)
    if edges == "on values":
        # Where a difference in the last place shows, if there is one.
        (seen,) = compute(events, quantity, engine="awkward")
        bins = np.unique(ak.to_numpy(ak.flatten(seen)))[100::200][:30].tolist()
    weighted = hl.hist(quantity, bins=bins, weight=events.genWeight)
    outcome = []
    for engine in ("awkward", "compiled"):
        histogram, values = compute(events, weighted, quantity, engine=engine)
        outcome.append((histogram, [ak.to_numpy(ak.flatten(values)).astype(np.float64)]))
    assert len(outcome[0][1][0]) > 1000
    named = comparison.moved_across_edges(outcome[0][0].axes, *outcome, ulps=ulps)
    assert {one.edge for one in named} <= set(outcome[0][0].axes[0].edges.tolist())
    assert not named or edges == "on values"
