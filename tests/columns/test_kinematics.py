"""Kinematics and combinations of collections against vector and awkward, by hand."""

import awkward as ak
import numpy as np
import pytest

import hepline as hl

vector = pytest.importorskip("vector", reason="vector is not installed")


def momenta(source, name):
    columns = source.chunks
    fields = {
        field: ak.values_astype(
            ak.concatenate([chunk[f"{name}_{field}"] for chunk in columns]), np.float64
        )
        for field in ("pt", "eta", "phi", "mass")
    }
    return vector.zip(fields)


@pytest.fixture
def source(collisions):
    return collisions.origin.source


def close(found, expected, **tolerance):
    assert ak.all(ak.num(found) == ak.num(expected))
    flat = ak.to_numpy(ak.flatten(found)), ak.to_numpy(ak.flatten(expected))
    np.testing.assert_allclose(*flat, **{"rtol": 1e-9, "atol": 1e-9, **tolerance})


def test_pairs_equal_vector(collisions, source, compute):
    z = collisions.Muon.pairs()
    found = dict(
        zip(
            ("mass", "pt", "eta", "phi", "rapidity", "px", "energy"),
            compute(collisions, z.mass, z.pt, z.eta, z.phi, z.rapidity, z.px, z.energy),
            strict=True,
        )
    )
    first, second = ak.unzip(ak.combinations(momenta(source, "Muon"), 2))
    total = first + second
    for name, array in found.items():
        close(array, getattr(total, name), rtol=1e-7, atol=1e-7)


def test_three_jets_equal_vector(collisions, source, compute):
    top = collisions.Jet.combinations(3)
    mass, charge = compute(collisions, top.mass, top[2].charge)
    one, two, three = ak.unzip(ak.combinations(momenta(source, "Jet"), 3))
    close(mass, (one + two + three).mass, rtol=1e-7)
    charges = ak.concatenate([chunk["Jet_charge"] for chunk in source.chunks])
    assert ak.all(charge == ak.unzip(ak.combinations(charges, 3))[2])


def test_cross_and_distance_equal_vector(collisions, source, compute):
    both = collisions.Muon.cross(collisions.Jet)
    distance, mass = compute(collisions, both[0].delta_r(both[1]), both.mass)
    left, right = ak.unzip(ak.cartesian([momenta(source, "Muon"), momenta(source, "Jet")]))
    close(distance, left.deltaR(right))
    close(mass, (left + right).mass, rtol=1e-7)


def test_nearest_equals_a_search_by_hand(collisions, source, compute):
    muon, jet = collisions.Muon, collisions.Jet
    pt, within, near, there = compute(
        collisions,
        muon.nearest(jet).pt,
        muon.match(jet, within=0.8).pt,
        muon.near(jet, 0.8),
        muon.match(jet, within=0.8).is_missing(),
    )
    muons, jets = momenta(source, "Muon"), momenta(source, "Jet")
    for event in range(60):
        for place, candidate in enumerate(muons[event]):
            distances = [candidate.deltaR(other) for other in jets[event]]
            best = min(range(len(distances)), key=distances.__getitem__, default=None)
            expected = None if best is None else jets[event][best].pt
            close_by = best is not None and distances[best] < 0.8
            assert pt[event][place] == expected
            assert near[event][place] == close_by
            assert within[event][place] == (expected if close_by else None)
            assert there[event][place] == (not close_by)


def test_best_sort_closest_and_slices_equal_plain_python(collisions, source, compute):
    jet = collisions.Jet
    requests = [
        jet.best(jet.pt).btag,
        jet.sort(jet.pt).btag,
        jet.sort(jet.pt, descending=False).pt,
        jet.closest(jet.pt, 40.0).pt,
        jet[-1].pt,
        jet[:2].pt,
        jet.pad(3).pt,
        hl.mean(jet.pt),
        jet.first().pt,
    ]
    found = [array.tolist() for array in compute(collisions, *requests)]
    pt, btag = (
        ak.concatenate([chunk[name] for chunk in source.chunks]).tolist()
        for name in ("Jet_pt", "Jet_btag")
    )
    for event, (pts, tags) in enumerate(zip(pt, btag, strict=True)):
        order = sorted(range(len(pts)), key=lambda place: -pts[place])
        assert found[0][event] == (tags[order[0]] if pts else None)
        assert found[1][event] == [tags[place] for place in order]
        assert found[2][event] == sorted(pts)
        assert found[3][event] == min(pts, key=lambda x: abs(np.float32(x) - 40), default=None)
        assert found[4][event] == (pts[-1] if pts else None)
        assert found[5][event] == pts[:2]
        assert found[6][event] == (pts + [None] * 3)[:3]
        assert found[7][event] == (pytest.approx(sum(pts) / len(pts)) if pts else None)
        assert found[8][event] == (pts[0] if pts else None)


def test_concat_keeps_both_and_tags_them(collisions, source, compute):
    lepton = hl.concat(collisions.Electron, collisions.Muon, tag="flavor")
    pt, flavor, n = compute(collisions, lepton.pt, lepton.flavor, hl.count(lepton))
    sides = [
        ak.concatenate([chunk[f"{name}_pt"] for chunk in source.chunks])
        for name in ("Electron", "Muon")
    ]
    assert ak.all(pt == ak.concatenate(sides, axis=1))
    assert flavor.tolist() == [[0] * len(e) + [1] * len(m) for e, m in zip(*sides, strict=True)]
    assert n.tolist() == [len(e) + len(m) for e, m in zip(*sides, strict=True)]


def test_sum_of_single_objects_is_missing_if_one_is(collisions, source, compute):
    w = collisions.Muon[0] + collisions.Jet[0]
    mass, there = compute(collisions, w.mass, collisions.Muon[0].is_missing())
    muons, jets = momenta(source, "Muon"), momenta(source, "Jet")
    for event in range(60):
        expected = None
        if len(muons[event]) and len(jets[event]):
            expected = pytest.approx((muons[event][0] + jets[event][0]).mass, rel=1e-7)
        assert mass[event] == expected
        assert there[event] == (not len(muons[event]))


def test_a_missing_event_scalar_makes_missing_elements_not_missing_lists(collisions, compute):
    jet, muon = collisions.Jet, collisions.Muon
    above, n = compute(collisions, jet.pt > muon[0].pt, hl.count(muon))
    assert str(above.type) == "1000 * var * ?bool"
    for event in range(1000):
        if n[event] == 0:
            assert all(value is None for value in above[event].tolist())


def test_derived_flags_follow_the_bits(collisions, source, compute):
    (tight,) = compute(collisions, collisions.Jet.isTightLeptonVeto)
    ids = ak.concatenate([chunk["Jet_jetId"] for chunk in source.chunks])
    assert ak.all(tight == ((ids & 4) != 0))
