"""CMS NanoAOD: flags, indices and ancestors against walks in plain Python."""

import json
from typing import ClassVar

import awkward as ak
import numpy as np
import pytest
import uproot
from conformance import ENGINES, Conformance, opened, shared, written

import hepline as hl
from hepline.columns.conventions.nanoaod import NANOAOD
from hepline.errors import LanguageError

IDENTITY = ("run", "luminosityBlock", "event")
FLAGS = {
    "isPrompt": 0, "isTauDecayProduct": 2, "isHardProcess": 7, "fromHardProcess": 8,
    "isFirstCopy": 12, "isLastCopy": 13, "isLastCopyBeforeFSR": 14,
}  # fmt: skip


class TestSimulation(Conformance):
    convention, tree, identity = NANOAOD, "Events", IDENTITY
    stored: ClassVar = {
        ("Muon", "pt"): ("Muon_pt", 1.0),
        ("Jet", "jetId"): ("Jet_jetId", 1.0),
        ("GenPart", "pdgId"): ("GenPart_pdgId", 1.0),
        ("MET", "pt"): ("MET_pt", 1.0),
    }
    momenta = ("Jet", "Electron")

    @pytest.fixture(scope="class")
    @classmethod
    def path(cls):
        return shared("nanoaod/nanoAOD_2015_CMS_Open_Data_ttbar.root")

    @pytest.fixture(scope="class")
    @classmethod
    def walked(cls, path):
        """Mothers and kinds of the generated particles, event by event."""
        with uproot.open(path) as file:
            names = ["GenPart_genPartIdxMother", "GenPart_pdgId", "GenPart_pt"]
            return [array.tolist() for array in file["Events"].arrays(names, how=tuple)]

    @pytest.mark.parametrize("engine", ENGINES)
    def test_ancestors_equal_a_walk(self, events, walked, engine):
        gen = events.GenPart
        parent, distinct = hl.compute(gen.parent.pdgId, gen.distinct_parent.pdgId, engine=engine)
        mothers, kinds, _ = walked
        for event, (mother, kind) in enumerate(zip(mothers, kinds, strict=True)):
            assert parent[event].tolist() == [kind[m] if m >= 0 else None for m in mother]
            expected = []
            for place, at in enumerate(mother):
                while at >= 0 and kind[at] == kind[place]:
                    at = mother[at]
                expected.append(kind[at] if at >= 0 else None)
            assert distinct[event].tolist() == expected

    @pytest.mark.parametrize("engine", ENGINES)
    def test_children_equal_a_search(self, events, walked, engine):
        gen = events.GenPart
        pt, number, total = hl.compute(
            gen.children.pt, hl.count(gen.children), hl.sum(gen.children.pt), engine=engine
        )
        mothers, _, momenta = walked
        for event, (mother, own) in enumerate(zip(mothers, momenta, strict=True)):
            expected = [
                [own[child] for child, of in enumerate(mother) if of == place]
                for place in range(len(mother))
            ]
            assert pt[event].tolist() == expected
            assert number[event].tolist() == [len(children) for children in expected]
            sums = [float(sum(np.float32(x) for x in children)) for children in expected]
            np.testing.assert_allclose(total[event], sums, rtol=1e-6)

    def test_children_are_chosen_among(self, events, walked):
        own = events.GenPart.children
        chosen = own[abs(own.pdgId) < 6]
        number = hl.count(chosen.pt)
        energy, further = hl.compute(number, hl.sum(hl.count(chosen.children)), engine="awkward")
        for engine in ("reference", "compiled"):
            assert hl.compute(number, engine=engine).tolist() == energy.tolist()
        mothers, kinds, _ = walked
        for event, (mother, kind) in enumerate(zip(mothers, kinds, strict=True)):
            quarks = [
                [c for c, of in enumerate(mother) if of == place and abs(kind[c]) < 6]
                for place in range(len(mother))
            ]
            assert energy[event].tolist() == [len(each) for each in quarks]
            below = [sum(mother.count(c) for c in each) for each in quarks]
            assert further[event].tolist() == below

    @pytest.mark.parametrize("engine", ENGINES)
    def test_children_are_put_in_order_and_taken(self, events, walked, engine):
        gen, own = events.GenPart, events.GenPart.children
        found = hl.compute(
            {
                "sorted": own.sort(own.pt).pdgId,
                "best": own.best(own.pt).pdgId,
                "inner best": own.inner.best(own.pt).children.pdgId,
                "lowest": own.best(-own.pdgId, own.pt).pt,
                "second": own.inner[1].pt,
                "two": own.inner.pad(2).pt,
                "rest": own.inner[1:].pdgId,
                "closest": own.closest(own.pt, 30.0).is_missing(),
                "kinds": own.unique(by=own.pdgId).pdgId,
                "of the first": own[0].pdgId,
                "of the hardest": own.best(gen.pt).pdgId,
                "of the sorted": own.sort(gen.pt).pdgId,
                "of the hard": own[gen.pt > 50].sort(own[gen.pt > 50].pt).pdgId,
                "of two": own.pad(2).pdgId,
                "last of the first": own[0][-1].pdgId,
            },
            engine=engine,
        )
        for event, (mother, kind, pt) in enumerate(zip(*walked, strict=True)):
            places = range(len(mother))
            below = [[c for c in places if mother[c] == place] for place in places]
            # Python's sort keeps the order of equals.
            down = [sorted(each, key=lambda c: -pt[c]) for each in below]
            order = sorted(places, key=lambda place: -pt[place])
            first = [each[0] if each else None for each in down]
            lowest = [min(each, key=lambda c: (kind[c], -pt[c]), default=None) for each in below]
            expected = {
                "sorted": [[kind[c] for c in each] for each in down],
                "best": [None if c is None else kind[c] for c in first],
                "inner best": [[] if c is None else [kind[d] for d in below[c]] for c in first],
                "lowest": [None if c is None else pt[c] for c in lowest],
                "second": [pt[each[1]] if len(each) > 1 else None for each in below],
                "two": [([pt[c] for c in each] + [None, None])[:2] for each in below],
                "rest": [[kind[c] for c in each[1:]] for each in below],
                "closest": [not each for each in below],
                "kinds": [list(dict.fromkeys(kind[c] for c in each)) for each in below],
                "of the first": [kind[c] for c in below[0]],
                "of the hardest": [kind[c] for c in below[order[0]]],
                "of the sorted": [[kind[c] for c in below[place]] for place in order],
                "of the hard": [[kind[c] for c in down[p]] for p in places if pt[p] > 50],
                "of two": [[kind[c] for c in each] for each in [*below, [], []][:2]],
                "last of the first": kind[below[0][-1]] if below[0] else None,
            }
            for name, right in expected.items():
                assert ak.to_list(found[name][event]) == right, (name, event)

    @pytest.mark.parametrize("engine", ENGINES)
    def test_children_of_all_particles_in_one_list(self, events, walked, engine):
        own = events.GenPart.children
        flat = hl.flatten(own)
        hard = flat[flat.pt > 30]
        pid, pt, mother, pairs, place, below = hl.compute(
            flat.pdgId, hard.pt, flat.parent.pdgId, hl.count(hard.pairs()), flat.position,
            hl.flatten(own.children.pdgId), engine=engine,
        )  # fmt: skip
        for event, (mothers, kind, momenta) in enumerate(zip(*walked, strict=True)):
            places = range(len(mothers))
            children = [c for place in places for c in places if mothers[c] == place]
            passing = [c for c in children if momenta[c] > 30]
            assert pid[event].tolist() == [kind[c] for c in children]
            assert pt[event].tolist() == [momenta[c] for c in passing]
            assert mother[event].tolist() == [kind[mothers[c]] for c in children]
            assert pairs[event] == len(passing) * (len(passing) - 1) // 2
            assert place[event].tolist() == list(range(len(children)))
            grand = [[kind[d] for d in places if mothers[d] == c] for c in children]
            assert below[event].tolist() == grand

    def test_what_has_no_meaning_for_children_is_refused(self, events):
        gen, own = events.GenPart, events.GenPart.children
        for wrong in (
            lambda: gen.sort(own.pt),
            lambda: gen.best(own.pt),
            lambda: own.sort(events.Jet.pt),
            lambda: own.sort(gen.pt, own.pt),
            lambda: own.best(events.MET.pt),
            lambda: own.inner.sort(gen.pt),
            lambda: own.inner.sort(),
            lambda: own[hl.argmax(own.pt)],
            lambda: gen.inner,
            lambda: hl.flatten(gen),
            lambda: own.pairs(),
            lambda: own.cross(events.Jet),
            lambda: events.MET.first(),
        ):
            with pytest.raises(LanguageError) as caught:
                wrong()
            assert caught.value.fix

    def test_references_equal_a_walk_along_their_indices(self, events, tree_of):
        links = {
            ("Electron", "jet", "pt"): ("Electron_jetIdx", "Jet_pt"),
            ("Muon", "gen", "pdgId"): ("Muon_genPartIdx", "GenPart_pdgId"),
            ("Jet", "muon1", "pt"): ("Jet_muonIdx1", "Muon_pt"),
            ("Jet", "gen", "pt"): ("Jet_genJetIdx", "GenJet_pt"),
            ("Photon", "electron", "eta"): ("Photon_electronIdx", "Electron_eta"),
        }
        found = hl.compute(*(events[g].__getattr__(n)[f] for g, n, f in links))
        for (index, values), array in zip(links.values(), found, strict=True):
            places, targets = (self.column(tree_of, name).tolist() for name in (index, values))
            expected = [
                [own[at] if 0 <= at < len(own) else None for at in event]
                for event, own in zip(places, targets, strict=True)
            ]
            assert array.tolist() == expected, index

    @pytest.mark.parametrize("engine", ENGINES)
    def test_jets_know_their_muons(self, events, tree_of, engine):
        pt = hl.compute(events.Jet.muons.pt, engine=engine).tolist()
        first, second, own = (
            self.column(tree_of, name).tolist()
            for name in ("Jet_muonIdx1", "Jet_muonIdx2", "Muon_pt")
        )
        assert any(len(muons) for event in pt for muons in event)
        for event, muons in enumerate(pt):
            pairs = zip(first[event], second[event], strict=True)
            assert muons == [[own[event][at] for at in pair if at >= 0] for pair in pairs]

    def test_a_reference_survives_a_selection(self, events):
        muon = events.Muon
        chosen = muon[muon.pt > 20]
        ours, all_, kept = hl.compute(chosen.gen.pt, muon.gen.pt, muon.pt > 20)
        assert ours.tolist() == all_[kept].tolist()

    def test_hadronic_taus_refer_to_visible_taus(self, events, tree_of):
        index, flavor, gen, visible = (
            self.column(tree_of, name).tolist()
            for name in ("Tau_genPartIdx", "Tau_genPartFlav", "GenPart_pt", "GenVisTau_pt")
        )
        ours, seen = hl.compute(events.Tau.gen.pt, events.Tau.genVisTau.pt)
        assert any(5 in event for event in flavor)
        for event, flavors in enumerate(flavor):
            both = list(zip(index[event], flavors, strict=True))
            assert ours[event].tolist() == [
                gen[event][i] if i >= 0 and f != 5 else None for i, f in both
            ]
            assert seen[event].tolist() == [
                visible[event][i] if i >= 0 and f == 5 else None for i, f in both
            ]

    def test_flags_have_the_names_of_their_bits(self, events, tree_of):
        flags = ak.flatten(self.column(tree_of, "GenPart_statusFlags"))
        for (name, bit), found in zip(
            FLAGS.items(), hl.compute(*(events.GenPart[name] for name in FLAGS)), strict=True
        ):
            assert ak.flatten(found).tolist() == ((flags >> bit) & 1 == 1).tolist(), name


class TestData(Conformance):
    convention, tree, identity = NANOAOD, "Events", IDENTITY
    stored: ClassVar = {("Muon", "pt"): ("Muon_pt", 1.0), ("PuppiMET", "pt"): ("PuppiMET_pt", 1.0)}
    momenta = ("Muon",)

    @pytest.fixture(scope="class")
    @classmethod
    def path(cls):
        return shared("nanoaod/nano_dimuon.root")


class TestOutreach(Conformance):
    """The files of 2012: no run, no event."""

    convention, tree = NANOAOD, "Events"
    stored: ClassVar = {("Muon", "pt"): ("Muon_pt", 1.0), ("Muon", "charge"): ("Muon_charge", 1.0)}
    momenta = ("Muon",)

    @pytest.fixture(scope="class")
    @classmethod
    def path(cls):
        return shared("formats/Run2012BC_DoubleMuParked_Muons_1000evts_rntuple_v1-0-0-0.root")


@pytest.mark.parametrize("analysis", ["higgstautau", "higgsfourleptons"])
def test_columns_of_the_portal_can_be_named_without_a_file(analysis):
    records = json.loads(
        shared(f"cod_records/cms-derived-nanoaod-outreach-{analysis}.json").read_text()
    )
    described = [
        entry["variable"] for record in records for entry in record.get("dataset_semantics", [])
    ]
    assert len(described) > 200
    listing = NANOAOD.symbolic_columns()
    for variable in described:
        # Tau_idIso[Loose,Tight] stands for two columns.
        head, _, endings = variable.rstrip("]").partition("[")
        names = [head + ending for ending in endings.split(",")]
        counters_and_paths = ("n", "HLT_")
        assert all(name in listing or name.startswith(counters_and_paths) for name in names)


def _custom(path):
    """PFNano, a year in which the missing momentum has a new name, and scouting."""
    columns = {
        "run": np.ones(2, np.uint32),
        "luminosityBlock": np.ones(2, np.uint32),
        "event": np.arange(2, dtype=np.uint64),
        "PFMET_pt": np.array([10, 20], np.float32),
        "PFMET_phi": np.zeros(2, np.float32),
        "Jet_pt": ak.Array([[50.0, 40.0], [30.0]]),
        "FatJet_pt": ak.Array([[400.0], []]),
        "PFCands_pt": ak.Array([[1.0, 2.0, 3.0, 4.0], [5.0]]),
        "JetPFCands_jetIdx": ak.Array([[0, 0, 1], [0]]),
        "JetPFCands_pFCandsIdx": ak.Array([[3, 0, -1], [0]]),
        "FatJetPFCands_jetIdx": ak.Array([[0, 0], []]),
        "ScoutingPFJet_pt": ak.Array([[9.0], [8.0, 7.0]]),
        "ScoutingPFJet_m": ak.Array([[1.0], [2.0, 3.0]]),
    }
    return written(path, "Events", columns, counter_name=lambda name: "n" + name.partition("_")[0])


def test_custom_files_follow_the_same_rules(tmp_path):
    events = opened(_custom(tmp_path / "pf.root"))
    assert events.origin.schema.convention == NANOAOD
    candidate = events.JetPFCands
    jet, pf, fat, met, mass = hl.compute(
        candidate.jet.pt,
        candidate.pFCands.pt,
        events.FatJetPFCands.jet.pt,
        events.MET.pt,
        events.ScoutingPFJet.mass,
    )
    assert jet.tolist() == [[50, 50, 40], [30]]
    assert pf.tolist() == [[4, 1, None], [5]]
    assert fat.tolist() == [[400, 400], []]
    assert met.tolist() == [10, 20]
    assert mass.tolist() == [[1], [2, 3]]


def test_photons_without_a_stored_mass_have_none(tmp_path):
    path = written(
        tmp_path / "a.root",
        "Events",
        {
            "luminosityBlock": np.ones(1, np.uint32),
            "Photon_pt": ak.Array([[10.0]]),
            "Photon_eta": ak.Array([[0.0]]),
            "Photon_phi": ak.Array([[0.0]]),
        },
        counter_name=lambda name: "n" + name.partition("_")[0],
    )
    photon = opened(path).Photon
    assert [x.tolist() for x in hl.compute(photon.mass, photon.energy)] == [[[0]], [[10]]]


def test_a_chain_that_leads_round_has_no_ancestor(in_memory):
    events = in_memory(
        {
            "GenPart_genPartIdxMother": ak.values_astype(ak.Array([[1, 0, 0, 7]]), np.int32),
            "GenPart_pdgId": ak.values_astype(ak.Array([[6, 6, 5, 5]]), np.int32),
            "GenPart_pt": ak.values_astype(ak.Array([[1.0, 2.0, 3.0, 4.0]]), np.float32),
        }
    )
    for engine in ENGINES:
        found = hl.compute(events.GenPart.distinct_parent.pt, source=events, engine=engine)
        assert found.tolist() == [[None, None, 1, None]]
