"""The ADL queries by coffea with virtual arrays: python coffea_adl.py FILE.

One NanoEvents object over the whole file, columns read on first use, coffea's own behaviours for
four-momenta (float32, as stored). Events are cut before particles are combined.
"""

import sys
import warnings

import awkward as ak
import hist
import numpy as np
from coffea.nanoevents import NanoAODSchema, NanoEventsFactory
from coffea.nanoevents.methods import vector
from serve import serve

NanoAODSchema.warn_missing_crossrefs = False
warnings.simplefilter("ignore")


def open_events(path):
    factory = NanoEventsFactory.from_root(
        {path: "Events"}, schemaclass=NanoAODSchema, mode="virtual"
    )
    return factory.events()


def binned(values, bins):
    histogram = hist.Hist(hist.axis.Regular(*bins))
    histogram.fill(ak.to_numpy(values))
    return histogram.values(flow=True).tolist()


MET = (100, 0, 200)


def q1(ev):
    return binned(ev.MET.pt, MET)


def q2(ev):
    return binned(ak.flatten(ev.Jet.pt), (100, 15, 60))


def q3(ev):
    return binned(ak.flatten(ev.Jet.pt[abs(ev.Jet.eta) < 1]), (100, 15, 60))


def q4(ev):
    return binned(ev.MET.pt[ak.sum(ev.Jet.pt > 40, axis=1) >= 2], MET)


def cartesian(objects, **kept):
    """Components once per particle, not once per pair; other fields ride along."""
    components = {"x": objects.x, "y": objects.y, "z": objects.z, "t": objects.t}
    return ak.zip(components | kept, with_name="LorentzVector", behavior=vector.behavior)


def q5(ev):
    two = ak.num(ev.Muon.pt) >= 2
    muon = ev.Muon[two]
    pair = ak.combinations(cartesian(muon, charge=muon.charge), 2)
    pair = pair[pair["0"].charge != pair["1"].charge]
    mass = (pair["0"] + pair["1"]).mass
    return binned(ev.MET.pt[two][ak.any((mass > 60) & (mass < 120), axis=1)], MET)


def top(ev, field=None):
    """Members of the trijet nearest to the top mass, one per event that has three jets."""
    jet = ev.Jet[ak.num(ev.Jet.pt) >= 3]
    trijet = ak.combinations(cartesian(jet, **({field: jet[field]} if field else {})), 3)
    one, two, three = ak.unzip(trijet)
    away = abs((one + two + three).mass - 172.5)
    return ak.unzip(ak.flatten(trijet[ak.argmin(away, axis=1, keepdims=True)]))


def q6a(ev):
    one, two, three = top(ev)
    return binned((one + two + three).pt, (100, 15, 40))


def q6b(ev):
    one, two, three = top(ev, "btag")
    return binned(np.maximum(np.maximum(one.btag, two.btag), three.btag), (100, 0, 1))


def q7(ev):
    hard = ev.Jet.pt > 30
    some = ak.any(hard, axis=1)
    jet = ev.Jet[some][hard[some]]
    isolated = True
    for leptons in (ev.Electron, ev.Muon):
        lepton = leptons[some]
        apart = jet.metric_table(lepton[lepton.pt > 10])
        isolated = isolated & ak.all(apart >= 0.4, axis=2)
    pt = jet.pt[isolated]
    return binned(ak.sum(pt, axis=1)[ak.num(pt) >= 1], (100, 15, 200))


def q8(ev):
    three = ak.num(ev.Electron.pt) + ak.num(ev.Muon.pt) >= 3
    both = []
    for objects, code in ((ev.Electron[three], 11), (ev.Muon[three], 13)):
        kept = {"lepton_pt": objects.pt, "lepton_phi": objects.phi, "code": objects.charge * code}
        both.append(cartesian(objects, **kept))
    lepton = ak.concatenate(both, axis=1)
    lepton = ak.with_name(lepton, "LorentzVector")
    lepton["place"] = ak.local_index(lepton.code)
    pair = ak.combinations(lepton, 2)
    pair = pair[pair["0"].code + pair["1"].code == 0]
    found = ak.num(pair) >= 1
    pair, lepton = pair[found], lepton[found]
    away = abs((pair["0"] + pair["1"]).mass - 91.2)
    z = pair[ak.argmin(away, axis=1, keepdims=True)][:, 0]
    other = lepton[(lepton.place != z["0"].place) & (lepton.place != z["1"].place)]
    leading = other[ak.argmax(other.lepton_pt, axis=1, keepdims=True)][:, 0]
    met = ev.MET[three][found]
    turn = 1 - np.cos(leading.lepton_phi - met.phi)
    return binned(np.sqrt(2 * leading.lepton_pt * met.pt * turn), (100, 0, 200))


QUERIES = {
    "Q1": q1, "Q2": q2, "Q3": q3, "Q4": q4, "Q5": q5, "Q6a": q6a, "Q6b": q6b, "Q7": q7, "Q8": q8,
}  # fmt: skip

if __name__ == "__main__":
    serve(lambda name: QUERIES[name](open_events(sys.argv[1])))
