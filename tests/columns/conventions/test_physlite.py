"""ATLAS PHYSLITE as TTree and as RNTuple, against uproot and a walk along element links."""

import awkward as ak
import numpy as np
import pytest
import uproot
from conformance import ENGINES, Conformance, opened, shared

import hepline as hl
from hepline.columns.conventions.masses import ELECTRON, MUON
from hepline.columns.conventions.physlite import PHYSLITE

STORE = "Analysis{}AuxDyn.{}"
STORED = {
    ("Electrons", "pt"): (STORE.format("Electrons", "pt"), 1000.0),
    ("Electrons", "eta"): (STORE.format("Electrons", "eta"), 1.0),
    ("Muons", "pt"): (STORE.format("Muons", "pt"), 1000.0),
    ("Jets", "pt"): (STORE.format("Jets", "pt"), 1000.0),
    ("Jets", "m"): (STORE.format("Jets", "m"), 1000.0),
    ("AnalysisJetsAuxDyn", "phi"): (STORE.format("Jets", "phi"), 1.0),
    ("TruthElectrons", "px"): ("TruthElectronsAuxDyn.px", 1000.0),
    ("MET_Core_AnalysisMET", "mpx"): ("MET_Core_AnalysisMETAuxDyn.mpx", 1000.0),
    ("InDetTrackParticles", "qOverP"): ("InDetTrackParticlesAuxDyn.qOverP", 0.001),
    ("EventInfo", "mcChannelNumber"): ("EventInfoAuxDyn.mcChannelNumber", 1.0),
}


class TestTree(Conformance):
    convention, tree = PHYSLITE, "CollectionTree"
    stored, momenta = STORED, ("Electrons", "Muons", "Jets", "TruthElectrons")
    identity = tuple(f"EventInfoAuxDyn.{x}" for x in ("runNumber", "lumiBlock", "eventNumber"))

    @pytest.fixture(scope="class")
    @classmethod
    def path(cls):
        return shared("formats/PHYSLITE_example.root")

    def test_element_links_lead_where_their_keys_say(self, events, tree_of):
        key, index = (
            self.column(tree_of, f"AnalysisElectronsAuxDyn.TruthLink.m_pers{part}")
            for part in ("Key", "Index")
        )
        px = self.column(tree_of, "TruthElectronsAuxDyn.px")
        # The key of TruthElectrons in ATLAS' metadata.
        walked = [
            [px[event][i] / 1000 if k == 394100163 else None for k, i in zip(*both, strict=True)]
            for event, both in enumerate(zip(key.tolist(), index.tolist(), strict=True))
        ]
        for engine in ENGINES:
            found = hl.compute(events.Electrons.truth.px, engine=engine)
            assert ak.to_list(ak.is_none(found, axis=1)) == [[x is None for x in w] for w in walked]
            flat = [x for event in walked for x in event if x is not None]
            np.testing.assert_allclose(ak.drop_none(ak.flatten(found)), flat, rtol=1e-6)
        # What the generator made is where it was reconstructed.
        apart = hl.compute(events.Electrons.delta_r(events.Electrons.gen))
        assert np.median(ak.to_numpy(ak.drop_none(ak.flatten(apart)))) < 0.005

    def test_links_to_jets_vertices_and_tracks_stay_inside(self, events, tree_of):
        links = {
            "GSFTrackParticles": ("originalTrackParticle", "InDetTrackParticles", "phi"),
            "TauJets": ("vertex", "PrimaryVertices", "z"),
            "Jets": ("btagging", "BTagging_AntiKt4EMPFlow", "DL1dv01_pb"),
        }
        for group, (name, target, field) in links.items():
            linked = hl.compute(getattr(events[group], name)[field])
            values = ak.flatten(self.column(tree_of, f"{target}AuxDyn.{field}"))
            there = ak.drop_none(ak.flatten(linked))
            assert len(there)
            assert set(there.tolist()) <= set(values.tolist())

    def test_lists_of_links_equal_a_walk(self, events, tree_of):
        links = self.column(tree_of, "AnalysisElectronsAuxDyn.trackParticleLinks").tolist()
        z0 = self.column(tree_of, "GSFTrackParticlesAuxDyn.z0").tolist()
        expected = [
            [[own[link["m_persIndex"]] for link in each if link["m_persKey"]] for each in event]
            for event, own in zip(links, z0, strict=True)
        ]
        assert any(len(each) > 1 for event in expected for each in event)
        for engine in ENGINES:
            found = hl.compute(events.Electrons.trackParticles.z0, engine=engine)
            assert found.tolist() == expected

    def test_masses_that_are_not_stored_are_constants(self, events):
        muon = hl.compute(events.Muons.mass)
        assert set(ak.flatten(muon).tolist()) <= {MUON}
        particle = pytest.importorskip("particle", reason="particle is not installed")
        for number, mass in ((13, MUON), (11, ELECTRON)):
            assert particle.Particle.from_pdgid(number).mass / 1000 == pytest.approx(mass, rel=1e-7)

    def test_tracks_have_a_momentum(self, events, tree_of):
        theta, curvature = (
            self.column(tree_of, f"InDetTrackParticlesAuxDyn.{x}") for x in ("theta", "qOverP")
        )
        track = events.InDetTrackParticles
        pt, eta, charge = hl.compute(track.pt, track.eta, track.charge)
        flat = [np.asarray(ak.flatten(each), np.float64) for each in (theta, curvature)]
        np.testing.assert_allclose(
            ak.flatten(pt), np.abs(np.sin(flat[0]) / flat[1]) / 1000, rtol=1e-5
        )
        np.testing.assert_allclose(ak.flatten(eta), -np.log(np.tan(flat[0] / 2)), rtol=1e-5)
        assert ak.all(ak.flatten(charge) == np.sign(flat[1]))

    def test_an_event_has_one_of_its_information(self, events):
        assert str(hl.compute(events.EventInfo.eventNumber).type) == "100 * uint64"
        assert events.EventInfo.fields.axes == ()
        assert hl.compute(events.EventInfo.mcEventWeights[0]).ndim == 1


class TestNTuple(Conformance):
    convention, tree = PHYSLITE, "EventData"
    stored, momenta = STORED, ("Electrons", "Muons", "Jets")
    identity = TestTree.identity

    @pytest.fixture(scope="class")
    @classmethod
    def path(cls):
        return shared("formats/uproot-physlite-rntuple_v1-0-0-0.root")

    @pytest.fixture(scope="class")
    @classmethod
    def tree_of(cls, path):
        with uproot.open(path) as file:
            yield file[cls.tree]

    def column(self, tree_of, name):
        return tree_of[name.replace(".", ":", 1)].array()

    def test_bosons_know_their_children_by_container(self, events, tree_of):
        links, px = (
            self.column(tree_of, f"{name}AuxDyn.{field}").tolist()
            for name, field in (("TruthBoson", "childLinks"), ("TruthMuons", "px"))
        )
        # The key of TruthMuons in ATLAS' metadata.
        expected = [
            [[own[i["m_persIndex"]] for i in each if i["m_persKey"] == 342174277] for each in event]
            for event, own in zip(links, px, strict=True)
        ]
        found = hl.compute(events.TruthBoson.childrenMuons.px)
        assert ak.num(found, axis=2).tolist() == [[len(x) for x in event] for event in expected]
        flat = ak.flatten(ak.Array(expected), axis=None)
        assert len(flat)
        np.testing.assert_allclose(ak.flatten(found, axis=None), flat / 1000, rtol=1e-6)

    def test_members_of_links_have_the_names_of_the_tree(self, events):
        recipe = hl.events("physlite").Electrons.truth.px
        assert hl.compute(recipe, source=events).tolist() == (
            hl.compute(events.Electrons.truth.px).tolist()
        )


def test_both_formats_have_the_same_collections():
    files = ("PHYSLITE_example.root", "uproot-physlite-rntuple_v1-0-0-0.root")
    groups = [opened(shared(f"formats/{f}")).origin.schema.own_groups for f in files]
    assert {"Electrons", "Muons", "Jets", "TauJets", "Photons"} <= groups[0].keys() & groups[1]
