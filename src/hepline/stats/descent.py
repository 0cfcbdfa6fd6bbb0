"""Newton's method for the likelihood of a usual model, all of it in numba.

A step of a model with twenty parameters takes 20 µs; Python around it took twenty times as long.
The search is that of `newton`, which serves models that are larger, and any other function. Up to
which size this one is faster was measured with ``bench/descents.py``.
"""

from __future__ import annotations

import numpy as np
from numba import njit

from hepline.stats.cholesky import factorized, lowest, shifted, solved
from hepline.stats.evaluation import Measured, derivatives_at
from hepline.stats.likelihood import Likelihood
from hepline.stats.newton import (
    Known,
    Minimum,
    Objective,
    Region,
    beside_saddle,
    ended,
    newton,
)
from hepline.stats.onecore import on_one_core
from hepline.stats.results import Floats
from hepline.stats.schur import Blocks
from hepline.stats.tables import Integers, Tables
from hepline.stats.verdict import (
    ASIDE,
    BROKEN,
    CATCH,
    CAUGHT,
    END,
    LEAST_RISE,
    MOST_STEPS,
    NEAR,
    ON,
    ROUNDING,
    SINGULAR,
    TIRED,
    verdict,
)

__all__ = ["descend"]

_LARGEST = 100  # parameters; see the description of this module

Box = tuple[Floats, Floats, Integers, Floats]
"""Lower and upper bounds, which parameters are free, and the longest step of each."""

_NOTHING = Known(np.zeros(0), np.inf, Blocks.of(np.zeros((0, 0))))

_kernel = njit(cache=True, nogil=True, error_model="numpy")
# Called by other kernels only: without a door for Python, which takes as long to compile again.
_inner = njit(
    cache=True, nogil=True, error_model="numpy", no_cpython_wrapper=True, no_cfunc_wrapper=True
)


@on_one_core
def descend(
    objective: Objective, start: Floats, region: Region, known: Known | None = None
) -> Minimum:
    """Minimize within bounds by Newton's method; see `hepline.stats.newton.newton`.

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
    """
    if not (
        isinstance(objective, Likelihood)
        and len(start) <= _LARGEST
        and (known is None or not len(known.hessian.diagonal))
    ):
        return newton(objective, start, region, known)
    theta = np.where(region.free, np.clip(start, region.lower, region.upper), start)
    box = (region.lower, region.upper, region.free, region.reach)
    passed = known or _NOTHING
    caught = (passed.theta, passed.value, passed.hessian.shared)
    tables, measured, place = objective.tables, objective.measured, objective.place
    while True:
        theta, value, gradient, matrix, what = _search(tables, measured, theta, box, place, caught)
        hessian = Blocks.of(matrix)
        if what != ASIDE:
            return ended(theta, value, hessian, what)
        aside = beside_saddle(objective, theta, value, (gradient, hessian), region)
        if aside is None:
            return ended(theta, value, hessian, SINGULAR)
        theta, value = aside


@_kernel  # type: ignore[untyped-decorator]
def _search(
    tables: Tables, measured: Measured, theta: Floats, box: Box, place: Integers,
    known: tuple[Floats, float, Floats],
) -> tuple[Floats, float, Floats, Floats, int]:  # fmt: skip
    """Follow the likelihood down.

    Returns
    -------
    theta : ndarray, shape (parameter,)
        Where the search ended.
    value, gradient, hessian
        Of the function there.
    what : int
        How it ended; see `verdict`.
    """
    value, gradient, parts = derivatives_at(tables, measured, theta, place)
    shift = 0.0
    for _ in range(MOST_STEPS):
        if not _is_finite(gradient, parts[0]):
            return theta, value, gradient, parts[0], BROKEN
        step, least, decrement = _step(theta, gradient, parts[0], box, shift)
        if decrement == 0.0:
            return theta, value, gradient, parts[0], END  # all is pressed against bounds
        promised = -(_dot(gradient, step) + 0.5 * _quadratic(parts[0], step))
        further = _moved(theta, step, box)
        # With derivatives at once: most steps are taken, and the last are those of the minimum.
        new_value, new_gradient, new_parts = derivatives_at(tables, measured, further, place)
        accepted, what, shift = verdict(value, new_value, promised, decrement, shift, least)
        if accepted:
            theta, gradient, parts = further, new_gradient, new_parts
            value = min(value, new_value) if what == END else new_value
            if what != END and _catches(known, theta, value):
                what = CAUGHT
        if what != ON:
            return theta, value, gradient, parts[0], what
    return theta, value, gradient, parts[0], TIRED


@_inner  # type: ignore[untyped-decorator]
def _step(
    theta: Floats, gradient: Floats, hessian: Floats, box: Box, shift: float
) -> tuple[Floats, float, float]:
    """Solve for a step in bounds; what `newton` calls by the same name."""
    lower, upper, _, reach = box
    step = np.zeros(len(theta))
    index = _movable(theta, gradient, box)
    moving = np.zeros(len(theta), dtype=np.bool_)
    for at in index:
        moving[at] = True
    least, decrement, first = 0.0, 0.0, True
    while len(index):
        matrix, scale = _scaled(hessian, index)
        right = np.empty(len(index))
        for i in range(len(index)):
            slope = gradient[index[i]]
            # Parameters that already went to their bounds change the gradient of the others.
            for j in range(len(theta)):
                if not moving[j]:
                    slope += hessian[index[i], j] * step[j]
            right[i] = slope / scale[i]
        solution, used = _solve(matrix, right, shift)
        if used > shift:
            least = max(least, used)
        if first:
            decrement, first = _dot(right, solution), False
        left = 0
        for i in range(len(index)):
            at, wanted = index[i], -solution[i] / scale[i]
            step[at] = min(max(wanted, lower[at] - theta[at]), upper[at] - theta[at])
            if step[at] == wanted:
                index[left] = at
                left += 1
            else:
                moving[at] = False
        if left == len(index):
            break
        index = index[:left]
    longest = 1.0
    for i in range(len(theta)):
        longest = max(longest, abs(step[i]) / reach[i])
    for i in range(len(theta)):
        step[i] /= longest
    return step, least, decrement


@_inner  # type: ignore[untyped-decorator]
def _solve(matrix: Floats, right: Floats, shift: float) -> tuple[Floats, float]:
    """Solve with the matrix plus the smallest tried shift that makes it positive definite."""
    factor = shifted(matrix, shift)
    while not factorized(factor):
        shift = max(2 * shift, -1.2 * lowest(matrix), 1e-6)
        factor = shifted(matrix, shift)
    return solved(factor, right), shift


@_inner  # type: ignore[untyped-decorator]
def _scaled(hessian: Floats, index: Integers) -> tuple[Floats, Floats]:
    """Part of the Hessian with a unit diagonal, and the scales that were divided out."""
    scale, largest = np.empty(len(index)), 0.0
    for i in range(len(index)):
        scale[i] = abs(hessian[index[i], index[i]])
        largest = max(largest, scale[i])
    floor = 1e-12 * largest if largest > 0 else 1.0
    for i in range(len(index)):
        scale[i] = np.sqrt(max(scale[i], floor))
    matrix = np.empty((len(index), len(index)))
    for i in range(len(index)):
        for j in range(len(index)):
            matrix[i, j] = hessian[index[i], index[j]] / (scale[i] * scale[j])
    return matrix, scale


@_inner  # type: ignore[untyped-decorator]
def _near(theta: Floats, i: int, box: Box) -> tuple[bool, bool]:
    """Whether a parameter is on its lower and on its upper bound."""
    lower, upper, _, reach = box
    near = NEAR * reach[i] if reach[i] < np.inf else ROUNDING * max(1.0, abs(theta[i]))
    return theta[i] - lower[i] <= near, upper[i] - theta[i] <= near


@_inner  # type: ignore[untyped-decorator]
def _movable(theta: Floats, gradient: Floats, box: Box) -> Integers:
    """Free parameters that the gradient does not press against a bound."""
    index = np.empty(len(theta), dtype=np.int64)
    count = 0
    for i in range(len(theta)):
        at_lower, at_upper = _near(theta, i, box)
        pressed = (at_lower and gradient[i] > 0) or (at_upper and gradient[i] < 0)
        if box[2][i] and not pressed:
            index[count] = i
            count += 1
    return index[:count]


@_inner  # type: ignore[untyped-decorator]
def _moved(theta: Floats, step: Floats, box: Box) -> Floats:
    """Where a step leads; parameters that miss a bound by a rounding error are on it."""
    further = np.empty(len(theta))
    for i in range(len(theta)):
        further[i] = theta[i] + step[i]
        at_lower, at_upper = _near(further, i, box)
        if box[2][i] and at_upper:
            further[i] = box[1][i]
        elif box[2][i] and at_lower:
            further[i] = box[0][i]
    return further


@_inner  # type: ignore[untyped-decorator]
def _catches(known: tuple[Floats, float, Floats], theta: Floats, value: float) -> bool:
    """What `Known.catches` says."""
    rise = value - known[1]
    if not 0 <= rise < 2:
        return False
    distance = np.empty(len(theta))
    for i in range(len(theta)):
        distance[i] = theta[i] - known[0][i]
    parabola = 0.5 * _quadratic(known[2], distance)
    return bool(abs(parabola - rise) < CATCH * max(rise, LEAST_RISE))


@_inner  # type: ignore[untyped-decorator]
def _is_finite(gradient: Floats, hessian: Floats) -> bool:
    for i in range(len(gradient)):
        if not np.isfinite(gradient[i]):
            return False
        for j in range(len(gradient)):
            if not np.isfinite(hessian[i, j]):
                return False
    return True


@_inner  # type: ignore[untyped-decorator]
def _dot(left: Floats, right: Floats) -> float:
    total = 0.0
    for i in range(len(left)):
        total += left[i] * right[i]
    return total


@_inner  # type: ignore[untyped-decorator]
def _quadratic(matrix: Floats, vector: Floats) -> float:
    total = 0.0
    for i in range(len(vector)):
        if vector[i] != 0.0:
            total += vector[i] * _dot(matrix[i], vector)
    return total
