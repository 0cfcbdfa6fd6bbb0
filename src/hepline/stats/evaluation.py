"""Numba: a likelihood at one point, in a single call from Python.

A call costs microseconds before it begins, as much as the value of a small model: everything that
is wanted of one point is computed at once, and of many points together.

What was measured is one array: all of twice the negative log-likelihood that does not depend on the
parameters, then the counts of all bins, then the auxiliary data.
"""

from __future__ import annotations

import numpy as np

from hepline.arrays import Floats, Integers
from hepline.stats.clipping import lifted
from hepline.stats.compiling import inner, kernel
from hepline.stats.deviance import (
    constraint_derivatives,
    constraint_deviance,
    poisson_derivatives,
    poisson_deviance,
)
from hepline.stats.kernels import cells_at, pulled_back, slopes_at, sum_bins
from hepline.stats.layout import BINS, LEAST_BIN, SOFTNESS
from hepline.stats.secondorder import Parts, hessian
from hepline.stats.tables import Tables

__all__ = ["derivatives", "derivatives_at", "gradient_at", "points_at", "value_at"]


@kernel
def points_at(tables: Tables, measured: Floats, points: Floats) -> tuple[Floats, Floats]:
    """Evaluate the likelihood and the expectations.

    Parameters
    ----------
    tables : Tables
    measured : ndarray
        Empty where only the expectations are asked for.
    points : ndarray, shape (point, parameter)

    Returns
    -------
    values : ndarray, shape (point,)
        Twice the negative log-likelihood; infinite where the data are impossible.
    rates : ndarray, shape (point, bin)
        What is expected before it is lifted to the least.
    """
    values = np.empty(len(points))
    rates = np.empty((len(points), tables.integers[BINS]))
    for k in range(len(points)):
        here = sum_bins(tables, cells_at(tables, points[k])[2])
        for i in range(len(here)):
            rates[k, i] = here[i]
        values[k] = _compared(tables, measured, points[k], here) if len(measured) else np.nan
    return values, rates


@kernel
def value_at(tables: Tables, measured: Floats, theta: Floats) -> float:
    """Twice the negative log-likelihood at one point."""
    value: float = _compared(tables, measured, theta, sum_bins(tables, cells_at(tables, theta)[2]))
    return value


@kernel
def gradient_at(tables: Tables, measured: Floats, theta: Floats) -> Floats:
    """Differentiate twice the negative log-likelihood, shape (parameter,)."""
    _, _, cells, _, start, rows = slopes_at(tables, theta)
    by_rate = _by_rate(tables, measured, sum_bins(tables, cells))
    gradient: Floats = pulled_back(tables, start, rows, by_rate[0])
    auxiliary, _ = constraint_derivatives(tables, measured, theta)
    for parameter in range(len(theta)):
        gradient[parameter] += auxiliary[parameter]
    return gradient


@inner
def derivatives(
    tables: Tables, measured: Floats, theta: Floats, place: Integers
) -> tuple[float, Floats, Parts]:
    """Compute the value, the gradient, shape (parameter,), and the Hessian.

    Parameters
    ----------
    tables : Tables
    measured : ndarray
    theta : ndarray, shape (parameter,)
    place : ndarray of int, shape (parameter,)
        Which parameters touch one bin each; see `Parts`.
    """
    terms, moves, cells, by_scalar, start, rows = slopes_at(tables, theta)
    rates = sum_bins(tables, cells)
    value = _compared(tables, measured, theta, rates)
    slope, bend = _by_rate(tables, measured, rates)
    gradient = pulled_back(tables, start, rows, slope)
    parts = hessian(tables, theta, terms, moves, cells, by_scalar, start, rows, slope, bend, place)
    auxiliary_slope, auxiliary_bend = constraint_derivatives(tables, measured, theta)
    for parameter in range(len(theta)):
        gradient[parameter] += auxiliary_slope[parameter]
        at = place[parameter]
        if at >= 0:
            parts[0][at, at] += auxiliary_bend[parameter]
        else:
            parts[2][-1 - at] += auxiliary_bend[parameter]
    return value, gradient, parts


@kernel
def derivatives_at(
    tables: Tables, measured: Floats, theta: Floats, place: Integers
) -> tuple[float, Floats, Parts]:
    """See `derivatives`."""
    value, gradient, parts = derivatives(tables, measured, theta, place)
    return value, gradient, parts


@inner
def _compared(tables: Tables, measured: Floats, theta: Floats, rates: Floats) -> float:
    """Twice the negative log-likelihood of rates."""
    n, x = tables
    counts = measured[1 : 1 + n[BINS]]
    if x[LEAST_BIN] > -np.inf:
        rates = lifted(rates, counts, x[LEAST_BIN], x[SOFTNESS])[0]
    value: float = poisson_deviance(counts, rates) + constraint_deviance(tables, measured, theta)
    value += measured[0]
    return value


@inner
def _by_rate(tables: Tables, measured: Floats, rates: Floats) -> tuple[Floats, Floats]:
    """First and second derivative of the main terms by the expectation of each bin."""
    n, x = tables
    counts = measured[1 : 1 + n[BINS]]
    if x[LEAST_BIN] == -np.inf:
        slope, bend = poisson_derivatives(counts, rates)
        return slope, bend
    curve, first, second = lifted(rates, counts, x[LEAST_BIN], x[SOFTNESS])
    slope, bend = poisson_derivatives(counts, curve)
    for i in range(len(rates)):
        bend[i] = bend[i] * first[i] * first[i] + slope[i] * second[i]
        slope[i] *= first[i]
    return slope, bend
