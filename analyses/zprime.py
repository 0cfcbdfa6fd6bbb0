"""Search for a Z′ boson that decays to two muons: two eras at 13 TeV, limits against its mass.

hepline generate analyses/zprime_samples.json --out generated/zprime
hepline run analyses/zprime.py --samples generated/zprime/samples.json --out out/zprime
"""

from pathlib import Path

import numpy as np

import hepline as hl

here = Path(__file__).parent
ev = hl.events("nanoaod")

# --- muons: the momentum scale moves everything that is made of them -----------------------------
scale = hl.nuisance("Muon momentum scale", key="mu_scale")
mu, met = hl.rescale(ev.Muon, scale, up=1.005, down=0.995, met=ev.MET)
mu = mu[(mu.pt > 53) & (abs(mu.eta) < 2.4) & mu.tightId & (mu.pfRelIso03_all < 0.1)]
pairs = mu.pairs()
pairs = pairs[pairs[0].charge != pairs[1].charge]
pair = pairs.best(pairs[0].pt + pairs[1].pt)

# --- weights: identification, pile-up, and the scales of the matrix element ----------------------
identification = hl.nuisance("Muon identification", key="mu_id", correlation=0.5)
factor = hl.correction(here / "zprime_muons.json", "muon_id").vary(
    identification, argument="systematic", nominal="nominal", up="up", down="down"
)
scales = hl.nuisance(
    "Renormalization and factorization scales", key="qcd", samples=["DY"], combine="scale"
)
top_pt = hl.nuisance("Top pt", key="top_pt", one_sided=True)
softer = hl.top_pt_weight(ev.GenPart)
weight = hl.weight(1.0) * factor(pair[0].pt) * factor(pair[1].pt)
weight = weight.vary(scales, members=ev.LHEScaleWeight, count=9)

# --- eras, each with its luminosity, files, triggers and certified sections ----------------------
a = hl.Analysis(
    "zprime", title="Z′ → µµ", weight=weight, energy="13 TeV", poi="mu", label="CMS Open Data"
)
for era, alone in (("2016", 0.010), ("2017", 0.020)):
    uncertainties = {f"Luminosity {era}": alone, "Luminosity": 0.008}
    a.era(era, luminosity_uncertainty=uncertainties, energy="13 TeV")
good = {era: hl.good_luminosity(here / f"zprime_certified_{era}.json")(ev) for era in a.eras}
single = hl.by_era({"2016": ev.HLT.IsoMu24 | ev.HLT.Mu50, "2017": ev.HLT.IsoMu27 | ev.HLT.Mu50})
double = hl.by_era(
    {
        "2016": ev.HLT.Mu17_TrkIsoVVL_Mu8_TrkIsoVVL,
        "2017": ev.HLT.Mu17_TrkIsoVVL_Mu8_TrkIsoVVL_DZ_Mass3p8,
    }
)

# --- samples: Drell-Yan in slices of mass, a grid of signals, two primary datasets ---------------
a.sample(
    "DY",
    files=["DY_190_300", "DY_300_600", "DY_600"],
    uncertainty={"Drell-Yan cross-section": 0.03},
    label="Drell-Yan",
)
a.sample(
    "TT",
    weight=hl.weight(softer).vary(top_pt, up=1 / softer),
    uncertainty={"tt̄ cross-section": 0.06},
    label="tt̄",
)
a.sample("WW", uncertainty={"WW cross-section": 0.10}, label="WW")
# A Z′ that couples like the Z at 7 % of its strength: a 200th of the usual benchmark's rate.
masses = [500, 600, 800, 1000, 1200]
a.signal("Zprime", mass=masses, label="Z′ ({mass} GeV)", axis="Z′ mass [GeV]")
datasets = {"SingleMuon": hl.part(where=single), "DoubleMuon": hl.part(where=double)}
a.data("data", files=datasets, where=hl.by_era(good))

# --- what is measured ----------------------------------------------------------------------------
edges = np.round(np.geomspace(250, 2000, 31))
barrel = (abs(pair[0].eta) < 1.2) & (abs(pair[1].eta) < 1.2)
a.region(
    "SR",
    where={
        "trigger": single | double,
        "two muons of opposite charge": ~pair.mass.is_missing(),
        "mass above 250 GeV": pair.mass > 250,
    },
    split={"barrel": barrel, "endcaps": ~barrel},
    observable=hl.axis(pair.mass, edges, label="dimuon mass [GeV]", overflow=True, log=True),
    plots=[
        hl.axis(pair[0].pt, 30, 50, 650, label="leading muon pt [GeV]"),
        hl.axis(pair[1].pt, 30, 50, 650, label="second muon pt [GeV]"),
        hl.axis(pair[0].eta, 24, -2.4, 2.4, label="leading muon eta"),
        hl.axis(pair.pt, 25, 0, 250, label="dimuon pt [GeV]"),
        hl.axis(pair.rapidity, 24, -2.4, 2.4, label="dimuon rapidity"),
        hl.axis(met.pt, 25, 0, 250, label="missing pt [GeV]"),
        hl.axis(ev.PV.npvs, 30, 0, 60, label="vertices"),
    ],
)
