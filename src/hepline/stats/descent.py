"""Where a descent of a likelihood ends, by the search in numba or by that in Python.

Up to which size the first one is faster was measured with ``bench/descents.py``.
"""

from __future__ import annotations

import numpy as np

from hepline.stats.likelihood import Likelihood
from hepline.stats.newton import (
    Known,
    Minimum,
    Objective,
    Region,
    beside_saddle,
    ended,
    newton,
)
from hepline.stats.results import Floats
from hepline.stats.schur import Blocks
from hepline.stats.verdict import ASIDE, SINGULAR

__all__ = ["descend"]


def descend(
    objective: Objective, start: Floats, region: Region, known: Known | None = None
) -> Minimum:
    """Minimize within bounds by Newton's method; see `hepline.stats.newton.newton`.

    Parameters
    ----------
    objective : Objective
    start : ndarray, shape (parameter,)
        A point where the function is finite.
    region : Region
    known : Known, optional
        A minimum that is of no more interest: the descent ends when it is caught by it.

    Returns
    -------
    Minimum
    """
    if not (isinstance(objective, Likelihood) and objective.is_small):
        return newton(objective, start, region, known)
    theta = np.where(region.free, np.clip(start, region.lower, region.upper), start)
    while True:
        theta, value, gradient, matrix, what = objective.searched(theta, region.box, known)
        hessian = Blocks.of(matrix)
        if what != ASIDE:
            return ended(theta, value, hessian, what)
        aside = beside_saddle(objective, theta, value, (gradient, hessian), region)
        if aside is None:
            return ended(theta, value, hessian, SINGULAR)
        theta, value = aside
