"""The machine-learning variant of ttbar, beside awkward and XGBoost in coffea's style.

    HEPLINE_MODELS=../shared/data/agc/models python bench/ttbar_ml.py FILE.root [--runs 5]

Both fill the 20 features of the best assignment for nominal, pt_scale_up and pt_res_up, and the
weights of four b-tag variations, from the same file on one thread; columns are read in both. The
peer does in arrays what the Challenge's notebook does: permutations from a table, features by
broadcasting, one prediction for all assignments of a parity. CPU seconds, minimum of the runs.
"""

from __future__ import annotations

import argparse
import importlib.util
import itertools
import os
import time
from pathlib import Path

import awkward as ak
import numpy as np
import uproot
import xgboost

FIELDS = {
    "Electron": ("pt", "eta", "phi", "mass", "cutBased", "sip3d"),
    "Muon": ("pt", "eta", "phi", "mass", "tightId", "sip3d", "pfRelIso04_all"),
    "Jet": ("pt", "eta", "phi", "mass", "jetId", "btagCSVV2", "qgl"),
}
RANGES = [(0, 6)] * 4 + [(50, 300)] * 2 + [(50, 550)] * 2 + [(25, 300)] * 4 + [(0, 1)] * 4
RANGES += [(-1, 1)] * 4
PERMUTATIONS = {
    n: np.array([
        (j, i, h, k)
        for i, j in itertools.combinations(range(n), 2)
        for h in range(n)
        for k in range(n)
        if len({i, j, h, k}) == 4
    ])
    for n in (4, 5, 6)
}  # fmt: skip


def peer(path: str, models: list[xgboost.Booster]) -> dict[tuple[int, str], np.ndarray]:
    """Arrays of all events, as an analysis with coffea has them."""
    names = [f"{kind}_{field}" for kind, fields in FIELDS.items() for field in fields]
    with uproot.open(path) as file:
        stored = file["Events"].arrays([*names, "event"])
    kinds = {
        kind: ak.zip({f: stored[f"{kind}_{f}"] for f in fields}) for kind, fields in FIELDS.items()
    }
    e, mu, jet = kinds["Electron"], kinds["Muon"], kinds["Jet"]
    e = e[(e.pt > 30) & (abs(e.eta) < 2.1) & (e.cutBased == 4) & (e.sip3d < 4)]
    mu = mu[
        (mu.pt > 30)
        & (abs(mu.eta) < 2.1)
        & mu.tightId
        & (mu.sip3d < 4)
        & (mu.pfRelIso04_all < 0.15)
    ]
    polar = ["pt", "eta", "phi", "mass"]
    lepton = ak.concatenate([e[polar], mu[polar]], axis=1)
    generator = np.random.default_rng(1)
    smeared = ak.unflatten(generator.normal(1, 0.05, ak.sum(ak.num(jet.pt))), ak.num(jet.pt))
    results = {}
    for name, scale in (("", 1.0), ("pt_scale_up", 1.03), ("pt_res_up", smeared)):
        varied = ak.with_field(jet, ak.values_astype(jet.pt * scale, np.float32), "pt")
        good = varied[(varied.pt > 30) & (abs(varied.eta) < 2.4) & ((varied.jetId & 4) != 0)]
        chosen = (
            (ak.num(lepton.pt) == 1)
            & (ak.num(good.pt) >= 4)
            & (ak.sum(good.btagCSVV2 > 0.5, axis=1) >= 2)
        )
        good, parity, leptons = good[chosen], stored["event"][chosen] % 2, lepton[chosen][:, 0]
        lead = good[ak.argsort(good.pt, axis=1, ascending=False)][:, :6]
        best = _best(lead, leptons, ak.to_numpy(parity), models)
        weights = {"": np.ones(len(best))}
        if not name:
            for number in range(4):
                pt = ak.to_numpy(ak.fill_none(ak.pad_none(good.pt, 4)[:, number], 0))
                weights[f"btag_var_{number}_up"] = 1 + 0.075 * pt / 50
                weights[f"btag_var_{number}_down"] = 1 - 0.075 * pt / 50
        for (variation, weight), (number, limits) in itertools.product(
            weights.items(), enumerate(RANGES)
        ):
            key = number, variation or name
            results[key] = np.histogram(best[:, number], 25, limits, weights=weight)[0]
    return results


def _best(lead, lepton, parity, models):
    places = ak.Array([PERMUTATIONS[n] for n in ak.num(lead.pt)])
    one, two, had, lep = (lead[places[:, :, slot]] for slot in range(4))
    px, py, pz, energy = {}, {}, {}, {}
    for key, part in (("1", one), ("2", two), ("h", had), ("l", lep), ("lepton", lepton)):
        px[key], py[key] = part.pt * np.cos(part.phi), part.pt * np.sin(part.phi)
        pz[key] = part.pt * np.sinh(part.eta)
        energy[key] = np.sqrt((part.pt * np.cosh(part.eta)) ** 2 + part.mass**2)

    def total(*keys):
        return [sum(column[key] for key in keys) for column in (energy, px, py, pz)]

    def mass(*keys):
        e, x, y, z = total(*keys)
        return np.sqrt(np.maximum(e * e - x * x - y * y - z * z, 0))

    def distance(a, b):
        return np.sqrt((a.eta - b.eta) ** 2 + (a.phi - b.phi) ** 2)

    _, x, y, _ = total("1", "2", "h")
    features = [
        distance(lepton, lep), distance(one, two), distance(one, had), distance(two, had),
        mass("lepton", "l"), mass("1", "2"), mass("1", "2", "h"), np.hypot(x, y),
        *(j[name] for name in ("pt", "btagCSVV2", "qgl") for j in (one, two, had, lep)),
    ]  # fmt: skip
    counts = ak.num(one.pt)
    rows = np.stack([ak.to_numpy(ak.flatten(f)) for f in features], axis=1).astype(np.float32)
    of_row = np.repeat(parity, ak.to_numpy(counts))
    scores = np.empty(len(rows), np.float32)
    for number, model in enumerate(models):
        scores[of_row == number] = model.inplace_predict(rows[of_row == number])
    first = np.concatenate([[0], np.cumsum(ak.to_numpy(counts))[:-1]])
    place = ak.to_numpy(ak.argmax(ak.unflatten(scores, counts), axis=1))
    return rows[first + place]


def ours(path: str):
    """A pass of hepline, planned and compiled beforehand as the peer's functions are."""
    from hepline.analysis.processes import components_of
    from hepline.analysis.requests import requests_of
    from hepline.data.open import source
    from hepline.engine.plan import plan
    from hepline.engine.run import Job, Options, run

    place = Path(__file__).parents[1] / "analyses/ttbar_ml.py"
    spec = importlib.util.spec_from_file_location("ttbar_ml", place)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    sample = components_of(module.ttbar.samples["ttbar"])
    requests = requests_of(module.ttbar, sample, cutflow=False)

    def once():
        opened = source(path)
        graph = plan(requests.nodes, opened.schema, sample="ttbar")
        (done,) = run([Job("ttbar", opened, graph)], Options(workers=1))
        return {
            (requests.requests[o.request].region, o.variation.key): done.histograms[o.node]
            for o in graph.outputs
        }

    return once


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("file")
    parser.add_argument("--runs", type=int, default=5)
    arguments = parser.parse_args()
    folder = Path(os.environ["HEPLINE_MODELS"])
    models = [xgboost.Booster(model_file=folder / f"model_{n}.json") for n in ("odd", "even")]
    for model in models:
        model.set_param({"nthread": 1})
    once, seconds = ours(arguments.file), {"hepline": [], "awkward + xgboost": []}
    mine = once()
    theirs = peer(arguments.file, models)
    for _ in range(arguments.runs):
        for name, task in (
            ("hepline", once),
            ("awkward + xgboost", lambda: peer(arguments.file, models)),
        ):
            begin = time.process_time()
            task()
            seconds[name].append(time.process_time() - begin)
    events = mine["Feature0", ""].entries.sum()
    agree = sum(
        np.abs(mine[f"Feature{n}", v].contents()[1:-1] - theirs[n, v]).sum() <= 1e-3 * events
        for n in range(20)
        for v in ("", "pt_scale_up", "btag_var_0_up", "btag_var_3_down")
    )
    print(f"{events} events in the region; {agree} of 80 templates agree but for 0.1 % of them")
    for name, times in seconds.items():
        print(f"{name:20} {min(times):8.3f} s")
    ratio = min(seconds["awkward + xgboost"]) / min(seconds["hepline"])
    print(f"hepline is {ratio:.2f} times as fast")


if __name__ == "__main__":
    main()
