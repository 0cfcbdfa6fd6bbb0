"""Error bars of counted events that are right for empty bins, too."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import chdtri, gammaincinv

from hepline.arrays import Floats

__all__ = ["poisson_interval"]

_ONE_SIGMA = 0.6826894921370859


def poisson_interval(counts: ArrayLike, *, cl: float = _ONE_SIGMA) -> tuple[Floats, Floats]:
    """Central interval of the expectation that counted events allow.

    A bar of ±√N says that an empty bin has no uncertainty; this interval reaches to 1.84 there.

    Parameters
    ----------
    counts : array_like, shape (bin,)
        Not negative.
    cl : float
        Coverage, at least, whatever the expectation.

    Returns
    -------
    low, high : ndarray, shape (bin,)
        Ends of the interval, not distances from the counts.

    References
    ----------
    F. Garwood, Biometrika 28 (1936) 437; PDG, *Review of Particle Physics* (2024), "Statistics",
    section 40.4.2.3.

    Examples
    --------
    >>> low, high = poisson_interval([0, 1])
    >>> low.round(3).tolist(), high.round(3).tolist()
    ([0.0, 0.173], [1.841, 3.3])
    """
    seen = np.asarray(counts, dtype=np.float64)
    tail = (1 - cl) / 2
    empty = seen == 0
    # Quantiles of chi-square by scipy.special: scipy.stats takes a second to import.
    low = np.where(empty, 0.0, gammaincinv(np.where(empty, 1.0, seen), tail))
    high = chdtri(2 * (seen + 1), tail) / 2
    return low, high
