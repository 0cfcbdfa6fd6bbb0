"""From a start to a minimum by itself: Newton first, then ever more patient minimizers.

Every other minimizer only brings Newton's method a new start, so that all of them end at the same
point, to the same precision, and are judged by the same criterion.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps

import numpy as np

from hepline.arrays import Floats
from hepline.stats.descent import descend
from hepline.stats.newton import Minimum, Objective, Region
from hepline.stats.schur import Blocks

__all__ = ["RUNGS", "Climb", "climb"]

Approach = Callable[[Objective, Floats, Region], Floats]


@dataclass(frozen=True)
class Climb:
    """The end of the ladder.

    Attributes
    ----------
    minimum : Minimum
        The first that converged, or the deepest that did not.
    method : str
        The rung that converged; empty if none did.
    region : Region
        Where it was looked for.
    remarks : tuple of (str, str)
        What each rung had to say before.
    others : tuple of Minimum
        Less deep minima that a search has seen, the deepest first.
    hessian : Blocks or None
        Of the likelihood at its minimum, if it is known.
    """

    minimum: Minimum
    method: str
    region: Region
    remarks: tuple[tuple[str, str], ...] = ()
    others: tuple[Minimum, ...] = ()
    hessian: Blocks | None = None


class _Free:
    """An objective as function of the free parameters only, finite everywhere."""

    def __init__(self, objective: Objective, start: Floats, region: Region) -> None:
        self.objective = objective
        self.theta = start.copy()
        self.region = region
        self.highest = objective.value(start) + 1e6

    def full(self, free: Floats) -> Floats:
        theta = self.theta.copy()
        theta[self.region.free] = free
        return theta

    def value(self, free: Floats) -> float:
        value = self.objective.value(self.full(free))
        return value if np.isfinite(value) else self.highest

    def gradient(self, free: Floats) -> Floats:
        gradient, _ = self.objective.curvature(self.full(free))
        return np.nan_to_num(gradient[self.region.free], posinf=1e6, neginf=-1e6)

    def hessian(self, free: Floats) -> Floats:
        _, hessian = self.objective.curvature(self.full(free))
        part = hessian.part(self.region.free).full()
        return np.nan_to_num(part, posinf=1e6, neginf=-1e6)


def _stay(objective: Objective, start: Floats, region: Region) -> Floats:  # noqa: ARG001
    return start


def _silent(approach: Approach) -> Approach:
    """Without the remarks of a minimizer on its own progress; ours is judged by the gradient."""

    @wraps(approach)
    def quiet(objective: Objective, start: Floats, region: Region) -> Floats:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return approach(objective, start, region)

    return quiet


@_silent
def _trust_region(objective: Objective, start: Floats, region: Region) -> Floats:
    from scipy.optimize import minimize  # a third of a second, seldom needed

    free = _Free(objective, start, region)
    found = minimize(
        free.value,
        start[region.free],
        method="trust-constr",
        jac=free.gradient,
        hess=free.hessian,
        bounds=_bounds(region),
        options={"maxiter": 500},
    )
    return free.full(found.x)


@_silent
def _lbfgs(objective: Objective, start: Floats, region: Region) -> Floats:
    from scipy.optimize import minimize  # a third of a second, seldom needed

    free = _Free(objective, start, region)
    found = minimize(
        free.value,
        start[region.free],
        method="L-BFGS-B",
        jac=free.gradient,
        bounds=_bounds(region),
        options={"maxiter": 5000, "maxfun": 20000},
    )
    return free.full(found.x)


@_silent
def _migrad(objective: Objective, start: Floats, region: Region) -> Floats:
    from iminuit import Minuit  # the same

    free = _Free(objective, start, region)
    minuit = Minuit(free.value, start[region.free], grad=free.gradient)
    minuit.errordef = Minuit.LEAST_SQUARES
    minuit.strategy = 2
    minuit.limits = _bounds(region)
    minuit.migrad(ncall=20000)
    return free.full(np.asarray(minuit.values))


def _bounds(region: Region) -> list[tuple[float, float]]:
    return list(zip(region.lower[region.free], region.upper[region.free], strict=True))


RUNGS: tuple[tuple[str, Approach], ...] = (
    ("newton", _stay),
    ("trust-constr", _trust_region),
    ("L-BFGS-B", _lbfgs),
    ("MIGRAD", _migrad),
)


def climb(objective: Objective, start: Floats, region: Region) -> Climb:
    """Try one rung after the other until Newton's method converges.

    Parameters
    ----------
    objective : Objective
    start : ndarray, shape (parameter,)
    region : Region

    Returns
    -------
    Climb
    """
    remarks: list[tuple[str, str]] = []
    deepest = Minimum(start, np.inf, False)
    for method, approach in RUNGS:
        minimum = descend(objective, approach(objective, start, region), region)
        if minimum.converged:
            return Climb(minimum, method, region, tuple(remarks))
        remarks.append((method, minimum.remark))
        if minimum.value < deepest.value:
            deepest = minimum
    return Climb(deepest, "", region, tuple(remarks))
