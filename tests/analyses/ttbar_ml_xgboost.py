"""The observables of `analyses/ttbar_ml.py` by NumPy and XGBoost: the oracle of the tests.

Written from the published description (agc.md 2.6), assignment by assignment in plain Python; it
knows nothing of hepline, and is slow.
"""

from __future__ import annotations

import itertools
from pathlib import Path

import awkward as ak
import numpy as np
import xgboost

FEATURES = 20


def assignments(count):
    """(W1, W2, b_had, b_lep), the later jet of a pair to the W first."""
    return [
        (one, two, had, lep)
        for two, one in itertools.combinations(range(count), 2)
        for had in range(count)
        for lep in range(count)
        if len({one, two, had, lep}) == 4
    ]


def four(pt, eta, phi, mass):
    p = pt * np.cosh(eta)
    return np.array(
        [np.sqrt(p * p + mass * mass), pt * np.cos(phi), pt * np.sin(phi), pt * np.sinh(eta)]
    )


def mass(total):
    return np.sqrt(max(total[0] ** 2 - total[1] ** 2 - total[2] ** 2 - total[3] ** 2, 0.0))


def features_of(jets, lepton):
    """All assignments of one event, shape (assignment, 20); empty if there are fewer than four."""
    order = np.argsort(-np.array(jets["pt"], np.float64), kind="stable")[:6]
    lead = {name: np.array(values, np.float64)[order] for name, values in jets.items()}
    momenta = [
        four(*(lead[name][place] for name in ("pt", "eta", "phi", "mass")))
        for place in range(len(order))
    ]
    own = four(*(lepton[name] for name in ("pt", "eta", "phi", "mass")))

    def distance(a, b):
        # As published: the difference of the angles is not wrapped.
        return np.sqrt((a["eta"] - b["eta"]) ** 2 + (a["phi"] - b["phi"]) ** 2)

    rows = []
    for one, two, had, lep in assignments(len(order)):
        jet = {p: {"eta": lead["eta"][p], "phi": lead["phi"][p]} for p in (one, two, had, lep)}
        w, top = momenta[one] + momenta[two], momenta[one] + momenta[two] + momenta[had]
        places = [one, two, had, lep]
        rows.append(
            [
                distance(lepton, jet[lep]), distance(jet[one], jet[two]),
                distance(jet[one], jet[had]), distance(jet[two], jet[had]),
                mass(own + momenta[lep]), mass(w), mass(top), np.hypot(top[1], top[2]),
                *(lead["pt"][p] for p in places), *(lead["btagCSVV2"][p] for p in places),
                *(lead["qgl"][p] for p in places),
            ]
        )  # fmt: skip
    return np.array(rows).reshape(-1, FEATURES)


def boosters(folder):
    """Models by the parity of the events that they score."""
    return [xgboost.Booster(model_file=Path(folder) / f"model_{n}.json") for n in ("odd", "even")]


def selected(oracle, path, variation):
    """Events of the region with two b-tags, under one variation of the jets.

    Parameters
    ----------
    oracle : module
        `ttbar_awkward`, whose selection this is.
    path : Path
    variation : str

    Returns
    -------
    list of (int, dict, dict)
        Position in the file, jets, lepton.
    """
    events = oracle.events_of(path)
    jets = oracle.varied_jets(events, oracle.PUBLISHED)[variation]
    tags = ak.sum(jets.btagCSVV2 > 0.5, axis=1)
    keep = oracle.one_lepton_of(events) & (ak.num(jets.pt) >= 4) & (tags >= 2)
    names = ("pt", "eta", "phi", "mass", "btagCSVV2", "qgl")
    chosen = []
    for place in np.flatnonzero(keep):
        (lepton,) = (one for kind in oracle.leptons_of(events) for one in kind[place])
        chosen.append(
            (
                int(place),
                {name: jets[place][name].to_list() for name in names},
                {name: float(lepton[name]) for name in ("pt", "eta", "phi", "mass")},
            )
        )
    return chosen


def scored(models, parity, jets, lepton):
    """Features and scores of all assignments of an event."""
    rows = features_of(jets, lepton)
    return rows, models[parity].predict(xgboost.DMatrix(rows.astype(np.float32)))
