"""Pulls and coverage of the measurements in `analyses`, on toys of their own models.

    python bench/analysis_pulls.py WORKSPACE.json … [--toys 200] [--mu 1]

Toys are drawn at the nominal parameters with the given signal strength. Printed are mean and width
of (estimate - truth) / error of the parameter of interest with their statistical errors, the share of
toys whose interval ± 1σ holds the truth (68.3 %), and the share of toys that do not exclude it at
95 % CLs (95 % and more: CLs covers too often on purpose).
"""

from __future__ import annotations

import argparse

import numpy as np

import hepline as hl
from hepline.stats.inference.toys import toy_data


def study(path: str, count: int, mu: float, seed: int) -> None:
    """Print pulls and coverage of one workspace."""
    model = hl.Model(path)
    data = model.asimov(mu=mu)
    toys = model.toys(count, seed=seed, data=data)
    place = toys.parameters.index(model.poi)
    values, errors = toys.values[:, place], toys.errors[:, place]
    pulls = ((values - mu) / errors)[np.isfinite(errors)]
    width = pulls.std(ddof=1)
    inside = np.mean(np.abs(pulls) < 1)
    drawn = toy_data(model, count, seed=seed, values=toys.truth)
    covered = np.mean([model.cls(mu, data=toy).cls > 0.05 for toy in drawn])
    print(f"{path}: {model.poi} = {mu:g}, {len(pulls)} of {count} toys")
    print(f"  pull {pulls.mean():+.3f} ± {width / np.sqrt(len(pulls)):.3f}")
    print(f"  width {width:.3f} ± {width / np.sqrt(2 * len(pulls)):.3f}")
    print(f"  within one standard deviation {inside:.3f}, not excluded {covered:.3f}")


def main() -> None:
    """Parse the command line and study every workspace."""
    parser = argparse.ArgumentParser(description="Pulls and coverage of workspaces.")
    parser.add_argument("workspaces", nargs="+")
    parser.add_argument("--toys", type=int, default=200)
    parser.add_argument("--mu", type=float, default=1.0)
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    for path in given.workspaces:
        study(path, given.toys, given.mu, given.seed)


if __name__ == "__main__":
    main()
