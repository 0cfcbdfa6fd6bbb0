"""The largest likelihood of counts for a smooth density, with or without a peak on it.

The logarithm of the density is linear in its parameters, of which all but the first may have a
normal prior: without one, the exponential of a parabola would be a peak itself.
"""

from __future__ import annotations

import math

import numpy as np
from numba import njit

__all__ = ["SMOOTHNESS", "smooth_fit"]

#: Standard deviations of the coefficients of a polynomial on [−1, 1]. Smooth means that the
#: logarithm of the density bends by about one from the center of a window to its ends.
SMOOTHNESS = np.array([np.inf, 3.0, 1.0, 0.5, 0.5])

_STEPS = 60

_kernel = njit(cache=True, nogil=True, error_model="numpy")


@_kernel
def smooth_fit(n, size, columns, spread, signal, start, with_signal):  # type: ignore[no-untyped-def]
    """Fisher scoring; the step is halved until the likelihood improves.

    Parameters
    ----------
    n, size : ndarray, shape (bin,)
        Counts, and width of each bin.
    columns : ndarray, shape (bin, term)
        What the logarithm of the density is a sum of.
    spread : ndarray, shape (term,)
        Standard deviation of the prior of each coefficient.
    signal : ndarray, shape (bin,)
        Share of a peak in each bin.
    start : ndarray, shape (term + 1,)
        Coefficients, and the events of the peak.
    with_signal : bool
        Whether the events of the peak are fitted; otherwise they stay.

    Returns
    -------
    values : ndarray, shape (term + 1,)
    deviance : float
        Twice the logarithm of the likelihood ratio, with the prior.
    """
    terms = len(spread)
    count = terms + 1 if with_signal else terms
    values = start.copy()
    smooth, rates, deviance = _evaluated(n, size, columns, spread, signal, values)
    row = np.empty(count)
    for _ in range(_STEPS):
        gradient = np.zeros(count)
        curvature = np.zeros((count, count))
        for i in range(len(n)):
            residual = n[i] / rates[i] - 1
            for k in range(count):
                row[k] = smooth[i] * columns[i, k] if k < terms else signal[i]
                gradient[k] += row[k] * residual
                for j in range(k + 1):
                    curvature[k, j] += row[k] * row[j] / rates[i]
        for k in range(count):
            if k < terms:
                gradient[k] -= values[k] / spread[k] ** 2
                curvature[k, k] += 1 / spread[k] ** 2
            # What the counts do not tell at all must not divide by zero.
            curvature[k, k] = curvature[k, k] * (1 + 1e-12) + 1e-300
            for j in range(k):
                curvature[j, k] = curvature[k, j]
        step = np.linalg.solve(curvature, gradient)
        if (step * gradient).sum() < 1e-6:
            break
        shorter = 1.0
        while shorter > 1e-6:
            trial = values.copy()
            trial[:count] += shorter * step
            smooth, rates, better = _evaluated(n, size, columns, spread, signal, trial)
            if better < deviance:
                break
            shorter /= 2
        if shorter <= 1e-6:
            break
        values, deviance = trial, better
    return values, deviance


@_kernel
def _evaluated(n, size, columns, spread, signal, values):  # type: ignore[no-untyped-def]
    """Events of the smooth density and of both in each bin, and the deviance."""
    terms = len(spread)
    smooth = np.empty(len(n))
    rates = np.empty(len(n))
    total = 0.0
    for i in range(len(n)):
        exponent = 0.0
        for k in range(terms):
            exponent += columns[i, k] * values[k]
        smooth[i] = size[i] * math.exp(min(exponent, 700.0))
        rates[i] = smooth[i] + values[terms] * signal[i]
        if rates[i] <= 0:
            return smooth, rates, np.inf
        total += rates[i] - n[i]
        if n[i] > 0:
            total -= n[i] * math.log(rates[i] / n[i])
    for k in range(terms):
        total += 0.5 * (values[k] / spread[k]) ** 2
    return smooth, rates, 2 * total
