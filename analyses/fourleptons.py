r"""Higgs → ZZ → 4ℓ: electrons and muons, all channels together, 8 TeV.

    hepline generate analyses/fourleptons_samples.json --out generated/fourleptons
    hepline run analyses/fourleptons.py \
        --samples generated/fourleptons/samples.json --out out/fourleptons

The candidates that CMS has published as text (record 5200) need no selection any more:

    python analyses/fourleptons.py 4mu_2011.csv 4e_2011.csv 2e2mu_2011.csv 4mu_2012.csv …
"""

import sys

import hepline as hl

ev = hl.events("nanoaod")

# --- leptons, with the energy scale of electrons and the momentum scale of muons -----------------
ele_scale = hl.nuisance("Electron energy scale", key="ele_scale")
mu_scale = hl.nuisance("Muon momentum scale", key="mu_scale")
electron = hl.rescale(ev.Electron, ele_scale, up=1.005, down=0.995)
muon = hl.rescale(ev.Muon, mu_scale, up=1.002, down=0.998)
electron = electron[(electron.pt > 7) & (abs(electron.eta) < 2.5)]
muon = muon[(muon.pt > 5) & (abs(muon.eta) < 2.4)]
lepton = hl.concat(electron, muon, tag="flavor")
lepton = lepton[(lepton.pfRelIso03_all < 0.4) & (lepton.sip3d < 4)]

# --- Z candidates: the first one is closest to the Z mass, the second one made of what is left ---


def z_candidates(leptons):
    """Pairs of equal flavor and opposite charge."""
    pair = leptons.pairs()
    return pair[(pair[0].charge != pair[1].charge) & (pair[0].flavor == pair[1].flavor)]


first = z_candidates(lepton)
first = first.closest(first.mass, 91.2)
used = (lepton.position == first[0].position) | (lepton.position == first[1].position)
second = z_candidates(lepton[~used])
second = second.best(second[0].pt + second[1].pt)
mass = (first + second).mass
by_pt = lepton.sort(lepton.pt)

# --- what is measured ----------------------------------------------------------------------------
identification = hl.nuisance("Lepton identification", key="lepton_id")
a = hl.Analysis(
    "fourleptons",
    title="H → ZZ → 4ℓ",
    luminosity_uncertainty=0.026,
    weight=hl.weight(1.0).vary(identification, up=1.04, down=0.96),
    energy="8 TeV",
    poi="mu",
    label="CMS Open Data",
)
a.sample(
    "Higgs",
    normalization="mu",
    uncertainty={"QCD scale and PDF (H)": 0.10},
    label="H → ZZ (125 GeV)",
)
a.sample("ZZ", uncertainty={"ZZ cross-section": 0.05}, label="ZZ")
a.data()
selection = {
    "trigger": ev.HLT.Mu17_Mu8 | ev.HLT.Ele17_Ele8 | ev.HLT.IsoMu24,
    "four leptons": hl.count(lepton) >= 4,
    "leading leptons above 20 and 10 GeV": (by_pt[0].pt > 20) & (by_pt[1].pt > 10),
    "40 < m(Z1) < 120 GeV": (first.mass > 40) & (first.mass < 120),
    "12 < m(Z2) < 120 GeV": (second.mass > 12) & (second.mass < 120),
}
flavors = first[0].flavor + second[0].flavor
a.region(
    "SR",
    where=selection,
    split={"4e": flavors == 0, "2e2mu": flavors == 1, "4mu": flavors == 2},
    observable=hl.axis(mass, 33, 70, 400, "four-lepton mass [GeV]", overflow=True),
    fit_bins=[100, 110, 120, 130, 140, 150, 160],
    plots=[
        hl.axis(mass, 37, 70, 181, "four-lepton mass near the Higgs [GeV]"),
        hl.axis(first.mass, 40, 40, 120, "mass of Z1 [GeV]"),
        hl.axis(second.mass, 36, 12, 120, "mass of Z2 [GeV]"),
        hl.axis(by_pt[0].pt, 30, 20, 170, "leading lepton pt [GeV]"),
        (
            hl.axis(first.mass, 20, 40, 120, "m(Z1) [GeV]"),
            hl.axis(second.mass, 27, 12, 120, "m(Z2) [GeV]"),
        ),
    ],
)


def published(paths):
    """The mass of the published candidates, all channels and years together."""
    candidates = hl.open(paths)
    leptons = [
        hl.vector(
            px=candidates[f"px{i}"],
            py=candidates[f"py{i}"],
            pz=candidates[f"pz{i}"],
            energy=candidates[f"E{i}"],
        )
        for i in range(1, 5)
    ]
    total = leptons[0] + leptons[1] + leptons[2] + leptons[3]
    return hl.hist(total.mass, bins=(33, 70, 400), label="four-lepton mass [GeV]")


if __name__ == "__main__":
    if len(sys.argv) < 2:
        sys.exit(f"usage: python {sys.argv[0]} CANDIDATES.csv …")
    histogram = hl.compute(published(sys.argv[1:]))
    for low, high in ((70, 120), (120, 130), (130, 400)):
        number = histogram[complex(0, low) : complex(0, high)].sum()
        print(f"{low} to {high} GeV: {number:.0f} candidates")
