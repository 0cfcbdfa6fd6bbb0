"""Trees of Delphes, as uproot writes them with Delphes' names."""

from pathlib import Path
from typing import ClassVar

import awkward as ak
import numpy as np
import pytest
from conformance import ENGINES, Conformance, as_tuple, written

import hepline as hl
from hepline.columns.conventions.delphes import DELPHES


def delphes(path, events=60, seed=5):
    """Jets, electrons, generated particles and missing momentum of random events."""
    rng = np.random.default_rng(seed)

    def lists(counts, low, high, kind=np.float32):
        flat = rng.uniform(low, high, counts.sum()).astype(kind)
        return ak.unflatten(flat, counts)

    columns: dict[str, ak.Array] = {}
    for name, more in {"Jet": ("Mass",), "Electron": (), "Muon": (), "Photon": ("E",)}.items():
        counts = rng.integers(0, 4, events)
        ranges = {"PT": (20, 100), "Eta": (-2, 2), "Phi": (-3, 3), "Mass": (1, 9), "E": (400, 500)}
        for field in ("PT", "Eta", "Phi", *more):
            columns[f"{name}.{field}"] = lists(counts, *ranges[field])
    one = np.ones(events, np.int64)
    columns["MissingET.MET"] = lists(one, 0, 100)
    columns["MissingET.Phi"] = lists(one, -3, 3)
    columns["Event.Number"] = ak.unflatten(np.arange(events, dtype=np.int64), one)
    columns["Event.Weight"] = lists(one, 0, 2)
    counts = rng.integers(1, 8, events)
    for field, low, high in (("Px", -9, 9), ("Py", -9, 9), ("Pz", -9, 9), ("E", 20, 30)):
        columns[f"Particle.{field}"] = lists(counts, low, high)
    mothers = [[int(rng.integers(-1, i)) if i else -1 for i in range(n)] for n in counts]
    columns["Particle.M1"] = ak.values_astype(ak.Array(mothers), np.int32)
    first = [[int(rng.integers(-1, n)) for _ in range(n)] for n in counts]
    last = [[-1 if f < 0 else int(rng.integers(f, n)) for f in own]
            for own, n in zip(first, counts, strict=True)]  # fmt: skip
    columns["Particle.D1"] = ak.values_astype(ak.Array(first), np.int32)
    columns["Particle.D2"] = ak.values_astype(ak.Array(last), np.int32)
    columns["Particle.PID"] = lists(counts, 1, 25, np.int32)
    return written(
        path, "Delphes", columns, counter_name=lambda name: name.partition(".")[0] + "_size"
    )


class TestAsRootWritesIt(Conformance):
    """Six events of ``files/delphes.C``: objects that ROOT splits, beside counts of their name."""

    convention, tree = DELPHES, "Delphes"
    stored: ClassVar = {
        ("Jet", "pt"): ("Jet.PT", 1.0),
        ("Jet", "BTag"): ("Jet.BTag", 1.0),
        ("Event", "Weight"): ("Event.Weight", 1.0),
    }
    momenta = ("Jet", "Electron")
    identity = ("Event.Number",)

    @pytest.fixture(scope="class")
    @classmethod
    def path(cls):
        return Path(__file__).parent / "files/delphes.root"

    def test_objects_go_before_their_count(self, events):
        pt, number, size = hl.compute(events.Jet.pt, hl.count(events.Jet), events["Jet_size"])
        assert pt.tolist() == [[10 * event + i for i in range(2 * event % 3)] for event in range(6)]
        assert number.tolist() == size.tolist() == [0, 2, 1, 0, 2, 1]
        (pair,) = as_tuple(hl.compute(events.Jet.pairs().mass))
        assert ak.num(pair).tolist() == [0, 1, 0, 0, 1, 0]


class TestDelphes(Conformance):
    convention, tree = DELPHES, "Delphes"
    stored: ClassVar = {
        ("Jet", "pt"): ("Jet.PT", 1.0),
        ("Jet", "PT"): ("Jet.PT", 1.0),
        ("Electron", "eta"): ("Electron.Eta", 1.0),
        ("MissingET", "pt"): ("MissingET.MET", 1.0),
        ("Particle", "px"): ("Particle.Px", 1.0),
    }
    momenta = ("Jet", "Electron", "Muon", "Particle")
    identity = ("Event.Number",)

    @pytest.fixture(scope="class")
    @classmethod
    def path(cls, tmp_path_factory):
        return delphes(tmp_path_factory.mktemp("delphes") / "a.root")

    @pytest.mark.parametrize("engine", ENGINES)
    def test_generations_equal_a_walk(self, events, tree_of, engine):
        particle = events.Particle
        parent, children = hl.compute(particle.parent.PID, particle.children.PID, engine=engine)
        kinds, mother, first, last = (
            self.column(tree_of, f"Particle.{name}").tolist() for name in ("PID", "M1", "D1", "D2")
        )
        for event, kind in enumerate(kinds):
            assert parent[event].tolist() == [kind[m] if m >= 0 else None for m in mother[event]]
            spans = zip(first[event], last[event], strict=True)
            expected = [kind[low : high + 1] if low >= 0 else [] for low, high in spans]
            assert children[event].tolist() == expected

    @pytest.mark.parametrize("engine", ENGINES)
    def test_what_is_stored_in_lists_of_one_is_one_object(self, events, tree_of, engine):
        met, jet = events.MissingET, events.Jet
        value, phi = (
            ak.flatten(self.column(tree_of, f"MissingET.{name}")) for name in ("MET", "Phi")
        )
        pt, mass, above, weight = hl.compute(
            met.pt,
            hl.transverse_mass(jet[0], met),
            met.MET > 50,
            events.Event.Weight,
            engine=engine,
        )
        assert pt.tolist() == value.tolist()
        assert above.tolist() == (value > 50).tolist()
        assert weight.tolist() == ak.flatten(self.column(tree_of, "Event.Weight")).tolist()
        jets = [ak.firsts(self.column(tree_of, f"Jet.{name}")) for name in ("PT", "Phi")]
        angle = ak.values_astype(jets[1], float) - ak.values_astype(phi, float)
        product = ak.values_astype(jets[0], float) * ak.values_astype(value, float)
        expected = np.sqrt(2 * product * (1 - np.cos(angle)))
        assert ak.is_none(mass).tolist() == ak.is_none(expected).tolist()
        np.testing.assert_allclose(
            ak.to_numpy(ak.drop_none(mass)), ak.to_numpy(ak.drop_none(expected)), rtol=1e-5
        )
        assert events["MissingET.MET"].type.depth == 1

    def test_masses_are_stored_or_of_the_particle(self, events):
        mass = hl.compute(events.Electron.mass, events.Jet.mass, events.Jet.Mass)
        assert set(np.round(ak.flatten(mass[0]), 6).tolist()) == {0.000511}
        assert mass[1].tolist() == mass[2].tolist()
