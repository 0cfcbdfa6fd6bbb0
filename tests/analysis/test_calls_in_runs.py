"""Corrections, certified sections and mapped functions in an analysis of data and simulation."""

from __future__ import annotations

import hashlib
import json
import warnings

import awkward as ak
import correctionlib
import numpy as np
import pytest
import uproot

import hepline as hl
from hepline.engine import usercode
from hepline.errors import SlowFunction

SECTIONS = {"1": [[1, 3], [7, 9]], "2": [[2, 2]]}
CORRECTION = {
    "schema_version": 2,
    "corrections": [
        {
            "name": "sf", "version": 1,
            "inputs": [{"name": "pt", "type": "real"}, {"name": "syst", "type": "string"}],
            "output": {"name": "w", "type": "real"},
            "data": {"nodetype": "category", "input": "syst", "content": [
                {"key": key, "value": {"nodetype": "binning", "input": "pt", "flow": "clamp",
                                       "edges": [0.0, 30.0, 60.0, 200.0], "content": content}}
                for key, content in (("nominal", [0.9, 1.0, 1.1]), ("up", [1.0, 1.2, 1.4]),
                                     ("down", [0.8, 0.8, 0.8]))
            ]},
        }
    ],
}  # fmt: skip


def _write(path, seed, events, *, data):
    rng = np.random.default_rng(seed)
    counts = rng.integers(0, 4, events)
    pt = ak.values_astype(ak.unflatten(rng.uniform(10, 120, counts.sum()), counts), np.float32)
    columns = {"Muon": ak.zip({"pt": pt}), "MET_pt": rng.uniform(0, 100, events)}
    if data:
        # Simulated files of the same analysis have no such columns.
        columns["run"] = rng.integers(1, 4, events).astype(np.uint32)
        columns["luminosityBlock"] = rng.integers(1, 11, events).astype(np.uint32)
    else:
        columns["genWeight"] = rng.uniform(0.5, 1.5, events).astype(np.float32)
    with uproot.recreate(path) as file:
        types = {name: ak.type(column).content for name, column in columns.items()}
        file.mktree("Events", types).extend(columns)
    return {name: ak.Array(column) for name, column in columns.items()}


def harder_sum(pt):
    """Sum of the muons' momenta, each counted as often as it is above 40 GeV."""
    total = 0.0
    for i in range(len(pt)):
        total += pt[i] if pt[i] < 40 else 2 * pt[i]
    return total


def uncompiled(pt):
    """What numba does not compile."""
    return float(sum(x for x in pt))


def _analysis(folder, observable):
    (folder / "golden.json").write_text(json.dumps(SECTIONS))
    (folder / "sf.json").write_text(json.dumps(CORRECTION))
    ev = hl.events("nanoaod")
    ev = hl.filter(ev, {"certified": hl.good_luminosity(folder / "golden.json")(ev),
                        "a muon": hl.count(ev.Muon) >= 1})  # fmt: skip
    factor = hl.correction(folder / "sf.json", "sf").vary(
        hl.nuisance("muon sf"), argument="syst", nominal="nominal", up="up", down="down"
    )
    made = hl.Analysis("calls", luminosity=10.0, weight=hl.weight(factor(ev.Muon[0].pt)))
    made.sample("signal", cross_section=1.0)
    made.data("data")
    made.region("SR", where={"met": ev.MET.pt > 20},
                observable=hl.axis(hl.map(observable, ev.Muon.pt), [0, 60, 120, 600]))  # fmt: skip
    return made


@pytest.mark.parametrize("engine", ["reference", "awkward", "compiled"])
def test_every_number_of_a_run_with_calls(tmp_path, engine):
    simulated = _write(tmp_path / "mc.root", 1, 400, data=False)
    recorded = _write(tmp_path / "data.root", 2, 300, data=True)
    samples = {
        "signal": {"nominal": {"files": [{"path": str(tmp_path / "mc.root"), "nevts": 400}]}},
        "data": {"nominal": {"files": [{"path": str(tmp_path / "data.root"), "nevts": 300}]}},
    }
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        result = _analysis(tmp_path, harder_sum).run(samples, engine=engine, chunk=77)
    named = dict(result.provenance.expressions)
    digest = hashlib.sha256((tmp_path / "golden.json").read_bytes()).hexdigest()
    assert named["call of good_luminosity"] == f"fingerprint {digest}"
    assert {"call of sf/nominal", "call of sf/up", "call of harder_sum"} <= set(named)
    own = correctionlib.CorrectionSet.from_string(json.dumps(CORRECTION))["sf"]
    edges = [0, 60, 120, 600]

    def observable(events):
        pt = ak.values_astype(events["Muon"].pt, np.float64)
        return ak.to_numpy(ak.sum(ak.where(pt < 40, pt, 2 * pt), axis=1))

    count = ak.num(simulated["Muon"].pt)
    passing = ak.to_numpy((count >= 1) & (simulated["MET_pt"] > 20))
    leading = ak.to_numpy(simulated["Muon"].pt[passing][:, 0]).astype(float)
    for key, direction in (("", "nominal"), ("muon_sf_up", "up"), ("muon_sf_down", "down")):
        weights = own.evaluate(leading, direction) * 10.0 / 400
        expected, _ = np.histogram(observable(simulated)[passing], edges, weights=weights)
        name = f"SR_signal_{key}" if key else "SR_signal"
        assert result.templates[name].values() == pytest.approx(expected, rel=1e-6)
    good = np.array([
        any(low <= block <= high for low, high in SECTIONS.get(str(run), ()))
        for run, block in zip(recorded["run"], recorded["luminosityBlock"], strict=True)
    ])  # fmt: skip
    chosen = good & ak.to_numpy(ak.num(recorded["Muon"].pt) >= 1)
    chosen &= ak.to_numpy(recorded["MET_pt"] > 20)
    expected, _ = np.histogram(observable(recorded)[chosen], edges)
    assert result.templates["SR_data"].values() == pytest.approx(expected)
    assert 0 < chosen.sum() < good.sum() < len(good)


def test_a_function_that_python_runs_is_noticed(tmp_path):
    _write(tmp_path / "mc.root", 1, 40, data=False)
    _write(tmp_path / "data.root", 2, 30, data=True)
    samples = {
        name: {"nominal": {"files": [{"path": str(tmp_path / f"{file}.root"), "nevts": number}]}}
        for name, file, number in (("signal", "mc", 40), ("data", "data", 30))
    }
    usercode._warn.cache_clear()
    with pytest.warns(SlowFunction, match="uncompiled"):
        result = _analysis(tmp_path, uncompiled).run(samples, engine="awkward")
    told = [notice.text for notice in result.notices if notice.kind == "slow function"]
    assert len(told) == 1
    assert told[0].startswith("uncompiled() is run by Python")
