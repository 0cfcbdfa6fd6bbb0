"""Newton's method in numba and in Python, by the number of parameters.

    python bench/descents.py

Milliseconds of CPU for one descent, median of 9, on a busy machine of two cores, 2026-12-01:

    parameters      5     25     50    100    200
    numba        0.09   0.16   0.57    2.2    8.9
    Python       0.58   0.65    1.4    2.5    7.8

The search in numba serves up to a hundred parameters (`hepline.stats.descent`).
"""

from __future__ import annotations

import statistics
import time
from typing import Any

import numpy as np

from hepline.stats import Model, compiling
from hepline.stats import likelihood as likelihoods
from hepline.stats.descent import descend
from hepline.stats.minimum import starting_point
from hepline.stats.newton import newton


def workspace(parameters: int) -> dict[str, Any]:
    """Forty bins, a signal, and a background with many normsys."""
    rng = np.random.default_rng(3)
    data = rng.uniform(50, 90, 40)
    names = [f"np{i}" for i in range(parameters - 1)]
    modifiers = [
        {"name": name, "type": "normsys", "data": {"hi": 1 + e, "lo": 1 - e}}
        for name, e in zip(names, rng.uniform(0.01, 0.05, len(names)), strict=True)
    ]
    signal = [{"name": "mu", "type": "normfactor", "data": None}]
    samples = [
        {"name": "s", "data": rng.uniform(1, 9, 40).tolist(), "modifiers": signal},
        {"name": "b", "data": data.tolist(), "modifiers": modifiers},
    ]
    return {
        "channels": [{"name": "SR", "samples": samples}],
        "observations": [{"name": "SR", "data": rng.poisson(data + 5).tolist()}],
        "measurements": [{"name": "m", "config": {"poi": "mu", "parameters": []}}],
        "version": "1.0.0",
    }


def main() -> None:
    """Time both from the same start."""
    likelihoods._LARGEST = 10**6  # both for every size: the bound is what is asked for
    compiling._MOST_SECONDS = 0.0
    for parameters in (5, 25, 50, 100, 200):
        model = Model(workspace(parameters))
        likelihood, (start, region) = model.likelihood(), starting_point(model)
        line = [f"{parameters:>5} parameters:"]
        for name, search in (("numba", descend), ("Python", newton)):
            seconds = []
            for _ in range(10):
                begin = time.process_time()
                search(likelihood, start, region)
                seconds.append(time.process_time() - begin)
            line.append(f"{name} {1000 * statistics.median(seconds[1:]):.3g}")
        print(*line, flush=True)


if __name__ == "__main__":
    main()
