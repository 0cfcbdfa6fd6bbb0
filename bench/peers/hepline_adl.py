"""The ADL queries by hepline: python hepline_adl.py FILE ENGINE THREADS."""

import sys
from pathlib import Path

from serve import serve

import hepline as hl

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "analyses"))
from adl import QUERIES

if __name__ == "__main__":
    path, engine, threads = sys.argv[1:]

    def answer(name):
        """Bin contents with flow, from freshly opened events."""
        histogram = hl.compute(QUERIES[name](hl.open(path)), engine=engine, workers=int(threads))
        return histogram.values(flow=True).tolist()

    serve(answer)
