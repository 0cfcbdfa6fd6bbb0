"""The mass of B → KKK by uproot and numpy: python numpy_flat.py FILE."""

import sys

import boost_histogram as bh
import numpy as np
import uproot
from serve import serve

KAON = 493.677  # MeV
MOMENTA = [[f"H{n}_P{axis}" for axis in "XYZ"] for n in (1, 2, 3)]


def answer(_):
    """Bin contents with flow; chunks keep the arrays in the processor's cache."""
    histogram = bh.Histogram(bh.axis.Regular(100, 5000, 5600))
    names = ["B_VertexChi2", *(name for kaon in MOMENTA for name in kaon)]
    with uproot.open(sys.argv[1]) as file:
        columns = file["PhaseSpaceTree"].arrays(names, library="np")
    for start in range(0, len(columns["B_VertexChi2"]), 20_000):
        chunk = {name: values[start : start + 20_000] for name, values in columns.items()}
        good = chunk["B_VertexChi2"] < 12
        total, energy = [0.0, 0.0, 0.0], 0.0
        for kaon in MOMENTA:
            p = [chunk[name][good] for name in kaon]
            energy = energy + np.sqrt(p[0] * p[0] + p[1] * p[1] + p[2] * p[2] + KAON * KAON)
            total = [sum_so_far + one for sum_so_far, one in zip(total, p, strict=True)]
        x, y, z = total
        histogram.fill(np.sqrt(energy * energy - x * x - y * y - z * z))
    return histogram.values(flow=True).tolist()


if __name__ == "__main__":
    serve(answer)
