"""Measure the ttbar cross-section by features of the best assignment of jets to both top quarks.

The machine-learning variant of the Analysis Grand Challenge: every assignment is scored by one of
two published models (XGBoost), that which has not seen the event in training. Run it with

    HEPLINE_MODELS=FOLDER hepline run analyses/ttbar_ml.py --samples SAMPLES.json --out out/ttbar_ml

where FOLDER holds model_odd.json and model_even.json of the Challenge.
"""

import os
from pathlib import Path

import numpy as np

import hepline as hl

ev = hl.events("nanoaod")

# --- objects, with what is uncertain about them --------------------------------------------------
jes = hl.nuisance("Jet energy scale", key="pt_scale", one_sided=True)
jer = hl.nuisance("Jet energy resolution", key="pt_res", one_sided=True)

electron = ev.Electron[
    (ev.Electron.pt > 30)
    & (abs(ev.Electron.eta) < 2.1)
    & (ev.Electron.cutBased == 4)
    & (ev.Electron.sip3d < 4)
]
muon = ev.Muon[
    (ev.Muon.pt > 30)
    & (abs(ev.Muon.eta) < 2.1)
    & ev.Muon.tightId
    & (ev.Muon.sip3d < 4)
    & (ev.Muon.pfRelIso04_all < 0.15)
]
smeared = ev.Jet.pt * hl.normal(ev.Jet, stream="pt_res", mean=1.0, sigma=0.05)
jet = ev.Jet.vary(jes, up={"pt": ev.Jet.pt * 1.03}).vary(jer, up={"pt": smeared})
jet = jet[(jet.pt > 30) & (abs(jet.eta) < 2.4) & jet.isTightLeptonVeto]
b_jets = hl.count(jet.btagCSVV2 > 0.5)

# --- event weight: four b-tag uncertainties, one per jet, and the W+jets scale -------------------
weight = hl.weight(1.0)
for i in range(4):
    shift = 0.075 * jet[i].pt / 50
    btag = hl.nuisance(f"b-tag NP {i + 1}", key=f"btag_var_{i}")
    weight = weight.vary(btag, up=1 + shift, down=1 - shift)
wjets_scale = hl.nuisance("W+jets scale variations", key="scale_var", samples=["wjets"])
weight = weight.vary(wjets_scale, up=1.025, down=0.975)

# --- the measurement -----------------------------------------------------------------------------
ttbar = hl.Analysis(
    "ttbar",
    title="Top-quark pair production in lepton + jets",
    energy="13 TeV",
    luminosity=3378 / hl.units.pb,
    luminosity_uncertainty=0.03,
    luminosity_modifier="normsys",
    weight=weight,
)
scale = hl.alternative("ttbar scale variations")
ttbar.sample(
    "ttbar",
    cross_section=729.84 * hl.units.pb,
    normalization="ttbar_norm",
    variations={
        "ME_var": hl.alternative("ME variation", one_sided=True),
        "PS_var": hl.alternative("PS variation", one_sided=True),
        "scaleup": scale.up,
        "scaledown": scale.down,
    },
    label=r"$t\bar{t}$",
)
ttbar.sample("wjets", cross_section=15487.164 * hl.units.pb, label="W + jets")
ttbar.sample("single_top_s_chan", cross_section=3.2944 * hl.units.pb, label="single top, s")
ttbar.sample("single_top_t_chan", cross_section=234.7937 * hl.units.pb, label="single top, t")
ttbar.sample("single_top_tW", cross_section=75.842 * hl.units.pb, label="single top, tW")

selection = {
    "exactly one lepton": hl.count(electron) + hl.count(muon) == 1,
    "at least four jets": hl.count(jet) >= 4,
    "at least two b-tags": b_jets >= 2,
}

# --- all assignments: two jets to the W, one to each b quark -------------------------------------
lead = jet.sort(jet.pt)[:6]
hadronic = lead.pairs().cross(lead)
leptonic = hl.concat(electron, muon).cross(lead)
both = hadronic.cross(leptonic)


def jets_of(both):
    """W1 (the later jet of the pair), W2, and the b jets of the hadronic and the leptonic top."""
    (w, b_had), b_lep = (both[0][0], both[0][1]), both[1][1]
    return w[1], w[0], b_had, b_lep


places = [j.position for j in jets_of(both)]
different = (places[3] != places[0]) & (places[3] != places[1]) & (places[3] != places[2])
both = both[different & (places[2] != places[0]) & (places[2] != places[1])]


def unwrapped(a, b):
    """The Challenge's distance: Δφ is not brought into (−π, π], and the models were trained so."""
    return np.sqrt((a.eta - b.eta) ** 2 + (a.phi - b.phi) ** 2)


def features(both):
    """The twenty features of an assignment, in the order of the models."""
    w1, w2, b_had, b_lep = jets = jets_of(both)
    lepton, w, top = both[1][0], both[0][0], both[0]
    distances = ((lepton, b_lep), (w1, w2), (w1, b_had), (w2, b_had))
    values = [unwrapped(a, b) for a, b in distances]
    values += [both[1].mass, w.mass, top.mass, top.pt]
    return values + [j[name] for name in ("pt", "btagCSVV2", "qgl") for j in jets]


folder = Path(os.environ["HEPLINE_MODELS"])
models = [folder / "model_odd.json", folder / "model_even.json"]
score = hl.predict(models, features(both), fold=ev.event % 2)
best = both.best(score)
ranges = [(0, 6)] * 4 + [(50, 300)] * 2 + [(50, 550)] * 2 + [(25, 300)] * 4 + [(0, 1)] * 4
ranges += [(-1, 1)] * 4
for i, (value, (low, high)) in enumerate(zip(features(best), ranges, strict=True)):
    ttbar.region(
        f"Feature{i}",
        where=selection,
        observable=hl.axis(value, 25, low, high, f"feature {i}"),
        fit=i in (0, 1, 2, 4, 5, 6, 7),
    )
# As published: half of each alternative ttbar simulation, and no single top.
ttbar.pseudodata({"ttbar_ME_var": 0.5, "ttbar_PS_var": 0.5, "wjets": 1.0}, truth={"ttbar_norm": 1})
