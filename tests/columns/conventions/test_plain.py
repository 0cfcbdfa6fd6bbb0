"""Files of no convention: names alone make objects; Cartesian momenta; the choice of the tree."""

import awkward as ak
import numpy as np
import pytest
import uproot
from conformance import opened, shared, written

import hepline as hl
from hepline.columns.conventions.convention import PLAIN, of_prefix
from hepline.errors import FileUnreadable, LanguageError


def test_cartesian_momenta_in_capital_letters_equal_vector():
    vector = pytest.importorskip("vector", reason="vector is not installed")
    path = shared("formats/uproot-HZZ.root")
    events = opened(path)
    assert events.origin.schema.convention == PLAIN
    with uproot.open(path) as file:
        arrays = file["events"].arrays(
            [f"{name}_{x}" for name in ("Jet", "Muon") for x in ("Px", "Py", "Pz", "E")]
        )
    for name in ("Jet", "Muon"):
        flat = {
            key: np.asarray(ak.flatten(arrays[f"{name}_{own}"]), np.float64)
            for key, own in (("px", "Px"), ("py", "Py"), ("pz", "Pz"), ("E", "E"))
        }
        expected = vector.array(flat)
        record = events[name]
        pt, eta, phi, mass = hl.compute(record.pt, record.eta, record.phi, record.mass)
        for found, field in ((pt, "pt"), (eta, "eta"), (phi, "phi")):
            np.testing.assert_allclose(ak.flatten(found), getattr(expected, field), rtol=1e-9)
        # Rounding makes E² − p² of float32 small and negative; ours is zero there.
        np.testing.assert_allclose(
            ak.flatten(mass), np.sqrt(np.maximum(expected.mass2, 0)), atol=1e-9
        )
    assert np.median(ak.flatten(hl.compute(events.Muon.pairs().mass))) == pytest.approx(90, abs=5)


@pytest.mark.parametrize(
    "spelling",
    [("px", "py", "pz", "energy"), ("PX", "PY", "PZ", "PE"), ("p_x", "p_y", "p_z", "e")],
)
def test_every_spelling_of_a_cartesian_momentum(tmp_path, spelling):
    rng = np.random.default_rng(1)
    px, py, pz = rng.normal(0, 10, (3, 9))
    values = (px, py, pz, np.sqrt(px**2 + py**2 + pz**2 + 4))
    columns = {f"track_{name}": v for name, v in zip(spelling, values, strict=True)}
    track = opened(written(tmp_path / "a.root", "t", columns), convention="plain").track
    pt, mass, x = hl.compute(track.pt, track.mass, track.px)
    np.testing.assert_allclose(pt, np.hypot(px, py))
    np.testing.assert_allclose(mass, 2)
    np.testing.assert_allclose(x, px)


def test_a_mass_and_a_momentum_give_the_energy(tmp_path):
    columns = {"k_px": np.array([3.0]), "k_py": np.array([0.0]), "k_pz": np.array([0.0])}
    columns["k_m"] = np.array([4.0])
    k = opened(written(tmp_path / "a.root", "t", columns)).k
    assert hl.compute(k.energy, k.eta, k.rapidity) == ([5.0], [0.0], [0.0])


def test_a_variation_of_either_kind_of_coordinate_reaches_the_other(tmp_path):
    columns = {f"j_{n}": np.array([v]) for n, v in (("Px", 3.0), ("Py", 4.0), ("Pz", 0.0))}
    columns["j_E"] = np.array([13.0])
    jet = opened(written(tmp_path / "a.root", "t", columns)).j
    wider = jet.with_fields(Px=6.0, py=8.0)
    assert hl.compute(wider.pt, wider.px, wider.Px, wider.phi) == (
        [10.0], [6.0], [6.0], pytest.approx([np.arctan2(4, 3)]),
    )  # fmt: skip
    scaled = jet.with_fields(pt=10.0)
    px, energy, mass = hl.compute(scaled.px, scaled.energy, scaled.mass)
    # The mass stays, sqrt(13² − 5²) = 12.
    assert [px[0], energy[0], mass[0]] == pytest.approx([6.0, np.hypot(10, 12), 12.0])


@pytest.mark.parametrize(
    ("name", "collection", "place"),
    [
        ("Muon_pt", "Muon", ("Muon", "pt")),
        ("Low_Pt_Electron_pt", "Low_Pt_Electron", ("Low_Pt_Electron", "pt")),
        ("jets.momentum.x", None, ("jets", "momentum.x")),
        ("a_b.c", None, ("a_b", "c")),
        ("met", None, ("met", "")),
    ],
)
def test_objects_are_the_axis_of_a_list_before_the_first_word(name, collection, place):
    assert of_prefix(name, collection) == place


def test_a_counter_with_underscores_makes_one_collection(tmp_path):
    columns = {f"AK8_Puppi_{x}": ak.Array([[1.0, 2.0], []]) for x in ("pt", "eta")}
    path = written(tmp_path / "a.root", "t", columns, counter_name=lambda _: "nAK8_Puppi")
    events = opened(path)
    assert hl.compute(events.AK8_Puppi.pt).tolist() == [[1, 2], []]
    assert hl.compute(hl.count(events.AK8_Puppi)).tolist() == [2, 0]


def test_the_tree_of_a_convention_is_chosen_among_several(tmp_path):
    with uproot.recreate(tmp_path / "a.root") as file:
        file["metadata"] = {"x": np.ones(1)}
        file["events"] = {"y": np.arange(3.0)}
    events = hl.open(tmp_path / "a.root")
    assert events.origin.source.parts[0].tree == "events"
    assert "tree='events'" in repr(events)
    with uproot.recreate(tmp_path / "b.root") as file:
        file["B2KK/DecayTree"] = {"x": np.ones(1)}
        file["B2pipi/DecayTree"] = {"x": np.ones(1)}
    with pytest.raises(FileUnreadable, match="2 trees"):
        hl.open(tmp_path / "b.root")
    chosen = hl.open(tmp_path / "b.root", tree="B2KK/DecayTree")
    assert "tree='B2KK/DecayTree'" in repr(chosen)


def test_an_unknown_convention_is_refused_with_the_nearest():
    with pytest.raises(LanguageError, match="no convention 'physlight'") as caught:
        hl.events("physlight")
    assert "'physlite'" in caught.value.fix
