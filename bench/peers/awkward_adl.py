"""The ADL queries by hand with uproot and awkward: python awkward_adl.py FILE.

Reads the columns of the query and no others, computes in slices that bound the memory,
cuts events before it combines particles, and turns momenta into Cartesian float64
components once per particle.
"""

import sys

import awkward as ak
import boost_histogram as bh
import numpy as np
import uproot
from serve import serve

STEP = 500_000  # events; a slice costs 10 ms whatever it holds
POLAR = ("pt", "eta", "phi", "mass")
CHARGED = (*POLAR, "charge")
MET = (100, 0, 200)


def momenta(objects, *others):
    """Cartesian components in float64, and fields to keep."""
    pt, eta, phi, mass = (ak.values_astype(objects[n], "float64") for n in POLAR)
    pz = pt * np.sinh(eta)
    made = {"x": pt * np.cos(phi), "y": pt * np.sin(phi), "z": pz}
    made["t"] = np.sqrt(pt * pt + pz * pz + mass * mass)
    return ak.zip(made | {name: objects[name] for name in others})


def mass_of(*members):
    """Invariant mass of the sum."""
    x, y, z, t = (sum((m[n] for m in members[1:]), members[0][n]) for n in "xyzt")
    return np.sqrt(np.maximum(t * t - x * x - y * y - z * z, 0))


def q1(ev):
    return ev["MET"].pt


def q2(ev):
    return ak.flatten(ev["Jet"].pt)


def q3(ev):
    jet = ak.flatten(ev["Jet"])
    return jet.pt[abs(jet.eta) < 1]


def q4(ev):
    return ev["MET"].pt[ak.sum(ev["Jet"].pt > 40, axis=1) >= 2]


def q5(ev):
    two = ak.num(ev["Muon"]) >= 2
    pairs = ak.combinations(momenta(ev["Muon"][two], "charge"), 2)
    pairs = pairs[pairs["0"].charge != pairs["1"].charge]
    mass = mass_of(*ak.unzip(pairs))
    return ev["MET"].pt[two][ak.any((mass > 60) & (mass < 120), axis=1)]


def top(jet, *others):
    """Members of the trijet nearest to the top mass, one per event that has three jets."""
    trijets = ak.combinations(momenta(jet[ak.num(jet) >= 3], *others), 3)
    away = abs(mass_of(*ak.unzip(trijets)) - 172.5)
    return ak.unzip(ak.flatten(trijets[ak.argmin(away, axis=1, keepdims=True)]))


def q6a(ev):
    one, two, three = top(ev["Jet"])
    return np.hypot(one.x + two.x + three.x, one.y + two.y + three.y)


def q6b(ev):
    one, two, three = top(ev["Jet"], "btag")
    return np.maximum(np.maximum(one.btag, two.btag), three.btag)


def q7(ev):
    jet = ev["Jet"][ev["Jet"].pt > 30]
    some = ak.num(jet) >= 1
    jet, isolated = jet[some], True
    for kind in ("Electron", "Muon"):
        lepton = ev[kind][some]
        one, two = ak.unzip(ak.cartesian([jet, lepton[lepton.pt > 10]], nested=True))
        eta = ak.values_astype(one.eta, "float64") - two.eta
        phi = np.mod(ak.values_astype(one.phi, "float64") - two.phi + np.pi, 2 * np.pi) - np.pi
        isolated = isolated & ak.all(eta * eta + phi * phi >= 0.16, axis=2)
    pt = jet.pt[isolated]
    return ak.sum(pt, axis=1)[ak.num(pt) >= 1]


def q8(ev):
    three = ak.num(ev["Electron"]) + ak.num(ev["Muon"]) >= 3
    both = []
    for kind, code in (("Electron", 11), ("Muon", 13)):
        objects = ev[kind][three]
        both.append(ak.with_field(momenta(objects, "pt", "phi"), objects.charge * code, "kind"))
    lepton = ak.concatenate(both, axis=1)
    lepton["place"] = ak.local_index(lepton.pt)
    pairs = ak.combinations(lepton, 2)
    # Same flavour and opposite charge: the signed codes cancel.
    pairs = pairs[pairs["0"].kind + pairs["1"].kind == 0]
    found = ak.num(pairs) >= 1
    pairs, lepton, met = pairs[found], lepton[found], ev["MET"][three][found]
    away = abs(mass_of(*ak.unzip(pairs)) - 91.2)
    first, second = ak.unzip(pairs[ak.argmin(away, axis=1, keepdims=True)])
    other = lepton[(lepton.place != first.place[:, 0]) & (lepton.place != second.place[:, 0])]
    leading = other[ak.argmax(other.pt, axis=1, keepdims=True)][:, 0]
    pt, phi, met_pt, met_phi = (
        ak.values_astype(v, "float64") for v in (leading.pt, leading.phi, met.pt, met.phi)
    )
    return np.sqrt(2 * pt * met_pt * (1 - np.cos(phi - met_phi)))


# The values of a query, the fields it reads, and the axis.
QUERIES = {
    "Q1": (q1, {"MET": ["pt"]}, MET),
    "Q2": (q2, {"Jet": ["pt"]}, (100, 15, 60)),
    "Q3": (q3, {"Jet": ["pt", "eta"]}, (100, 15, 60)),
    "Q4": (q4, {"Jet": ["pt"], "MET": ["pt"]}, MET),
    "Q5": (q5, {"Muon": CHARGED, "MET": ["pt"]}, MET),
    "Q6a": (q6a, {"Jet": POLAR}, (100, 15, 40)),
    "Q6b": (q6b, {"Jet": (*POLAR, "btag")}, (100, 0, 1)),
    "Q7": (q7, dict.fromkeys(("Jet", "Electron", "Muon"), POLAR[:3]), (100, 15, 200)),
    "Q8": (q8, {"Electron": CHARGED, "Muon": CHARGED, "MET": ["pt", "phi"]}, MET),
}


def answer(name):
    """Bin contents with underflow and overflow."""
    values_of, fields, bins = QUERIES[name]
    names = [f"{kind}_{field}" for kind in fields for field in fields[kind]]
    with uproot.open(sys.argv[1]) as file:
        columns = file["Events"].arrays(names, how=dict, ak_add_doc=False)
    kinds = {
        kind: ak.zip({field: columns[f"{kind}_{field}"] for field in fields[kind]})
        for kind in fields
    }
    histogram = bh.Histogram(bh.axis.Regular(*bins))
    for start in range(0, len(columns[names[0]]), STEP):
        events = {kind: objects[start : start + STEP] for kind, objects in kinds.items()}
        histogram.fill(ak.to_numpy(values_of(events)))
    return histogram.values(flow=True).tolist()


if __name__ == "__main__":
    serve(answer)
