"""LHCb's candidates, one per entry, in MeV."""

from typing import ClassVar

import numpy as np
import pytest
from conformance import Conformance, opened, shared, written

import hepline as hl
from hepline.columns.conventions.lhcb import LHCB


class TestOpenData(Conformance):
    """Three kaon candidates without energies, nor numbers of events."""

    convention, tree = LHCB, "PhaseSpaceTree"
    stored: ClassVar = {
        ("H1", "PX"): ("H1_PX", 1000.0),
        ("H2", "pz"): ("H2_PZ", 1000.0),
        ("H1", "ProbK"): ("H1_ProbK", 1.0),
        ("H3", "charge"): ("H3_Charge", 1.0),
    }

    @pytest.fixture(scope="class")
    @classmethod
    def path(cls):
        return shared("lhcb/PhaseSpaceSimulation.root")

    def test_three_kaons_make_a_b(self, events):
        kaons = [events[f"H{i}"].with_fields(mass=0.493677) for i in (1, 2, 3)]
        mass = hl.compute((kaons[0] + kaons[1] + kaons[2]).mass)
        assert np.median(mass) == pytest.approx(5.2792, abs=1e-3)


class TestTuple(Conformance):
    """As the tuple tools write it: in a folder, with particles whose names have underscores."""

    convention, tree = LHCB, "Lb2pK/DecayTree"
    stored: ClassVar = {
        ("H1", "PX"): ("H1_PX", 1000.0),
        ("Lambda_b0", "M"): ("Lambda_b0_M", 1000.0),
        ("Lambda_b0", "px"): ("Lambda_b0_PX", 1000.0),
        ("p", "energy"): ("p_PE", 1000.0),
        ("Lambda_b0_p", "PX"): ("Lambda_b0_p_PX", 1000.0),
        ("p", "ID"): ("p_ID", 1.0),
        ("p", "ProbNNp"): ("p_ProbNNp", 1.0),
    }
    momenta = ("p",)
    identity = ("runNumber", "nCandidate", "eventNumber")

    @pytest.fixture(scope="class")
    @classmethod
    def path(cls, tmp_path_factory):
        rng = np.random.default_rng(3)
        columns = {}
        for name in ("Lambda_b0", "Lambda_b0_p", "p", "H1"):
            momentum = rng.normal(0, 9000, (3, 50))
            for axis, values in zip("XYZ", momentum, strict=True):
                columns[f"{name}_P{axis}"] = values
            columns[f"{name}_PE"] = np.sqrt((momentum**2).sum(0) + 938.272**2)
            columns[f"{name}_M"] = np.full(50, 938.272)
            columns[f"{name}_ID"] = np.full(50, 2212, np.int32)
            columns[f"{name}_ProbNNp"] = rng.uniform(0, 1, 50)
        columns["runNumber"] = np.full(50, 9, np.uint32)
        columns["eventNumber"] = np.arange(50, dtype=np.uint64) // 2
        columns["nCandidate"] = np.arange(50, dtype=np.uint32) % 2
        columns["nTracks"] = np.arange(50, dtype=np.int32)
        path = tmp_path_factory.mktemp("lhcb") / "a.root"
        return written(path, "Lb2pK/DecayTree", columns)

    def test_what_belongs_to_no_particle_stands_on_its_own(self, events):
        assert hl.compute(events.nTracks).tolist() == list(range(50))
        assert "runNumber" not in events.origin.schema.groups()


def test_momenta_of_a_plain_file_keep_its_unit(tmp_path):
    path = written(tmp_path / "a.root", "t", {f"B_P{axis}": np.ones(2) for axis in "XYZ"})
    stated = opened(path, convention="plain")
    assert hl.compute(stated.B.pt).tolist() == pytest.approx([2**0.5] * 2)
    assert hl.compute(opened(path).B.pt).tolist() == pytest.approx([2**0.5 / 1000] * 2)


@pytest.mark.parametrize("energy", ["PE", "E", "ENERGY"])
def test_energies_have_the_unit_of_the_momenta_however_they_are_called(tmp_path, energy):
    columns = {f"B_P{axis}": np.full(2, 1000.0) for axis in "XYZ"}
    path = written(tmp_path / "a.root", "t", {**columns, f"B_{energy}": np.full(2, 2000.0)})
    assert hl.compute(opened(path).B.mass).tolist() == pytest.approx([1.0] * 2)
