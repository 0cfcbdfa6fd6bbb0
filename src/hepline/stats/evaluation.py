"""Numba: a likelihood at one point, in a single call from Python.

A call costs about 15 µs before it begins, because numba takes the tables apart: as much as the
value of a small model. Everything that is wanted of one point is therefore computed at once.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

from hepline.stats.clipping import lifted
from hepline.stats.deviance import (
    constraint_derivatives,
    constraint_deviance,
    poisson_derivatives,
    poisson_deviance,
)
from hepline.stats.kernels import cells_at, jacobian, pulled_back, sum_bins
from hepline.stats.results import Floats
from hepline.stats.secondorder import Parts, hessian, quadratic
from hepline.stats.tables import Integers, Tables

__all__ = ["Measured", "derivatives_at", "gradient_at", "lie_below", "rates_at", "value_at"]

Mask = NDArray[np.bool_]

_kernel = njit(cache=True, nogil=True, error_model="numpy")
# Called by other kernels only: without a door for Python, which takes as long to compile again.
_inner = njit(
    cache=True, nogil=True, error_model="numpy", no_cpython_wrapper=True, no_cfunc_wrapper=True
)


class Measured(NamedTuple):
    """What the expectations are compared with.

    Attributes
    ----------
    observed : ndarray, shape (bin,)
    auxdata : ndarray, shape (auxdata,)
    parameter : ndarray of int, shape (auxdata,)
        That each auxiliary measurement constrains.
    is_normal : ndarray of bool, shape (auxdata,)
    scale : ndarray, shape (auxdata,)
    constant : float
        All of twice the negative log-likelihood that does not depend on the parameters.
    """

    observed: Floats
    auxdata: Floats
    parameter: Integers
    is_normal: Mask
    scale: Floats
    constant: float


@_kernel  # type: ignore[untyped-decorator]
def rates_at(tables: Tables, theta: Floats) -> Floats:
    """Compute what is expected in every bin before it is lifted to the least; shape (bin,)."""
    bins: Floats = sum_bins(tables, cells_at(tables, theta)[2])
    return bins


@_kernel  # type: ignore[untyped-decorator]
def value_at(tables: Tables, measured: Measured, theta: Floats) -> float:
    """Twice the negative log-likelihood; infinite where the data are impossible."""
    value: float = _compared(tables, measured, theta, rates_at(tables, theta))
    return value


@_kernel  # type: ignore[untyped-decorator]
def gradient_at(tables: Tables, measured: Measured, theta: Floats) -> Floats:
    """Differentiate `value_at`, shape (parameter,)."""
    terms, moves, cells = cells_at(tables, theta)
    by_rate = _by_rate(tables, measured.observed, sum_bins(tables, cells))
    start, rows = jacobian(tables, theta, terms, moves, cells)
    gradient: Floats = pulled_back(tables, start, rows, by_rate[0])
    auxiliary, _ = constraint_derivatives(
        theta, measured.parameter, measured.is_normal, measured.scale, measured.auxdata
    )
    for parameter in range(len(theta)):
        gradient[parameter] += auxiliary[parameter]
    return gradient


@_kernel  # type: ignore[untyped-decorator]
def derivatives_at(
    tables: Tables, measured: Measured, theta: Floats, place: Integers
) -> tuple[float, Floats, Parts]:
    """Compute the value, the gradient, shape (parameter,), and the Hessian.

    Parameters
    ----------
    tables : Tables
    measured : Measured
    theta : ndarray, shape (parameter,)
    place : ndarray of int, shape (parameter,)
        Which parameters touch one bin each; see `Parts`.
    """
    terms, moves, cells = cells_at(tables, theta)
    rates = sum_bins(tables, cells)
    value = _compared(tables, measured, theta, rates)
    slope, bend = _by_rate(tables, measured.observed, rates)
    start, rows = jacobian(tables, theta, terms, moves, cells)
    gradient = pulled_back(tables, start, rows, slope)
    parts = hessian(tables, theta, terms, moves, cells, start, rows, slope, bend, place)
    auxiliary_slope, auxiliary_bend = constraint_derivatives(
        theta, measured.parameter, measured.is_normal, measured.scale, measured.auxdata
    )
    for parameter in range(len(theta)):
        gradient[parameter] += auxiliary_slope[parameter]
        at = place[parameter]
        if at >= 0:
            parts[0][at, at] += auxiliary_bend[parameter]
        else:
            parts[2][-1 - at] += auxiliary_bend[parameter]
    return value, gradient, parts


@_inner  # type: ignore[untyped-decorator]
def _compared(tables: Tables, measured: Measured, theta: Floats, rates: Floats) -> float:
    """Twice the negative log-likelihood of rates."""
    if tables.least_bin > -np.inf:
        rates = lifted(rates, measured.observed, tables.least_bin, tables.softness)[0]
    auxiliary = constraint_deviance(
        theta, measured.parameter, measured.is_normal, measured.scale, measured.auxdata
    )
    value: float = poisson_deviance(measured.observed, rates) + auxiliary + measured.constant
    return value


@_inner  # type: ignore[untyped-decorator]
def _by_rate(tables: Tables, observed: Floats, rates: Floats) -> tuple[Floats, Floats]:
    """First and second derivative of the main terms by the expectation of each bin."""
    if tables.least_bin == -np.inf:
        slope, bend = poisson_derivatives(observed, rates)
        return slope, bend
    curve, first, second = lifted(rates, observed, tables.least_bin, tables.softness)
    slope, bend = poisson_derivatives(observed, curve)
    for i in range(len(rates)):
        bend[i] = bend[i] * first[i] ** 2 + slope[i] * second[i]
        slope[i] *= first[i]
    return slope, bend


@_kernel  # type: ignore[untyped-decorator]
def lie_below(
    tables: Tables, measured: Measured, points: Floats, best: Floats, lowest: float, parts: Parts,
    share: float,
) -> Mask:  # fmt: skip
    """Find points where the likelihood lies far below the parabola of a minimum.

    Parameters
    ----------
    tables : Tables
    measured : Measured
    points : ndarray, shape (point, parameter)
    best : ndarray, shape (parameter,)
        The minimum.
    lowest : float
        Its value.
    parts : Parts
        Its Hessian.
    share : float
        Of the rise that the Hessian promises.

    Returns
    -------
    ndarray of bool, shape (point,)
    """
    low = np.zeros(len(points), dtype=np.bool_)
    distance = np.empty(len(best))
    for k in range(len(points)):
        for i in range(len(best)):
            distance[i] = points[k, i] - best[i]
        parabola = 0.5 * quadratic(parts, distance)
        low[k] = value_at(tables, measured, points[k]) - lowest < share * parabola
    return low
