"""What the time of the ADL queries is made of: reading, the kernel, and everything else.

    python bench/parts.py FILE [--rounds 15]

One thread, milliseconds, the least of all rounds. `floor` is the time to unpack the same columns
with the fastest library (see `floor.py`); `reading` is that with fetching, checks and rows;
`kernel` fills the histogram; `rest` is opening, the expression, the plan and its chunks.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from floor import COLUMNS, blocks, unpacking_seconds
from peers.systems import pin

import hepline as hl
from hepline.data.filesource import FileSource
from hepline.engine.compiled import evaluator

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "analyses"))
import adl


class Clock:
    """Seconds that calls of a function take."""

    def __init__(self, owner: Any, name: str) -> None:
        self.seconds = 0.0
        self._function: Callable[..., Any] = getattr(owner, name)

        def timed(*arguments: Any) -> Any:
            began = time.perf_counter()
            try:
                return self._function(*arguments)
            finally:
                self.seconds += time.perf_counter() - began

        setattr(owner, name, timed)


def main() -> None:
    """Parse the command line, measure and report."""
    parser = argparse.ArgumentParser(description="Take the time of the ADL queries apart.")
    parser.add_argument("file")
    parser.add_argument("--rounds", type=int, default=15)
    given = parser.parse_args()
    pin(1)
    reading, kernel = Clock(FileSource, "read"), Clock(evaluator, "evaluate")
    print(f"{'query':<6}{'total':>9}{'floor':>9}{'reading':>9}{'kernel':>9}{'rest':>9}")
    for name, query in adl.QUERIES.items():
        rounds = []
        for _ in range(given.rounds):
            reading.seconds = kernel.seconds = 0.0
            began = time.perf_counter()
            hl.compute(query(hl.open(given.file)), engine="compiled", workers=1)
            total = time.perf_counter() - began
            rounds.append((total, reading.seconds, kernel.seconds))
        total, read, ran = min(rounds)
        held = blocks(given.file, COLUMNS[name])
        floor = min(unpacking_seconds(held) for _ in range(given.rounds))
        parts = (total, floor, read, ran, total - read - ran)
        print(f"{name:<6}" + "".join(f"{1e3 * part:>9.2f}" for part in parts))


if __name__ == "__main__":
    main()
