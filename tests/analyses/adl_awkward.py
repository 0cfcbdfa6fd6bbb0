"""The eight ADL benchmark queries by plain awkward: the oracle of the tests.

Written from the statements in https://github.com/iris-hep/adl-benchmarks-index (README.md, and
reference.md for ΔR and the transverse mass); axes as in its RDataFrame implementation,
https://github.com/root-project/opendata-benchmarks. Nothing of hepline is used. Stored float32
are compared and summed as float32; angles and four-momenta are float64.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import awkward as ak
import hist
import numpy as np
import uproot
from numpy.typing import NDArray

Events = Mapping[str, Any]
_MET = (100, 0, 200)
_FIELDS = {
    "Jet": ("pt", "eta", "phi", "mass", "btag"),
    "Muon": ("pt", "eta", "phi", "mass", "charge"),
    "Electron": ("pt", "eta", "phi", "mass", "charge"),
    "MET": ("pt", "phi"),
}


def read(path: Path) -> dict[str, ak.Array]:
    """Collections of a NanoAOD-like file."""
    tree = uproot.open(path)["Events"]
    return {
        kind: ak.zip({field: tree[f"{kind}_{field}"].array() for field in fields})
        for kind, fields in _FIELDS.items()
    }


def write_nanoaod(sample: Path, path: Path) -> None:
    """Turn the public JSON sample of the benchmark (one event a line) into a ROOT file."""
    events = [json.loads(line) for line in sample.read_text("utf-8").splitlines() if line]
    branches: dict[str, Any] = {
        name: np.array([event[name] for event in events], dtype)
        for name, dtype in (("run", "u4"), ("luminosityBlock", "u4"), ("event", "u8"))
    }
    for field in _FIELDS["MET"]:
        branches[f"MET_{field}"] = np.array([event["MET"][field] for event in events], "f4")
    for kind in ("Jet", "Muon", "Electron"):
        counts = [len(event[kind]) for event in events]
        columns = {}
        for field in _FIELDS[kind]:
            flat = [entry[field] for event in events for entry in event[kind]]
            dtype = "i4" if field == "charge" else "f4"
            columns[field] = ak.unflatten(np.array(flat, dtype), counts)
        branches[kind] = ak.zip(columns)
    with uproot.recreate(path) as file:
        types = {name: ak.type(branch).content for name, branch in branches.items()}
        file.mktree("Events", types).extend(branches)


def _momenta(objects: ak.Array) -> ak.Array:
    pt, eta, phi, mass = (ak.values_astype(objects[n], "float64") for n in _POLAR)
    made = {
        "px": pt * np.cos(phi),
        "py": pt * np.sin(phi),
        "pz": pt * np.sinh(eta),
        "e": np.sqrt((pt * np.cosh(eta)) ** 2 + mass**2),
    }
    others = {n: objects[n] for n in objects.fields if n not in _POLAR}
    return ak.zip({**made, **others})


_POLAR = ("pt", "eta", "phi", "mass")


def _add(*members: ak.Array) -> ak.Array:
    return ak.zip({n: sum(member[n] for member in members) for n in ("px", "py", "pz", "e")})


def _pt(momentum: ak.Array) -> ak.Array:
    return np.sqrt(momentum.px**2 + momentum.py**2)


def _mass(momentum: ak.Array) -> ak.Array:
    squared = momentum.e**2 - (momentum.px**2 + momentum.py**2 + momentum.pz**2)
    return np.sqrt(np.maximum(squared, 0))


def _binned(values: ak.Array, bins: tuple[int, float, float]) -> NDArray[np.float64]:
    """Counts with underflow and overflow, shape (bin + 2,)."""
    made = hist.Hist(hist.axis.Regular(*bins))
    flat = ak.to_numpy(ak.flatten(values, axis=None))
    made.fill(flat.astype(np.float64))
    return made.values(flow=True)


def q1(ev: Events) -> NDArray[np.float64]:
    return _binned(ev["MET"].pt, _MET)


def q2(ev: Events) -> NDArray[np.float64]:
    return _binned(ev["Jet"].pt, (100, 15, 60))


def q3(ev: Events) -> NDArray[np.float64]:
    return _binned(ev["Jet"].pt[abs(ev["Jet"].eta) < 1], (100, 15, 60))


def q4(ev: Events) -> NDArray[np.float64]:
    return _binned(ev["MET"].pt[ak.sum(ev["Jet"].pt > 40, axis=1) >= 2], _MET)


def q5(ev: Events) -> NDArray[np.float64]:
    one, two = ak.unzip(ak.combinations(_momenta(ev["Muon"]), 2))
    mass = _mass(_add(one, two))
    good = (one.charge * two.charge < 0) & (mass > 60) & (mass < 120)
    return _binned(ev["MET"].pt[ak.any(good, axis=1)], _MET)


def _top(ev: Events) -> tuple[ak.Array, ak.Array]:
    """Momentum and largest b-tag of the best trijet, one per event that has any."""
    members = ak.unzip(ak.combinations(_momenta(ev["Jet"]), 3))
    trijet = _add(*members)
    best = ak.argmin(abs(_mass(trijet) - 172.5), axis=1, keepdims=True)
    tag = np.maximum(np.maximum(members[0].btag, members[1].btag), members[2].btag)
    return ak.drop_none(_pt(trijet)[best]), ak.drop_none(tag[best])


def q6a(ev: Events) -> NDArray[np.float64]:
    return _binned(_top(ev)[0], (100, 15, 40))


def q6b(ev: Events) -> NDArray[np.float64]:
    return _binned(_top(ev)[1], (100, 0, 1))


def _leptons(ev: Events) -> ak.Array:
    tagged = [
        ak.with_field(ev[kind], number, "flavor")
        for number, kind in enumerate(("Electron", "Muon"))
    ]
    return ak.concatenate(tagged, axis=1)


def q7(ev: Events) -> NDArray[np.float64]:
    leptons = _leptons(ev)
    leptons = leptons[leptons.pt > 10]
    jets = ev["Jet"][ev["Jet"].pt > 30]
    jet, lepton = ak.unzip(ak.cartesian([jets, leptons], nested=True))
    eta = ak.values_astype(jet.eta, "float64") - ak.values_astype(lepton.eta, "float64")
    phi = ak.values_astype(jet.phi, "float64") - ak.values_astype(lepton.phi, "float64")
    phi = np.arctan2(np.sin(phi), np.cos(phi))
    isolated = jets[~ak.any(np.sqrt(eta**2 + phi**2) < 0.4, axis=2)]
    total = ak.sum(isolated.pt, axis=1)
    return _binned(total[ak.num(isolated.pt) >= 1], (100, 15, 200))


def q8(ev: Events) -> NDArray[np.float64]:
    """Event by event in plain Python: a second way of thinking about the same statement."""
    found = []
    for leptons, met in zip(_leptons(ev).to_list(), ev["MET"].to_list(), strict=True):
        if len(leptons) < 3:
            continue
        pairs = [
            (abs(_pair_mass(leptons[i], leptons[j]) - 91.2), i, j)
            for i in range(len(leptons))
            for j in range(i + 1, len(leptons))
            if leptons[i]["flavor"] == leptons[j]["flavor"]
            and leptons[i]["charge"] != leptons[j]["charge"]
        ]
        if not pairs:
            continue
        _, first, second = min(pairs)
        others = [lepton for n, lepton in enumerate(leptons) if n not in (first, second)]
        leading = max(others, key=lambda lepton: lepton["pt"])
        turn = 1 - np.cos(leading["phi"] - met["phi"])
        found.append(np.sqrt(2 * leading["pt"] * met["pt"] * turn))
    return _binned(ak.Array(np.array(found, np.float64)), (100, 0, 200))


def _pair_mass(one: dict[str, float], two: dict[str, float]) -> float:
    total = np.zeros(4)
    for lepton in (one, two):
        pt, eta, phi, mass = (lepton[n] for n in _POLAR)
        total += (
            np.sqrt((pt * np.cosh(eta)) ** 2 + mass**2),
            pt * np.cos(phi),
            pt * np.sin(phi),
            pt * np.sinh(eta),
        )
    return float(np.sqrt(max(total[0] ** 2 - (total[1:] ** 2).sum(), 0.0)))


QUERIES = {
    "Q1": q1, "Q2": q2, "Q3": q3, "Q4": q4, "Q5": q5, "Q6a": q6a, "Q6b": q6b, "Q7": q7, "Q8": q8,
}  # fmt: skip
