"""ATLAS open data for education: MeV until 2020, GeV from 2025 on."""

from typing import ClassVar

import awkward as ak
import numpy as np
import pytest
from conformance import Conformance, written

import hepline as hl
from hepline.columns.conventions.atlas import ATLAS_2020, ATLAS_2025


def ntuple(path, tree, energy, unit, more):
    """Leptons and jets with vectors of momenta, as the documentation lists them."""
    rng = np.random.default_rng(11)
    columns = {
        "runNumber": np.full(40, 284500, np.int32),
        "eventNumber": np.arange(40, dtype=np.int32),
        "channelNumber": np.full(40, 361107, np.int32),
        "mcWeight": rng.uniform(0, 2, 40).astype(np.float32),
        **more(rng),
    }
    for group in ("lep", "jet"):
        counts = rng.integers(0, 4, 40)
        columns[f"{group}_n"] = counts.astype(np.uint32)
        pt = rng.uniform(7, 90, counts.sum()) * unit
        eta = rng.uniform(-2, 2, counts.sum())
        fields = {
            "pt": pt,
            "eta": eta,
            "phi": rng.uniform(-3, 3, counts.sum()),
            energy: np.sqrt((pt * np.cosh(eta)) ** 2 + (5 * unit) ** 2),
        }
        for field, flat in fields.items():
            columns[f"{group}_{field}"] = ak.unflatten(flat.astype(np.float32), counts)
    columns["lep_type"] = ak.values_astype(columns["lep_pt"] * 0 + 11, np.uint32)
    return written(
        path, tree, columns, counter_name=lambda name: f"size_of_{name.partition('_')[0]}"
    )


class Test2020(Conformance):
    convention, tree = ATLAS_2020, "mini"
    stored: ClassVar = {
        ("lep", "pt"): ("lep_pt", 1000.0),
        ("lep", "energy"): ("lep_E", 1000.0),
        ("jet", "eta"): ("jet_eta", 1.0),
        ("MET", "pt"): ("met_et", 1000.0),
        ("met", "phi"): ("met_phi", 1.0),
        ("lep", "type"): ("lep_type", 1.0),
    }
    momenta = ("jet", "lep")
    identity = ("runNumber", "channelNumber", "eventNumber")

    @pytest.fixture(scope="class")
    @classmethod
    def path(cls, tmp_path_factory):
        path = tmp_path_factory.mktemp("atlas") / "a.root"
        return ntuple(path, "mini", "E", 1000.0, lambda rng: {
            "met_et": rng.uniform(0, 1e5, 40).astype(np.float32),
            "met_phi": rng.uniform(-3, 3, 40).astype(np.float32),
        })  # fmt: skip

    def test_the_mass_follows_from_the_energy(self, events):
        mass = ak.flatten(hl.compute(events.jet.mass))
        np.testing.assert_allclose(mass, 5, rtol=1e-2)


class Test2025(Conformance):
    convention, tree = ATLAS_2025, "analysis"
    stored: ClassVar = {
        ("lep", "pt"): ("lep_pt", 1.0),
        ("lep", "energy"): ("lep_e", 1.0),
        ("MET", "pt"): ("met", 1.0),
        ("MET", "phi"): ("met_phi", 1.0),
    }
    momenta = ("jet",)
    identity = Test2020.identity

    @pytest.fixture(scope="class")
    @classmethod
    def path(cls, tmp_path_factory):
        path = tmp_path_factory.mktemp("atlas") / "b.root"
        return ntuple(path, "analysis", "e", 1.0, lambda rng: {
            "met": rng.uniform(0, 100, 40).astype(np.float32),
            "met_phi": rng.uniform(-3, 3, 40).astype(np.float32),
        })  # fmt: skip
