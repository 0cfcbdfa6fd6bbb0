"""Forty control plots beside the fitted observables: what do they cost in one pass?

    python bench/control_plots.py ttbar generated/samples.json [--copies 10] [--rounds 3]
    python bench/control_plots.py htautau generated/htautau/samples.json

The analysis of `analyses/` runs with the observables of its regions alone, with forty plots in all
(ttbar: twenty quantities in either region; htautau: ten in each of four signal regions), and with
forty in every region; all have every systematic variation. Each run is
a process of its own on one CPU, first with an empty cache of kernels, then with a full one. Printed
are CPU seconds of the whole process, those of compiling and of the pass over the events, and the
least of the rounds over that of the observables alone. Other names for the same bytes (`--copies`)
make a larger sample.
"""

from __future__ import annotations

import argparse
import itertools
import json
import os
import runpy
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import hepline as hl
from hepline.analysis.plots import plots_of
from hepline.columns.functions import BoundAxis

ROOT = Path(__file__).resolve().parents[1]
PLOTS = 40
SETTINGS = ("observables", "forty", "everywhere")


def axes_of(names: dict[str, object]) -> list[BoundAxis]:
    """Forty quantities of leptons, jets and missing momentum, for either analysis."""
    jet, met = names["jet"], names.get("met", names["ev"].MET)
    found = [
        hl.axis(met.pt, 25, 0, 250, "missing pt"),
        hl.axis(met.phi, 20, -3.2, 3.2, "missing phi"),
        hl.axis(names["ev"].PV.npvs, 30, 0, 60, "vertices"),
        hl.axis(hl.count(jet), range(12), "jets"),
        hl.axis(hl.sum(jet.pt), 25, 0, 1000, "jet sum"),
        hl.axis(jet.pt, 25, 0, 250, "pt of all jets"),
        hl.axis(jet.eta, 25, -5, 5, "eta of all jets"),
        hl.axis(hl.max(jet.btagCSVV2), 20, 0, 1, "largest b-tag"),
    ]
    objects = {f"jet {place}": jet[place] for place in range(4)}
    if "tau" in names:
        objects |= {"muon": names["muon"], "tau": names["tau"], "pair": names["pair"]}
    else:
        objects |= {"muon": names["muon"][0], "electron": names["electron"][0]}
        objects |= {"top": names["top"]}
    for name, thing in objects.items():
        found += [
            hl.axis(thing.pt, 25, 0, 250, f"{name} pt"),
            hl.axis(thing.eta, 25, -5, 5, f"{name} eta"),
            hl.axis(thing.phi, 20, -3.2, 3.2, f"{name} phi"),
            hl.axis(thing.mass, 20, 0, 100, f"{name} mass"),
            hl.axis(hl.delta_phi(thing, met), 20, -3.2, 3.2, f"{name} to missing phi"),
        ]
    return found[:PLOTS]


def analysis(name: str, setting: str) -> hl.Analysis:
    """One of the analyses, with the plots of a setting in place of its own."""
    names = runpy.run_path(str(ROOT / "analyses" / f"{name}.py"))
    measured: hl.Analysis = next(it for it in names.values() if isinstance(it, hl.Analysis))
    signal = [region for region in measured.regions if not region.endswith("W")]
    for region in list(measured.regions.values()):
        axes = axes_of(names) if setting != "observables" else []
        if setting == "forty":
            axes = axes[:: len(signal)] if region.name in signal else []
        plots = plots_of(region.name, region.cuts, axes, {})
        measured.regions[region.name] = replace(region, plots=plots)
    return measured


def once(name: str, samples: str, setting: str) -> dict[str, float]:
    """CPU seconds of one process, from its start to the templates and plots."""
    began = time.process_time()
    measured = analysis(name, setting)
    declared = time.process_time()
    result = measured.run(samples, workers=1)
    return {
        "total": time.process_time(),
        "declare": declared - began,
        **result.seconds,
        "events": result.events_read,
        "templates": len(result.templates),
        "plots": len(result.plots),
    }


def copied(samples: Path, folder: Path, copies: int) -> Path:
    """The list of files with more names for each of them."""
    content = json.loads(samples.read_text())
    for place, entry in enumerate(_entries(content)):
        files = []
        for number, file in itertools.product(range(copies), entry["files"]):
            given = file if isinstance(file, dict) else {"path": file}
            link = folder / f"{place}-{number}-{Path(given['path']).name}"
            os.link(samples.parent / given["path"], link)
            files.append(given | {"path": str(link)})
        entry["files"] = files
    target = folder / "samples.json"
    target.write_text(json.dumps(content))
    return target


def _entries(content: dict[str, object]) -> Iterator[dict[str, object]]:
    for part in content.values():
        if isinstance(part, dict):
            if "files" in part:
                yield part
            yield from _entries(part)


def main() -> None:
    """Parse the command line, measure each setting with an empty cache and a full one, report."""
    parser = argparse.ArgumentParser(description="Measure what control plots cost.")
    parser.add_argument("analysis", choices=("ttbar", "htautau"))
    parser.add_argument("samples", type=Path)
    parser.add_argument("--copies", type=int, default=1)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--cpu", type=int, default=0)
    parser.add_argument("--settings", nargs="+", default=SETTINGS, choices=SETTINGS)
    parser.add_argument("--once", help="one setting in this process; prints JSON")
    given = parser.parse_args()
    if given.once:
        print(json.dumps(once(given.analysis, str(given.samples), given.once)))
        return
    os.sched_setaffinity(0, {given.cpu})
    with tempfile.TemporaryDirectory(dir=given.samples.parent) as folder:
        samples = copied(given.samples.resolve(), Path(folder), given.copies)
        _measure(given, samples, Path(folder))


def _measure(given: argparse.Namespace, samples: Path, folder: Path) -> None:
    rounds: dict[tuple[str, str], list[dict[str, float]]] = {}
    for number in range(given.rounds):
        for setting in given.settings:
            own = os.environ | {"HEPLINE_CACHE": str(folder / f"cache-{setting}-{number}")}
            line = [sys.executable, __file__, given.analysis, str(samples), "--once", setting]
            for cache in ("empty", "full", "full"):
                done = subprocess.run(line, env=own, capture_output=True, text=True, check=True)  # noqa: S603
                rounds.setdefault((cache, setting), []).append(
                    json.loads(done.stdout.splitlines()[-1])
                )
    for cache in ("empty", "full"):
        print(f"{cache} cache of kernels: CPU seconds")
        for setting in given.settings:
            best = min(rounds[cache, setting], key=lambda seconds: seconds["total"])
            alone = min(each["total"] for each in rounds[cache, given.settings[0]])
            words = "  ".join(f"{name} {value:.5g}" for name, value in best.items())
            print(f"  {setting:12} × {best['total'] / alone:.2f}  {words}")


if __name__ == "__main__":
    main()
