"""Fits of random models with few events: are they at the minimum, are bounds seen?

    python bench/low_counts.py [--models 400] [--first 0]

Each model has empty bins, few simulated events, large variations. The oracle is pyhf's own
likelihood: its value at our parameters, and whether MINUIT, started at our minimum and at the
initial values, finds a lower one. A parameter within 1e-6 of its bound, which the slope of pyhf's
likelihood presses there, has to be named in the quality of the covariance.
"""

from __future__ import annotations

import argparse
import warnings
from collections import Counter
from collections.abc import Iterator
from typing import Any

import numpy as np
import pyhf
from iminuit import Minuit

from hepline.errors import FitError
from hepline.stats import FitResult, Model

TOLERANCE = 1e-5  # in twice the log-likelihood: how much lower MINUIT's may be


def low_counts(seed: int) -> dict[str, Any]:
    """One channel with few events and as few simulated ones; another one for each seed."""
    rng = np.random.default_rng(seed)
    bins = int(rng.integers(2, 8))
    signal = rng.exponential(1.0, bins) * (rng.random(bins) > 0.3)
    background = rng.exponential(3.0, bins) + 0.05
    error = background / np.sqrt(rng.integers(1, 12, bins))
    modifiers: list[dict[str, Any]] = [{"name": "st", "type": "staterror", "data": error.tolist()}]
    low, high = 1 - rng.uniform(0.05, 0.5), 1 + rng.uniform(0.05, 0.8)
    modifiers.append({"name": "norm", "type": "normsys", "data": {"hi": high, "lo": low}})
    for name in ("a", "b")[: int(rng.integers(0, 3))]:
        shift = background * rng.normal(0, 0.35, (2, bins)).clip(-0.9, 0.9)
        data = {
            "hi_data": (background + shift[0]).tolist(),
            "lo_data": (background + shift[1]).tolist(),
        }
        modifiers.append({"name": name, "type": "histosys", "data": data})
    samples = [
        {
            "name": "signal",
            "data": (signal + 0.2 * (signal.sum() == 0)).tolist(),
            "modifiers": [{"name": "mu", "type": "normfactor", "data": None}],
        },
        {"name": "background", "data": background.tolist(), "modifiers": modifiers},
    ]
    observed = rng.poisson(0.7 * background + rng.uniform(0, 1.5) * signal).astype(float).tolist()
    return {
        "channels": [{"name": "SR", "samples": samples}],
        "observations": [{"name": "SR", "data": observed}],
        "measurements": [{"name": "m", "config": {"poi": "mu", "parameters": []}}],
        "version": "1.0.0",
    }


class Oracle:
    """pyhf's likelihood of a workspace, minimized by MINUIT."""

    def __init__(self, content: dict[str, Any]) -> None:
        workspace = pyhf.Workspace(content)
        self.model = workspace.model(clip_bin_data=0.0)
        self.data = workspace.data(self.model)
        self.bounds = np.array(self.model.config.suggested_bounds())

    def value(self, theta: Any) -> float:
        with np.errstate(divide="ignore", invalid="ignore"):
            found = -2 * self.model.logpdf(theta, self.data).item()
        return found if np.isfinite(found) else 1e6

    def lowest(self, start: np.ndarray) -> float:
        minuit = Minuit(self.value, start)
        minuit.errordef = Minuit.LEAST_SQUARES
        minuit.limits = self.bounds.tolist()
        return float(minuit.migrad().fval)

    def pressed(self, theta: np.ndarray) -> list[str]:
        """Parameters at a bound, whose likelihood falls beyond it."""
        names = []
        for at, name in enumerate(self.model.config.par_names):
            for bound, inward in zip(self.bounds[at], (1.0, -1.0), strict=True):
                inside = theta.copy()
                inside[at] = bound + 1e-4 * inward
                if abs(theta[at] - bound) < 1e-6 and self.value(inside) > self.value(theta):
                    names.append(name)
        return names


def verdicts(content: dict[str, Any]) -> Iterator[str]:
    """What is wrong with our fit of one workspace, in words; nothing if all is well."""
    oracle = Oracle(content)
    try:
        fit: FitResult = Model(content).fit()
    except FitError as error:
        yield f"no fit: {error.what}"
        return
    theta = np.array([fit[name].value for name in oracle.model.config.par_names])
    if abs(oracle.value(theta) - fit.twice_nll) > 1e-8:
        yield f"pyhf says {oracle.value(theta):.10g} of our {fit.twice_nll:.10g}"
    starts = (theta, np.array(oracle.model.config.suggested_init()))
    lowest = min(oracle.lowest(start) for start in starts)
    if lowest < fit.twice_nll - TOLERANCE:
        yield f"MINUIT is lower by {fit.twice_nll - lowest:.2g}"
    for name in oracle.pressed(theta):
        if f"'{name}' = " not in fit.covariance_quality:
            yield f"'{name}' stands at its bound, and the quality is {fit.covariance_quality}"


def main() -> None:
    """Fit all models, print what is wrong with them and how often."""
    parser = argparse.ArgumentParser(description="Fits of random models with few events.")
    parser.add_argument("--models", type=int, default=400)
    parser.add_argument("--first", type=int, default=0)
    given = parser.parse_args()
    warnings.simplefilter("ignore")
    count: Counter[str] = Counter()
    for seed in range(given.first, given.first + given.models):
        wrong = list(verdicts(low_counts(seed)))
        count["right" if not wrong else "wrong"] += 1
        for each in wrong:
            print(f"seed {seed}: {each}", flush=True)
    print(f"{given.models} models: {count['right']} right, {count['wrong']} wrong")


if __name__ == "__main__":
    main()
