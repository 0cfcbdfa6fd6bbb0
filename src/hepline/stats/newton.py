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
from scipy.linalg import eigvalsh
from scipy.linalg.lapack import dposv

from hepline.stats.onecore import on_one_core
from hepline.stats.results import Floats

__all__ = ["Known", "Minimum", "Objective", "Region", "newton", "scaled"]

_MOST_STEPS = 200
_TOLERANCE = 1e-9  # expected decrease of the function, far below the 1 that makes an error
_LARGEST_SHIFT = 1e10

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
    """

    lower: Floats
    upper: Floats
    free: Mask
    reach: Floats

    def movable(self, theta: Floats, gradient: Floats) -> Mask:
        """Free parameters that the gradient does not press against a bound."""
        # A step onto a bound may miss it by a rounding error.
        near = 1e-13 * np.maximum(1.0, np.abs(theta))
        pressed = ((theta - self.lower <= near) & (gradient > 0)) | (
            (self.upper - theta <= near) & (gradient < 0)
        )
        return self.free & ~pressed


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
        new_value = objective.value(theta + step)
        noise = 1e-13 * max(1.0, abs(value))
        # The decrement, not the promise: a step cut off at a bound may promise nothing far
        # from the minimum.
        if shift == 0.0 and least_shift == 0.0 and 0.5 * decrement < _TOLERANCE:
            # The last step is taken on trust: its gain is below the noise of the function.
            if new_value <= value + noise:
                theta, value = theta + step, min(value, new_value)
            return Minimum(theta, value, True)
        if least_shift > 0 and 0.5 * decrement < 1e-3 * _TOLERANCE:
            return Minimum(theta, value, True, "the Hessian is singular")
        kept = (value - new_value + noise) / (promised + noise) if promised > 0 else -1.0
        if kept > 1e-4 and np.isfinite(new_value):
            theta, value = theta + step, new_value
            if known is not None and known.catches(theta, value):
                return Minimum(theta, value, False, "this leads to a known minimum")
        shift = _next_shift(max(shift, least_shift), kept)
        if kept > 0.25 and abs(promised) < _TOLERANCE:
            shift = 0.0  # only a step without a shift can prove that this is a minimum
        if shift > _LARGEST_SHIFT:
            return Minimum(theta, value, False, "no step leads further down")
    return Minimum(theta, value, False, f"{_MOST_STEPS} Newton steps were not enough")


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


def _solve(matrix: Floats, right: Floats, shift: float) -> tuple[Floats, float]:
    """Solve with the matrix plus the smallest tried shift that makes it positive definite."""
    while True:
        shifted = matrix.copy()
        shifted.flat[:: len(matrix) + 1] += shift
        # LAPACK itself: scipy's wrappers cost more than the solution of a usual model.
        _, solution, info = dposv(shifted, right)
        if info == 0:
            return np.asarray(solution), shift
        lowest = float(eigvalsh(matrix, subset_by_index=[0, 0])[0])
        shift = max(2 * shift, -1.2 * lowest, 1e-6)
