"""Measure the ttbar cross-section in the lepton + jets channel: CMS Open Data 2015, 13 TeV.

The measurement of the Analysis Grand Challenge, https://agc.readthedocs.io. Run it with

    hepline run analyses/ttbar.py --samples SAMPLES.json --out out/ttbar
"""

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
}
trijet = jet.combinations(3)
tags = [trijet[i].btagCSVV2 for i in range(3)]
trijet = trijet[(tags[0] > 0.5) | (tags[1] > 0.5) | (tags[2] > 0.5)]
top = trijet.best(trijet.pt)
fit_bins = range(110, 551, 40)

ttbar.region(
    "4j1b",
    where={**selection, "exactly one b-tag": b_jets == 1},
    observable=hl.axis(hl.sum(jet.pt), 25, 50, 550, "$H_T$ [GeV]"),
    fit_bins=fit_bins,
    label="4 jets, 1 b-tag",
)
ttbar.region(
    "4j2b",
    where={**selection, "at least two b-tags": b_jets >= 2},
    observable=hl.axis(top.mass, 25, 50, 550, "$m_{bjj}$ [GeV]"),
    fit_bins=fit_bins,
    label="4 jets, 2 b-tags",
)
# As published: half of each alternative ttbar simulation, and no single top.
ttbar.pseudodata({"ttbar_ME_var": 0.5, "ttbar_PS_var": 0.5, "wjets": 1.0}, truth={"ttbar_norm": 1})
