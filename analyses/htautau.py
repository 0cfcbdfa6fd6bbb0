"""Search for Higgs → ττ in the µτ channel: CMS Open Data 2012, 8 TeV.

After the example of the CERN Open Data portal, record 12350; its files are records 12351 to 12358.

    hepline generate analyses/htautau_samples.json --out generated/htautau
    hepline run analyses/htautau.py --samples generated/htautau/samples.json --out out/htautau
"""

from pathlib import Path

import hepline as hl

ev = hl.events("nanoaod")

# --- objects: the energy scale of taus moves the missing momentum, too ---------------------------
tes = hl.nuisance("Tau energy scale", key="tes")
taus, met = hl.rescale(ev.Tau, tes, up=1.03, down=0.97, met=ev.MET)
muons = ev.Muon[(ev.Muon.pt > 17) & (abs(ev.Muon.eta) < 2.1) & ev.Muon.tightId]
taus = taus[
    (taus.pt > 20)
    & (abs(taus.eta) < 2.3)
    & (taus.charge != 0)
    & taus.idDecayMode
    & taus.idIsoTight
    & taus.idAntiEleTight
    & taus.idAntiMuTight
]
pairs = muons.cross(taus)
pairs = pairs[hl.delta_r(pairs[0], pairs[1]) > 0.5]
pair = pairs.best(pairs[0].pt, -pairs[1].relIso_all)
muon, tau = pair[0], pair[1]

jes = hl.nuisance("Jet energy scale", key="jes")
jet = ev.Jet.vary(jes, up={"pt": ev.Jet.pt * 1.03}, down={"pt": ev.Jet.pt * 0.97})
jet = jet[(jet.pt > 30) & (abs(jet.eta) < 4.7)]
jet = jet[~jet.near(muon, 0.5) & ~jet.near(tau, 0.5)]
no_jets, jets = hl.count(jet) == 0, hl.count(jet) > 0

# --- weights -------------------------------------------------------------------------------------
trigger = hl.nuisance("Trigger and identification of muons", key="mu_sf")
weight = hl.weight(1.0).vary(trigger, up=1.02, down=0.98)
tau_id = hl.nuisance("Tau identification", key="tau_id", samples=["ggH", "qqH", "ZTT"])
weight = weight.vary(tau_id, up=1.06, down=0.94)
has_taus = hl.any(abs(ev.GenPart.pdgId) == 15)

# --- what is measured: the list of files gives cross-sections and the luminosity -----------------
a = hl.Analysis(
    "htautau",
    title="H → ττ in the µτ channel",
    luminosity_uncertainty=0.026,
    weight=weight,
    energy="8 TeV",
    poi="mu",
    label="CMS Open Data",
)
# So little luminosity measures mu to ± 7: its estimate may be negative.
higgs = {"normalization": "mu", "bounds": (-50, 50)}
a.sample("ggH", **higgs, uncertainty={"QCD scale and PDF (H)": 0.10}, label="gg → H → ττ")
a.sample("qqH", **higgs, uncertainty={"QCD scale and PDF (VBF)": 0.03}, label="VBF H → ττ")
a.sample("ZTT", files="DY", where=has_taus, uncertainty={"Z cross-section": 0.04}, label="Z → ττ")
a.sample("ZLL", files="DY", where=~has_taus, uncertainty={"µ → τ fakes": 0.20}, label="Z → µµ")
a.sample("TT", uncertainty=0.06, label="tt̄")
a.sample("W", normalization="W_norm", label="W + jets")
golden = Path(__file__).parent / "htautau_certified.json"
a.data("data", where=hl.good_luminosity(golden)(ev))

transverse = hl.transverse_mass(muon, met)
selection = {
    "trigger": ev.HLT.IsoMu17_eta2p1_LooseIsoPFTau20,
    "a muon and a tau": ~muon.pt.is_missing(),
    # Where CMS could not compute it, the isolation is negative.
    "isolated muon": (muon.pfRelIso03_all >= 0) & (muon.pfRelIso03_all < 0.1),
}
opposite, same = muon.charge * tau.charge < 0, muon.charge * tau.charge > 0
plots = [
    hl.axis(muon.pt, 20, 17, 97, "muon pt [GeV]"),
    hl.axis(muon.eta, 21, -2.1, 2.1, "muon eta"),
    hl.axis(tau.pt, 20, 20, 100, "tau pt [GeV]"),
    hl.axis(tau.eta, 23, -2.3, 2.3, "tau eta"),
    hl.axis(tau.decayMode, range(12), "tau decay mode"),
    hl.axis(met.pt, 20, 0, 100, "missing pt [GeV]"),
    hl.axis(hl.count(jet), range(6), "jets"),
    hl.axis(ev.PV.npvs, 20, 0, 40, "vertices"),
]
low, high = {"low transverse mass": transverse < 30}, {"high transverse mass": transverse > 70}
categories = {"0jet": no_jets, "jets": jets}
a.region(
    "SR",
    where={**selection, "opposite charges": opposite, **low},
    split=categories,
    observable=hl.axis(pair.mass, 24, 20, 140, "visible mass [GeV]", overflow=True),
    fit_bins=[40, 60, 70, 80, 90, 100, 120, 140],
    plots=plots,
    n_minus_1={"low transverse mass": hl.axis(transverse, 28, 0, 140, "transverse mass [GeV]")},
)
a.region(
    "W",
    where={**selection, "opposite charges": opposite, **high},
    observable=hl.axis(transverse, 14, 70, 140, "transverse mass [GeV]", overflow=True),
    fit_bins=[70, 140],
)

# --- multijets: data with a pair of equal charges, less what simulation expects there -------------
a.region("SS", where={**selection, "equal charges": same, **low}, split=categories, fit=False)
a.region("SSW", where={**selection, "equal charges": same, **high}, fit=False)
a.estimate(
    "QCD",
    data={"SR_0jet": "SS_0jet", "SR_jets": "SS_jets", "W": "SSW"},
    subtract=["ZTT", "ZLL", "TT", "W"],
    factor=1.06,
    uncertainty={"QCD opposite to same charge": 0.10},
    label="QCD multijet",
)
