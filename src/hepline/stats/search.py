"""Newton's method for the likelihood of a usual model, all of it in numba.

A step of a model with twenty parameters takes microseconds; Python around it took twenty times as
long. The steps are those of `newton`, which serves models that are larger.
"""

from __future__ import annotations

import numpy as np

from hepline.arrays import Floats, Integers, Mask
from hepline.stats.cholesky import factorized, lowest, scaled, shifted, solved
from hepline.stats.compiling import inner, kernel
from hepline.stats.evaluation import derivatives
from hepline.stats.layout import filled
from hepline.stats.tables import Tables
from hepline.stats.verdict import (
    ASIDE,
    BROKEN,
    CATCH,
    CAUGHT,
    END,
    LEAST_RISE,
    NEAR,
    ON,
    ROUNDING,
    TIRED,
    verdict,
)

__all__ = ["are_close", "follow", "on_bounds", "search", "searches"]


@kernel
def search(
    tables: Tables, measured: Floats, theta: Floats, box: Floats, place: Integers, most: int,
    passed: Floats, passed_value: float, passed_hessian: Floats,
) -> tuple[Floats, float, Floats, Floats, int]:  # fmt: skip
    """Follow the likelihood down.

    Parameters
    ----------
    tables : Tables
    measured : ndarray
        As in `evaluation`.
    theta : ndarray, shape (parameter,)
        Where the search begins.
    box : ndarray, shape (4, parameter)
        Lower and upper bounds, longest steps, and one for parameters that are free.
    place : ndarray of int, shape (parameter,)
        Its own place for every parameter.
    most : int
        Steps; none for the derivatives at the start.
    passed, passed_value, passed_hessian
        A minimum that ends the search where it catches it; infinitely high where there is none.

    Returns
    -------
    theta : ndarray, shape (parameter,)
        Where the search ended.
    value, gradient, hessian
        Of the function there.
    what : int
        How it ended; see `verdict`.
    """
    theta, value, gradient, hessian, what = follow(
        tables, measured, theta, box, place, most, passed, passed_value, passed_hessian
    )
    return theta, value, gradient, hessian, what


@kernel
def searches(
    tables: Tables, measured: Floats, starts: Floats, box: Floats, place: Integers, most: int,
    passed: Floats, passed_value: float, passed_hessian: Floats, deeper: float,
) -> tuple[Floats, Floats, Integers, Floats, Floats]:  # fmt: skip
    """Follow the likelihood down from one point after the other.

    The last one is that which ends lower than `deeper`, or beside a saddle.

    Parameters
    ----------
    starts : ndarray, shape (point, parameter)
        Others are those of `search`.

    Returns
    -------
    ends : ndarray, shape (search, parameter)
    values, what : ndarray, shape (search,)
    gradient, hessian
        Where the last one ended.
    """
    size = len(starts)
    ends, values, what = starts.copy(), np.empty(size), np.empty(size, dtype=np.int64)
    gradient, hessian = np.empty(0), np.empty((0, 0))
    count = 0
    for k in range(size):
        theta, value, gradient, hessian, end = follow(
            tables, measured, starts[k], box, place, most, passed, passed_value, passed_hessian
        )
        for i in range(len(theta)):
            ends[k, i] = theta[i]
        values[k], what[k], count = value, end, k + 1
        if end == ASIDE or (end == END and value < deeper):
            break
    return ends[:count], values[:count], what[:count], gradient, hessian


@kernel
def on_bounds(theta: Floats, box: Floats) -> Mask:
    """Free parameters that stand on a bound, within a tiny fraction of their scale."""
    on = np.empty(len(theta), dtype=np.bool_)
    for i in range(len(theta)):
        at_lower, at_upper = _near(theta, i, box)
        on[i] = box[3, i] > 0 and (at_lower or at_upper)
    return on


@kernel
def are_close(theta: Floats, other: Floats, width: Floats) -> bool:
    """Whether two points are closer than a width in every parameter."""
    close = True
    for i in range(len(theta)):
        close = close and abs(theta[i] - other[i]) < width[i]
    return bool(close)


@inner
def follow(
    tables: Tables, measured: Floats, theta: Floats, box: Floats, place: Integers, most: int,
    passed: Floats, passed_value: float, passed_hessian: Floats,
) -> tuple[Floats, float, Floats, Floats, int]:  # fmt: skip
    """See `search`."""
    further, shift = theta, 0.0
    # With derivatives at once: most steps are taken, and the last are those of the minimum.
    value, gradient, parts = derivatives(tables, measured, further, place)
    hessian = parts[0]
    for _ in range(most):
        if not _is_finite(gradient, hessian):
            return theta, value, gradient, hessian, BROKEN
        step, least, decrement = _step(theta, gradient, hessian, box, shift)
        if decrement == 0.0:
            return theta, value, gradient, hessian, END  # all is pressed against bounds
        promised = -(_dot(gradient, step) + 0.5 * _quadratic(hessian, step))
        further = _moved(theta, step, box)
        new_value, new_gradient, new_parts = derivatives(tables, measured, further, place)
        accepted, what, shift = verdict(value, new_value, promised, decrement, shift, least)
        if accepted:
            theta, gradient, hessian = further, new_gradient, new_parts[0]
            value = min(value, new_value) if what == END else new_value
            if what != END and _catches(passed, passed_value, passed_hessian, theta, value):
                what = CAUGHT
        if what != ON:
            return theta, value, gradient, hessian, what
    return theta, value, gradient, hessian, TIRED


@inner
def _step(
    theta: Floats, gradient: Floats, hessian: Floats, box: Floats, shift: float
) -> tuple[Floats, float, float]:
    """Solve for a step in bounds; what `newton` calls by the same name."""
    lower, upper, reach = box[0], box[1], box[2]
    step = filled(len(theta), 0.0)
    index = _movable(theta, gradient, box)
    moving = filled(len(theta), 0.0)
    for at in index:
        moving[at] = 1.0
    least, decrement, first = 0.0, 0.0, True
    while len(index):
        matrix, scale = scaled(hessian, index)
        right = np.empty(len(index))
        for i in range(len(index)):
            slope = gradient[index[i]]
            # Parameters that already went to their bounds change the gradient of the others.
            for j in range(len(theta)):
                if moving[j] == 0.0:
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
                moving[at] = 0.0
        if left == len(index):
            break
        index = index[:left]
    longest = 1.0
    for i in range(len(theta)):
        longest = max(longest, abs(step[i]) / reach[i])
    for i in range(len(theta)):
        step[i] /= longest
    return step, least, decrement


@inner
def _solve(matrix: Floats, right: Floats, shift: float) -> tuple[Floats, float]:
    """Solve with the matrix plus the smallest tried shift that makes it positive definite."""
    factor = shifted(matrix, shift)
    while not factorized(factor):
        shift = max(2 * shift, -1.2 * lowest(matrix), 1e-6)
        factor = shifted(matrix, shift)
    return solved(factor, right), shift


@inner
def _near(theta: Floats, i: int, box: Floats) -> tuple[bool, bool]:
    """Whether a parameter is on its lower and on its upper bound."""
    lower, upper, reach = box[0], box[1], box[2]
    near = NEAR * reach[i] if reach[i] < np.inf else ROUNDING * max(1.0, abs(theta[i]))
    return theta[i] - lower[i] <= near, upper[i] - theta[i] <= near


@inner
def _movable(theta: Floats, gradient: Floats, box: Floats) -> Integers:
    """Free parameters that the gradient does not press against a bound."""
    index = np.empty(len(theta), dtype=np.int64)
    count = 0
    for i in range(len(theta)):
        at_lower, at_upper = _near(theta, i, box)
        pressed = (at_lower and gradient[i] > 0) or (at_upper and gradient[i] < 0)
        if box[3, i] > 0 and not pressed:
            index[count] = i
            count += 1
    return index[:count]


@inner
def _moved(theta: Floats, step: Floats, box: Floats) -> Floats:
    """Where a step leads; parameters that miss a bound by a rounding error are on it."""
    further = np.empty(len(theta))
    for i in range(len(theta)):
        further[i] = theta[i] + step[i]
        at_lower, at_upper = _near(further, i, box)
        if box[3, i] > 0 and at_upper:
            further[i] = box[1, i]
        elif box[3, i] > 0 and at_lower:
            further[i] = box[0, i]
    return further


@inner
def _catches(
    passed: Floats, passed_value: float, passed_hessian: Floats, theta: Floats, value: float
) -> bool:
    """What `Known.catches` says."""
    rise = value - passed_value
    if not 0 <= rise < 2:
        return False
    distance = np.empty(len(theta))
    for i in range(len(theta)):
        distance[i] = theta[i] - passed[i]
    parabola = 0.5 * _quadratic(passed_hessian, distance)
    return bool(abs(parabola - rise) < CATCH * max(rise, LEAST_RISE))


@inner
def _is_finite(gradient: Floats, hessian: Floats) -> bool:
    for i in range(len(gradient)):
        if not np.isfinite(gradient[i]):
            return False
        for j in range(len(gradient)):
            if not np.isfinite(hessian[i, j]):
                return False
    return True


@inner
def _dot(left: Floats, right: Floats) -> float:
    total = 0.0
    for i in range(len(left)):
        total += left[i] * right[i]
    return total


@inner
def _quadratic(matrix: Floats, vector: Floats) -> float:
    total = 0.0
    for i in range(len(vector)):
        if vector[i] != 0.0:
            total += vector[i] * _dot(matrix[i], vector)
    return total
