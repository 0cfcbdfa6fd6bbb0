"""Newton's method within bounds, for functions whose Hessian is known exactly.

Steps are those of Levenberg and Marquardt: the Hessian, scaled to a unit diagonal, is shifted until
it is positive definite and until the step keeps what it promises. Parameters that would leave
their bounds are set on them, and the step of the others is solved again.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import eigh, eigvalsh
from scipy.linalg.lapack import dposv

from hepline.stats import schur
from hepline.stats.onecore import on_one_core
from hepline.stats.results import Floats

__all__ = ["SADDLE", "Known", "Minimum", "Objective", "Region", "newton", "scaled"]

_MOST_STEPS = 200
_TOLERANCE = 1e-9  # expected decrease of the function, far below the 1 that makes an error
_LARGEST_SHIFT = 1e10
_NEAR = 1e-9  # of the width of a constraint: closer to a bound is on it
_ROUNDING = 1e-13  # what a step onto the bound of an unconstrained parameter may miss it by
SADDLE = -1e-8  # eigenvalues of the scaled Hessian below are curvature, above are rounding
_ASIDE = 0.1  # step away from a saddle, in units of the scaled Hessian

Mask = NDArray[np.bool_]


class Objective(Protocol):
    """What is minimized."""

    def value(self, theta: Floats) -> float:
        """Evaluate the function; infinite where it has no meaning."""
        ...

    def derivatives(self, theta: Floats) -> tuple[Floats, Floats]:
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
    local : ndarray of bool, shape (parameter,), or None
        Parameters that share no second derivative with each other; see `schur`.
    """

    lower: Floats
    upper: Floats
    free: Mask
    reach: Floats
    local: Mask | None = None

    def local_of(self, index: NDArray[np.int64]) -> Mask | None:
        """Which of some parameters are eliminated first; None if they are few."""
        if self.local is None or int(self.local[index].sum()) < schur.MANY:
            return None
        return np.asarray(self.local[index])

    def movable(self, theta: Floats, gradient: Floats) -> Mask:
        """Free parameters that the gradient does not press against a bound."""
        at_lower, at_upper = self._at_ends(theta)
        return self.free & ~(at_lower & (gradient > 0)) & ~(at_upper & (gradient < 0))

    def at_bound(self, theta: Floats) -> Mask:
        """Free parameters that stand on a bound, within a tiny fraction of their scale."""
        at_lower, at_upper = self._at_ends(theta)
        return self.free & (at_lower | at_upper)

    def onto_bounds(self, theta: Floats) -> Floats:
        """Set parameters that miss a bound by a rounding error on it."""
        at_lower, at_upper = self._at_ends(theta)
        on = np.where(self.free & at_lower, self.lower, theta)
        return np.where(self.free & at_upper, self.upper, on)

    def _at_ends(self, theta: Floats) -> tuple[Mask, Mask]:
        rounding = _ROUNDING * np.maximum(1.0, np.abs(theta))
        near = np.where(np.isfinite(self.reach), _NEAR * self.reach, rounding)
        return theta - self.lower <= near, self.upper - theta <= near


@dataclass(frozen=True)
class Known:
    """A minimum that was found before.

    Attributes
    ----------
    theta : ndarray, shape (parameter,)
    value : float
    hessian : ndarray, shape (parameter, parameter)
    """

    theta: Floats
    value: float
    hessian: Floats

    def catches(self, theta: Floats, value: float) -> bool:
        """Whether a point lies so close that the parabola of this minimum describes it."""
        rise = value - self.value
        if not 0 <= rise < 2:
            return False
        distance = theta - self.theta
        parabola = 0.5 * float(distance @ self.hessian @ distance)
        return abs(parabola - rise) < 0.3 * max(rise, 1e-6)


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
    """

    theta: Floats
    value: float
    converged: bool
    remark: str = ""


def scaled(hessian: Floats) -> tuple[Floats, Floats]:
    """Hessian with a unit diagonal, and the scales that were divided out."""
    diagonal = np.abs(np.diag(hessian))
    # A parameter without curvature must not be blown up to the size of the others.
    floor = 1e-12 * float(diagonal.max(initial=0.0)) or 1.0
    scale = np.sqrt(np.maximum(diagonal, floor))
    return hessian / np.outer(scale, scale), scale


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
    theta = np.clip(start, region.lower, region.upper)
    theta[~region.free] = start[~region.free]
    value = objective.value(theta)
    shift = 0.0
    for _ in range(_MOST_STEPS):
        gradient, hessian = objective.derivatives(theta)
        if not (np.all(np.isfinite(gradient)) and np.all(np.isfinite(hessian))):
            return Minimum(theta, value, False, "its derivatives are not finite")
        step, least_shift, decrement = _step(theta, gradient, hessian, region, shift)
        if decrement == 0.0:
            return Minimum(theta, value, True)  # the gradient presses everything against bounds
        promised = -float(gradient @ step + 0.5 * step @ hessian @ step)
        further = region.onto_bounds(theta + step)
        new_value = objective.value(further)
        noise = 1e-13 * max(1.0, abs(value))
        # The decrement, not the promise: a step cut off at a bound may promise nothing far
        # from the minimum.
        if shift == 0.0 and least_shift == 0.0 and 0.5 * decrement < _TOLERANCE:
            # The last step is taken on trust: its gain is below the noise of the function.
            if new_value <= value + noise:
                theta, value = further, min(value, new_value)
            return Minimum(theta, value, True)
        if least_shift > 0 and 0.5 * decrement < 1e-3 * _TOLERANCE:
            aside = _beside_saddle(objective, theta, value, (gradient, hessian), region)
            if aside is None:
                return Minimum(theta, value, True, "the Hessian is singular")
            theta, value, shift = *aside, 0.0
            continue
        kept = (value - new_value + noise) / (promised + noise) if promised > 0 else -1.0
        if kept > 1e-4 and np.isfinite(new_value):
            theta, value = further, new_value
            if known is not None and known.catches(theta, value):
                return Minimum(theta, value, False, "this leads to a known minimum")
        shift = _next_shift(max(shift, least_shift), kept)
        if kept > 0.25 and abs(promised) < _TOLERANCE:
            shift = 0.0  # only a step without a shift can prove that this is a minimum
        if shift > _LARGEST_SHIFT:
            return Minimum(theta, value, False, "no step leads further down")
    return Minimum(theta, value, False, f"{_MOST_STEPS} Newton steps were not enough")


def _beside_saddle(
    objective: Objective,
    theta: Floats,
    value: float,
    derivatives: tuple[Floats, Floats],
    region: Region,
) -> tuple[Floats, float] | None:
    """Find a lower point beside one where the gradient vanishes: only a minimum has none."""
    gradient, hessian = derivatives
    index = np.flatnonzero(region.movable(theta, gradient))
    if region.local_of(index) is not None:
        return None  # all eigenvalues of so many parameters take longer than the fit
    matrix, scale = scaled(hessian[np.ix_(index, index)])
    lowest, vectors = eigh(matrix, subset_by_index=[0, 0])
    if lowest[0] > SADDLE:
        return None
    for size in (_ASIDE, -_ASIDE, 1e-2 * _ASIDE, -1e-2 * _ASIDE):
        beside = theta.copy()
        beside[index] += size * vectors[:, 0] / scale
        beside = region.onto_bounds(np.clip(beside, region.lower, region.upper))
        lower = objective.value(beside)
        if lower < value - 1e-3 * _TOLERANCE:
            return beside, lower
    return None


def _next_shift(shift: float, kept: float) -> float:
    if kept > 0.75:
        return shift / 10 if shift > 1e-6 else 0.0
    if kept > 0.25:
        return shift
    return max(10 * shift, 1e-3)


def _step(
    theta: Floats, gradient: Floats, hessian: Floats, region: Region, shift: float
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
        slope = gradient[index] + hessian[index] @ np.where(moving, 0.0, step)
        matrix, scale = scaled(hessian[np.ix_(index, index)])
        solution, used = _solve(matrix, slope / scale, shift, region.local_of(index))
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


def _solve(matrix: Floats, right: Floats, shift: float, local: Mask | None) -> tuple[Floats, float]:
    """Solve with the matrix plus the smallest tried shift that makes it positive definite."""
    while local is not None:
        solution, lowest = schur.solve(matrix, right, shift, local)
        if solution is not None:
            return solution, shift
        shift = max(2 * shift, -1.2 * lowest, 1e-6)
    while True:
        shifted = matrix.copy()
        shifted.flat[:: len(matrix) + 1] += shift
        # LAPACK itself: scipy's wrappers cost more than the solution of a usual model.
        _, solution, info = dposv(shifted, right)
        if info == 0:
            return np.asarray(solution), shift
        lowest = float(eigvalsh(matrix, subset_by_index=[0, 0])[0])
        shift = max(2 * shift, -1.2 * lowest, 1e-6)
