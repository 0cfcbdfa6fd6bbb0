"""Scores of the Challenge's two models, beside XGBoost's own prediction.

    python bench/trees.py ../shared/data/agc/models/model_even.json

CPU microseconds a row on one thread, minimum of the runs; four rows at once against one after the
other (with a missing value in each, which takes the plain loop).
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import xgboost

from hepline.learn.xgboost_json import forest_of


def fastest(task: Callable[[], object], rows: int, runs: int) -> float:
    seconds = []
    for _ in range(runs):
        begin = time.thread_time()
        task()
        seconds.append(time.thread_time() - begin)
    return min(seconds) / rows * 1e6


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("model")
    parser.add_argument("--rows", type=int, default=20_000)
    parser.add_argument("--runs", type=int, default=9)
    arguments = parser.parse_args()
    generator = np.random.default_rng(0)
    limits = [(0, 6)] * 4 + [(30, 300)] * 8 + [(0, 1)] * 4 + [(-1, 1)] * 4
    rows = np.stack(
        [generator.uniform(low, high, arguments.rows) for low, high in limits], axis=1
    ).astype(np.float32)
    missing = rows.copy()
    missing[:, 3] = np.nan
    forest = forest_of(Path(arguments.model).read_text(), arguments.model)
    booster = xgboost.Booster(model_file=arguments.model)
    booster.set_param({"nthread": 1})
    largest = np.abs(forest.scores(rows)[:, 0] - booster.inplace_predict(rows)).max()
    times = {
        "hepline, four rows at once": fastest(
            lambda: forest.scores(rows), len(rows), arguments.runs
        ),
        "hepline, one row": fastest(lambda: forest.scores(missing), len(rows), arguments.runs),
        "xgboost": fastest(lambda: booster.inplace_predict(rows), len(rows), arguments.runs),
    }
    for name, micro in times.items():
        print(f"{name:28} {micro:6.2f} us a row")
    print(f"largest difference {largest:.1e}")


if __name__ == "__main__":
    main()
