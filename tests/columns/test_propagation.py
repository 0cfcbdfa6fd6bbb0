"""Momentum scales and the missing momentum, against vectors added by hand."""

from __future__ import annotations

import awkward as ak
import numpy as np
import pytest
import uproot

import hepline as hl
from hepline.errors import LanguageError, ShapeMismatch, TypeMismatch

ENGINES = ["reference", "awkward", "compiled"]


def _components(read, name):
    pt, phi = (ak.values_astype(read[f"{name}_{field}"], "f8") for field in ("pt", "phi"))
    return pt * np.cos(phi), pt * np.sin(phi)


@pytest.mark.parametrize("engine", ENGINES)
def test_the_muon_scale_moves_the_missing_momentum(shared_data, engine):
    path = shared_data / "nanoaod/nano_dimuon.root"
    ev = hl.open(path)
    scale = hl.nuisance("Muon scale")
    muon, met = hl.rescale(ev.Muon, scale, up=1.01, down=0.98, met=ev.MET)
    place = hl.axis(ev.event.astype("float64"), [*_borders(path)])
    result = hl.compute(
        {"met": hl.hist(place, weight=met.pt), "muons": hl.hist(place, weight=hl.sum(muon.pt)),
         "mass": hl.hist(place, weight=hl.sum(muon.mass))},
        engine=engine,
    )  # fmt: skip
    read = uproot.open(path)["Events"].arrays(filter_name="/(Muon|MET)_(pt|phi|mass)|event/")
    order = np.argsort(read.event)
    mx, my = _components(read, "MET")
    px, py = (ak.sum(part, axis=1) for part in _components(read, "Muon"))
    for key, factor in {"": 1.0, "muon_scale_up": 1.01, "muon_scale_down": 0.98}.items():
        shift = factor - 1.0
        expected = np.hypot(mx - shift * px, my - shift * py)[order]
        found = {name: part.nominal if key == "" else part.variations[key]
                 for name, part in result.items() if name != "mass"}  # fmt: skip
        assert found["met"].values() == pytest.approx(expected.to_numpy(), rel=2e-6)
        total = factor * ak.sum(read.Muon_pt, axis=1)[order]
        assert found["muons"].values() == pytest.approx(total.to_numpy(), rel=1e-6)
    assert not hasattr(result["mass"], "variations")  # the mass does not scale along


def _borders(path):
    numbers = np.sort(uproot.open(path)["Events"]["event"].array(library="np").astype("f8"))
    return [*(numbers - 0.5), numbers[-1] + 0.5]


def test_chosen_objects_and_single_ones_count(collisions):
    jet = collisions.Jet.with_fields(pt=collisions.Jet.pt * 1.5)
    met = hl.propagate(collisions.MET, collisions.Jet, jet, where=collisions.Jet.pt > 40)
    first = hl.propagate(collisions.MET, collisions.Muon[0], _twice(collisions.Muon[0]))
    px, chosen, pts, jx, single, mux = hl.compute(
        collisions.MET.px, met.px, collisions.Jet.pt, collisions.Jet.px, first.px,
        collisions.Muon[0].px,
    )  # fmt: skip
    expected = px - 0.5 * ak.sum(jx[pts > 40], axis=1)
    assert ak.to_numpy(chosen) == pytest.approx(ak.to_numpy(expected), rel=1e-5, abs=1e-4)
    expected = px - ak.fill_none(mux, 0)
    assert ak.to_numpy(single) == pytest.approx(ak.to_numpy(expected), rel=1e-6, abs=1e-5)
    assert ak.any(ak.is_none(mux))


def _twice(objects):
    return objects.with_fields(pt=objects.pt * 2)


def test_other_objects_are_refused(collisions):
    jet, met = collisions.Jet, collisions.MET
    with pytest.raises(ShapeMismatch, match="propagate"):
        hl.propagate(met, jet, jet[jet.pt > 30])
    with pytest.raises(TypeMismatch, match="one object per event"):
        hl.propagate(jet, jet, jet)
    with pytest.raises(LanguageError, match="did you mean 'mass'"):
        hl.rescale(jet, hl.nuisance("x"), up=1.0, down=1.0, mas=True)


def test_jets_scale_with_their_mass(collisions):
    scale = hl.nuisance("scale", one_sided=True)
    jet = hl.rescale(collisions.Jet, scale, up=1.5, mass=True)
    made = hl.compute(hl.hist(collisions.MET.pt, [0, 1e6], weight=hl.sum(jet.mass)))
    ratio = made.variations["scale_up"].values() / made.nominal.values()
    assert ratio == pytest.approx([1.5])
