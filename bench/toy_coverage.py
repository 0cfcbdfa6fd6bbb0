"""How often intervals and limits contain the truth, in toys, beside how often they should.

    python bench/toy_coverage.py [--toys 2000] [--seed 1]

*Hessian*: best value ± its error. *Profile*: twice the log-likelihood has risen by less than one
(MINOS; the interval need not be found for that). *CLs*: the true value is not excluded at 95 %.

What should be is not always the level that the method is named after:

- Counts are discrete: with few of them only some coverages are possible. For models without
  nuisance parameters the right number is a sum over all counts, done here with scipy alone.
- CLs divides by the probability that a background looks like the data, on purpose: nobody shall
  exclude a signal that he cannot see. It covers more than 95 % the smaller the signal is. For the
  shape the right number is that of a normal estimate with the same sensitivity.

CLs from toys uses one ensemble for all data, with nuisance parameters at their true values: one for
each data set would be four million fits. Its errors include those of the ensemble.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.optimize import brentq
from scipy.stats import norm, poisson

from hepline.stats.covariance import covariance_matrix
from hepline.stats.histfactory import HistFactory
from hepline.stats.inference.asymptotic import Asymptotics, asimov_profile, asymptotics
from hepline.stats.inference.profile import Profile, profile
from hepline.stats.inference.toys import toy_data
from hepline.stats.inference.toytests import fraction_at_least
from hepline.stats.minimum import starting_point

MU = 1.0  # the truth
ONE_SIGMA = 0.682689492137
ALLOWED = 0.05
METHODS = ("Hessian", "profile", "CLs asymptotic", "CLs toys")

Bools = np.ndarray[Any, np.dtype[np.bool_]]


@dataclass(frozen=True)
class Coverage:
    """How often one method contained the truth."""

    model: str
    method: str
    found: float
    error: float
    nominal: float
    right: float
    source: str


def counting(signal: float, background: float) -> dict[str, Any]:
    """A single bin without nuisance parameters."""
    mu = {"name": "mu", "type": "normfactor", "data": None}
    samples = [
        {"name": "signal", "data": [signal], "modifiers": [mu]},
        {"name": "background", "data": [background], "modifiers": []},
    ]
    return _workspace(samples, [signal + background])


def shape() -> dict[str, Any]:
    """A peak on a falling background, whose size, slope and statistics are uncertain."""
    place = np.arange(8)
    peak = 60 * np.exp(-0.5 * ((place - 3.5) / 1.2) ** 2)
    falling = 400 * np.exp(-place / 4)
    tilt = 0.05 * (place - 3.5) / 3.5 * falling
    signal = [
        {"name": "mu", "type": "normfactor", "data": None},
        {"name": "efficiency", "type": "normsys", "data": {"lo": 0.95, "hi": 1.05}},
    ]
    background = [
        {"name": "size", "type": "normsys", "data": {"lo": 0.9, "hi": 1.1}},
        {
            "name": "slope",
            "type": "histosys",
            "data": {"lo_data": list(falling - tilt), "hi_data": list(falling + tilt)},
        },
        {"name": "statistics", "type": "staterror", "data": list(0.03 * falling)},
    ]
    samples = [
        {"name": "signal", "data": list(peak), "modifiers": signal},
        {"name": "background", "data": list(falling), "modifiers": background},
    ]
    return _workspace(samples, list(np.round(peak + falling)))


def _workspace(samples: list[dict[str, Any]], observed: list[float]) -> dict[str, Any]:
    return {
        "channels": [{"name": "SR", "samples": samples}],
        "observations": [{"name": "SR", "data": observed}],
        "measurements": [{"name": "m", "config": {"poi": "mu", "parameters": []}}],
        "version": "1.0.0",
    }


COUNTS = {"counting": (50.0, 100.0), "low counts": (4.0, 3.0)}
MODELS = {"counting": counting(*COUNTS["counting"]), "shape": shape()} | {
    "low counts": counting(*COUNTS["low counts"])
}


def found(workspace: dict[str, Any], toys: int, seed: int) -> dict[str, Bools]:
    """Which toys each method covers."""
    model = HistFactory(workspace)
    truth = model.initial.copy()
    poi = model.indices(model.poi)
    truth[poi] = MU
    without = truth.copy()
    without[poi] = 0.0
    # Series of toys of one seed: what is measured, then the ensembles of both hypotheses.
    measured, signal, background = (
        toy_data(model, toys, values=values, seed=seed, stream=stream)
        for stream, values in enumerate((truth, truth, without))
    )

    def statistic(toy: np.ndarray) -> float:
        return profile(model, data=toy, near=truth).qmu_tilde(MU)

    def judged(toy: np.ndarray) -> tuple[float, ...]:
        fits = profile(model, data=toy, near=truth)
        tested = Asymptotics(fits, asimov_profile(fits, 0.0)).test(MU)
        return _hessian_covers(fits), fits.tmu(MU), tested.cls, tested.statistic

    hessian, t, cls, q = _of_each(judged, measured).T
    clsb, clb = (fraction_at_least(_of_each(statistic, each), q) for each in (signal, background))
    return {
        "Hessian": hessian > 0,
        "profile": t < 1,
        "CLs asymptotic": cls > ALLOWED,
        "CLs toys": clsb > ALLOWED * clb,
    }


def _of_each(function: Callable[[np.ndarray], Any], data: np.ndarray) -> np.ndarray:
    """Apply to each toy; toys that are equal share one call."""
    different, where = np.unique(data, axis=0, return_inverse=True)
    return np.array([function(toy) for toy in different])[where.ravel()]


def _hessian_covers(fitted: Profile) -> bool:
    model, theta = fitted.model, fitted.best.theta
    _, hessian = fitted.likelihood.curvature(theta)
    _, region = starting_point(model)
    spread = covariance_matrix(hessian, theta, region, model.parameter_names).spread
    poi = [model.indices(model.poi)[0]]
    return bool(abs(theta[poi[0]] - MU) <= np.sqrt(spread.part(poi, poi)[0, 0]))


def exact(signal: float, background: float) -> dict[str, float]:
    """Coverages of a counting experiment: a sum over all counts, from scipy alone."""
    n = np.arange(0, 2000)
    best = np.maximum(0.0, (n - background) / signal)
    # Of the curvature: at zero, where the best value would be negative, that of the bound.
    rate = best * signal + background
    error = rate / (signal * np.sqrt(np.maximum(n, 1))) * (n > 0)
    t = 2 * (poisson.logpmf(n, rate) - poisson.logpmf(n, MU * signal + background))
    q = np.where(best > MU, 0.0, np.maximum(t, 0.0))
    at_mu, at_zero = poisson.pmf(n, MU * signal + background), poisson.pmf(n, background)
    extreme = q[None, :] >= q[:, None] - 1e-9
    covers = {
        "Hessian": np.abs(best - MU) <= error,
        "profile": t < 1,
        "CLs asymptotic": _asymptotic_cls(q, signal, background) > ALLOWED,
        "CLs toys": (extreme @ at_mu) > ALLOWED * (extreme @ at_zero),
    }
    return {method: float(at_mu @ covered) for method, covered in covers.items()}


def _asymptotic_cls(q: np.ndarray, signal: float, background: float) -> np.ndarray:
    """Cowan et al., arXiv:1007.1727, equation 65, with the Asimov data of the background."""
    total = MU * signal + background
    q_asimov = 2 * (total - background - background * np.log(total / background))
    near = np.sqrt(q) - np.sqrt(q_asimov)
    far = (q - q_asimov) / (2 * np.sqrt(q_asimov))
    distance = np.where(q <= q_asimov, near, far)
    return norm.sf(distance + np.sqrt(q_asimov)) / norm.sf(distance)


def normal_limit(workspace: dict[str, Any]) -> dict[str, float]:
    """Coverages of a normal estimate that is as sensitive as this model."""
    model = HistFactory(workspace)
    # Of the data that are expected without signal.
    sensitivity = asymptotics(model, data=model.data).width(MU)

    def excess(estimate: float) -> float:
        return norm.cdf(estimate - sensitivity) - ALLOWED * norm.cdf(estimate)

    cls = norm.sf(brentq(excess, -20.0, 20.0) - sensitivity)
    values = (ONE_SIGMA, ONE_SIGMA, float(cls), float(cls))
    return dict(zip(METHODS, values, strict=True))


def coverages(name: str, toys: int, seed: int) -> list[Coverage]:
    """Coverages of one model by all methods, with what they should be."""
    counted = name in COUNTS
    right = exact(*COUNTS[name]) if counted else normal_limit(MODELS[name])
    covered = found(MODELS[name], toys, seed)
    rows = []
    for method in METHODS:
        expected = right[method]
        # Ensembles of as many toys as data move the border by about as much as the data themselves.
        samples = 3 if method == "CLs toys" else 1
        rows.append(
            Coverage(
                model=name,
                method=method,
                found=float(np.mean(covered[method])),
                error=float(np.sqrt(samples * expected * (1 - expected) / toys)),
                nominal=1 - ALLOWED if method.startswith("CLs") else ONE_SIGMA,
                right=expected,
                source="sum over counts" if counted else "normal estimate",
            )
        )
    return rows


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--toys", type=int, default=2000)
    parser.add_argument("--seed", type=int, default=1)
    arguments = parser.parse_args()
    print(f"{'model':<12}{'method':<16}{'found':>7} ±{'':<7}{'named':>7}{'right':>8}  from")
    for name in MODELS:
        begin = time.perf_counter()
        for row in coverages(name, arguments.toys, arguments.seed):
            print(
                f"{row.model:<12}{row.method:<16}{row.found:7.4f} ± {row.error:.4f}"
                f"{row.nominal:7.4f} {row.right:7.4f}  {row.source}"
                f"{'  !' if abs(row.found - row.right) > 3.3 * row.error else ''}"
            )
        print(f"{name}: {arguments.toys} toys in {time.perf_counter() - begin:.1f} s\n")
    print("named: the level of the method; right: what it gives for this model, see --help.")
    print("!: further than 3.3 errors from what is right.")


if __name__ == "__main__":
    main()
