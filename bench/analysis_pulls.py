"""Pulls and coverage of the measurements in `analyses`, on toys of their own models.

    python bench/analysis_pulls.py WORKSPACE.json … [--toys 200] [--mu 1]

A point of a grid is WORKSPACE.json+PATCHSET.json:NAME.

Toys are drawn at the nominal parameters with the given signal strength. Printed are mean and
width, with their statistical errors, of two pulls of the parameter of interest: (estimate - truth)
/ error, and the signed root of the profile likelihood ratio, which is normal for fewer events: the
error of a low estimate is small as well. Then the share of toys whose interval of one standard
deviation holds the truth (68.3 %), and the share that do not exclude it at 95 % CLs (95 % and more:
CLs covers too often on purpose).
"""

from __future__ import annotations

import argparse

import numpy as np

import hepline as hl
from hepline.stats.inference.toys import toy_data


def study(path: str, count: int, mu: float, seed: int) -> None:
    """Print pulls and coverage of one workspace."""
    workspace, _, patch = path.partition("+")
    model = hl.Model(workspace, patches=patch or ())
    data = model.asimov(mu=mu)
    toys = model.toys(count, seed=seed, data=data)
    place = toys.parameters.index(model.poi)
    values, errors = toys.values[:, place], toys.errors[:, place]
    pulls = ((values - mu) / errors)[np.isfinite(errors)]
    drawn = toy_data(model, count, seed=seed, values=toys.truth)
    roots = np.array([signed_root(model, toy, mu) for toy in drawn])
    covered = np.mean([model.cls(mu, data=toy).cls > 0.05 for toy in drawn])
    print(f"{path}: {model.poi} = {mu:g}, {len(pulls)} of {count} toys")
    for name, sample in (("error", pulls), ("likelihood", roots)):
        number, width = len(sample), sample.std(ddof=1)
        print(
            f"  {name:<10} mean {sample.mean():+.3f} ± {width / np.sqrt(number):.3f}, width "
            f"{width:.3f} ± {width / np.sqrt(2 * number):.3f}, within 1σ "
            f"{np.mean(np.abs(sample) < 1):.3f}"
        )
    print(f"  not excluded {covered:.3f}")


def signed_root(model: hl.Model, toy: np.ndarray, mu: float) -> float:
    """The root of twice the difference of log-likelihoods, positive where the estimate is high."""
    best = model.fit(data=toy)
    held = model.fit(data=toy, fixed={model.poi: mu})
    ratio = max(held.twice_nll - best.twice_nll, 0.0)
    return float(np.sign(best[model.poi].value - mu) * np.sqrt(ratio))


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
