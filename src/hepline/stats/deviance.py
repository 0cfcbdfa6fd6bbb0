"""How improbable counts are: twice the log-likelihood ratios of Poisson and normal terms.

A Poisson term is measured from the counts, so that large counts do not drown small differences. An
empty bin with a negative rate goes on linearly, as in pyhf: a wall there would have no derivative.
"""

from __future__ import annotations

import math

import numpy as np
from numba import njit

from hepline.stats.results import Floats
from hepline.stats.tables import Integers

__all__ = [
    "constraint_derivatives",
    "constraint_deviance",
    "poisson_derivatives",
    "poisson_deviance",
]

_kernel = njit(cache=True, nogil=True, error_model="numpy")
# Called by other kernels only: without a door for Python, which takes as long to compile again.
_inner = njit(
    cache=True, nogil=True, error_model="numpy", no_cpython_wrapper=True, no_cfunc_wrapper=True
)


@_inner  # type: ignore[untyped-decorator]
def _term(count: float, rate: float) -> float:
    if count <= 0:
        return rate
    if not rate > 0:
        return np.inf
    distance = rate - count
    # Far from the counts, 1 + distance / counts would round to zero.
    if abs(distance) < 0.5 * count:
        return distance - count * math.log1p(distance / count)
    return distance - count * math.log(rate / count)


@_kernel  # type: ignore[untyped-decorator]
def poisson_deviance(counts: Floats, rates: Floats) -> float:
    """Twice the log-likelihood ratio of rates equal to the counts, and of these rates.

    Parameters
    ----------
    counts, rates : ndarray, shape (bin,)

    Returns
    -------
    float
        Infinite where events were counted and none are expected, or a rate is not finite.
    """
    total = 0.0
    for i in range(len(counts)):
        total += _term(counts[i], rates[i])
    return 2 * total if np.isfinite(total) else np.inf


@_kernel  # type: ignore[untyped-decorator]
def poisson_derivatives(counts: Floats, rates: Floats) -> tuple[Floats, Floats]:
    """First and second derivative of each term of `poisson_deviance` by its rate."""
    slope = np.full(len(counts), 2.0)
    bend = np.zeros(len(counts))
    for i in range(len(counts)):
        if counts[i] > 0:
            ratio = counts[i] / rates[i]
            slope[i] = 2 * (1 - ratio)
            bend[i] = 2 * ratio / rates[i]
    return slope, bend


@_kernel  # type: ignore[untyped-decorator]
def constraint_deviance(
    theta: Floats, parameter: Integers, is_normal: Integers, scale: Floats, auxdata: Floats
) -> float:
    """Compare auxiliary measurements with their parameters.

    Parameters
    ----------
    theta : ndarray, shape (parameter,)
    parameter : ndarray of int, shape (auxdata,)
    is_normal : ndarray of bool, shape (auxdata,)
        A Poisson measurement otherwise.
    scale : ndarray, shape (auxdata,)
        Standard deviation, or expected events for a parameter of one.
    auxdata : ndarray, shape (auxdata,)

    Returns
    -------
    float
        Infinite where a Poisson measurement expects nothing.
    """
    total = 0.0
    for k in range(len(parameter)):
        mean = theta[parameter[k]]
        if is_normal[k]:
            total += ((auxdata[k] - mean) / scale[k]) ** 2
        elif mean * scale[k] <= 0:
            return np.inf
        else:
            total += 2 * _term(auxdata[k], mean * scale[k])
    return total


@_kernel  # type: ignore[untyped-decorator]
def constraint_derivatives(
    theta: Floats, parameter: Integers, is_normal: Integers, scale: Floats, auxdata: Floats
) -> tuple[Floats, Floats]:
    """First and second derivatives of `constraint_deviance`, each of shape (parameter,)."""
    slope, bend = np.zeros(len(theta)), np.zeros(len(theta))
    for k in range(len(parameter)):
        at = parameter[k]
        if is_normal[k]:
            slope[at] += 2 * (theta[at] - auxdata[k]) / scale[k] ** 2
            bend[at] += 2 / scale[k] ** 2
        else:
            slope[at] += 2 * (scale[k] - auxdata[k] / theta[at])
            bend[at] += 2 * auxdata[k] / theta[at] ** 2
    return slope, bend
