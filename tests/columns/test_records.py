"""Combinations stay combinations; positions and changes mean what they say."""

import awkward as ak
import numpy as np
import pytest

import hepline as hl
from hepline.columns.records import Tuples
from hepline.errors import ColumnNotFound

vector = pytest.importorskip("vector", reason="vector is not installed")

ev = hl.events("nanoaod")


def stored(events, name):
    """Fields of a collection as plain Python lists per event."""
    chunks = events.origin.source.chunks
    names = [column for column in chunks[0] if column.startswith(f"{name}_")]
    return {
        column.partition("_")[2]: ak.concatenate([chunk[column] for chunk in chunks])
        for column in names
    }


def momenta(events, name):
    fields = stored(events, name)
    doubles = {key: ak.values_astype(fields[key], np.float64) for key in _POLAR}
    return vector.zip(doubles)


_POLAR = ("pt", "eta", "phi", "mass")

jer = hl.nuisance("JER", one_sided=True)
TUPLES = {
    "with fields": lambda z: z.with_fields(dr=z[0].delta_r(z[1])),
    "varied": lambda z: z.vary(jer, up={"pt": 1.1 * z.pt}),
    "selected": lambda z: z[z.mass > 60],
    "sorted": lambda z: z.sort(z.pt),
    "first": lambda z: z.first(),
    "best": lambda z: z.best(z.pt),
    "closest": lambda z: z.closest(z.mass, 91.2),
    "padded": lambda z: z.pad(2),
    "sliced": lambda z: z[:1],
    "nearest": lambda z: z.nearest(z),
    "joined": lambda z: hl.concat(z, z),
}


@pytest.mark.parametrize("way", TUPLES)
def test_a_number_in_brackets_keeps_naming_a_member(way, collisions, compute):
    made = TUPLES[way](collisions.Muon.pairs())
    assert isinstance(made, Tuples)
    parts = made[0].pt, made[np.int64(1)].pt
    assert [part.type.axes for part in parts] == [made.pt.type.axes] * 2
    px, first, second = compute(collisions, made.px, made[0].px, made[1].px)
    expected = first + second
    if way == "varied":
        px, expected = compute(collisions, made.pt, (made[0] + made[1]).pt)
    np.testing.assert_allclose(
        np.asarray(ak.flatten(px, axis=None)), np.asarray(ak.flatten(expected, axis=None))
    )


def test_pairs_of_pairs_know_the_members_of_members(collisions, compute):
    both = collisions.Muon.pairs().pairs()
    (found,) = compute(collisions, both[1][0].pt)
    pt = stored(collisions, "Muon")["pt"]
    one, _ = ak.unzip(ak.combinations(pt, 2))
    _, expected = ak.unzip(ak.combinations(one, 2))
    assert found.tolist() == expected.tolist()


def test_a_changed_pt_of_a_sum_reaches_what_follows_from_it(collisions, compute):
    z = collisions.Muon.pairs().first()
    twice = z.with_fields(pt=2 * z.pt)
    names = ("px", "py", "pz", "energy", "rapidity")
    requests = [getattr(twice, name) for name in names]
    requests += [(twice + collisions.Jet[0]).pt, (twice + collisions.Jet[0]).mass]
    found = compute(collisions, *requests)
    one, two = ak.unzip(ak.combinations(momenta(collisions, "Muon"), 2))
    sums = (one + two)[:, :1]
    jets = momenta(collisions, "Jet")[:, :1]
    both = (ak.num(sums) > 0) & (ak.num(jets) > 0)
    assert ak.sum(both) > 100
    sums, jets = sums[both][:, 0], jets[both][:, 0]
    scaled = vector.zip({"pt": 2 * sums.pt, "eta": sums.eta, "phi": sums.phi, "mass": sums.mass})
    expected = [getattr(scaled, name) for name in names]
    expected += [(scaled + jets).pt, (scaled + jets).mass]
    for left, right in zip(found, expected, strict=True):
        np.testing.assert_allclose(np.asarray(left[both]), np.asarray(right), rtol=1e-6, atol=1e-6)


@pytest.mark.parametrize("single", [False, True])
def test_a_variation_of_a_sum_reaches_what_follows_from_it(single, collisions):
    z = collisions.Muon.pairs()
    z = z.best(z.pt) if single else z
    varied = z.vary(jer, up={"pt": 1.5 * z.pt})
    total = (varied + collisions.MET.with_fields(eta=0.0, mass=0.0)) if single else varied
    result = hl.compute(hl.hist(total.px, bins=(20, -200, 200), label="px"))
    assert (result.variations["jer_up"].values() != result.nominal.values()).any()


def test_fields_that_do_not_follow_from_the_change_stay(collisions, compute):
    z = collisions.Muon.pairs()
    heavier = z.with_fields(mass=z.mass + 1)
    assert heavier.px.node is z.px.node
    assert heavier.energy.node is not z.energy.node


def test_positions_of_members_and_singles_are_those_in_the_collection(collisions, compute):
    muon = collisions.Muon[collisions.Muon.pt > 20]
    pair = muon.pairs()
    z = pair[pair[0].charge != pair[1].charge]
    best = z.closest(z.mass, 91.2)
    others = muon[(muon.position != best[0].position) & (muon.position != best[1].position)]
    requests = [
        *(muon.position, pair[0].position, pair[1].position, z[1].position, z.position),
        *(muon.best(muon.pt).position, muon[-1].position, best.position, others.pt),
    ]
    found = [array.tolist() for array in compute(collisions, *requests)]
    fields = {name: array.tolist() for name, array in stored(collisions, "Muon").items()}
    (mass,) = compute(collisions, z.mass)
    for event in range(200):
        kept = [i for i, pt in enumerate(fields["pt"][event]) if pt > 20]
        pt, charge = ([fields[name][event][i] for i in kept] for name in ("pt", "charge"))
        n = len(kept)
        pairs = [(i, j) for i in range(n) for j in range(i + 1, n)]
        opposite = [(i, j) for i, j in pairs if charge[i] != charge[j]]
        chosen = min(
            range(len(opposite)), key=lambda k, e=event: abs(mass[e][k] - 91.2), default=None
        )
        used = () if chosen is None else opposite[chosen]
        assert [result[event] for result in found] == [
            list(range(n)),
            [i for i, _ in pairs],
            [j for _, j in pairs],
            [j for _, j in opposite],
            list(range(len(opposite))),
            max(range(n), key=pt.__getitem__, default=None),
            n - 1 if n else None,
            chosen,
            [] if chosen is None else [pt[i] for i in range(n) if i not in used],
        ]


def test_position_of_the_nearest_is_its_place_in_the_other_collection(collisions, compute):
    muon, jet = collisions.Muon, collisions.Jet
    near = muon.nearest(jet)
    again, pt = compute(collisions, jet[near.position].pt, near.pt)
    assert again.tolist() == pt.tolist()


def test_an_index_from_the_file_is_followed_in_the_stored_collection(in_memory, compute):
    events = in_memory(
        {
            "Jet_pt": ak.Array([[50.0, 20.0, 40.0], [], [30.0]]),
            "Muon_jetIdx": ak.Array([[2, -1], [0], [0]]),
        }
    )
    jet, index = events.Jet, events.Muon.jetIdx
    requests = [
        jet[index].pt,
        jet[jet.pt > 30][hl.count(jet[jet.pt > 30]) - 1].pt,
        jet[jet.pt > 30].best(jet.pt[jet.pt > 30]).pt,
        jet[jet[index].position].pt,
    ]
    found = [array.tolist() for array in compute(events, *requests)]
    matched = [[40.0, None], [None], [30.0]]
    assert found == [matched, [40.0, None, None], [50.0, None, None], matched]


@pytest.mark.parametrize(
    ("objects", "name"),
    [
        (ev.MET, "pxx"),
        (ev.MET, "eta"),
        (ev.MET, "position"),
        (ev.Jet[0] + ev.MET, "pts"),
        (ev.Jet[0] + ev.MET, "mas"),
        (ev.Muon, "pxx"),
    ],
)
def test_hints_name_only_what_is_there(objects, name):
    with pytest.raises(ColumnNotFound) as caught:
        objects[name]
    offered = caught.value.fix.split("'")[1::2]
    assert offered
    assert name not in offered
    assert all(objects[each] is not None for each in offered)


def test_names_that_complete_are_names_that_resolve():
    assert "eta" not in dir(ev.MET)
    assert "mass" not in dir(ev.Jet[0] + ev.MET)
    assert "px" in dir(ev.Jet[0] + ev.MET)


def test_texts_of_objects_stay_short():
    jet = ev.Jet[(ev.Jet.pt > 30) & (abs(ev.Jet.eta) < 2.4)]
    top = jet.combinations(3)
    top = top[(top.mass > 100) & (top[0].btagDeepB > top[1].btagDeepB)]
    request = hl.axis(top.mass, 25, 50, 550)
    weight = hl.weight(top.best(top.pt).mass / 172.5)
    for written in (top, top.mass, request, hl.hist(request), weight, hl.hist(weight=weight)):
        assert len(repr(written)) < 300
    assert repr(hl.axis(ev.MET.pt, 4, 0, 8, "m")) == "<BoundAxis 'm' in 4 bins from 0 to 8>"
    assert repr(hl.hist()) == "<Histogram of the events>"
