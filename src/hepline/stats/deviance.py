"""How improbable counts are: twice the log-likelihood ratios of Poisson and normal terms.

A Poisson term is measured from the counts, so that large counts do not drown small differences. An
empty bin with a negative rate goes on linearly, as in pyhf: a wall there would have no derivative.
"""

from __future__ import annotations

import math

import numpy as np

from hepline.arrays import Floats
from hepline.stats.compiling import inner
from hepline.stats.layout import AUXILIARY, BINS, CONSTRAINED, IS_NORMAL, SCALE, filled
from hepline.stats.tables import Tables

__all__ = [
    "constraint_derivatives",
    "constraint_deviance",
    "poisson_derivatives",
    "poisson_deviance",
]


@inner
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


@inner
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


@inner
def poisson_derivatives(counts: Floats, rates: Floats) -> tuple[Floats, Floats]:
    """First and second derivative of each term of `poisson_deviance` by its rate."""
    slope, bend = filled(len(counts), 2.0), filled(len(counts), 0.0)
    for i in range(len(counts)):
        if counts[i] > 0:
            ratio = counts[i] / rates[i]
            slope[i] = 2 * (1 - ratio)
            bend[i] = 2 * ratio / rates[i]
    return slope, bend


@inner
def constraint_deviance(tables: Tables, measured: Floats, theta: Floats) -> float:
    """Compare auxiliary measurements with their parameters.

    Parameters
    ----------
    tables : Tables
    measured : ndarray
        As in `evaluation`.
    theta : ndarray, shape (parameter,)

    Returns
    -------
    float
        Infinite where a Poisson measurement expects nothing.
    """
    n, x = tables
    total = 0.0
    for k in range(n[AUXILIARY]):
        mean, scale = theta[n[n[CONSTRAINED] + k]], x[n[SCALE] + k]
        found = measured[1 + n[BINS] + k]
        if n[n[IS_NORMAL] + k]:
            pull = (found - mean) / scale
            total += pull * pull
        elif mean * scale <= 0:
            return np.inf
        else:
            total += 2 * _term(found, mean * scale)
    return total


@inner
def constraint_derivatives(
    tables: Tables, measured: Floats, theta: Floats
) -> tuple[Floats, Floats]:
    """First and second derivatives of `constraint_deviance`, each of shape (parameter,)."""
    n, x = tables
    slope, bend = filled(len(theta), 0.0), filled(len(theta), 0.0)
    for k in range(n[AUXILIARY]):
        own, scale = n[n[CONSTRAINED] + k], x[n[SCALE] + k]
        found = measured[1 + n[BINS] + k]
        if n[n[IS_NORMAL] + k]:
            slope[own] += 2 * (theta[own] - found) / (scale * scale)
            bend[own] += 2 / (scale * scale)
        else:
            slope[own] += 2 * (scale - found / theta[own])
            bend[own] += 2 * found / (theta[own] * theta[own])
    return slope, bend
