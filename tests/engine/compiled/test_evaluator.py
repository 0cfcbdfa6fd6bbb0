"""What a kernel leaves becomes the histograms and columns of the awkward evaluator, bit for bit."""

from fractions import Fraction

import awkward as ak
import numpy as np
import pytest

import hepline as hl
from hepline.errors import UselessWeight


def bits(found):
    return (
        found.entries.tobytes(),
        found.contents().tobytes(),
        found.variances().tobytes(),
    )


@pytest.mark.parametrize(
    "weights",
    [
        pytest.param([1e-100, 3e-100, -1e-100, 2.5, 1e-30], id="tiny"),
        pytest.param([1e120, -1e120, 1e100, 1.0, 1e-3], id="huge"),
        pytest.param([5e-324, 2.2e-308, 1e150, -1e150, 0.0], id="all there are"),
        pytest.param([0.1, 0.2, -0.3, 0.0, -0.0], id="usual"),
    ],
)
def test_weights_of_any_size_give_the_exact_sums(in_memory, compute, weights):
    events = in_memory({"x": ak.Array([0.5, 0.5, 1.5, 0.5, 1.5]), "w": ak.Array(weights)})
    request = hl.hist(events.x, bins=(2, 0, 2), weight=events.w)
    (found,) = compute(events, request, engine="compiled")
    (expected,) = compute(events, request, engine="awkward")
    assert bits(found) == bits(expected)
    for place, own in ((1, (0, 1, 3)), (2, (2, 4))):
        exact = sum(Fraction(weights[event]) for event in own)
        squares = sum(Fraction(weights[event] * weights[event]) for event in own)
        assert found.contents()[place] == float(exact)
        assert found.variances()[place] == float(squares)


def test_columns_and_other_histograms_survive_the_second_look_at_a_chunk(in_memory, compute):
    events = in_memory(
        {
            "J_pt": ak.Array([[3.0, 1.0], [], [2.0]]),
            "w": ak.Array([1.0, 1e-100, 2.0]),
        }
    )
    requests = [
        hl.hist(events.J.pt, bins=(3, 0, 3)),
        hl.hist(weight=events.w),
        events.J[events.J.pt > 1.5].pt,
        events.J[0].pt,
    ]
    one, two, chosen, lead = compute(events, *requests, engine="compiled")
    assert one.entries.tolist() == [0, 0, 1, 1, 1]
    assert two.entries.tolist() == [3]
    assert two.contents() == 3.0
    assert chosen.tolist() == [[3.0], [], [2.0]]
    assert lead.tolist() == [3.0, None, 2.0]


def complaints(compute, events, request):
    said = []
    for engine in ("compiled", "awkward"):
        with pytest.raises(UselessWeight) as caught:
            compute(events, request, engine=engine)
        said.append(caught.value.what)
    return said


@pytest.mark.parametrize("bad", [[np.nan], [np.inf, -np.inf], [1e200, np.nan, -1e155]])
def test_weights_that_are_no_numbers_are_refused_alike(in_memory, compute, bad):
    events = in_memory({"w": ak.Array([1.0, *bad, 2.0, 3.0])})
    one, other = complaints(compute, events, hl.hist(weight=events.w))
    assert one == other
    assert f"{len(bad)} of {len(bad) + 3} weights w" in one


def test_missing_weights_are_refused_alike(collisions, compute):
    muon = collisions.Muon
    request = hl.hist(collisions.MET.pt, bins=(1, 0, 1), weight=hl.weight(muon[0].pt))
    one, other = complaints(compute, collisions, request)
    assert one == other
    # Two thirds of a thousand events are in the first part, which is one chunk.
    without = int(ak.sum(ak.num(collisions.origin.source.chunks[0]["Muon_pt"]) == 0))
    assert f"missing for {without} of the entries" in one


def test_bad_weights_of_events_that_fail_do_no_harm(in_memory, compute):
    events = in_memory({"w": ak.Array([1.0, np.nan, np.inf, 2.0]), "x": ak.Array([1, 0, 0, 1])})
    request = hl.hist(weight=events.w, where=events.x > 0)
    for engine in ("compiled", "awkward"):
        (found,) = compute(events, request, engine=engine)
        assert (found.entries.tolist(), found.contents()) == ([2], 3.0)


def test_bad_weights_outside_of_the_axis_are_refused_all_the_same(in_memory, compute):
    events = in_memory({"w": ak.Array([1.0, np.nan]), "x": ak.Array([0.5, 99.0])})
    one, other = complaints(compute, events, hl.hist(events.x, bins=(1, 0, 1), weight=events.w))
    assert one == other


@pytest.mark.parametrize("weight", [2.0, 0.1, -1e-120, 1e120, 0.0])
def test_constant_weights_are_counted_exactly(in_memory, compute, weight):
    events = in_memory({"x": ak.Array(np.linspace(-1, 2, 997))})
    request = hl.hist(events.x, bins=(3, 0, 1), weight=hl.weight(weight))
    (found,) = compute(events, request, engine="compiled")
    (expected,) = compute(events, request, engine="awkward")
    assert bits(found) == bits(expected)
    total = sum(found.entries.tolist()) * Fraction(weight)
    assert found.entries.sum() == 997
    assert float(np.sum(found.contents())) == pytest.approx(float(total), rel=1e-12)


@pytest.mark.parametrize("weight", [np.inf, 1e200])
def test_constant_weights_that_are_no_numbers_are_refused_alike(in_memory, compute, weight):
    events = in_memory({"x": ak.Array([1.0, 2.0, 3.0])})
    request = hl.hist(events.x, bins=(3, 0, 1), weight=hl.weight(weight))
    one, other = complaints(compute, events, request)
    assert one == other


def test_nothing_comes_of_no_events(in_memory, collisions, compute):
    columns = collisions.origin.source.chunks[0]
    empty = in_memory({name: array[:0] for name, array in columns.items()})
    pairs = empty.Jet.combinations(2)
    requests = [hl.hist(pairs.mass, bins=(3, 0, 9)), pairs.mass, empty.Jet[0].pt, empty.MET.pt]
    filled, mass, lead, met = compute(empty, *requests, engine="compiled")
    assert not filled.entries.any()
    assert str(mass.type) == "0 * var * float64"
    assert str(lead.type) == "0 * ?float32"
    assert str(met.type) == "0 * float32"


@pytest.mark.parametrize("edges", [[0, 1, np.inf], [-np.inf, 0, 1], [-np.inf, 0.5, np.inf]])
def test_bins_may_reach_to_infinity(in_memory, compute, edges):
    values = [-5.0, 0.0, 0.25, 1e300, 7.0, np.inf, -np.inf]
    events = in_memory({"x": ak.Array(values)})
    expected = np.histogram(np.array(values)[np.isfinite(values)], edges)[0]
    for engine in ("reference", "awkward", "compiled"):
        (found,) = compute(events, hl.hist(events.x, bins=edges), engine=engine)
        finite = found.entries[1:-1].copy()
        # An edge at minus infinity is part of its bin; one at plus infinity is not.
        finite[0] -= edges[0] == -np.inf
        assert finite.tolist() == expected.tolist()
