"""How much of a whole measurement is unpacking, fitting and drawing?

    python bench/whole.py FILE [--workers 1] [--rounds 3]

The H → ττ analysis of `htautau.py`, from the command to the page, with pseudo-data and a fit: all
variations, six regions, every figure. The file is one of `make_events.py`. Printed are seconds of
processes that find their kernels and draw every figure anew, the least time that unpacking takes,
and how much longer all takes than unpacking, fit and figures together.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from floor import blocks, unpacking_seconds
from htautau import analysis

import hepline as hl
from hepline.analysis.processes import components_of
from hepline.analysis.requests import requests_of
from hepline.data.open import source
from hepline.engine.plan import plan

ANALYSIS = f"""
import sys

sys.path.insert(0, {str(Path(__file__).parent)!r})
from whole import measured

measurement = measured()
"""
COMMAND = "from hepline.cli import main\nif __name__ == '__main__': main()"


def measured() -> hl.Analysis:
    """Six regions, pseudo-data, one free normalization."""
    made = analysis(normalization="mu")
    made.pseudodata({"signal": 1.0}, truth={"mu": 1})
    return made


def columns(path: str) -> list[str]:
    """Branches that the measurement touches, counters included."""
    opened, made = source([path], name="signal"), measured()
    requests = requests_of(made, components_of(made.samples["signal"]), cutflow=True)
    drawn = plan(requests.nodes, opened.schema, sample="signal", systematics=True, simulated=True)
    return [*drawn.columns, *(f"n{name}" for name in drawn.collections)]


def once(folder: Path, workers: int) -> dict[str, float]:
    """Seconds of one process, from its start to its end, and of its stages."""
    shutil.rmtree(folder / "out", ignore_errors=True)
    line = [sys.executable, "-c", COMMAND, "run", "measurement.py", "--samples", "samples.json"]
    line += ["--out", "out", "--workers", str(workers)]
    own = os.environ | {"HEPLINE_CACHE": str(folder / "cache")}
    before, began = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    subprocess.run(line, cwd=folder, env=own, check=True, capture_output=True)  # noqa: S603
    wall, after = time.perf_counter() - began, resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    stages = json.loads((folder / "out/summary.json").read_text("utf-8"))["seconds"]
    return {"wall": wall, "CPU": cpu, **stages}


def main() -> None:
    """Parse the command line, measure and report."""
    parser = argparse.ArgumentParser(description="Run an H → ττ measurement from end to end.")
    parser.add_argument("file")
    parser.add_argument("--workers", type=int, default=1)
    parser.add_argument("--rounds", type=int, default=3)
    given = parser.parse_args()
    path = str(Path(given.file).resolve())
    held = blocks(path, columns(path))
    floor = min(unpacking_seconds(held) for _ in range(5)) / given.workers
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "measurement.py").write_text(ANALYSIS)
        listing = {"signal": {"nominal": {"files": [{"path": path}]}}}
        (folder / "samples.json").write_text(json.dumps(listing))
        once(folder, given.workers)
        rounds = [once(folder, given.workers) for _ in range(given.rounds)]
    shown = {key: statistics.median(one[key] for one in rounds) for key in rounds[0]}
    print("  ".join(f"{key} {value:.2f}" for key, value in {"floor": floor, **shown}.items()))
    least = floor + shown["fit"] + shown["figures"]
    print(f"floor + fit + figures {least:.2f}: all takes {shown['wall'] / least:.2f} times as long")


if __name__ == "__main__":
    main()
