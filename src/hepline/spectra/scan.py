"""How much better a narrow peak explains a spectrum than a smooth background, place by place.

The scan runs in the logarithm of the mass, where the resolution of a detector is about constant. At
each place only the counts within some widths matter: a smooth density is fitted to them, the
exponential of a polynomial, once with and once without a Gaussian peak of a given width.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numba import njit
from numpy.typing import NDArray

from hepline.arrays import Floats
from hepline.spectra.smooth import SMOOTHNESS, smooth_fit

__all__ = ["Scan", "half_window", "scan"]

# Background is fitted to this many widths on either side, and to this far in ln(mass) beyond them:
# how fast a background changes has little to do with the resolution.
_WIDTHS = 4.0
_BEYOND = 0.1
_GAP = 2.0  # widths around the center that shall be free of other peaks
_SIDEBAND = 2.0  # widths of usable bins that are needed on either side of the gap
_FEWEST = 10.0  # entries in a window below which a likelihood ratio tells nothing
_TERMS = len(SMOOTHNESS)

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
        SMOOTHNESS,
        out,
    )
    out[out[:, 0] < 0] = np.nan
    return Scan(width, centers, out[:, 0], out[:, 1], out[:, 2])


@_kernel
def _compare(counts, edges, centers, width, usable, first, last, smoothness, out):  # type: ignore[no-untyped-def]
    reach = _WIDTHS + _BEYOND / width
    start = np.zeros(_TERMS + 1)
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
        signal = _shares(distance)[keep]
        columns = _powers(t)
        if not warm:
            start[:] = 0.0
            start[0] = np.log(total / size.sum())
        smooth, value = smooth_fit(n, size, columns, smoothness, signal, start, False)
        start = smooth
        out[place, 0] = 0.0
        out[place, 1] = 0.0
        out[place, 2] = np.exp(smooth[0]) / (reach * width)
        rates = size * np.exp(np.minimum(columns @ smooth[:_TERMS], 700.0))
        if (signal * (n / rates - 1)).sum() <= 0:
            continue
        peaked, better = smooth_fit(n, size, columns, smoothness, signal, smooth, True)
        out[place, 0] = max(0.0, value - better)
        out[place, 1] = peaked[_TERMS]
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
def _shares(distance):  # type: ignore[no-untyped-def]
    """Share of a Gaussian between neighboring places, in standard deviations from its center."""
    below = np.empty(len(distance))
    for i in range(len(distance)):
        below[i] = 0.5 * math.erfc(-distance[i] / math.sqrt(2.0))
    return np.diff(below)


@_kernel
def _powers(t):  # type: ignore[no-untyped-def]
    columns = np.ones((len(t), _TERMS))
    for k in range(1, _TERMS):
        columns[:, k] = columns[:, k - 1] * t
    return columns
