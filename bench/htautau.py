"""Higgs → ττ in the µτ channel: a pair by isolation then pt, two object variations, six regions.

    python bench/htautau.py FILE [--workers 1] [--engine compiled]

The file is one of `make_events.py`. Printed are CPU seconds of two processes, one with an empty
cache of kernels and one that finds them; every region has templates of five weights and of both
object variations, up and down. The analysis follows the one on CMS Open Data of
2012 (CERN Open Data record 12350), with samples and cross-sections left out.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time

import uproot

import hepline as hl
from hepline.engine.compiled import compiler


def analysis(normalization: str | None = None) -> hl.Analysis:
    """Six regions: opposite and same charge, each with a low or high transverse mass or a b-jet."""
    ev = hl.events("nanoaod")
    tes = hl.nuisance("Tau energy scale", key="tes")
    jes = hl.nuisance("Jet energy scale", key="jes")
    tau = ev.Tau.vary(tes, up={"pt": ev.Tau.pt * 1.03}, down={"pt": ev.Tau.pt * 0.97})
    jet = ev.Jet.vary(jes, up={"pt": ev.Jet.pt * 1.04}, down={"pt": ev.Jet.pt * 0.96})
    mu = ev.Muon
    mu = mu[(mu.pt > 17) & (abs(mu.eta) < 2.1) & mu.tightId & (abs(mu.dxy) < 0.045)]
    tau = tau[(tau.pt > 20) & (abs(tau.eta) < 2.3) & (tau.decayMode >= 0)]
    pairs = mu.cross(tau)
    pairs = pairs[hl.delta_r(pairs[0], pairs[1]) > 0.5]
    pair = pairs.best(-pairs[0].pfRelIso03_all, pairs[0].pt, pairs[1].pt)
    muon, partner = pair[0], pair[1]
    jet = jet[(jet.pt > 30) & (abs(jet.eta) < 4.7) & (hl.delta_r(jet, muon) > 0.5)]
    jet = jet[hl.delta_r(jet, partner) > 0.5]
    b_jets = hl.count(jet[(jet.btag > 0.8) & (abs(jet.eta) < 2.4)])
    transverse = hl.transverse_mass(muon, ev.MET)
    return _measured(ev, pair, transverse, b_jets, normalization)


def _measured(ev, pair, transverse, b_jets, normalization) -> hl.Analysis:
    muon, partner = pair[0], pair[1]
    weight = hl.weight(1.0)
    for number, quantity in enumerate(
        (muon.pt, partner.pt, muon.eta, ev.MET.pt, ev.PV.npvs.astype("float64"))
    ):
        shift = 0.02 * quantity / 50
        nuisance = hl.nuisance(f"Weight {number + 1}", key=f"weight_{number + 1}")
        weight = weight.vary(nuisance, up=1 + shift, down=1 - shift)
    measured = hl.Analysis("htautau", luminosity=11.5 / hl.units.fb, weight=weight)
    measured.sample("signal", cross_section=1.0 * hl.units.pb, normalization=normalization)
    charges = muon.charge * partner.charge
    kinds = {"opposite": charges < 0, "same": charges > 0}
    masses = {
        "low": (transverse < 30) & (b_jets == 0),
        "high": (transverse >= 30) & (b_jets == 0),
        "tagged": b_jets > 0,
    }
    for charge, kind in kinds.items():
        for mass, where in masses.items():
            measured.region(
                f"{charge}_{mass}",
                where={
                    "trigger": ev.HLT.IsoMu17_eta2p1_LooseIsoPFTau20 | ev.HLT.IsoMu24,
                    "one pair": ~muon.pt.is_missing(),
                    "charges": kind,
                    "category": where,
                },
                observable=hl.axis(pair.mass, 30, 20, 140, r"$m_{\mu\tau}$ [GeV]"),
            )
    return measured


def once(path: str, engine: str, workers: int) -> dict[str, float]:
    """CPU seconds of one process, from its start to the templates; of these, of compiling."""
    compiling = 0.0
    before = compiler.object_code

    def timed(text: str) -> bytes:
        nonlocal compiling
        began = time.process_time()
        code = before(text)
        compiling += time.process_time() - began
        return code

    compiler.object_code = timed
    with uproot.open(path) as file:
        files = [{"path": path, "nevts": file["Events"].num_entries}]
    began = time.process_time()
    measured = analysis()
    said = time.process_time() - began
    result = measured.run({"signal": {"nominal": {"files": files}}}, engine=engine, workers=workers)
    return {
        "analysis": said,
        "LLVM": compiling,
        "run": time.process_time() - began - said,
        "process": time.process_time(),
        "templates": len(result.templates),
    }


def main() -> None:
    """Parse the command line, measure with an empty cache and again, and report."""
    parser = argparse.ArgumentParser(description="Compile and run an H → ττ analysis.")
    parser.add_argument("file")
    parser.add_argument("--engine", default="compiled")
    parser.add_argument("--workers", type=int, default=1)
    parser.add_argument("--once", action="store_true", help="in this process; prints JSON")
    given = parser.parse_args()
    if given.once:
        print(json.dumps(once(given.file, given.engine, given.workers)))
        return
    line = [sys.executable, __file__, given.file, "--once", "--engine", given.engine]
    line += ["--workers", str(given.workers)]
    with tempfile.TemporaryDirectory() as cache:
        for kernels in ("compiled now", "from the cache"):
            own = os.environ | {"HEPLINE_CACHE": cache}
            done = subprocess.run(line, env=own, capture_output=True, text=True, check=True)  # noqa: S603
            found = json.loads(done.stdout.splitlines()[-1])
            print(f"kernels {kernels}: CPU seconds, and templates")
            print("  " + "  ".join(f"{name} {value:.2f}" for name, value in found.items()))


if __name__ == "__main__":
    main()
