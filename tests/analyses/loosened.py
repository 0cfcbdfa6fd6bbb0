"""`analyses/ttbar.py` with looser cuts, so that events pass in the CMS file of W+jets."""

import hepline as hl

ev = hl.events("nanoaod")
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
jet = jet[(jet.pt > 15) & (abs(jet.eta) < 2.4) & jet.isTightLeptonVeto]

weight = hl.weight(1.0)
for i in range(4):
    # Two jets are enough to be selected: the third and fourth may be missing.
    shift = (0.075 * jet[i].pt / 50).fill_missing(0)
    btag = hl.nuisance(f"b-tag NP {i + 1}", key=f"btag_var_{i}")
    weight = weight.vary(btag, up=1 + shift, down=1 - shift)
scale = hl.nuisance("W+jets scale variations", key="scale_var", samples=["wjets"])
weight = weight.vary(scale, up=1.025, down=0.975)

loosened = hl.Analysis("loosened", luminosity=3378 / hl.units.pb, weight=weight)
loosened.sample("wjets", cross_section=15487.164 * hl.units.pb, normalization="mu")
selection = {
    "exactly one lepton": hl.count(electron) + hl.count(muon) == 1,
    "at least two jets": hl.count(jet) >= 2,
}
dijet, trijet = jet.pairs(), jet.combinations(3)
observables = {
    "ht": hl.sum(jet.pt),
    "dijet": dijet.best(dijet.pt).mass,
    "trijet": trijet.best(trijet.pt).mass,
}
for name, observable in observables.items():
    loosened.region(name, where=selection, observable=hl.axis(observable, 25, 50, 550))
