"""Entries that no bin can take stand behind the bins, on every evaluator."""

import awkward as ak
import numpy as np
import pytest

import hepline as hl
from hepline.errors import UselessWeight

NAN = np.nan
ENGINES = ("reference", "awkward", "compiled")
AXES = {
    "regular": ((4, 0, 4), [0, 1, 2, 3, 4]),
    "variable": ([0.0, 0.5, 4.0], [0, 0.5, 4]),
    "integer": (range(4), [0, 1, 2, 3, 4]),
}

pytestmark = pytest.mark.parametrize("engine", ENGINES)


def parts(values, weights, edges):
    """Counts and sums of weights, by NumPy: below, in the bins, above, not a number."""
    edges = np.array([-np.inf, *edges, np.inf])
    # The upper edge belongs to the overflow; numpy.histogram closes the last bin only.
    found = np.searchsorted(edges, values[~np.isnan(values)], side="right") - 1
    found = np.minimum(found, len(edges) - 2)
    bins = len(edges) - 1
    counts = np.bincount(found, minlength=bins)
    sums = np.bincount(found, weights[~np.isnan(values)], minlength=bins)
    undefined = np.isnan(values)
    return [*counts, undefined.sum()], [*sums, weights[undefined].sum()]


@pytest.mark.parametrize("kind", AXES)
@pytest.mark.parametrize("weighted", [False, True])
def test_not_a_number_is_no_overflow(in_memory, compute, engine, kind, weighted):
    bins, edges = AXES[kind]
    rng = np.random.default_rng(5)
    values = rng.uniform(-2, 6, 200)
    values[::7], values[3], values[4], values[5] = NAN, np.inf, -np.inf, 4.0
    weights = rng.integers(-8, 9, 200) / 4 if weighted else np.ones(200)
    events = in_memory({"x": ak.Array(values), "w": ak.Array(weights)})
    weight = hl.weight(events.w) if weighted else None
    (found,) = compute(events, hl.hist(events.x, bins=bins, weight=weight), engine=engine, chunk=60)
    counts, sums = parts(values, weights, edges)
    assert [*found.entries, found.undefined] == counts
    assert found.sums().tolist() == [*sums, 0]
    assert found.missing == 0


def test_missing_values_are_counted_with_the_weights_they_have(in_memory, compute, engine):
    pt = [[5.0, 1.0], [], [NAN], [2.0], [], [90.0]]
    events = in_memory({"Muon_pt": ak.Array(pt), "w": ak.Array([1.0, 2.0, 4.0, 8.0, 16.0, 32.0])})
    first = events.Muon[0].pt
    plain = hl.hist(first, bins=(2, 0, 10))
    weighed = hl.hist(first, bins=(2, 0, 10), weight=hl.weight(events.w))
    # A weight that is missing with the value is lost with it, and no error.
    alike = hl.hist(first, bins=(2, 0, 10), weight=hl.weight(events.w * (1 + 0 * first)),
                    where=events.w != 4)  # fmt: skip
    found = compute(events, plain, weighed, alike, engine=engine)
    assert [each.counts.tolist() for each in found] == [
        [0, 1, 1, 1, 1, 2],
        [0, 1, 1, 1, 1, 2],
        [0, 1, 1, 1, 0, 2],
    ]
    assert found[1].sums().tolist() == [0, 8, 1, 32, 4, 18]
    assert found[2].sums().tolist() == [0, 8, 1, 32, 0, 0]


def test_every_entry_of_a_list_has_its_place(in_memory, compute, engine):
    pt = [[5.0, NAN, -1.0], [], [NAN, 7.0, 30.0], [2.0]]
    gen = [[5.1], [4.0], [], [1.0, 2.0]]
    columns = {"Jet_pt": ak.Array(pt), "w": ak.Array([1.0, 2.0, 4.0, 8.0])}
    for name in ("eta", "phi"):
        columns[f"Jet_{name}"] = ak.zeros_like(columns["Jet_pt"])
    columns["Gen_pt"] = ak.Array(gen)
    columns["Gen_eta"] = columns["Gen_phi"] = ak.zeros_like(columns["Gen_pt"])
    events = in_memory(columns)
    jet = events.Jet
    weight = hl.weight(events.w)
    listed = hl.hist(jet.pt, bins=(1, 0, 10), weight=weight)
    matched = hl.hist(jet.nearest(events.Gen).pt, bins=(1, 0, 3), weight=weight)
    found = compute(events, listed, matched, engine=engine)
    assert found[0].counts.tolist() == [1, 3, 1, 2, 0]
    assert found[0].sums().tolist() == [1, 13, 4, 5, 0]
    # Three jets see a generated one above 3, the last sees 1; the third event has none.
    assert found[1].counts.tolist() == [0, 1, 3, 0, 3]
    assert found[1].sums().tolist() == [0, 8, 3, 0, 12]


def test_not_a_number_on_any_of_several_axes(in_memory, compute, engine):
    x, y = np.array([NAN, 0.5, 0.5, 9.0, NAN]), np.array([0.5, NAN, 0.5, 0.5, NAN])
    events = in_memory({"x": ak.Array(x), "y": ak.Array(y)})
    plane = hl.hist(hl.axis(events.x, 1, 0, 1), hl.axis(events.y, 1, 0, 1))
    (found,) = compute(events, plane, engine=engine)
    assert found.entries.reshape(3, 3).tolist() == [[0, 0, 0], [0, 1, 0], [0, 1, 0]]
    assert found.undefined == 3


def test_a_useless_weight_is_an_error_beside_a_value_that_is_no_number(in_memory, compute, engine):
    events = in_memory({"x": ak.Array([1.0, NAN]), "w": ak.Array([1.0, NAN])})
    with pytest.raises(UselessWeight, match="infinite, not a number"):
        compute(events, hl.hist(events.x, bins=(1, 0, 2), weight=events.w), engine=engine)
