"""Other valleys of a likelihood, where a descent from the usual start does not arrive.

A variation that moves the yields the same way up and down gives the likelihood two minima, one for
each sign of its parameter; several of them together give more. Such parameters are started with
all signs from where the fit began, then mirrored one by one where it ended.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from itertools import product

import numpy as np

from hepline.stats.expectation import expected
from hepline.stats.ladder import Climb
from hepline.stats.likelihood import Likelihood
from hepline.stats.newton import Known, Mask, Minimum, Region, newton
from hepline.stats.results import Floats
from hepline.stats.tables import Tables

__all__ = ["deepest", "same_sided"]

_LEAST_GAIN = 1e-7  # in twice the log-likelihood; smaller differences are the same minimum
_MOST_SIGNS = 4  # parameters whose signs are all combined: 16 descents
_LEAST_DESCENTS = 6
# A large model has dozens of suspects, and its descents are long: it gets fewer of them.
_DESCENTS_TIMES_PARAMETERS = 4000
_LEAST_EFFECT = 0.01  # in chi-square: too little to bend a likelihood against its constraint
_LEAST_SHARE = 0.3  # of the effect on bins that are pulled both ways


def same_sided(tables: Tables, initial: Floats, movable: Mask) -> tuple[int, ...]:
    """Find parameters whose up and down variations pull many bins the same way.

    Parameters
    ----------
    tables : Tables
    initial : ndarray, shape (parameter,)
        Where the others stand.
    movable : ndarray of bool, shape (parameter,)
        Parameters around zero that may be looked at.

    Returns
    -------
    tuple of int
        Positions of the parameters, the strongest first.
    """
    strength = {}
    start = np.where(movable, 0.0, initial)
    nominal = expected(tables, start)
    weight = 1 / np.maximum(np.abs(nominal), 1.0)
    for index in np.flatnonzero(movable).tolist():
        moves = []
        for sign in (1.0, -1.0):
            varied = start.copy()
            varied[index] = sign
            moves.append(expected(tables, varied) - nominal)
        products = weight * moves[0] * moves[1]
        alike, opposite = float(products[products > 0].sum()), -float(products[products < 0].sum())
        if alike > max(_LEAST_EFFECT, _LEAST_SHARE * opposite):
            strength[index] = alike
    return tuple(sorted(strength, key=lambda index: -strength[index]))


def deepest(
    likelihood: Likelihood,
    climbed: Climb,
    start: Floats,
    region: Region,
    suspects: tuple[int, ...],
) -> Climb:
    """Look for a deeper minimum on the other sides of same-sided parameters.

    Parameters
    ----------
    likelihood : Likelihood
    climbed : Climb
        A minimum that was found.
    start : ndarray, shape (parameter,)
        Where a fit usually begins.
    region : Region
    suspects : tuple of int
        Same-sided parameters, the strongest first.

    Returns
    -------
    Climb
        The deepest minimum of all.
    """
    free = tuple(index for index in suspects if region.free[index])
    if not free:
        return climbed
    best = _known(likelihood, climbed.minimum)
    most = max(_LEAST_DESCENTS, _DESCENTS_TIMES_PARAMETERS // len(start))
    signs = min(_MOST_SIGNS, int(np.log2(most / 2)))
    for begin in _signs(start, free[:signs]):
        best = _deeper(likelihood, best, begin, region)
    # Mirroring takes up to two descents for each parameter.
    for index in free[: max(1, (most - 2**signs) // 2)]:
        for value in _elsewhere(best.theta[index]):
            begin = best.theta.copy()
            begin[index] = value
            best = _deeper(likelihood, best, begin, region)
    return replace(climbed, minimum=replace(climbed.minimum, theta=best.theta, value=best.value))


def _known(likelihood: Likelihood, minimum: Minimum) -> Known:
    _, hessian = likelihood.derivatives(minimum.theta)
    return Known(minimum.theta, minimum.value, hessian)


def _deeper(likelihood: Likelihood, best: Known, begin: Floats, region: Region) -> Known:
    if not np.isfinite(likelihood.value(begin)):
        return best
    other = newton(likelihood, begin, region, best)
    if other.converged and other.value < best.value - _LEAST_GAIN:
        return _known(likelihood, other)
    return best


def _signs(start: Floats, suspects: tuple[int, ...]) -> Iterator[Floats]:
    for pattern in product((-1.0, 1.0), repeat=len(suspects)):
        begin = start.copy()
        begin[list(suspects)] = pattern
        yield begin


def _elsewhere(value: float) -> tuple[float, ...]:
    """Where else a parameter could be: at its mirror image, or on both sides of zero."""
    return (-value,) if abs(value) > 0.5 else (1.0, -1.0)
