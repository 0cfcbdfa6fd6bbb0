"""Points on the other sides of parameters, where a descent might find another valley.

Another side of a parameter is its mirror image, or one standard deviation on either side of zero
where it stands close to that.
"""

from __future__ import annotations

import numpy as np

from hepline.arrays import Floats, Integers
from hepline.stats.compiling import inner, kernel

__all__ = ["other_sides"]

_MIRRORED = 0.1  # of a parameter whose mirror image is another point
_ASIDE = 0.5  # of a parameter whose own side is where it stands


@kernel
def other_sides(
    theta: Floats, chosen: Integers, slopes: Floats, together: Integers, box: Floats
) -> Floats:
    """List points: sides of one parameter after the other, then all signs of some of them.

    Parameters
    ----------
    theta : ndarray, shape (parameter,)
        The minimum.
    chosen : ndarray of int, shape (chosen,)
        Each is put on its other sides, first alone, then with all that follow it.
    slopes : ndarray, shape (chosen, parameter)
        How far the others follow it.
    together : ndarray of int
        Parameters whose signs are combined.
    box : ndarray, shape (4, parameter)
        As in `search`.

    Returns
    -------
    ndarray, shape (point, parameter)
    """
    size, count = len(theta), 0
    for own in chosen:
        count += 2 * len(_sides(theta[own]))
    signs = 1 << len(together) if len(together) > 1 else 0
    points = np.empty((count + signs, size))
    for k in range(len(points)):
        for i in range(size):
            points[k, i] = theta[i]
    k = 0
    for place in range(len(chosen)):
        own = chosen[place]
        for side in _sides(theta[own]):
            moved = side - theta[own]
            for i in range(size):
                followed = theta[i] + slopes[place, i] * moved
                points[k + 1, i] = min(max(followed, box[0, i]), box[1, i])
            points[k, own] = points[k + 1, own] = side
            k += 2
    for number in range(signs):
        for j in range(len(together)):
            here = theta[together[j]]
            side = here if abs(here) > _ASIDE else 1.0
            turned = (number >> (len(together) - 1 - j)) & 1
            points[k + number, together[j]] = -side if turned else side
    return points


@inner
def _sides(here: float) -> Floats:
    """Where else a parameter could be."""
    sides = np.empty(3)
    count = 0
    if abs(here) > _MIRRORED:
        sides[0] = -here
        count = 1
    if abs(here) <= _ASIDE:
        sides[count], sides[count + 1] = 1.0, -1.0
        count += 2
    return sides[:count]
