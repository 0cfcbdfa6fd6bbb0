"""The eight ADL queries by hepline and its peers, on one file, in one run, in turn.

    python bench/compare.py FILE [--peers PYTHON] [--engine compiled] [--threads 1 2]
                            [--rounds 5] [--queries Q1 Q5] [--json OUT]

Peers: coffea with virtual arrays, awkward by hand through uproot, and RDataFrame in C++ compiled
by ``g++ -O3 -march=native``; each on one thread, each opening the file anew for every query. The
floor is the unpacking alone (see floor.py). Moved: entries in another bin than hepline's.
"""

from __future__ import annotations

import argparse
import statistics
import sys
from pathlib import Path

from floor import COLUMNS, blocks, unpacking_seconds
from peers.systems import (
    System,
    Timing,
    compiled,
    geometric_mean,
    has,
    moved,
    pin,
    save,
    take_turns,
)

BENCH = Path(__file__).resolve().parent


def start(path: str, *, peers: str, engine: str, threads: list[int]) -> list[System]:
    """Start hepline (first) and every peer that is there."""
    folder = BENCH / "peers"
    systems = []
    for number in threads:
        name = "hepline" if number == threads[0] else f"hepline x{number}"
        line = [sys.executable, folder / "hepline_adl.py", path, engine, number]
        systems.append(System(name, line, number))
    if has(peers, "coffea"):
        systems.append(System("coffea", [peers, folder / "coffea_adl.py", path]))
    else:
        print(f"coffea is left out: not in {peers}")
    systems.append(System("awkward", [sys.executable, folder / "awkward_adl.py", path]))
    program = compiled(peers, "rdf_adl.cpp")
    if program is not None:
        systems.append(System("RDF", [program, path]))
    return systems


def strays(timings: dict[str, Timing], name: str) -> int:
    """Entries in another bin than hepline's."""
    return moved(*(timings[n].answer["contents"] for n in ("hepline", name)))


def ratios_of(timings: dict[str, Timing], floor: float) -> dict[str, float]:
    """How much faster hepline is than each peer, is on more threads, and could be at best."""
    ours = timings["hepline"].median
    ratios = {}
    for name, timing in timings.items():
        if name.startswith("hepline x"):
            ratios[f"h/{name.removeprefix('hepline ')}"] = ours / timing.median
        elif name != "hepline":
            ratios[f"{name}/h"] = timing.median / ours
    return ratios | {"h/floor": ours / floor}


def report(results: dict[str, dict[str, Timing]], floors: dict[str, float]) -> dict[str, float]:
    """Print medians, ratios and disagreements; give the geometric means of the ratios."""
    ratios = {query: ratios_of(timings, floors[query]) for query, timings in results.items()}
    names = list(next(iter(results.values())))
    heads = list(next(iter(ratios.values())))
    columns = [*names, "floor", *heads, "first"]
    print(f"{'query':<6}{'entries':>9}" + "".join(f"{c:>11}" for c in columns) + "   moved")
    for query, timings in results.items():
        ours = timings["hepline"]
        cells = [*(timings[name].median for name in names), floors[query]]
        line = f"{query:<6}{sum(ours.answer['contents']):>9.0f}"
        line += "".join(f"{cell:>11.4f}" for cell in cells)
        line += "".join(f"{ratio:>11.2f}" for ratio in ratios[query].values())
        others = [f"{name} {strays(timings, name)}" for name in names if strays(timings, name)]
        print(f"{line}{ours.first:>11.2f}   {', '.join(others) or '-'}")
    collected = {head: {query: ratios[query][head] for query in results} for head in heads}
    means = {head: geometric_mean(values) for head, values in collected.items()}
    worst = [(max if h == "h/floor" else min)(v.values()) for h, v in collected.items()]
    space = " " * (11 * (len(names) + 1))
    print(f"{'geometric mean':<15}{space}" + "".join(f"{mean:>11.2f}" for mean in means.values()))
    print(f"{'worst':<15}{space}" + "".join(f"{value:>11.2f}" for value in worst))
    return means


def main() -> None:
    """Parse the command line, run everyone in turn and report."""
    parser = argparse.ArgumentParser(description="hepline and its peers on the ADL queries.")
    parser.add_argument("file")
    parser.add_argument("--peers", default=sys.executable, help="Python with coffea and ROOT")
    parser.add_argument("--engine", default="compiled")
    parser.add_argument("--threads", nargs="+", type=int, default=[1], help="of hepline")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--queries", nargs="+", choices=COLUMNS, default=list(COLUMNS))
    parser.add_argument("--json", type=Path)
    given = parser.parse_args()
    if given.rounds < 1 or min(given.threads) < 1:
        parser.error("--rounds and --threads must be at least 1")
    systems = start(given.file, peers=given.peers, engine=given.engine, threads=given.threads)
    pin(1)  # after the systems have started: they choose their own CPUs
    results, floors = {}, {}
    for query in given.queries:
        held = blocks(given.file, COLUMNS[query])
        results[query] = take_turns(systems, query, given.rounds)
        floors[query] = statistics.median(unpacking_seconds(held) for _ in range(given.rounds))
    for system in systems:
        system.close()
    print(f"{given.file}, median seconds of {given.rounds} rounds, hepline {given.engine}")
    means = report(results, floors)
    queries = {
        query: {
            "entries": int(sum(timings["hepline"].answer["contents"])),
            "seconds": {name: timing.seconds for name, timing in timings.items()},
            "first_seconds": {name: timing.first for name, timing in timings.items()},
            "moved": {name: strays(timings, name) for name in timings},
            "floor": floors[query],
        }
        for query, timings in results.items()
    }
    save({"queries": queries, "geometric_means": means}, given.json)


if __name__ == "__main__":
    main()
