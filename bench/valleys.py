"""How low a likelihood must lie for another valley to be looked for.

    python bench/valleys.py

The fits of 300 random workspaces, by the share of the rise that the curvature promises below which
a descent starts (`hepline.stats.valleys`). A fit has missed a minimum where one with another share
ended deeper.

2026-12-01, milliseconds on a busy machine; hepline takes 0.65:

    share   missed   ms of CPU for a fit
      0.0       13                  1.16
      0.3        2                  1.01
      0.5        2                  1.41
     0.65        1                  1.37
      0.8        1                  1.51
      1.0        0                  1.87
      1.5        0                  2.30
"""

from __future__ import annotations

import time

from peers.fixtures import of_tests

from hepline.errors import FitError
from hepline.stats import Model, compiling, valleys

SHARES = (0.0, 0.3, 0.5, 0.65, 0.8, 1.0, 1.5)
MODELS = 300
DEEPER = 1e-6


def random_models() -> list[Model]:
    """Models of the random workspaces of the tests."""
    module = of_tests("random_workspace")
    return [Model(module.random_workspace(seed)) for seed in range(MODELS)]


def depths(models: list[Model]) -> list[float]:
    """Twice the negative log-likelihood of each fit; infinite where there is none."""
    found = []
    for model in models:
        try:
            found.append(model.fit().twice_nll)
        except FitError:
            found.append(float("inf"))
    return found


def main() -> None:
    """Fit all models with each share."""
    compiling._MOST_SECONDS = 0.0
    models = random_models()
    depths(models[:20])
    found, seconds = {}, {}
    for share in SHARES:
        valleys._BENT = share
        begin = time.process_time()
        found[share] = depths(models)
        seconds[share] = time.process_time() - begin
    deepest = [min(each) for each in zip(*found.values(), strict=True)]
    print("share   missed   ms of CPU for a fit")
    for share in SHARES:
        missed = sum(mine > best + DEEPER for mine, best in zip(found[share], deepest, strict=True))
        print(f"{share:>5} {missed:>8} {1000 * seconds[share] / MODELS:>21.2f}", flush=True)


if __name__ == "__main__":
    main()
