"""The Z′ analysis with plain awkward and NumPy: an independent computation of its yields."""

from __future__ import annotations

import json
from pathlib import Path

import awkward as ak
import numpy as np
import uproot

EDGES = np.round(np.geomspace(250, 2000, 31))
TRIGGERS = {
    "2016": (("HLT_IsoMu24", "HLT_Mu50"), "HLT_Mu17_TrkIsoVVL_Mu8_TrkIsoVVL"),
    "2017": (("HLT_IsoMu27", "HLT_Mu50"), "HLT_Mu17_TrkIsoVVL_Mu8_TrkIsoVVL_DZ_Mass3p8"),
}
# The six variations of (μR, μF) that CMS takes, of the nine of NanoAOD.
SCALES = (0, 1, 3, 5, 7, 8)


def pairs_of(events, scale):
    """Columns of the chosen pair of every event that has one, and which events these are."""
    muon = ak.zip(
        {
            name: events[f"Muon_{name}"]
            for name in ("eta", "phi", "mass", "charge", "tightId", "pfRelIso03_all")
        }
    )
    muon["pt"] = events["Muon_pt"] * np.float32(scale) if scale != 1 else events["Muon_pt"]
    muon["m"] = muon.mass * scale
    muon = muon[
        (muon.pt > 53)
        & (abs(muon.eta) < np.float32(2.4))
        & muon.tightId
        & (muon.pfRelIso03_all < np.float32(0.1))
    ]
    first, second = ak.unzip(ak.combinations(muon, 2))
    opposite = first.charge != second.charge
    first, second = first[opposite], second[opposite]
    best = ak.argmax(first.pt + second.pt, axis=1, keepdims=True)
    found = ak.to_numpy(ak.num(first.pt) > 0)
    one, two = ak.flatten(first[best][found]), ak.flatten(second[best][found])
    return one, two, found


def mass_of(one, two):
    def four(muon):
        pt, eta, phi, mass = (
            np.asarray(ak.to_numpy(muon[name]), np.float64) for name in ("pt", "eta", "phi", "m")
        )
        px, py, pz = pt * np.cos(phi), pt * np.sin(phi), pt * np.sinh(eta)
        return np.stack([np.sqrt(px**2 + py**2 + pz**2 + mass**2), px, py, pz])

    energy, *momentum = four(one) + four(two)
    return np.sqrt(np.maximum(energy**2 - sum(p**2 for p in momentum), 0))


def factors(pt, kind):
    """The scale factor of the file of corrections, by hand."""
    size = np.array([0.005, 0.01, 0.02])[np.searchsorted([120, 300], pt, side="right")]
    return 1 + {"": 0, "up": 1, "down": -1}[kind] * size


def top_weights(events):
    top = {}
    last = (events["GenPart_statusFlags"] >> 13) & 1 == 1
    for sign in (1, -1):
        these = events["GenPart_pt"][(events["GenPart_pdgId"] == 6 * sign) & last]
        top[sign] = np.asarray(ak.fill_none(ak.firsts(these), np.nan), np.float64)
    weight = np.exp(0.0615 - 0.0005 * (top[1] + top[-1]) / 2)
    return np.where(np.isnan(weight), 1.0, weight)


def fill(mass, weights):
    mass = np.minimum(mass, np.nextafter(EDGES[-1], 0))
    return np.histogram(mass, EDGES, weights=weights)[0]


def templates(listing, folder_of_masks):
    """Contents by region, sample and variation; from a list of files by era."""
    folder = Path(listing).parent
    content = json.loads(Path(listing).read_text())
    found = {}
    for era, samples in content.items():
        luminosity = samples["SingleMuon"]["nominal"]["luminosity"]
        mask = json.loads((Path(folder_of_masks) / f"zprime_certified_{era}.json").read_text())
        groups = {"DY": ["DY_190_300", "DY_300_600", "DY_600"], "TT": ["TT"], "WW": ["WW"]}
        groups |= {name: [name] for name in samples if name.startswith("Zprime")}
        groups["data"] = ["SingleMuon", "DoubleMuon"]
        for sample, parts in groups.items():
            for part in parts:
                (file,) = samples[part]["nominal"]["files"]
                events = uproot.open(folder / file["path"])["Events"].arrays()
                scale = 1.0
                if sample != "data":
                    scale = samples[part]["nominal"]["cross_section"] * luminosity / file["nevts"]
                for key, numbers in _variations(events, era, part, mask).items():
                    region, kind = key
                    place = f"SR_{region}_{era}", sample, kind
                    found[place] = found.get(place, 0) + numbers * scale
    return found


def _variations(events, era, part, mask):
    single = np.logical_or.reduce([ak.to_numpy(events[name]) for name in TRIGGERS[era][0]])
    double = ak.to_numpy(events[TRIGGERS[era][1]])
    data = part in ("SingleMuon", "DoubleMuon")
    fired = single | double
    if data:
        fired = single if part == "SingleMuon" else double & ~single
        good = [
            any(low <= lumi <= high for low, high in mask.get(str(run), []))
            for run, lumi in zip(
                events["run"].to_list(), events["luminosityBlock"].to_list(), strict=True
            )
        ]
        fired &= np.array(good)
    kinds = {"": 1.0} if data else {"": 1.0, "mu_scale_up": 1.005, "mu_scale_down": 0.995}
    results = {}
    for kind, scale in kinds.items():
        one, two, found = pairs_of(events, scale)
        mass, keep = mass_of(one, two), fired[found]
        central = (abs(ak.to_numpy(one.eta)) < np.float32(1.2)) & (
            abs(ak.to_numpy(two.eta)) < np.float32(1.2)
        )
        weight = np.ones(len(mass))
        if part == "TT":
            weight = top_weights(events)[found]
        shifted = {kind: weight}
        if not kind and not data:
            for side in ("up", "down"):
                pt = [ak.to_numpy(muon.pt) for muon in (one, two)]
                shifted[f"mu_id_{side}"] = weight * factors(pt[0], side) * factors(pt[1], side)
            if part == "TT":
                shifted["top_pt_up"] = np.ones(len(mass))
            if part.startswith("DY"):
                for number in SCALES:
                    members = ak.to_numpy(events["LHEScaleWeight"])[:, number]
                    shifted[f"member_{number}"] = weight * members[found]
        for name, values in shifted.items():
            for region, inside in (("barrel", central), ("endcaps", ~central)):
                these = keep & inside & (mass > 250)
                results[region, name] = fill(mass[these], values[these])
    return results
