"""Upper limits from toys: where CLs crosses one minus the confidence level."""

from __future__ import annotations

from typing import NoReturn

import numpy as np
from numpy.typing import ArrayLike

from hepline.arrays import Floats
from hepline.errors import FitError
from hepline.stats.histfactory import HistFactory
from hepline.stats.inference.limits import upper_limit
from hepline.stats.inference.parallel import Crew
from hepline.stats.inference.results import HypothesisTest, UpperLimit
from hepline.stats.inference.toytests import ToyTester

__all__ = ["toy_limit"]

_MOST_TESTS = 40
_PRECISION = 0.05  # distance between a limit and the nearest tested value, of the limit


def toy_limit(
    model: HistFactory,
    count: int,
    *,
    seed: int,
    level: float = 0.95,
    data: ArrayLike | None = None,
    workers: int = 1,
) -> UpperLimit:
    """Find the upper limit of the parameter of interest with toys and q̃.

    Parameters
    ----------
    model : HistFactory
    count : int
        Toys of each hypothesis, for each tested value. Toys of the background are shared.
    seed : int
        From 0 to 2⁶⁴ − 1.
    level : float
        Confidence level.
    data : array_like, shape (bin,) or (bin + auxdata,), optional
        The observed data by default.
    workers : int
        Processes; the result does not depend on their number. A script that starts more than one
        needs ``if __name__ == "__main__":``.

    Returns
    -------
    UpperLimit
        Interpolated between tested values.

    Raises
    ------
    FitError
        As for `toy_test`, and for the asymptotic `upper_limit`, where the search begins.
    """
    asymptotic = upper_limit(model, level=level, data=data)
    with Crew(workers) as crew:
        tester = ToyTester(model, count, seed=seed, data=data, crew=crew)
        tests = [tester(mu) for mu in sorted({asymptotic.observed, *asymptotic.expected})]
        limits, distance = _crossings(tests, 1 - level)
        while distance.max() > _PRECISION:
            if len(tests) == _MOST_TESTS:
                _refuse(model.poi, limits)
            tests.append(tester(float(limits[np.argmax(distance)])))
            tests.sort(key=lambda test: test.mu)
            limits, distance = _crossings(tests, 1 - level)
    observed, low, lower, middle, higher, high = limits.tolist()
    return UpperLimit(
        poi=model.poi,
        level=level,
        observed=observed,
        expected=(low, lower, middle, higher, high),
        tests=tuple(tests),
        method="toys",
        error=_error(tests, 1 - level),
    )


def _error(tests: list[HypothesisTest], allowed: float) -> float:
    """Standard error of the limit: the relative one of CLs over the slope of its logarithm."""
    # Where no toy is left, CLs is known to be about as small as its error.
    cls = np.array([max(test.cls, test.error) for test in tests])
    distance = np.log(cls / allowed)
    near = np.argsort(np.abs(distance), kind="stable")[:4]
    slope = np.polyfit([tests[i].mu for i in near], distance[near], 1)[0]
    return float(tests[near[0]].error / cls[near[0]] / abs(slope))


def _crossings(tests: list[HypothesisTest], allowed: float) -> tuple[Floats, Floats]:
    """Find observed and expected limits from tests sorted by their value.

    Returns
    -------
    limits : ndarray, shape (six,)
    distance : ndarray, shape (six,)
        To the nearest tested value, relative to the limit.
    """
    mu = np.array([test.mu for test in tests])
    curves = np.array([(test.cls, *test.expected) for test in tests])
    # Where no toy is left, half a toy keeps the logarithm finite.
    logs = np.log(np.maximum(curves, 0.5 / tests[0].toys) / allowed)
    limits = np.array([_crossing(mu, curve) for curve in logs.T])
    return limits, np.abs(limits[:, None] - mu).min(axis=1) / limits


def _crossing(mu: Floats, curve: Floats) -> float:
    """Last zero of a falling curve; outside of its points a guess of where it could be."""
    above = np.flatnonzero(curve > 0)
    if not above.size:
        return float(mu[0] / 2)
    last = above[-1]
    if last == len(mu) - 1:
        return float(1.5 * mu[-1])
    share = curve[last] / (curve[last] - curve[last + 1])
    return float(mu[last] + share * (mu[last + 1] - mu[last]))


def _refuse(poi: str, limits: Floats) -> NoReturn:
    raise FitError(
        f"{_MOST_TESTS} values of '{poi}' were tested without finding its limits "
        f"(last guesses: {limits.min():.3g} to {limits.max():.3g}).",
        why="CLs from so few toys does not fall below what the confidence level allows.",
        fix="ask for more toys, or look at the asymptotic limit.",
    )
