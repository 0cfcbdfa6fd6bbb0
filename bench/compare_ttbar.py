"""The ttbar templates, all regions and variations, by hepline and by coffea-style awkward code.

    python bench/compare_ttbar.py [--folder DIR] [--copies 10] [--engine compiled]
                                  [--threads 1 2] [--rounds 3] [--json OUT]

Reads 50 000 generated ttbar events (made in DIR at the first call) from as many files as there are
copies: other names for the same bytes, since every file must be listed once. The clock runs from
opening the files to the filled histograms. The floor is the unpacking alone.
"""

from __future__ import annotations

import argparse
import os
import statistics
import sys
from pathlib import Path

import numpy as np
from floor import blocks, unpacking_seconds
from peers.systems import System, Timing, pin, save, take_turns

from hepline.data.generate import cached

BENCH = Path(__file__).resolve().parent

EVENTS = 50_000
COLUMNS = [
    "run", "luminosityBlock", "event",
    "nElectron", "Electron_pt", "Electron_eta", "Electron_cutBased", "Electron_sip3d",
    "nMuon", "Muon_pt", "Muon_eta", "Muon_tightId", "Muon_sip3d", "Muon_pfRelIso04_all",
    "nJet", "Jet_pt", "Jet_eta", "Jet_phi", "Jet_mass", "Jet_jetId", "Jet_btagCSVV2",
]  # fmt: skip
# Smeared by other random numbers on either side: the same only on average.
RANDOM = "pt_res"


def copies(folder: Path, number: int) -> list[str]:
    """Generate the events once, and give them as many names."""
    file = cached("ttbar", events=EVENTS, seed=1, folder=folder)
    paths = []
    for copy in range(number):
        path = Path(folder) / f"bench-ttbar-{copy}.root"
        path.unlink(missing_ok=True)
        os.link(file.path, path)
        paths.append(str(path))
    return paths


def check(ours: dict[str, list[float]], theirs: dict[str, list[float]]) -> list[str]:
    """Lines that say where the two disagree: moved weight, or a histogram that one lacks."""
    lines = [f"{key}: only one has it" for key in sorted(set(ours) ^ set(theirs))]
    for key in sorted(set(ours) & set(theirs)):
        mine, yours = np.array(ours[key]), np.array(theirs[key])
        if RANDOM in key:
            spread = abs(mine.sum() - yours.sum()) / np.sqrt(yours.sum())
            if spread > 5:
                lines.append(f"{key}: {mine.sum():.0f} and {yours.sum():.0f} entries")
        elif not np.allclose(mine, yours, rtol=1e-5, atol=1e-3):
            lines.append(f"{key}: weight {abs(mine - yours).sum() / 2:.1f} in other bins")
    return lines


def report(timings: dict[str, Timing], floor: float, events: int) -> None:
    """Print medians, events per second, ratios and the comparison of the histograms."""
    ours = timings["hepline"]
    print(f"{'system':<14}{'median s':>10}{'first s':>10}{'events/s':>12}{'ratio':>8}")
    for name, timing in timings.items():
        rate = events / timing.median
        ratio = timing.median / ours.median
        line = f"{name:<14}{timing.median:>10.3f}{timing.first:>10.3f}"
        print(f"{line}{rate:>12.0f}{ratio:>8.2f}")
    print(f"{'floor':<14}{floor:>10.3f}{'':>10}{events / floor:>12.0f}{floor / ours.median:>8.2f}")
    lines = check(ours.answer["contents"], timings["awkward"].answer["contents"])
    number = len(ours.answer["contents"])
    print("\n".join(lines) or f"the {number} histograms agree ({RANDOM}: on average)")


def main() -> None:
    """Parse the command line, run both in turn and report."""
    parser = argparse.ArgumentParser(description="hepline and awkward on the ttbar analysis.")
    parser.add_argument("--folder", type=Path, default=BENCH.parent / "generated")
    parser.add_argument("--copies", type=int, default=10)
    parser.add_argument("--engine", default="compiled")
    parser.add_argument("--threads", nargs="+", type=int, default=[1], help="of hepline")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--json", type=Path)
    given = parser.parse_args()
    if min(given.rounds, given.copies, *given.threads) < 1:
        parser.error("--rounds, --copies and --threads must be at least 1")
    paths = copies(given.folder, given.copies)
    folder, systems = BENCH / "peers", []
    for number in given.threads:
        name = "hepline" if number == given.threads[0] else f"hepline x{number}"
        line = [sys.executable, folder / "hepline_ttbar.py", given.engine, number, *paths]
        systems.append(System(name, line, number))
    peer = [sys.executable, folder / "awkward_ttbar.py", *paths]
    systems.append(System("awkward", peer))
    pin(1)
    timings = take_turns(systems, "run", given.rounds)
    held = [block for path in paths for block in blocks(path, COLUMNS)]
    floor = statistics.median(unpacking_seconds(held) for _ in range(given.rounds))
    for system in systems:
        system.close()
    print(f"{EVENTS * given.copies} ttbar events, hepline {given.engine}, one thread unless said")
    report(timings, floor, EVENTS * given.copies)
    seconds = {name: timing.seconds for name, timing in timings.items()}
    save({"events": EVENTS * given.copies, "seconds": seconds, "floor": floor}, given.json)


if __name__ == "__main__":
    main()
