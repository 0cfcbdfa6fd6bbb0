"""The ttbar templates as one writes them for coffea: python awkward_ttbar.py FILE ….

Chunks of columns, masks for every variation of the jets, weights for the nominal ones, one
histogram with an axis of variations. Events are cut before jets are combined, and momenta become
Cartesian once per jet. The jet resolution is smeared with numpy's random numbers.
"""

import sys

import awkward as ak
import hist
import numpy as np
import uproot
from serve import serve

POLAR = ("pt", "eta", "phi", "mass")
STEP = 100_000
FIELDS = {
    "Electron": ("pt", "eta", "cutBased", "sip3d"),
    "Muon": ("pt", "eta", "tightId", "sip3d", "pfRelIso04_all"),
    "Jet": (*POLAR, "jetId", "btagCSVV2"),
}


def one_lepton(electron, muon):
    """Mask of events with exactly one good lepton."""
    good_electron = (
        (electron.pt > 30)
        & (abs(electron.eta) < 2.1)
        & (electron.cutBased == 4)
        & (electron.sip3d < 4)
    )
    good_muon = (
        (muon.pt > 30)
        & (abs(muon.eta) < 2.1)
        & muon.tightId
        & (muon.sip3d < 4)
        & (muon.pfRelIso04_all < 0.15)
    )
    return ak.sum(good_electron, axis=1) + ak.sum(good_muon, axis=1) == 1


def top_mass(jets):
    """Mass of the trijet with a b-tag and the largest transverse momentum, one per event."""
    pt, eta, phi, mass = (ak.values_astype(jets[name], "float64") for name in POLAR)
    z = pt * np.sinh(eta)
    momenta = ak.zip(
        {
            "x": pt * np.cos(phi),
            "y": pt * np.sin(phi),
            "z": z,
            "t": np.sqrt(pt * pt + z * z + mass * mass),
            "tagged": jets.btagCSVV2 > 0.5,
        }
    )
    one, two, three = ak.unzip(ak.combinations(momenta, 3))
    x, y = one.x + two.x + three.x, one.y + two.y + three.y
    tagged = one.tagged | two.tagged | three.tagged
    best = ak.argmax(ak.where(tagged, x * x + y * y, -1), axis=1, keepdims=True)
    one, two, three = (ak.flatten(member[best]) for member in (one, two, three))
    x, y, z, t = (one[n] + two[n] + three[n] for n in "xyzt")
    return np.sqrt(np.maximum(t * t - x * x - y * y - z * z, 0))


def fill(histogram, region, variation, values, weight=None):
    """Fill one region and variation."""
    histogram.fill(ak.to_numpy(values), region=region, variation=variation, weight=weight)


def process(columns, histogram, rng):
    """Fill everything for one chunk."""
    electron, muon, jet = (
        ak.zip({field: columns[f"{kind}_{field}"] for field in fields})
        for kind, fields in FIELDS.items()
    )
    jet = jet[one_lepton(electron, muon)]
    jet = jet[(abs(jet.eta) < 2.4) & ((jet.jetId & 4) != 0)]
    smearing = ak.unflatten(rng.normal(1, 0.05, ak.sum(ak.num(jet))), ak.num(jet))
    varied = {
        "": jet.pt,
        "_pt_scale_up": jet.pt * np.float32(1.03),
        "_pt_res_up": ak.values_astype(jet.pt * smearing, "float32"),
    }
    for variation, pt in varied.items():
        hard = pt > 30
        four = ak.sum(hard, axis=1) >= 4
        jets = ak.with_field(jet[four], pt[four], "pt")[hard[four]]
        tags = ak.sum(jets.btagCSVV2 > 0.5, axis=1)
        for region, chosen in (("4j1b", tags == 1), ("4j2b", tags >= 2)):
            selected = jets[chosen]
            values = ak.sum(selected.pt, axis=1) if region == "4j1b" else top_mass(selected)
            fill(histogram, region, variation, values)
            if variation:
                continue
            for number in range(4):
                shift = ak.to_numpy(0.075 * selected.pt[:, number] / 50)
                fill(histogram, region, f"_btag_var_{number}_up", values, 1 + shift)
                fill(histogram, region, f"_btag_var_{number}_down", values, 1 - shift)


def templates(paths):
    """All histograms of some files."""
    histogram = hist.Hist(
        hist.axis.Regular(25, 50, 550, name="observable"),
        hist.axis.StrCategory([], growth=True, name="region"),
        hist.axis.StrCategory([], growth=True, name="variation"),
        storage=hist.storage.Weight(),
    )
    rng = np.random.default_rng(1)
    names = [f"{kind}_{field}" for kind, fields in FIELDS.items() for field in fields]
    trees = dict.fromkeys(paths, "Events")
    for columns in uproot.iterate(trees, names, step_size=STEP, how=dict, ak_add_doc=False):
        process(columns, histogram, rng)
    return {
        f"{region}{variation}": histogram[:, region, variation].values(flow=True).tolist()
        for region in histogram.axes[1]
        for variation in histogram.axes[2]
    }


if __name__ == "__main__":
    serve(lambda _: templates(sys.argv[1:]))
