"""Tell a peak from an edge: thresholds of triggers and cuts bend a spectrum, but make no resonance.

Where the density steps or turns within one resolution, no smooth background fits, and the corner
looks like an excess. An edge is another background: the same smooth density with a step or a knee.
"""

from __future__ import annotations

import numpy as np
from scipy.special import ndtr

from hepline.arrays import Floats
from hepline.spectra.smooth import SMOOTHNESS, smooth_fit

__all__ = ["edge_q0"]

_PLACES = np.linspace(-4, 4, 17)  # widths from the center
_STEEPEST = 5.0  # power of the mass with which a background falls


def edge_q0(counts: Floats, edges: Floats, *, center: float, width: float) -> float:
    """Twice the logarithm of the likelihood ratio of the best edge and a smooth density.

    Parameters
    ----------
    counts : ndarray, shape (bin,)
        Of the window of the excess.
    edges : ndarray, shape (bin, 2)
        Ends of each bin, ln(mass / GeV).
    center, width : float
        Of the excess that the edge is to explain, in ln(mass).

    Returns
    -------
    float
        To be compared with q0 of a peak.
    """
    middles, sizes = edges.mean(axis=1), np.diff(edges, axis=1)[:, 0]
    distance = (middles - center) / width
    reach = max(np.abs(distance).max(), 1.0)
    smooth = (distance / reach)[:, None] ** np.arange(len(SMOOTHNESS))
    level = np.zeros(len(SMOOTHNESS))
    level[0] = np.log(max(counts.sum(), 1.0) / sizes.sum())
    flat = _fit(counts, sizes, smooth, level)
    best = flat[0]
    for place in _PLACES:
        beyond = 2 * (distance - place)
        # An edge that the detector has blurred, and a change of slope as sharp as that.
        for shape in (ndtr(beyond), _knee(beyond)):
            columns = np.column_stack([smooth, shape])
            value, values = _fit(counts, sizes, columns, np.append(flat[1], 0.0))
            if value < best and not _is_peaked(columns @ values, distance, width):
                best = value
    return float(flat[0] - best)


def _is_peaked(logarithm: Floats, distance: Floats, width: float) -> bool:
    """Whether a density falls on both sides faster than backgrounds do: two knees make a peak."""
    left, middle, right = np.interp([-2.0, 0.0, 2.0], distance, logarithm)
    return bool(middle - max(left, right) > _STEEPEST * 2 * width)


def _knee(beyond: Floats) -> Floats:
    return np.asarray(np.logaddexp(0.0, beyond) / np.abs(beyond).max())


def _fit(counts: Floats, sizes: Floats, columns: Floats, start: Floats) -> tuple[float, Floats]:
    """Deviance and coefficients of the best density, its edge of any height."""
    free = np.full(columns.shape[1] - len(SMOOTHNESS), np.inf)
    spread = np.concatenate([SMOOTHNESS, free])
    # A peak of no events is nowhere.
    values, deviance = smooth_fit(
        counts, sizes, columns, spread, np.zeros(len(counts)), np.append(start, 0.0), False
    )
    return float(deviance), np.asarray(values[:-1])
