"""How much better a narrow peak explains a spectrum than a smooth background, place by place.

The scan runs in the logarithm of the mass, where the resolution of a detector is about constant. At
each place only the counts within some widths matter: a smooth density is fitted to them, the
exponential of a polynomial, once with and once without a Gaussian peak of a given width.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numba import njit
from numpy.typing import NDArray
from scipy.special import ndtr

from hepline.arrays import Floats

__all__ = ["SMOOTHNESS", "Scan", "half_window", "scan"]

# Background is fitted to this many widths on either side, and to this far in ln(mass) beyond them:
# how fast a background changes has little to do with the resolution.
_WIDTHS = 4.0
_BEYOND = 0.1
_GAP = 2.0  # widths around the center that shall be free of other peaks
_SIDEBAND = 2.0  # widths of usable bins that are needed on either side of the gap
_FEWEST = 10.0  # entries in a window below which a likelihood ratio tells nothing
_TERMS = 5
# Smooth means that the logarithm of the density bends by about one from the center of the window to
# its ends. Without such a prior, the exponential of a parabola would be a peak itself.
SMOOTHNESS = np.array([np.inf, 3.0, 1.0, 0.5, 0.5])
_STEPS = 60

_FAR = 8.0
_CUMULATIVE = ndtr(np.linspace(-_FAR, _FAR, 4097))

_kernel = njit(cache=True, nogil=True, error_model="numpy")


@dataclass(frozen=True, eq=False)
class Scan:
    """Result of looking for peaks of one width everywhere.

    Attributes
    ----------
    width : float
        Standard deviation of the peak in ln(mass), which is its relative width.
    centers : ndarray, shape (place,)
        ln(mass / GeV).
    q0 : ndarray, shape (place,)
        Twice the logarithm of the likelihood ratio; zero for deficits, not a number where there are
        too few entries or too few usable bins around. So for the others.
    events : ndarray, shape (place,)
        Fitted excess; zero for deficits.
    background : ndarray, shape (place,)
        Fitted background density at the center, entries per unit of ln(mass).
    """

    width: float
    centers: Floats
    q0: Floats
    events: Floats
    background: Floats


def half_window(width: float) -> float:
    """How far, in ln(mass), the background of a peak of this relative width is looked at."""
    return _WIDTHS * width + _BEYOND


def scan(
    counts: Floats, edges: Floats, centers: Floats, *, width: float, usable: NDArray[np.bool_]
) -> Scan:
    """Compare background with background and peak at each of the centers.

    Parameters
    ----------
    counts : ndarray, shape (bin,)
    edges : ndarray, shape (bin + 1,)
        ln(mass / GeV), rising; bins not wider than `width`.
    centers : ndarray, shape (place,)
        ln(mass / GeV).
    width : float
        In ln(mass).
    usable : ndarray of bool, shape (bin,)
        False for bins that hold a peak that is known already.

    Returns
    -------
    Scan
    """
    out = np.empty((len(centers), 3))
    middles = (edges[1:] + edges[:-1]) / 2
    reach = half_window(width)
    first = np.searchsorted(middles, centers - reach)
    last = np.searchsorted(middles, centers + reach)
    _compare(
        np.asarray(counts, dtype=np.float64),
        edges,
        centers,
        width,
        usable,
        first,
        last,
        _CUMULATIVE,
        out,
    )
    out[out[:, 0] < 0] = np.nan
    return Scan(width, centers, out[:, 0], out[:, 1], out[:, 2])


@_kernel
def _compare(counts, edges, centers, width, usable, first, last, cumulative, out):  # type: ignore[no-untyped-def]
    reach = _WIDTHS + _BEYOND / width
    start = np.zeros(6)
    for place in range(len(centers)):
        out[place, :] = -1.0
        low, high = first[place], last[place]
        # The background of the place before is a good guess, unless peaks lie in between.
        warm = place > 0 and out[place - 1, 0] >= 0
        distance = (edges[low : high + 1] - centers[place]) / width
        if not _has_sidebands(distance, usable[low:high]):
            continue
        keep = np.flatnonzero(usable[low:high])
        n = counts[low:high][keep]
        total = n.sum()
        if total < _FEWEST:
            continue
        size = np.diff(distance)[keep] / reach
        t = ((distance[1:] + distance[:-1]) / 2)[keep] / reach
        signal = np.diff(_normal(distance, cumulative))[keep]
        if not warm:
            start[:] = 0.0
            start[0] = np.log(total / size.sum())
        smooth, value = _fit(n, t, size, signal, start, False)
        start = smooth
        out[place, 0] = 0.0
        out[place, 1] = 0.0
        out[place, 2] = np.exp(smooth[0]) / (reach * width)
        if _slope(n, t, size, signal, smooth) <= 0:
            continue
        peaked, better = _fit(n, t, size, signal, smooth, True)
        out[place, 0] = max(0.0, value - better)
        out[place, 1] = peaked[5]
        out[place, 2] = np.exp(peaked[0]) / (reach * width)


@_kernel
def _has_sidebands(distance, usable):  # type: ignore[no-untyped-def]
    left = 0.0
    right = 0.0
    for i in range(len(usable)):
        near = distance[i + 1] > -_GAP and distance[i] < _GAP
        if near and not usable[i]:
            return False
        if usable[i] and not near:
            if distance[i] < 0:
                left += distance[i + 1] - distance[i]
            else:
                right += distance[i + 1] - distance[i]
    return left >= _SIDEBAND and right >= _SIDEBAND


@_kernel
def _normal(distance, cumulative):  # type: ignore[no-untyped-def]
    # A table: the error function of numba would cost more than the whole fit.
    position = (distance + _FAR) * (len(cumulative) - 1) / (2 * _FAR)
    result = np.empty(len(distance))
    for i in range(len(distance)):
        low = min(max(int(position[i]), 0), len(cumulative) - 2)
        rest = min(max(position[i] - low, 0.0), 1.0)
        result[i] = (1 - rest) * cumulative[low] + rest * cumulative[low + 1]
    return result


@_kernel
def _rates(t, size, signal, values):  # type: ignore[no-untyped-def]
    smooth = np.empty(len(t))
    for i in range(len(t)):
        exponent = 0.0
        for k in range(_TERMS - 1, -1, -1):
            exponent = exponent * t[i] + values[k]
        smooth[i] = size[i] * np.exp(min(exponent, 700.0))
    return smooth, smooth + values[5] * signal


@_kernel
def _deviance(n, rates, values):  # type: ignore[no-untyped-def]
    total = 0.0
    for i in range(len(n)):
        if rates[i] <= 0:
            return np.inf
        total += rates[i] - n[i]
        if n[i] > 0:
            total -= n[i] * np.log(rates[i] / n[i])
    for k in range(1, _TERMS):
        total += 0.5 * (values[k] / SMOOTHNESS[k]) ** 2
    return 2 * total


@_kernel
def _slope(n, t, size, signal, values):  # type: ignore[no-untyped-def]
    rates = _rates(t, size, signal, values)[1]
    return (signal * (n / rates - 1)).sum()


@_kernel
def _fit(n, t, size, signal, start, with_signal):  # type: ignore[no-untyped-def]
    """Fisher scoring; the step is halved until the likelihood improves."""
    values = start.copy()
    count = _TERMS + 1 if with_signal else _TERMS
    smooth, rates = _rates(t, size, signal, values)
    deviance = _deviance(n, rates, values)
    columns = np.empty((count, len(n)))
    for _ in range(_STEPS):
        gradient = np.zeros(count)
        curvature = np.zeros((count, count))
        columns[0] = smooth
        for k in range(1, _TERMS):
            columns[k] = columns[k - 1] * t
        if with_signal:
            columns[_TERMS] = signal
        residual = n / rates - 1
        for k in range(count):
            gradient[k] = (columns[k] * residual).sum()
            for j in range(k + 1):
                curvature[k, j] = (columns[k] * columns[j] / rates).sum()
        for k in range(1, _TERMS):
            gradient[k] -= values[k] / SMOOTHNESS[k] ** 2
            curvature[k, k] += 1 / SMOOTHNESS[k] ** 2
        step = _solved(curvature, gradient)
        expected = (step * gradient).sum()
        if expected < 1e-6:
            break
        shorter = 1.0
        while shorter > 1e-6:
            trial = values.copy()
            trial[:_TERMS] += shorter * step[:_TERMS]
            if with_signal:
                trial[5] += shorter * step[_TERMS]
            trial_smooth, trial_rates = _rates(t, size, signal, trial)
            trial_deviance = _deviance(n, trial_rates, trial)
            if trial_deviance < deviance:
                break
            shorter /= 2
        if shorter <= 1e-6:
            break
        values, smooth, rates, deviance = trial, trial_smooth, trial_rates, trial_deviance
    return values, deviance


@_kernel
def _solved(matrix, vector):  # type: ignore[no-untyped-def]
    """Cholesky on the lower triangle, in place: five rows are too few for LAPACK."""
    size = len(vector)
    for j in range(size):
        for k in range(j):
            matrix[j, j] -= matrix[j, k] ** 2
        matrix[j, j] = np.sqrt(max(matrix[j, j], 1e-12))
        for i in range(j + 1, size):
            for k in range(j):
                matrix[i, j] -= matrix[i, k] * matrix[j, k]
            matrix[i, j] /= matrix[j, j]
    result = vector.copy()
    for i in range(size):
        for k in range(i):
            result[i] -= matrix[i, k] * result[k]
        result[i] /= matrix[i, i]
    for i in range(size - 1, -1, -1):
        for k in range(i + 1, size):
            result[i] -= matrix[k, i] * result[k]
        result[i] /= matrix[i, i]
    return result
