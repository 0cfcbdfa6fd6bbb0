"""The histograms of `analyses/ttbar.py` by plain awkward: the oracle of the tests.

Written from the published description of the measurement (agc.md), not from hepline. The only
thing taken from there is `counter.uniform`, the keyed random numbers, because the smearing of jet
momenta has no other definition.

Conventions: files hold float32, and a Python number beside a float32 column is float32 (NEP 50),
so cuts, scaled momenta and HT are float32; four-momenta are float64.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import awkward as ak
import hist
import numpy as np
import uproot
from numpy.typing import NDArray

from hepline.arrays import Floats
from hepline.engine.counter import uniform

FIELDS = {
    "Electron": ("pt", "eta", "phi", "mass", "cutBased", "sip3d"),
    "Muon": ("pt", "eta", "phi", "mass", "tightId", "sip3d", "pfRelIso04_all"),
    "Jet": ("pt", "eta", "phi", "mass", "jetId", "btagCSVV2", "qgl"),
}
KEYS = ("run", "luminosityBlock", "event")


@dataclass(frozen=True)
class Counted:
    """One histogram, underflow and overflow included, shape (bin + 2,)."""

    entries: NDArray[np.int64]
    weights: Floats
    squares: Floats


@dataclass(frozen=True)
class Cuts:
    """What the published and the loosened selection differ in."""

    jet_pt: float
    jets: int
    btag: bool


PUBLISHED = Cuts(30, 4, btag=True)
LOOSENED = Cuts(15, 2, btag=False)


def events_of(path: Path) -> dict[str, ak.Array]:
    names = [f"{kind}_{field}" for kind, fields in FIELDS.items() for field in fields]
    tree = uproot.open(path)["Events"]
    return {name: tree[name].array() for name in (*names, *KEYS)}


def _collection(events: dict[str, ak.Array], kind: str) -> ak.Array:
    return ak.zip({field: events[f"{kind}_{field}"] for field in FIELDS[kind]})


def _smearing(events: dict[str, ak.Array]) -> ak.Array:
    """Gaussian factors of mean 1 and width 5 %, one per stored jet (Box and Muller)."""
    pt = events["Jet_pt"]
    keys = [
        ak.to_numpy(ak.flatten(ak.broadcast_arrays(events[name], pt)[0])).astype(np.int64)
        for name in KEYS
    ]
    position = ak.to_numpy(ak.flatten(ak.local_index(pt)))
    first, second = (uniform("pt_res/Jet", draw, *keys, position) for draw in (0, 1))
    normal = np.sqrt(-2.0 * np.log(first)) * np.cos(2.0 * np.pi * second)
    return ak.unflatten(normal * 0.05 + 1.0, ak.num(pt))


def leptons_of(events: dict[str, ak.Array]) -> tuple[ak.Array, ak.Array]:
    """Good electrons and good muons."""
    electron, muon = _collection(events, "Electron"), _collection(events, "Muon")
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
    return electron[good_electron], muon[good_muon]


def one_lepton_of(events: dict[str, ak.Array]) -> ak.Array:
    electron, muon = leptons_of(events)
    return ak.num(electron.pt) + ak.num(muon.pt) == 1


def _momenta(jets: ak.Array) -> ak.Array:
    pt, eta, phi, mass = (ak.values_astype(jets[name], "float64") for name in _POLAR)
    p = pt * np.cosh(eta)
    return ak.zip(
        {
            "px": pt * np.cos(phi),
            "py": pt * np.sin(phi),
            "pz": pt * np.sinh(eta),
            "e": np.sqrt(p * p + mass * mass),
            "tagged": jets.btagCSVV2 > 0.5,
        }
    )


_POLAR = ("pt", "eta", "phi", "mass")


def _leading_mass(jets: ak.Array, size: int, *, btag: bool) -> ak.Array:
    """Mass of the combination with the largest pt; None where there is no combination."""
    members = ak.unzip(ak.combinations(_momenta(jets), size))
    total = {name: sum(member[name] for member in members) for name in ("px", "py", "pz", "e")}
    pt = np.sqrt(total["px"] * total["px"] + total["py"] * total["py"])
    momentum = total["px"] * total["px"] + total["py"] * total["py"] + total["pz"] * total["pz"]
    mass = np.sqrt(np.maximum(total["e"] * total["e"] - momentum, 0.0))
    if btag:
        tagged = members[0].tagged
        for member in members[1:]:
            tagged = tagged | member.tagged
        pt, mass = pt[tagged], mass[tagged]
    return ak.firsts(mass[ak.argmax(pt, axis=1, keepdims=True)])


def btag_weights(jets: ak.Array, number: int) -> dict[str, Floats]:
    """1 ± 0.075 pt/50 of one selected jet, in float32; 1 in events without that jet."""
    pt = ak.pad_none(jets.pt, number + 1)[:, number]
    shift = ak.fill_none(0.075 * pt / 50, np.float32(0))
    both = {"up": 1 + shift, "down": 1 - shift}
    return {side: ak.to_numpy(ak.values_astype(w, "float64")) for side, w in both.items()}


def _fill(values: ak.Array, weights: Floats, chosen: ak.Array) -> Counted:
    """Boost.Histogram finds the bin; `math.fsum` adds exactly."""
    kept = ak.to_numpy(chosen & ~ak.is_none(values))
    numbers = ak.to_numpy(values[kept]).astype(np.float64)
    index = hist.axis.Regular(25, 50, 550).index(numbers) + 1
    bins = [weights[kept][index == place] for place in range(27)]
    return Counted(
        np.bincount(index, minlength=27),
        np.array([math.fsum(w) for w in bins]),
        np.array([math.fsum(w * w) for w in bins]),
    )


def _regions(jets: ak.Array, one_lepton: ak.Array, cuts: Cuts) -> dict[str, tuple[ak.Array, ...]]:
    """Selection and observable of each region."""
    selected = one_lepton & (ak.num(jets.pt) >= cuts.jets)
    ht = ak.sum(jets.pt, axis=1)
    trijet = _leading_mass(jets, 3, btag=cuts.btag)
    if not cuts.btag:
        dijet = _leading_mass(jets, 2, btag=False)
        return {"ht": (selected, ht), "dijet": (selected, dijet), "trijet": (selected, trijet)}
    tags = ak.sum(jets.btagCSVV2 > 0.5, axis=1)
    return {"4j1b": (selected & (tags == 1), ht), "4j2b": (selected & (tags >= 2), trijet)}


def varied_jets(events: dict[str, ak.Array], cuts: Cuts) -> dict[str, ak.Array]:
    jets = _collection(events, "Jet")
    pt = {
        "": jets.pt,
        "pt_scale_up": jets.pt * np.float32(1.03),
        "pt_res_up": ak.values_astype(
            ak.values_astype(jets.pt, "float64") * _smearing(events), "float32"
        ),
    }
    varied = {}
    for name, momentum in pt.items():
        changed = ak.with_field(jets, momentum, "pt")
        good = (changed.pt > cuts.jet_pt) & (abs(changed.eta) < 2.4) & ((jets.jetId & 4) != 0)
        varied[name] = changed[good]
    return varied


def ttbar_histograms(
    path: Path, cuts: Cuts = PUBLISHED, *, wjets: bool = True
) -> dict[tuple[str, str], Counted]:
    """All histograms of one file, by region and variation (empty: nominal), unscaled.

    Parameters
    ----------
    path : Path
    cuts : Cuts
    wjets : bool
        Whether the sample is W+jets, on which the scale variation acts too.
    """
    events = events_of(path)
    one_lepton = one_lepton_of(events)
    varied = varied_jets(events, cuts)
    ones = np.ones(len(one_lepton))
    found: dict[tuple[str, str], Counted] = {}
    for name, jets in varied.items():
        for region, (chosen, values) in _regions(jets, one_lepton, cuts).items():
            found[region, name] = _fill(values, ones, chosen)
    weights: dict[str, Floats] = {}
    for number in range(4):
        for side, factor in btag_weights(varied[""], number).items():
            weights[f"btag_var_{number}_{side}"] = factor
    if wjets:
        weights |= {"scale_var_up": ones * 1.025, "scale_var_down": ones * 0.975}
    for region, (chosen, values) in _regions(varied[""], one_lepton, cuts).items():
        for name, factor in weights.items():
            found[region, name] = _fill(values, factor, chosen)
    return found


Oracle = Callable[..., dict[tuple[str, str], Counted]]
