"""Newton's method within bounds, for functions whose Hessian is known exactly.

Steps are those of Levenberg and Marquardt: the Hessian, scaled to a unit diagonal, is shifted until
it is positive definite and until the step keeps what it promises. Parameters that would leave
their bounds are set on them, and the step of the others is solved again.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Protocol

import numpy as np

from hepline.arrays import Floats, Mask
from hepline.stats import schur
from hepline.stats.onecore import on_one_core
from hepline.stats.schur import Blocks
from hepline.stats.search import on_bounds
from hepline.stats.verdict import (
    ASIDE,
    BROKEN,
    CATCH,
    CAUGHT,
    END,
    LEAST_GAIN,
    LEAST_RISE,
    MOST_STEPS,
    NEAR,
    ON,
    ROUNDING,
    SADDLE,
    SINGULAR,
    STEPS_ASIDE,
    STUCK,
    TIRED,
    verdict,
)

__all__ = [
    "Known",
    "Minimum",
    "Objective",
    "Region",
    "beside_saddle",
    "ended",
    "newton",
    "scaled",
]

_APART = 0.1  # of the width of a constraint
_REMARKS = {
    END: "",
    SINGULAR: "the Hessian is singular",
    BROKEN: "its derivatives are not finite",
    CAUGHT: "this leads to a known minimum",
    STUCK: "no step leads further down",
    TIRED: f"{MOST_STEPS} Newton steps were not enough",
}
"""What a user reads about the end of a descent; the first two are ends at a minimum."""

_CONVERGED = frozenset({END, SINGULAR})


class Objective(Protocol):
    """What is minimized."""

    def value(self, theta: Floats) -> float:
        """Evaluate the function; infinite where it has no meaning."""
        ...

    def curvature(self, theta: Floats) -> tuple[Floats, Blocks]:
        """Compute gradient and Hessian."""
        ...


@dataclass(frozen=True)
class Region:
    """Where a minimum is looked for.

    Attributes
    ----------
    lower, upper : ndarray, shape (parameter,)
    free : ndarray of bool, shape (parameter,)
    reach : ndarray, shape (parameter,)
        Longest step at a time, such as the width of a constraint: longer ones can land in the
        valley of another minimum.
    """

    lower: Floats
    upper: Floats
    free: Mask
    reach: Floats

    @cached_property
    def box(self) -> Floats:
        """All of it in one array, as kernels take it; see `hepline.stats.search`."""
        box = np.empty((4, len(self.free)))
        box[0], box[1], box[2], box[3] = self.lower, self.upper, self.reach, self.free
        return box

    @cached_property
    def one_minimum(self) -> Floats:
        """Distance below which two minima are one, in each parameter."""
        return _APART * np.where(np.isfinite(self.reach), self.reach, 1.0)

    def misplaced(self, theta: Floats) -> tuple[int, ...]:
        """Positions of parameters where no descent can start."""
        outside = self.free & ~((self.lower <= theta) & (theta <= self.upper))
        return tuple(np.flatnonzero(outside | ~np.isfinite(theta)).tolist())

    def inside(self, theta: Floats, held: Floats) -> Floats:
        """Move free parameters into their bounds; take all others from another point.

        Both may be many points.
        """
        # Clipping in one call takes three times as long for a few numbers.
        return np.where(self.free, np.minimum(np.maximum(theta, self.lower), self.upper), held)

    def movable(self, theta: Floats, gradient: Floats) -> Mask:
        """Free parameters that the gradient does not press against a bound."""
        at_lower, at_upper = self._at_ends(theta)
        return self.free & ~(at_lower & (gradient > 0)) & ~(at_upper & (gradient < 0))

    def at_bound(self, theta: Floats) -> Mask:
        """Free parameters that stand on a bound, within a tiny fraction of their scale."""
        return np.asarray(on_bounds(theta, self.box))

    def onto_bounds(self, theta: Floats) -> Floats:
        """Set parameters that miss a bound by a rounding error on it."""
        at_lower, at_upper = self._at_ends(theta)
        on = np.where(self.free & at_lower, self.lower, theta)
        return np.where(self.free & at_upper, self.upper, on)

    def _at_ends(self, theta: Floats) -> tuple[Mask, Mask]:
        rounding = ROUNDING * np.maximum(1.0, np.abs(theta))
        near = np.where(np.isfinite(self.reach), NEAR * self.reach, rounding)
        return theta - self.lower <= near, self.upper - theta <= near


@dataclass(frozen=True)
class Known:
    """A minimum that was found before.

    Attributes
    ----------
    theta : ndarray, shape (parameter,)
    value : float
    hessian : Blocks
    """

    theta: Floats
    value: float
    hessian: Blocks

    def catches(self, theta: Floats, value: float) -> bool:
        """Whether a point lies so close that the parabola of this minimum describes it."""
        rise = value - self.value
        if not 0 <= rise < 2:
            return False
        distance = theta - self.theta
        parabola = 0.5 * float(distance @ self.hessian.times(distance))
        return abs(parabola - rise) < CATCH * max(rise, LEAST_RISE)


@dataclass(frozen=True)
class Minimum:
    """Where Newton's method came to rest.

    Attributes
    ----------
    theta : ndarray, shape (parameter,)
    value : float
    converged : bool
    remark : str
        Why it did not converge.
    hessian : Blocks or None
        Of the function there, if it is known.
    """

    theta: Floats
    value: float
    converged: bool
    remark: str = ""
    hessian: Blocks | None = None

    def lean(self) -> Minimum:
        """Leave out the Hessian."""
        return Minimum(self.theta, self.value, self.converged, self.remark)


def scaled(hessian: Blocks) -> tuple[Blocks, Floats]:
    """Hessian with a unit diagonal, and the scales that were divided out."""
    diagonal = np.abs(hessian.diag())
    # A parameter without curvature must not be blown up to the size of the others.
    floor = 1e-12 * float(diagonal.max(initial=0.0)) or 1.0
    scale = np.sqrt(np.maximum(diagonal, floor))
    return hessian.divided(scale), scale


@on_one_core
def newton(
    objective: Objective, start: Floats, region: Region, known: Known | None = None
) -> Minimum:
    """Minimize within bounds.

    Parameters
    ----------
    objective : Objective
    start : ndarray, shape (parameter,)
        A point where the function is finite.
    region : Region
    known : Known, optional
        A minimum that is of no more interest: the descent ends when it is caught by it.

    Returns
    -------
    Minimum

    References
    ----------
    J. Nocedal, S. Wright, "Numerical Optimization", 2nd ed., chapters 4 and 16.
    """
    theta = region.inside(start, start)
    value = objective.value(theta)
    shift = 0.0
    for _ in range(MOST_STEPS):
        gradient, hessian = objective.curvature(theta)
        if not (np.all(np.isfinite(gradient)) and hessian.is_finite):
            return ended(theta, value, None, BROKEN)
        step, least_shift, decrement = _step(theta, gradient, hessian, region, shift)
        if decrement == 0.0:
            return ended(theta, value, hessian, END)  # all is pressed against bounds
        promised = -float(gradient @ step + 0.5 * step @ hessian.times(step))
        further = region.onto_bounds(theta + step)
        new_value = objective.value(further)
        accepted, what, shift = verdict(value, new_value, promised, decrement, shift, least_shift)
        if what == ASIDE:
            aside = beside_saddle(objective, theta, value, (gradient, hessian), region)
            if aside is None:
                return ended(theta, value, hessian, SINGULAR)
            theta, value = aside
        if accepted:
            theta, value = further, min(value, new_value) if what == END else new_value
            if known is not None and what != END and known.catches(theta, value):
                what = CAUGHT
        if what not in {ON, ASIDE}:
            return ended(theta, value, None, what)
    return ended(theta, value, None, TIRED)


def ended(theta: Floats, value: float, hessian: Blocks | None, what: int) -> Minimum:
    """Say how a descent ended, in words."""
    return Minimum(theta, value, what in _CONVERGED, _REMARKS[what], hessian)


@on_one_core
def beside_saddle(
    objective: Objective,
    theta: Floats,
    value: float,
    derivatives: tuple[Floats, Blocks],
    region: Region,
) -> tuple[Floats, float] | None:
    """Find a lower point beside one where the gradient vanishes: only a minimum has none."""
    gradient, hessian = derivatives
    moving = region.movable(theta, gradient)
    if hessian.many:
        return None  # all eigenvalues of so many parameters take longer than the fit
    index = np.flatnonzero(moving)
    matrix, scale = scaled(hessian.part(moving))
    lowest, vectors = np.linalg.eigh(matrix.full())
    if lowest[0] > SADDLE:
        return None
    for size in STEPS_ASIDE:
        beside = theta.copy()
        beside[index] += size * vectors[:, 0] / scale
        beside = region.onto_bounds(np.clip(beside, region.lower, region.upper))
        lower = objective.value(beside)
        if lower < value - LEAST_GAIN:
            return beside, lower
    return None


def _step(
    theta: Floats, gradient: Floats, hessian: Blocks, region: Region, shift: float
) -> tuple[Floats, float, float]:
    """Solve for a step in bounds.

    Returns
    -------
    step : ndarray, shape (parameter,)
    least : float
        The shift that made the Hessian positive definite.
    decrement : float
        Gradient · inverse Hessian · gradient of the parameters that can move: zero at a minimum
        within bounds, and nowhere else.
    """
    step = np.zeros_like(theta)
    moving = region.movable(theta, gradient)
    least, decrement = 0.0, None
    while moving.any():
        index = np.flatnonzero(moving)
        # Parameters that already went to their bounds change the gradient of the others.
        slope = (gradient + hessian.times(np.where(moving, 0.0, step)))[index]
        matrix, scale = scaled(hessian.part(moving))
        solution, used = _solve(matrix, slope / scale, shift)
        least = max(least, used if used > shift else 0.0)
        trial = -solution / scale
        decrement = -float(slope @ trial) if decrement is None else decrement
        low, high = region.lower[index] - theta[index], region.upper[index] - theta[index]
        outside = (trial < low) | (trial > high)
        step[index] = np.clip(trial, low, high)
        if not outside.any():
            break
        moving[index[outside]] = False
    return step / max(1.0, float(np.max(np.abs(step) / region.reach))), least, decrement or 0.0


def _solve(matrix: Blocks, right: Floats, shift: float) -> tuple[Floats, float]:
    """Solve with the matrix plus the smallest tried shift that makes it positive definite."""
    while True:
        solution, lowest = schur.solve(matrix, right, shift)
        if solution is not None:
            return solution, shift
        shift = max(2 * shift, -1.2 * lowest, 1e-6)
