"""Time the eight ADL queries on a file, one by one.

    python bench/adl.py FILE [--engine compiled] [--threads 1] [--repeat 5] [--json OUT]

Prints the median seconds of each query and events per second; apart from them the seconds of the
first call, which compiles. The JSON holds every repetition, the number of entries and the bin
contents with underflow and overflow, so that two engines can be compared bin by bin.
"""

from __future__ import annotations

import argparse
import json
import statistics
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "analyses"))
import adl

import hepline as hl


def once(name: str, path: str, *, engine: str, threads: int) -> list[float]:
    """Bin contents of one query with flow, shape (102,), from freshly opened events."""
    histogram = hl.compute(adl.QUERIES[name](hl.open(path)), engine=engine, workers=threads)
    return histogram.values(flow=True).tolist()


def measure(
    path: str, names: list[str], *, engine: str, threads: int, repeat: int
) -> dict[str, dict[str, object]]:
    """Run every query once untimed and `repeat` times for its seconds."""
    results: dict[str, dict[str, object]] = {}
    for name in names:
        seconds = []
        for _ in range(1 + repeat):
            began = time.perf_counter()
            contents = once(name, path, engine=engine, threads=threads)
            seconds.append(time.perf_counter() - began)
        results[name] = {
            "seconds": seconds[1:],
            "entries": int(sum(contents)),
            "contents": contents,
            "first_seconds": seconds[0],
        }
    return results


def main() -> None:
    """Parse the command line, measure and report."""
    parser = argparse.ArgumentParser(description="Time the eight ADL queries.")
    parser.add_argument("file")
    parser.add_argument("--engine", default="compiled")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--repeat", type=int, default=5)
    parser.add_argument("--queries", nargs="+", choices=adl.QUERIES, default=list(adl.QUERIES))
    parser.add_argument("--json", type=Path)
    given = parser.parse_args()
    if given.repeat < 1:
        parser.error("--repeat must be at least 1")
    events = hl.open(given.file).origin.source.parts[0].entries
    results = measure(
        given.file, given.queries, engine=given.engine, threads=given.threads, repeat=given.repeat
    )
    print(f"{given.file}: {events} events, {given.engine}, {given.threads} thread(s)")
    print(f"{'query':<6}{'median s':>10}{'first s':>10}{'events/s':>14}{'entries':>12}")
    for name, result in results.items():
        median = statistics.median(result["seconds"])
        first, entries = result["first_seconds"], result["entries"]
        print(f"{name:<6}{median:>10.4f}{first:>10.3f}{events / median:>14.0f}{entries:>12}")
    if given.json is not None:
        aside = given.json.with_suffix(".part")
        aside.write_text(json.dumps(results))
        aside.rename(given.json)


if __name__ == "__main__":
    main()
