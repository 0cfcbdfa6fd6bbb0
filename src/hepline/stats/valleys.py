"""Other valleys of a likelihood, where a descent from the usual start does not arrive.

A variation that moves the yields the same way up and down gives the likelihood two minima, one for
each sign of its parameter. Each such parameter is mirrored, and the fit started again from there.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from hepline.stats.expectation import expected
from hepline.stats.ladder import Climb
from hepline.stats.likelihood import Likelihood
from hepline.stats.newton import Mask, Region, newton
from hepline.stats.results import Floats
from hepline.stats.tables import Tables

__all__ = ["deepest", "same_sided"]

_LEAST_GAIN = 1e-7  # in twice the log-likelihood; smaller differences are the same minimum


def same_sided(tables: Tables, initial: Floats, movable: Mask) -> tuple[int, ...]:
    """Find parameters whose up and down variations pull the yields alike.

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
        Positions of the parameters.
    """
    found = []
    start = np.where(movable, 0.0, initial)
    nominal = expected(tables, start)
    weight = 1 / np.maximum(np.abs(nominal), 1.0)
    for index in np.flatnonzero(movable).tolist():
        moves = []
        for sign in (1.0, -1.0):
            varied = start.copy()
            varied[index] = sign
            moves.append(expected(tables, varied) - nominal)
        if np.sum(weight * moves[0] * moves[1]) > 0:
            found.append(index)
    return tuple(found)


def deepest(
    likelihood: Likelihood, climbed: Climb, region: Region, suspects: tuple[int, ...]
) -> Climb:
    """Look for a deeper minimum on the other side of each same-sided parameter.

    Parameters
    ----------
    likelihood : Likelihood
    climbed : Climb
        A minimum that was found.
    region : Region
    suspects : tuple of int
        Same-sided parameters.

    Returns
    -------
    Climb
        The deepest minimum of all.
    """
    best = climbed
    for index in suspects:
        if not region.free[index]:
            continue
        for value in _elsewhere(best.minimum.theta[index]):
            start = best.minimum.theta.copy()
            start[index] = value
            if not np.isfinite(likelihood.value(start)):
                continue
            other = newton(likelihood, start, region)
            if other.converged and other.value < best.minimum.value - _LEAST_GAIN:
                best = replace(best, minimum=other)
    return best


def _elsewhere(value: float) -> tuple[float, ...]:
    """Where else a parameter could be: at its mirror image, or on both sides of zero."""
    return (-value,) if abs(value) > 0.5 else (1.0, -1.0)
