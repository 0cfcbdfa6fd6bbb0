"""The H → 4ℓ analysis in plain Python, event by event: an independent computation of its yields."""

from __future__ import annotations

import json
from itertools import combinations
from pathlib import Path

import numpy as np
import uproot

EDGES = np.linspace(70, 400, 34)
FIELDS = ("pt", "eta", "phi", "mass", "charge", "pfRelIso03_all", "sip3d")
PATHS = ("HLT_Mu17_Mu8", "HLT_Ele17_Ele8", "HLT_IsoMu24")
CHANNELS = {0: "4e", 1: "2e2mu", 2: "4mu"}


def four(lepton):
    pt, eta, phi, mass = (float(lepton[name]) for name in ("pt", "eta", "phi", "mass"))
    momentum = np.array([pt * np.cos(phi), pt * np.sin(phi), pt * np.sinh(eta)])
    return np.array([np.sqrt(momentum @ momentum + mass**2), *momentum])


def invariant(*leptons):
    energy, *momentum = sum(map(four, leptons))
    return np.sqrt(max(energy**2 - np.dot(momentum, momentum), 0.0))


def leptons_of(event, scales):
    leptons = []
    for flavor, (kind, least, farthest) in enumerate((("Electron", 7, 2.5), ("Muon", 5, 2.4))):
        scale = scales.get(kind, 1.0)
        columns = [event[f"{kind}_{name}"] for name in FIELDS]
        for values in zip(*columns, strict=True):
            lepton = dict(zip(FIELDS, values, strict=True), flavor=flavor)
            lepton["pt"] = float(np.float32(lepton["pt"]) * np.float32(scale))
            lepton["mass"] = float(np.float32(lepton["mass"]) * np.float32(scale))
            clean = lepton["pfRelIso03_all"] < np.float32(0.4) and lepton["sip3d"] < 4
            if lepton["pt"] > least and abs(lepton["eta"]) < np.float32(farthest) and clean:
                leptons.append(lepton)
    return leptons


def candidates(leptons):
    return [
        pair
        for pair in combinations(leptons, 2)
        if pair[0]["charge"] != pair[1]["charge"] and pair[0]["flavor"] == pair[1]["flavor"]
    ]


def measured(event, scales):
    """Channel and four-lepton mass; None if the event is not selected."""
    leptons = leptons_of(event, scales)
    pairs = candidates(leptons)
    if len(leptons) < 4 or not pairs or not any(event[path] for path in PATHS):
        return None
    first = min(pairs, key=lambda pair: abs(invariant(*pair) - 91.2))
    rest = candidates([one for one in leptons if all(one is not used for used in first)])
    if not rest:
        return None
    second = max(rest, key=lambda pair: pair[0]["pt"] + pair[1]["pt"])
    hardest = sorted((lepton["pt"] for lepton in leptons), reverse=True)
    masses = invariant(*first), invariant(*second)
    if not (hardest[0] > 20 and hardest[1] > 10 and 40 < masses[0] < 120 and 12 < masses[1] < 120):
        return None
    return CHANNELS[first[0]["flavor"] + second[0]["flavor"]], invariant(*first, *second)


def templates(listing):
    """Contents by region, sample and variation; from a list of files."""
    folder = Path(listing).parent
    content = json.loads(Path(listing).read_text())
    luminosity = content["data"]["nominal"]["luminosity"]
    names = [*PATHS, *(f"{kind}_{name}" for kind in ("Electron", "Muon") for name in FIELDS)]
    found = {}
    for sample, sets in content.items():
        (file,) = sets["nominal"]["files"]
        arrays = uproot.open(folder / file["path"])["Events"].arrays(names)
        rows = zip(*(arrays[name].to_list() for name in names), strict=True)
        events = [dict(zip(names, row, strict=True)) for row in rows]
        scale, kinds = 1.0, {"": {}}
        if sample != "data":
            scale = sets["nominal"]["cross_section"] * luminosity / file["nevts"]
            kinds |= {
                "ele_scale_up": {"Electron": 1.005},
                "ele_scale_down": {"Electron": 0.995},
                "mu_scale_up": {"Muon": 1.002},
                "mu_scale_down": {"Muon": 0.998},
            }
        for kind, scales in kinds.items():
            values = {channel: [] for channel in CHANNELS.values()}
            for event in events:
                place = measured(event, scales)
                if place is not None:
                    values[place[0]].append(place[1])
            for channel, masses in values.items():
                inside = np.minimum(masses, np.nextafter(EDGES[-1], 0))
                found[f"SR_{channel}", sample, kind] = np.histogram(inside, EDGES)[0] * scale
    return found
