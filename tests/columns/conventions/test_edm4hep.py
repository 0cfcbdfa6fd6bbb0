"""EDM4hep in podio's two layouts, against uproot and walks along relations."""

from typing import ClassVar

import awkward as ak
import numpy as np
import pytest
from conformance import ENGINES, Conformance, opened, shared, written

import hepline as hl
from hepline.columns.conventions.edm4hep import EDM4HEP


class TestFcc(Conformance):
    convention, tree = EDM4HEP, "events"
    stored: ClassVar = {
        ("ReconstructedParticles", "energy"): ("ReconstructedParticles.energy", 1.0),
        ("ReconstructedParticles", "momentum.x"): ("ReconstructedParticles.momentum.x", 1.0),
        ("Particle", "PDG"): ("Particle.PDG", 1.0),
        ("MCParticles", "mass"): ("Particle.mass", 1.0),
        ("MissingET", "energy"): ("MissingET.energy", 1.0),
    }
    # Energies and masses of the reconstructed particles of this file contradict each other.
    momenta = ("Particle", "Jet")

    @pytest.fixture(scope="class")
    @classmethod
    def path(cls):
        return shared("formats/test_FCC_Winter2023.root")

    @pytest.mark.parametrize("engine", ENGINES)
    def test_relations_equal_a_walk(self, events, tree_of, engine):
        names = ("parents", "daughters")
        found = hl.compute(
            *(getattr(events.Particle, name).PDG for name in names),
            *(hl.count(getattr(events.Particle, name)) for name in names),
            engine=engine,
        )
        kinds = self.column(tree_of, "Particle.PDG").tolist()
        for number, name in enumerate(names):
            begin, end, index = (
                self.column(tree_of, column).tolist()
                for column in (
                    f"Particle.{name}_begin",
                    f"Particle.{name}_end",
                    f"Particle#{number}.index",
                )
            )
            for event, kind in enumerate(kinds):
                expected = [
                    [kind[at] for at in index[event][low:high]]
                    for low, high in zip(begin[event], end[event], strict=True)
                ]
                assert found[number][event].tolist() == expected
                assert found[number + 2][event].tolist() == [len(each) for each in expected]

    def test_a_subset_is_a_collection(self, events, tree_of):
        muon = events.Muon
        energy, total = hl.compute(muon.energy, hl.count(muon))
        index, own = (
            self.column(tree_of, name).tolist()
            for name in ("Muon#0.index", "ReconstructedParticles.energy")
        )
        expected = [[o[at] for at in i] for i, o in zip(index, own, strict=True)]
        assert energy.tolist() == expected
        assert total.tolist() == [len(event) for event in expected]
        # The same code as in any other format; the file holds Z bosons.
        heaviest = hl.compute(hl.max(muon.pairs().mass))
        assert 85 < np.median(ak.drop_none(heaviest)) < 95

    def test_associations_lead_to_both_sides(self, events, tree_of):
        link = events.MCRecoAssociations
        rec, sim, weight = hl.compute(link.rec.energy, link.sim.PDG, link.weight)
        for found, number, column in (
            (rec, 0, "ReconstructedParticles.energy"), (sim, 1, "Particle.PDG"),
        ):  # fmt: skip
            index = self.column(tree_of, f"MCRecoAssociations#{number}.index").tolist()
            own = self.column(tree_of, column).tolist()
            expected = [[o[at] for at in i] for i, o in zip(index, own, strict=True)]
            assert found.tolist() == expected
        assert ak.num(weight).tolist() == ak.num(rec).tolist()
        # What is linked is alike: the two sides pair one to one.
        apart = hl.compute(link.rec.delta_r(link.sim))
        assert np.median(ak.drop_none(ak.flatten(apart))) < 0.01

    def test_members_of_members_are_records(self, events, tree_of):
        x = hl.compute(events.Particle.vertex.x)
        assert x.tolist() == self.column(tree_of, "Particle.vertex.x").tolist()
        assert "x" in dir(events.Particle.vertex)


PARENTS = [[0, 0, 1], [0]]


class TestNewLayout(Conformance):
    """Relations by name, as podio writes since its version 0.17; the header of the event."""

    convention, tree = EDM4HEP, "events"
    stored: ClassVar = {
        ("MCParticles", "PDG"): ("MCParticles.PDG", 1.0),
        ("PandoraPFOs", "energy"): ("PandoraPFOs.energy", 1.0),
        ("EventHeader", "eventNumber"): ("EventHeader.eventNumber", 1.0),
    }
    momenta = ("PandoraPFOs",)
    identity = ("EventHeader.runNumber", "EventHeader.eventNumber")

    @pytest.fixture(scope="class")
    @classmethod
    def path(cls, tmp_path_factory):
        integers = lambda *events: ak.values_astype(ak.Array(list(events)), np.int32)  # noqa: E731
        floats = lambda *events: ak.values_astype(ak.Array(list(events)), np.float32)  # noqa: E731
        columns = {
            "EventHeader.eventNumber": integers([7], [8]),
            "EventHeader.runNumber": integers([1], [1]),
            "EventHeader.weight": floats([0.5], [0.25]),
            "MCParticles.PDG": integers([23, 13, 22, -13], [11, 11]),
            "MCParticles.generatorStatus": integers([2, 2, 1, 1], [2, 1]),
            "MCParticles.momentum.x": floats([0, 40, 1, -40], [5, 5]),
            "MCParticles.parents_begin": integers([0, 0, 1, 2], [0, 0]),
            "MCParticles.parents_end": integers([0, 1, 2, 3], [0, 1]),
            "_MCParticles_parents.index": integers([0, 1, 0], [0]),
            "_MCParticles_parents.collectionID": integers([1, 1, 1], [1]),
            "PandoraPFOs.energy": floats([50, 2], [6]),
            "PandoraPFOs.goodnessOfPID": floats([1, 1], [1]),
            "PandoraPFOs.momentum.x": floats([30, 1], [3]),
            "PandoraPFOs.momentum.y": floats([0, 1], [-4]),
            "PandoraPFOs.momentum.z": floats([40, 1], [1]),
            "Muons_objIdx.index": integers([1], []),
            "RecoMCAssociations.weight": floats([1.0], [1.0]),
            "_RecoMCAssociations_rec.index": integers([1], [0]),
            "_RecoMCAssociations_sim.index": integers([2], [1]),
        }
        path = tmp_path_factory.mktemp("edm4hep") / "new.root"
        return written(path, "events", columns, counter_name=lambda name: f"{name}_n")

    def test_relations_have_names(self, events):
        particle, link = events.MCParticles, events.RecoMCAssociations
        parent, rec, sim, one = hl.compute(
            particle.parents.PDG, link.rec.energy, link.sim.PDG, events.Muons.energy
        )
        assert parent.tolist() == [[[], [23], [13], [23]], [[], [11]]]
        assert rec.tolist() == [[2], [6]]
        assert sim.tolist() == [[22], [11]]
        assert one.tolist() == [[2], []]


def test_a_relation_that_may_lead_to_several_collections_is_not_offered():
    events = opened(shared("formats/test_FCC_Winter2023.root"))
    # Clusters of photons and of neutral hadrons: only the file's metadata would tell.
    links = events.ReconstructedParticles.fields.links()
    assert "tracks" in links
    assert "clusters" not in links
