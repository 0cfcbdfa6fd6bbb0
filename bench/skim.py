"""How long does a skim take, beside uproot with awkward by hand and ROOT's RDataFrame?

    python bench/skim.py FILE [--peers peers/bin/python] [--rounds 5]
    python bench/skim.py FILE --study

FILE has muons as NanoAOD has them (``make_events.py``). Events with two muons of opposite charge
are written with all columns and the mass of the pair, by every system with zstd, level 5, on one
CPU. The systems take turns; printed is the least CPU time of a process, from opening the file to
the closed skim, without imports and compilation (a small skim comes first).

``--study`` writes all events with other levels of compression and sizes of blocks: it fixed the
constants in ``data/writing``.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from dataclasses import replace
from pathlib import Path

CUT = "(nMuon == 2) & (Muon.charge[0] != Muon.charge[1])"

HEPLINE = f"""
import hepline as hl

def skim(source, out):
    ev = hl.open(source)
    pair = ev.Muon.pairs().first().mass.fill_missing(-1)
    hl.skim(ev, where={CUT!r}, columns=["*", {{"pair_mass": pair}}], out=out, workers=1)
"""

BY_HAND = """
import awkward as ak
import numpy as np
import uproot
import vector

vector.register_awkward()

def skim(source, out):
    with uproot.open(source) as file, uproot.recreate(out, compression=uproot.ZSTD(5)) as made:
        tree = None
        counted = [name for name in file["Events"].keys() if name.startswith("n")]
        for events in file["Events"].iterate(step_size=100_000):
            events = events[events.nMuon == 2]
            charge = events.Muon_charge
            events = events[charge[:, 0] != charge[:, 1]]
            mu = ak.zip({f: events[f"Muon_{f}"] for f in ("pt", "eta", "phi", "mass")},
                        with_name="Momentum4D")
            columns = {name: events[name] for name in events.fields if name not in counted}
            columns = {n: ak.to_packed(a) if a.ndim > 1 else a.to_numpy()
                       for n, a in columns.items()}
            columns["pair_mass"] = (mu[:, 0] + mu[:, 1]).mass.to_numpy()
            if tree is None:
                types = {n: a.dtype if isinstance(a, np.ndarray) else a.type.content
                         for n, a in columns.items()}
                tree = made.mktree("Events", types,
                                   counter_name=lambda name: "n" + name.partition("_")[0])
            tree.extend(columns)
"""

RDATAFRAME = """
import ROOT

def skim(source, out):
    options = ROOT.RDF.RSnapshotOptions()
    options.fCompressionAlgorithm = ROOT.RCompressionSetting.EAlgorithm.kZSTD
    options.fCompressionLevel = 5
    frame = ROOT.RDataFrame("Events", source)
    frame = frame.Filter("nMuon == 2 && Muon_charge[0] != Muon_charge[1]")
    mass = "ROOT::VecOps::InvariantMass(Muon_pt, Muon_eta, Muon_phi, Muon_mass)"
    frame = frame.Define("pair_mass", mass)
    frame.Snapshot("Events", out, ".*", options)
"""

LOOP = """
import json, os, sys, time
small, source, out = sys.argv[1:]
skim(small, out)
os.remove(out)
wall, cpu = time.perf_counter(), time.process_time()
skim(source, out)
print(json.dumps([time.process_time() - cpu, time.perf_counter() - wall, os.path.getsize(out)]))
"""

SYSTEMS = {"hepline": HEPLINE, "uproot and awkward": BY_HAND, "RDataFrame": RDATAFRAME}


def measured(python: str, code: str, small: Path, source: Path) -> tuple[float, float, int]:
    """CPU time, wall time and size of one skim, in a process of its own on one CPU."""
    with tempfile.TemporaryDirectory() as folder:
        command = [python, "-c", code + LOOP, small, source, f"{folder}/skim.root"]
        done = subprocess.run(  # noqa: S603
            command, capture_output=True, text=True, check=True,
            preexec_fn=lambda: os.sched_setaffinity(0, {0}),
        )  # fmt: skip
        return tuple(json.loads(done.stdout.splitlines()[-1]))


def compared(source: Path, small: Path, peers: str, rounds: int) -> None:
    """Let the systems take turns, and print the least of their times."""
    pythons = {"hepline": sys.executable, "uproot and awkward": sys.executable, "RDataFrame": peers}
    times: dict[str, list[tuple[float, float, int]]] = {}
    for _ in range(rounds):
        for name, code in SYSTEMS.items():
            if not pythons[name]:
                continue
            times.setdefault(name, []).append(measured(pythons[name], code, small, source))
    best = {name: min(measured) for name, measured in times.items()}
    print("| system | CPU, s | wall, s | size, MB | over hepline's |\n|---|---|---|---|---|")
    for name, (cpu, wall, size) in best.items():
        ratio = cpu / best["hepline"][0]
        print(f"| {name} | {cpu:.2f} | {wall:.2f} | {size / 1e6:.1f} | {ratio:.2f} |")


def study(source: Path) -> None:
    """Print sizes and times of writing and reading, by level of compression and size of blocks."""
    from hepline.data.writing import formats, parquetfile, rootfile

    print(
        "| format | level | block, MiB | size, MB | write, s | read, s |\n|---|---|---|---|---|---|"
    )
    for name, kind in list(formats.FORMATS.items()):
        usual = parquetfile.LEVEL if name == "parquet" else rootfile.LEVEL
        blocks = [(level, kind.block >> 20) for level in (1, 3, 5, 7, 9)]
        for level, size in [*blocks, *((usual, size) for size in (4, 16, 32, 64, 128, 256))]:
            rootfile.LEVEL = parquetfile.LEVEL = level
            formats.FORMATS[name] = replace(kind, block=size << 20)
            numbers = " | ".join(f"{number:.2f}" for number in _written(source, name, kind.ending))
            print(f"| {name} | {level} | {size} | {numbers} |", flush=True)
        formats.FORMATS[name] = kind
        rootfile.LEVEL, parquetfile.LEVEL = 5, 3


def _written(source: Path, name: str, ending: str) -> tuple[float, float, float]:
    """Size of a copy, and CPU times of writing it and of reading it back."""
    import hepline as hl

    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder) / f"skim{ending}"
        began = time.process_time()
        hl.skim(hl.open(source), out=out, format=name, workers=1)
        wrote = time.process_time() - began
        ev = hl.open(out)
        began = time.process_time()
        hl.compute([ev[n] for n in ev.origin.schema.columns], workers=1)
        return out.stat().st_size / 1e6, wrote, time.process_time() - began


def main() -> None:
    """Compare, or study."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("file", type=Path)
    parser.add_argument("--peers", default="", help="the Python that has ROOT")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--study", action="store_true")
    options = parser.parse_args()
    if options.study:
        study(options.file)
        return
    import hepline as hl

    with tempfile.TemporaryDirectory() as folder:
        small = Path(folder) / "small.root"
        ev = hl.open(options.file)
        hl.skim(
            ev,
            where=ev.event < 1000 if "event" in ev.origin.schema.columns else "nMuon >= 5",
            out=small,
        )
        compared(options.file, small, options.peers, options.rounds)


if __name__ == "__main__":
    main()
