"""Expectations below the least one count as this: zero, unless something else is asked for.

A bin that expects less than nothing would be rewarded for every event that it lacks where nothing
was observed. At the least expectation the likelihood has a kink, and no derivative below. To find
a minimum there, the kink is given a smooth end, ever shorter: above the least expectation c, within
δ, a rate of c + x stands for c + x² / 2δ.
"""

from __future__ import annotations

import numpy as np

from hepline.arrays import Floats
from hepline.stats.compiling import inner

__all__ = ["SOFTNESS", "lifted"]

SOFTNESS = (1e-3, 1e-6, 1e-9)
"""Events; the last leaves an error of 1e-9 in twice the log-likelihood."""


@inner
def lifted(
    rates: Floats, counts: Floats, least: float, softness: float
) -> tuple[Floats, Floats, Floats]:
    """Lift rates to the least one: value, first and second derivative.

    Parameters
    ----------
    rates, counts : ndarray, shape (bin,)
    least : float
    softness : float
        Zero for a kink. Bins with counts need none at a least rate of zero, where the likelihood
        has a wall.

    Returns
    -------
    curve, first, second : ndarray, shape (bin,)
    """
    curve, first, second = np.empty(len(rates)), np.empty(len(rates)), np.empty(len(rates))
    for i in range(len(rates)):
        above = rates[i] - least
        soft = softness if counts[i] <= 0 or least > 0 else 0.0
        if above < 0:
            curve[i], first[i], second[i] = least, 0.0, 0.0
        elif above < soft:
            curve[i] = least + above * above / (2 * soft)
            first[i], second[i] = above / soft, 1 / soft
        else:
            curve[i], first[i], second[i] = rates[i] - soft / 2, 1.0, 0.0
    return curve, first, second
