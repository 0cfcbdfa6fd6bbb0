"""Where a descent of a likelihood ends, by the search in numba or by that in Python.

Up to which size the first one is faster was measured with ``bench/descents.py``.
"""

from __future__ import annotations

from hepline.arrays import Floats
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
from hepline.stats.schur import Blocks
from hepline.stats.verdict import ASIDE, SINGULAR

__all__ = ["descend", "descend_in_turn"]


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
    theta = region.inside(start, start)
    theta, value, gradient, matrix, what = objective.searched(theta, region.box, known)
    return _ended(objective, theta, value, gradient, matrix, what, region, known)


def _ended(
    objective: Likelihood, theta: Floats, value: float, gradient: Floats, matrix: Floats, what: int,
    region: Region, known: Known | None,
) -> Minimum:  # fmt: skip
    """Say how a search ended; where that is beside a saddle, it goes on."""
    while True:
        hessian = Blocks.of(matrix)
        if what != ASIDE:
            return ended(theta, value, hessian, what)
        aside = beside_saddle(objective, theta, value, (gradient, hessian), region)
        if aside is None:
            return ended(theta, value, hessian, SINGULAR)
        theta, value, gradient, matrix, what = objective.searched(aside[0], region.box, known)


def descend_in_turn(
    objective: Objective, starts: Floats, region: Region, known: Known, deeper: float
) -> list[Minimum]:
    """Descend from one point after the other, up to the first that leads further down.

    Parameters
    ----------
    objective, region, known
        As for `descend`.
    starts : ndarray, shape (point, parameter)
        At least one, where the function is finite.
    deeper : float
        The last descent is the one that ends lower, for what is known after it is another minimum.

    Returns
    -------
    list of Minimum
        At least one; the Hessian is that of the last only.
    """
    if not (isinstance(objective, Likelihood) and objective.is_small):
        found = []
        for start in starts:
            found.append(newton(objective, start, region, known))
            if found[-1].converged and found[-1].value < deeper:
                break
        return found
    ends, values, whats, gradient, matrix = objective.searched_in_turn(
        region.inside(starts, starts), region.box, known, deeper
    )
    *before, last = zip(ends, values.tolist(), whats.tolist(), strict=True)
    found = [ended(theta, value, None, what) for theta, value, what in before]
    theta, value, what = last
    return [*found, _ended(objective, theta, value, gradient, matrix, what, region, known)]
