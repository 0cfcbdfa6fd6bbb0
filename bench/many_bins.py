"""A fit with a factor for every bin: seconds and memory against the number of channels.

    python bench/many_bins.py [--channels 25 50 100 300] [--without]

Each channel has 20 bins, a signal and two backgrounds; 200 normsys are spread over them, and every
bin has a staterror, unless ``--without``. With the factors of single bins eliminated, 6201
parameters take 2.0 to 2.5 s of CPU and 0.34 GB in the whole process (busy machine of two cores);
a Hessian of all by all took 9.3 s in the same hour, with less load, and 2.2 GB.
"""

from __future__ import annotations

import argparse
import resource
import time
from typing import Any

import numpy as np

from hepline.stats import Model

BINS = 20


def workspace(channels: int, *, staterror: bool) -> dict[str, Any]:
    """A search with many regions."""
    rng = np.random.default_rng(7)
    entries, observed = [], []
    for c in range(channels):
        samples, total = [], np.zeros(BINS)
        for name, scale in (("signal", 3.0), ("top", 60.0), ("w", 40.0)):
            data = scale * rng.uniform(0.3, 1.0, BINS)
            modifiers: list[dict[str, Any]] = [
                {"name": f"np{i}", "type": "normsys", "data": {"hi": 1.03, "lo": 0.97}}
                for i in rng.choice(200, 12, replace=False)
            ]
            if name == "signal":
                modifiers.append({"name": "mu", "type": "normfactor", "data": None})
            if staterror:
                errors = (0.05 * data).tolist()
                modifiers.append({"name": f"stat_{c}", "type": "staterror", "data": errors})
            samples.append({"name": name, "data": data.tolist(), "modifiers": modifiers})
            total += data
        entries.append({"name": f"R{c}", "samples": samples})
        observed.append({"name": f"R{c}", "data": rng.poisson(total).tolist()})
    return {
        "channels": entries,
        "observations": observed,
        "measurements": [{"name": "m", "config": {"poi": "mu", "parameters": []}}],
        "version": "1.0.0",
    }


def main() -> None:
    """Fit once to warm up, then each size."""
    parser = argparse.ArgumentParser(description="Fits with a factor for every bin.")
    parser.add_argument("--channels", type=int, nargs="+", default=[25, 50, 100, 300])
    parser.add_argument("--without", action="store_true", help="no staterror")
    given = parser.parse_args()
    Model(workspace(3, staterror=True)).fit()
    for channels in given.channels:
        model = Model(workspace(channels, staterror=not given.without))
        begin = time.perf_counter()
        fit = model.fit()
        seconds = time.perf_counter() - begin
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6
        print(
            f"{channels} channels, {len(model.data)} bins, {len(fit.parameters)} parameters: "
            f"{seconds:.2f} s, {peak:.2f} GB at most; mu = {fit['mu'].value:.4f} ± "
            f"{fit['mu'].error:.4f}",
            flush=True,
        )


if __name__ == "__main__":
    main()
