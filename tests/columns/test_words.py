"""Words that users type, against NumPy, awkward, vector and boost-histogram by hand."""

from __future__ import annotations

import awkward as ak
import boost_histogram as bh
import numpy as np
import pytest
import vector
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

import hepline as hl
from hepline.errors import IntegerOverflow, LanguageError, ShapeMismatch, TypeMismatch

NUMBERS = [0.0, 1.0, 1.0, -2.5, 2.5, 3.5, 30.25, -0.125, 1e6]
X = [[3.5, -1.0, 3.5, 0.25], [], [2.5], [np.nan, 1.0, np.nan, -np.inf, 1.0], [7.0, 7.0]]
MET = [1.5, 0.0, -3.0, np.nan, 9.0]
N = [[3, 1, 2, 1], [], [5], [2, 2, 0, 1, 7], [-4, 11]]


@pytest.fixture
def events(in_memory):
    n = ak.values_astype(ak.Array(N), np.int32)
    return in_memory({"Jet_x": ak.Array(X), "Jet_n": n, "MET_x": ak.Array(MET)})


def same(left, right):
    np.testing.assert_equal(ak.to_list(left), ak.to_list(right))


def for_each(function, lists):
    return [np.asarray(function(np.array(own, float))).tolist() for own in lists]


def test_numpys_functions_act_on_each_list(events, compute):
    x, n = events.Jet.x, events.Jet.n
    asked = {
        np.clip: (np.clip(x, 0, 3), lambda own: np.clip(own, 0, 3)),
        np.round: (np.round(x, 1), lambda own: np.round(own, 1)),
        round: (round(x), np.rint),
        np.where: (np.where(x > 1, x, -1.0), lambda own: np.where(own > 1, own, -1.0)),
        np.isin: (np.isin(x, [1, 7.0, np.nan]), lambda own: np.isin(own, [1, 7.0])),
        np.cumsum: (np.cumsum(x), np.cumsum),
        np.diff: (np.diff(x), np.diff),
        "twice": (np.diff(x, n=2), lambda own: np.diff(own, n=2)),
        np.sort: (np.sort(x), np.sort),
        np.unique: (np.unique(x), np.unique),
        np.square: (np.square(x), np.square),
        np.isinf: (np.isinf(x), np.isinf),
        np.rad2deg: (np.rad2deg(x), np.rad2deg),
        np.select: (
            np.select([x > 3, x > 1], [3.0, x], 0.5),
            lambda own: np.select([own > 3, own > 1], [3.0, own], 0.5),
        ),
        "round tens": (round(x, -1), lambda own: np.round(own, -1)),
        "largest first": (hl.sort(x), lambda own: _descending(own)),
    }
    found = compute(events, *(written for written, _ in asked.values()))
    for name, (_, oracle), values in zip(asked, asked.values(), found, strict=True):
        np.testing.assert_equal(values.tolist(), for_each(oracle, X), err_msg=str(name))
    sums, order, steps = compute(events, hl.cumsum(n), np.argsort(n), n.diff())
    same(steps, [np.diff(own).tolist() for own in N])
    same(sums, [np.cumsum(own).tolist() for own in N])
    same(order, [np.argsort(own, kind="stable").tolist() for own in N])


def test_gaps_between_neighbors(events, compute):
    gap = hl.sort(events.Jet.x, descending=False).diff()
    count, widest, first = compute(events, gap.count(), gap[gap.argmax()], gap[0])
    for place, own in enumerate(X):
        gaps = np.diff(np.sort(own))
        known = gaps[~np.isnan(gaps)]
        assert count[place] == len(gaps)
        assert widest[place] == (known.max() if len(known) else None)
        same(first[place], gaps[0] if len(gaps) else None)


def test_differences_of_unsigned_integers_have_a_sign(in_memory, compute):
    def hits(times):
        return in_memory({"Hit_t": ak.unflatten(np.array(times, np.uint64), [3, 1])})

    events = hits([7, 3, 2**63 - 1, 2])
    (found,) = compute(events, events.Hit.t.diff())
    same(found, [[-4, 2**63 - 4], []])
    wide = hits([2**63, 1, 0, 0])
    with pytest.raises(IntegerOverflow):
        compute(wide, wide.Hit.t.diff())


def _descending(own):
    numbers = np.sort(own[~np.isnan(own)])[::-1]
    return np.concatenate([numbers, own[np.isnan(own)]])


def test_methods_equal_awkwards_reductions(events, compute):
    n = events.Jet.n
    names = ("sum", "min", "max", "mean", "argmin", "argmax", "count")
    found = compute(events, *(getattr(n, name)() for name in names))
    for name, values in zip(names, found, strict=True):
        expected = getattr(ak, name)(
            ak.Array(N), axis=-1, **({"mask_identity": True} if name == "mean" else {})
        )
        same(values, expected)
    asked = ((n > 1).any(), (n > 1).all(), (n > 1).count(), events.Jet.count())
    any_, all_, count, jets = compute(events, *asked)
    same(any_, [any(value > 1 for value in own) for own in N])
    same(all_, [all(value > 1 for value in own) for own in N])
    same(count, [sum(value > 1 for value in own) for own in N])
    same(jets, [len(own) for own in N])


def test_ranks_and_second_largest(events, compute):
    n, x = events.Jet.n, events.Jet.x
    rank, second, leading, order = compute(
        events, hl.rank(n), hl.sort(x)[1], n[hl.rank(n) < 2], hl.argsort(n)
    )
    orders = [sorted(range(len(own)), key=lambda place: -own[place]) for own in N]
    same(order, orders)
    same(rank, [[order.index(place) for place in range(len(order))] for order in orders])
    same(second, [3.5, None, None, 1.0, 7.0])
    same(
        leading, [[own[p] for p in sorted(order[:2])] for own, order in zip(N, orders, strict=True)]
    )


def test_the_next_key_decides_among_equals(events, compute):
    jet = events.Jet
    low = jet[~(jet.x >= -100)]
    ordered, best, ascending, unordered = compute(
        events,
        jet.sort(jet.x, -jet.n).n,
        jet.best(jet.x, -jet.n).n,
        jet.sort(jet.n, jet.x, descending=False).x,
        low.best(low.x, low.n).n,
    )
    by_hand = [_sorted(x, n, lambda x, n: (-x, n)) for x, n in zip(X, N, strict=True)]
    assert ordered.tolist() == [[n for _, n in own] for own in by_hand]
    assert best.tolist() == [own[0][1] if own else None for own in by_hand]
    by_hand = [_sorted(x, n, lambda x, n: (n, x)) for x, n in zip(X, N, strict=True)]
    np.testing.assert_equal(ascending.tolist(), [[x for x, _ in own] for own in by_hand])
    assert unordered.tolist() == [None, None, None, 1, None]


def _sorted(xs, ns, key):
    """Pairs in the order of a key; what is not a number comes after all others of its kind."""
    return sorted(
        zip(xs, ns, strict=True),
        key=lambda pair: [(part != part, 0.0 if part != part else part) for part in key(*pair)],
    )


def test_the_first_of_each_key_and_the_values_that_differ(events, compute):
    jet = events.Jet
    first, values, of_x, pairs = compute(
        events,
        jet.unique(jet.n).position,
        hl.unique(jet.n),
        jet.unique(by=jet.x).n,
        hl.count(jet.pairs()[0].n),
    )
    assert values.tolist() == [np.unique(own).tolist() for own in N]
    places = [np.sort(np.unique(own, return_index=True)[1]) for own in N]
    (n,) = compute(events, jet.unique(jet.n).n)
    assert n.tolist() == [[own[p] for p in at] for own, at in zip(N, places, strict=True)]
    places = [np.sort(np.unique(own, return_index=True)[1]) for own in X]
    assert of_x.tolist() == [[own[p] for p in at] for own, at in zip(N, places, strict=True)]
    assert first.tolist() == [list(range(len(np.unique(own)))) for own in N]
    assert ak.sum(pairs) == sum(len(own) * (len(own) - 1) // 2 for own in N)


@pytest.mark.parametrize("outside", [None, -1.0])
def test_tables_of_two_dimensions_equal_boost_histogram(events, compute, outside):
    edges = ([-2.0, 0.0, 3.5, 7.0], [0.0, 1.5, 9.0])
    table = np.arange(6.0).reshape(3, 2) + 0.5
    x, met = events.Jet.x, events.MET.x
    (found,) = compute(events, hl.lookup((x, met), edges, table, outside=outside))
    axes = [bh.axis.Variable(numbers) for numbers in edges]
    missing = np.nan if outside is None else outside

    def entry(*numbers):
        bins = [axis.index(number) for axis, number in zip(axes, numbers, strict=True)]
        inside = all(0 <= at < axis.size for at, axis in zip(bins, axes, strict=True))
        if np.isnan(numbers).any() or (outside is not None and not inside):
            return missing
        at = [min(max(at, 0), axis.size - 1) for at, axis in zip(bins, axes, strict=True)]
        return table[tuple(at)]

    expected = [[entry(x, met) for x in own] for own, met in zip(X, MET, strict=True)]
    np.testing.assert_equal(found.tolist(), expected)


def test_a_table_of_a_thousand_entries_equals_numpy(in_memory, compute):
    rng = np.random.default_rng(3)
    x, edges, table = rng.normal(size=500), np.sort(rng.normal(size=1_001)), rng.random(1_000)
    events = in_memory({"MET_x": ak.Array(x)})
    (found,) = compute(events, hl.lookup(events.MET.x, edges, table), engine="compiled")
    expected = table[np.clip(np.digitize(x, edges) - 1, 0, len(table) - 1)]
    assert found.tolist() == expected.tolist()


def test_bits_of_flags(events, compute):
    for bit in (0, 1, 31):
        (found,) = compute(events, hl.bit(events.Jet.n, bit))
        mask = np.uint32(1 << bit).view(np.int32)
        assert found.tolist() == [[bool(np.int32(value) & mask) for value in own] for own in N]


PART = st.tuples(
    st.sampled_from([0.5, 3.0, 40.0]),
    st.sampled_from([-2.0, 0.0, 1.5]),
    st.sampled_from([-3.0, 0.25, 3.1]),
    st.sampled_from([0.0, 0.1, 5.0]),
)
COORDINATES = ("pt", "eta", "phi", "mass")
COMPONENTS = ("px", "py", "pz", "energy")
BETA = vector.obj(x=0.1, y=-0.2, z=0.5)


def columns_of(lists):
    flat = np.array([part for own in lists for part in own], float).reshape(-1, 4)
    lengths = [len(own) for own in lists]
    return {name: ak.unflatten(flat[:, k], lengths) for k, name in enumerate(COORDINATES)}


def stored(lists):
    return {f"Jet_{name}": values for name, values in columns_of(lists).items()}


def close(left, right):
    left, right = (np.array(ak.flatten(side, axis=None), float) for side in (left, right))
    np.testing.assert_allclose(left, right, rtol=1e-6, atol=1e-6)


@settings(
    max_examples=12,
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@example([[], [(3.0, 1.5, 3.1, 0.1)]])
@given(st.lists(st.lists(PART, max_size=4), min_size=1, max_size=4))
def test_totals_boosts_and_angles_equal_the_package_vector(in_memory, compute, lists):
    jet, jets = in_memory(stored(lists)).Jet, vector.zip(columns_of(lists))
    mine, total = hl.sum(jet), ak.sum(jets, axis=1)
    again = hl.vector(px=jet.px, py=jet.py, pz=jet.pz, E=jet.energy)
    several, first = ak.num(jets) > 1, ak.firsts(jets)
    lab, frame = jets[several], total[several]
    # One particle alone, boosted along with itself, may have no mass and no rest frame.
    pairs = {
        "total": (mine, total, COMPONENTS, None),
        "given": (again, jets, ("pt", "eta", "phi"), None),
        "boost": (jet.boost(mine), lab.boost_p4(frame), COMPONENTS, several),
        "rest": (jet.to_rest_frame(mine), lab.boostCM_of_p4(frame), COMPONENTS, several),
        "velocity": (jet.boost((0.1, -0.2, 0.5)), jets.boost_beta3(BETA), COMPONENTS, None),
    }
    asked = [own.field(name) for own, _, names, _ in pairs.values() for name in names]
    angles = [jet[0].delta_phi(jet), hl.delta_r(jet, jet[0])]
    found = iter(compute(jet, *asked, *angles))
    for _, other, names, chosen in pairs.values():
        for name in names:
            values = next(found)
            close(values if chosen is None else values[chosen], getattr(other, name))
    close(next(found), first.deltaphi(jets))
    close(next(found), jets.deltaR(first))


def test_the_total_of_nothing_is_the_zero_vector(in_memory, compute):
    events = in_memory(stored([[], [(3.0, 1.5, 3.1, 0.1)]]))
    names = (*COORDINATES, "energy", "px", "pz", "rapidity")
    found = compute(events, *(hl.sum(events.Jet).field(name) for name in names))
    assert [values[0] for values in found] == [0.0] * 8


def test_the_wrap_of_opposite_directions_is_plus_pi(in_memory, compute):
    events = in_memory(stored([[(1.0, 0.0, np.pi, 0.0), (1.0, 0.0, 0.0, 0.0)]]))
    first, second = events.Jet[0], events.Jet[1]
    found = compute(events, first.delta_phi(second), hl.delta_phi(second, first))
    assert [values[0] for values in found] == [np.pi, np.pi]


def test_a_boosted_object_keeps_its_other_fields_and_its_mass(in_memory, compute):
    events = in_memory(stored([[(3.0, 1.5, 3.1, 0.1)]]))
    jet = events.Jet.with_fields(charge=1.0 + events.Jet.position)
    boosted = jet.boost((0, 0, 0.5))
    back = hl.boosted(boosted, velocity=(0, 0, -0.5))
    charge, mass, eta = compute(events, boosted.charge, boosted.mass, back.eta)
    assert charge.tolist() == [[1.0]]
    assert mass.tolist() == [[0.1]]
    assert eta[0, 0] == pytest.approx(1.5, rel=1e-12)


@pytest.mark.parametrize("engine", ["reference", "awkward", "compiled"])
def test_a_field_that_is_one_number_is_chosen_along_with_the_objects(in_memory, compute, engine):
    events = in_memory(stored([[(3.0, 1.5, 3.1, 0.1), (4.0, 0.0, 0.0, 0.2)], []]))
    jet = events.Jet.with_fields(mass=0.5)
    asked = (jet[0].mass, jet.sort(jet.eta).mass, hl.vector(pt=jet.pt, mass=0.5).pairs()[1].mass)
    found = [values.tolist() for values in compute(events, *asked, engine=engine)]
    assert found == [[0.5, None], [[0.5, 0.5], []], [[0.5], []]]


def test_one_object_is_seen_from_the_frame_of_each_of_many(in_memory, compute):
    lists = [[(3.0, 1.5, 3.1, 0.1), (40.0, 0.0, 0.25, 5.0)]]
    events, jets = in_memory(stored(lists)), vector.zip(columns_of(lists))
    seen = events.Jet[0].to_rest_frame(events.Jet)
    (energy,) = compute(events, seen.energy)
    close(energy, ak.firsts(jets).boostCM_of_p4(jets).energy)


MISUSES = {
    "component": (lambda jet: hl.vector(pz=jet.x, ptt=jet.x), LanguageError, "did you mean 'pt'"),
    "no component": (lambda _: hl.vector(), LanguageError, "hl.vector(pt=x"),
    "edges": (lambda jet: hl.lookup(jet.x, [1, 0], [1.0]), LanguageError, "increase"),
    "table": (lambda jet: hl.lookup(jet.x, [0, 1, 2], [1.0]), LanguageError, "(1,)"),
    "bit": (lambda jet: hl.bit(jet.n, 32), LanguageError, "0 to 31"),
    "bit of a float": (lambda jet: hl.bit(jet.x, 0), TypeMismatch, "integers"),
    "digits": (lambda jet: jet.x.round(0.5), TypeMismatch, "integer"),
    "members": (lambda jet: hl.isin(jet.x, jet.n), LanguageError, "loop"),
    "sort of one": (lambda jet: hl.sort(jet.x[0]), ShapeMismatch, "jet.pt.sort()"),
    "boost": (lambda jet: jet.boost(0.5), TypeMismatch, "p.boost(pair)"),
    "no key": (lambda jet: jet.sort(), LanguageError, "jet.sort(jet.pt)"),
}


@pytest.mark.parametrize(("misuse", "kind", "word"), MISUSES.values(), ids=list(MISUSES))
def test_what_has_no_meaning_is_refused_where_it_is_written(events, misuse, kind, word):
    with pytest.raises(kind) as caught:
        misuse(events.Jet)
    assert word in str(caught.value)
