"""Ten of 26 flat columns: the mass of B → KKK by hepline and its peers, in turn.

    python bench/flat.py FILE [--peers PYTHON] [--engine compiled] [--threads 1 2] [--rounds 5]

FILE is made by ``make_events.py --lhcb``. Peers: uproot with numpy, and RDataFrame in C++. The
floor is the unpacking alone.
"""

from __future__ import annotations

import argparse
import statistics
import sys
from pathlib import Path

from floor import blocks, unpacking_seconds
from peers.systems import System, compiled, moved, pin, save, take_turns

BENCH = Path(__file__).resolve().parent

COLUMNS = ["B_VertexChi2", *(f"H{n}_P{axis}" for n in (1, 2, 3) for axis in "XYZ")]


def main() -> None:
    """Parse the command line, run everyone in turn and report."""
    parser = argparse.ArgumentParser(description="hepline and its peers on flat columns.")
    parser.add_argument("file")
    parser.add_argument("--peers", default=sys.executable, help="Python with ROOT")
    parser.add_argument("--engine", default="compiled")
    parser.add_argument("--threads", nargs="+", type=int, default=[1], help="of hepline")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--json", type=Path)
    given = parser.parse_args()
    if given.rounds < 1 or min(given.threads) < 1:
        parser.error("--rounds and --threads must be at least 1")
    folder = BENCH / "peers"
    systems = []
    for number in given.threads:
        name = "hepline" if number == given.threads[0] else f"hepline x{number}"
        line = [sys.executable, folder / "hepline_flat.py", given.file, given.engine, number]
        systems.append(System(name, line, number))
    systems.append(System("numpy", [sys.executable, folder / "numpy_flat.py", given.file]))
    program = compiled(given.peers, "rdf_flat.cpp")
    if program is not None:
        systems.append(System("RDF", [program, given.file]))
    pin(1)
    timings = take_turns(systems, "mass", given.rounds)
    for system in systems:
        system.close()
    held = blocks(given.file, COLUMNS, "PhaseSpaceTree")
    floor = statistics.median(unpacking_seconds(held) for _ in range(given.rounds))
    ours = timings["hepline"]
    print(f"{given.file}, hepline {given.engine}, {sum(ours.answer['contents']):.0f} entries")
    print(f"{'system':<14}{'median s':>10}{'first s':>10}{'ratio':>8}{'moved':>8}")
    for name, timing in timings.items():
        strays = moved(ours.answer["contents"], timing.answer["contents"])
        line = f"{name:<14}{timing.median:>10.4f}{timing.first:>10.3f}"
        print(f"{line}{timing.median / ours.median:>8.2f}{strays:>8}")
    print(f"{'floor':<14}{floor:>10.4f}{'':>10}{floor / ours.median:>8.2f}")
    seconds = {name: timing.seconds for name, timing in timings.items()}
    save({"seconds": seconds, "floor": floor}, given.json)


if __name__ == "__main__":
    main()
