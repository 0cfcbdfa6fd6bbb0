"""Time the eight ADL queries on a file, one by one.

    python bench/adl.py FILE [--engine awkward] [--repeat 5] [--json OUT]

Prints the median seconds of each query and events per second; the JSON holds every repetition,
the number of entries and the bin contents with underflow and overflow, so that two engines can be
compared bin by bin.
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


def measure(path: str, *, engine: str, repeat: int) -> dict[str, dict[str, object]]:
    """Run every query `repeat` times on freshly opened events."""
    results: dict[str, dict[str, object]] = {}
    for name, query in adl.QUERIES.items():
        seconds = []
        for _ in range(repeat):
            began = time.perf_counter()
            histogram = hl.compute(query(hl.open(path)), engine=engine)
            seconds.append(time.perf_counter() - began)
        contents = histogram.values(flow=True).tolist()
        results[name] = {"seconds": seconds, "entries": int(sum(contents)), "contents": contents}
    return results


def main() -> None:
    """Parse the command line, measure and report."""
    parser = argparse.ArgumentParser(description="Time the eight ADL queries.")
    parser.add_argument("file")
    parser.add_argument("--engine", default="awkward")
    parser.add_argument("--repeat", type=int, default=5)
    parser.add_argument("--json", type=Path)
    given = parser.parse_args()
    events = hl.open(given.file).origin.source.parts[0].entries
    results = measure(given.file, engine=given.engine, repeat=given.repeat)
    for name, result in results.items():
        median = statistics.median(result["seconds"])
        print(f"{name:<4} {median:8.3f} s  {events / median:12.0f} events/s")
    if given.json is not None:
        given.json.write_text(json.dumps(results))


if __name__ == "__main__":
    main()
