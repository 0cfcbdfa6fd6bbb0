"""The H → ττ analysis with plain awkward and NumPy: an independent computation of its yields.

Event by event in Python where it is clearest; it is slow, and knows nothing of hepline.
"""

from __future__ import annotations

import json
from collections import defaultdict
from pathlib import Path

import numpy as np
import uproot

NEEDED = (
    "run", "luminosityBlock", "HLT_IsoMu17_eta2p1_LooseIsoPFTau20", "MET_pt", "MET_phi",
    *(f"Muon_{x}" for x in ("pt", "eta", "phi", "mass", "charge", "tightId", "pfRelIso03_all")),
    *(
        f"Tau_{x}"
        for x in (
            "pt", "eta", "phi", "mass", "charge", "idDecayMode", "idIsoTight", "idAntiEleTight",
            "idAntiMuTight", "relIso_all",
        )
    ),
    *(f"Jet_{x}" for x in ("pt", "eta", "phi")),
)  # fmt: skip
MASS_EDGES = np.linspace(20, 140, 25)
TRANSVERSE_EDGES = np.linspace(70, 140, 15)


FLAGS = ("Tau_idDecayMode", "Tau_idIsoTight", "Tau_idAntiEleTight", "Tau_idAntiMuTight")


def delta_r(eta1, phi1, eta2, phi2):
    delta = (phi1 - phi2 + np.pi) % (2 * np.pi) - np.pi
    return np.hypot(eta1 - eta2, delta)


def place(event, kind, number):
    return event[f"{kind}_eta"][number], event[f"{kind}_phi"][number]


def four(pt, eta, phi, mass):
    px, py, pz = pt * np.cos(phi), pt * np.sin(phi), pt * np.sinh(eta)
    return np.array([np.sqrt(px**2 + py**2 + pz**2 + mass**2), px, py, pz])


def certified(path):
    ranges = json.loads(Path(path).read_text())
    return lambda run, lumi: any(a <= lumi <= b for a, b in ranges.get(str(run), []))


def events_of(path, *, simulated):
    names = [*NEEDED, *(["GenPart_pdgId"] if simulated else [])]
    arrays = uproot.open(path)["Events"].arrays(names)
    return [
        dict(zip(names, values, strict=True))
        for values in zip(*(arrays[n].to_list() for n in names), strict=True)
    ]


def chosen_pair(event, tes):
    """Muon and tau: the hardest muon, then the most isolated tau, apart from each other."""
    muons = [
        i
        for i, (pt, eta, tight) in enumerate(
            zip(event["Muon_pt"], event["Muon_eta"], event["Muon_tightId"], strict=True)
        )
        if pt > 17 and abs(eta) < np.float32(2.1) and tight
    ]
    scaled = [float(np.float32(pt) * tes) for pt in event["Tau_pt"]]
    taus = [
        j
        for j, pt in enumerate(scaled)
        if pt > 20
        and abs(event["Tau_eta"][j]) < 2.3
        and event["Tau_charge"][j] != 0
        and all(
            event[f"Tau_{x}"][j]
            for x in ("idDecayMode", "idIsoTight", "idAntiEleTight", "idAntiMuTight")
        )
    ]
    pairs = [
        (i, j)
        for i in muons
        for j in taus
        if delta_r(
            event["Muon_eta"][i], event["Muon_phi"][i], event["Tau_eta"][j], event["Tau_phi"][j]
        )
        > 0.5
    ]
    if not pairs:
        return None
    return max(pairs, key=lambda ij: (event["Muon_pt"][ij[0]], -event["Tau_relIso_all"][ij[1]]))


def measured(event, tes=1.0, jes=1.0):
    """Region and value of its observable; None if the event is in no region."""
    pair = chosen_pair(event, tes)
    if pair is None or not event["HLT_IsoMu17_eta2p1_LooseIsoPFTau20"]:
        return None
    i, j = pair
    if not 0 <= event["Muon_pfRelIso03_all"][i] < np.float32(0.1):
        return None
    # What all taus gain, the missing momentum loses.
    met = np.array([np.cos(event["MET_phi"]), np.sin(event["MET_phi"])]) * event["MET_pt"]
    for pt, phi in zip(event["Tau_pt"], event["Tau_phi"], strict=True):
        met -= (tes - 1) * pt * np.array([np.cos(phi), np.sin(phi)])
    muon_pt, muon_phi = event["Muon_pt"][i], event["Muon_phi"][i]
    cosine = np.cos(muon_phi - np.arctan2(met[1], met[0]))
    transverse = np.sqrt(2 * muon_pt * np.hypot(*met) * (1 - cosine))
    muon = four(muon_pt, event["Muon_eta"][i], muon_phi, event["Muon_mass"][i])
    tau = four(
        event["Tau_pt"][j] * tes,
        event["Tau_eta"][j],
        event["Tau_phi"][j],
        event["Tau_mass"][j] * tes,
    )
    energy, *momentum = muon + tau
    mass = np.sqrt(max(energy**2 - np.dot(momentum, momentum), 0))
    jets = [
        1
        for pt, eta, phi in zip(event["Jet_pt"], event["Jet_eta"], event["Jet_phi"], strict=True)
        if pt * jes > 30
        and abs(eta) < 4.7
        and delta_r(eta, phi, event["Muon_eta"][i], muon_phi) >= 0.5
        and delta_r(eta, phi, event["Tau_eta"][j], event["Tau_phi"][j]) >= 0.5
    ]
    sign = "" if event["Muon_charge"][i] * event["Tau_charge"][j] < 0 else "SS"
    if transverse < 30:
        return f"{sign or 'SR'}_{'jets' if jets else '0jet'}", mass
    return (f"{sign}W", transverse) if transverse > 70 else None


def fill(values, edges):
    """Contents with the overflow in the last bin."""
    return np.histogram(np.minimum(values, np.nextafter(edges[-1], 0)), edges)[0]


def templates(listing, golden):
    """Contents by region, sample and variation, before estimates; from a list of files."""
    folder = Path(listing).parent
    content = json.loads(Path(listing).read_text())
    luminosity = content["data"]["nominal"]["luminosity"]
    good = certified(golden)
    found = {}
    for name, sets in content.items():
        (file,) = sets["nominal"]["files"]
        events = events_of(folder / file["path"], simulated=name != "data")
        if name == "data":
            events = [e for e in events if good(e["run"], e["luminosityBlock"])]
            groups, scale = {"data": events}, 1.0
        else:
            scale = sets["nominal"]["cross_section"] * luminosity / file["nevts"]
            is_tau = [any(abs(p) == 15 for p in e["GenPart_pdgId"]) for e in events]
            groups = {name: events}
            if name == "DY":
                groups = {
                    "ZTT": [e for e, tau in zip(events, is_tau, strict=True) if tau],
                    "ZLL": [e for e, tau in zip(events, is_tau, strict=True) if not tau],
                }
        kinds = {"": {}}
        if name != "data":
            kinds |= {
                "tes_up": {"tes": 1.03}, "tes_down": {"tes": 0.97},
                "jes_up": {"jes": 1.03}, "jes_down": {"jes": 0.97},
            }  # fmt: skip
        for sample, mine in groups.items():
            for kind, settings in kinds.items():
                values = defaultdict(list)
                for event in mine:
                    place = measured(event, **settings)
                    if place is not None:
                        values[place[0]].append(place[1])
                for region in ("SR_0jet", "SR_jets", "W", "SS_0jet", "SS_jets", "SSW"):
                    edges = TRANSVERSE_EDGES if region.endswith("W") else MASS_EDGES
                    found[region, sample, kind] = fill(values[region], edges) * scale
    return found
