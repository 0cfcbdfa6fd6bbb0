"""How often background alone rises above a level somewhere, for peaks of known or free width.

Along the mass, √q0 of background is a Gaussian process: peaks a distance d apart are correlated as
exp(−d² / 4σ²), so that they form about one place per σ. A free width adds a second direction,
ln σ, in which the correlation is √(sech Δ).
"""

from __future__ import annotations

import math

from hepline.stats.inference.lookelsewhere import global_significance

__all__ = ["REFERENCE_LEVEL", "in_window", "upcrossings"]

#: Of q0: upcrossings of two standard deviations are counted.
REFERENCE_LEVEL = 4.0


def upcrossings(places: float, level: float = REFERENCE_LEVEL) -> float:
    """Expected upcrossings of q0 along a mass, for peaks of one width.

    Parameters
    ----------
    places : float
        Length of the range in units of the width σ.
    level : float
        Of q0.

    Returns
    -------
    float

    References
    ----------
    S. O. Rice, Bell System Technical Journal 24 (1945) 46.
    """
    return places * math.exp(-level / 2) / (2 * math.pi * math.sqrt(2))


def in_window(local: float, places: float, folds: float = 0.0) -> float:
    """Global significance of the best peak of a window.

    Parameters
    ----------
    local : float
        √q0, standard deviations.
    places : float
        Length of the window in units of the fitted width.
    folds : float
        Logarithm of the largest over the smallest width that was allowed; 0 for a known one.

    Returns
    -------
    float
        Standard deviations; 0 below two local ones.

    Notes
    -----
    Expected number of maxima above the level for a field in mass and ln(width). Wide peaks have
    fewer places than narrow ones: each e-fold of widths counts with the places of the fitted one.

    References
    ----------
    O. Vitells, E. Gross, Astropart. Phys. 35 (2011) 230, arXiv:1105.4355.
    """
    if local**2 <= REFERENCE_LEVEL:
        # So small an excess is somewhere in any window.
        return 0.0
    across = folds * places * local * math.exp(-REFERENCE_LEVEL / 2) / (2 * (2 * math.pi) ** 1.5)
    # At a low level, from which the correction goes on in logarithms: exp(−q0 / 2) may be zero.
    expected = upcrossings(places) + across
    found = global_significance(local, upcrossings=expected, reference_level=REFERENCE_LEVEL)
    return found.observed
