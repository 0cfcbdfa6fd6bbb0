"""Other valleys of a likelihood, where a descent from the usual start does not arrive.

A variation that moves the yields the same way up and down gives the likelihood two minima, one for
each sign of its parameter; several of them together give more, and so do unlucky templates. Where
the fit ended, the other sides are looked at: a descent starts on those where the likelihood lies so
low that another valley must be there.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from hepline.arrays import Floats, Integers, Mask
from hepline.stats.covariance import inverse_curvature
from hepline.stats.descent import descend_in_turn
from hepline.stats.expectation import expected
from hepline.stats.ladder import Climb
from hepline.stats.likelihood import Likelihood
from hepline.stats.newton import Known, Minimum, Region
from hepline.stats.search import are_close
from hepline.stats.sides import other_sides
from hepline.stats.tables import Tables

__all__ = ["deepest", "deepest_of", "same_sided"]

_LEAST_GAIN = 1e-7  # in twice the log-likelihood; smaller differences are the same minimum
_MOST_SIGNS = 4  # parameters whose signs are all combined: 16 descents
# Of the rise that the curvature promises; `bench/valleys.py` says what others would miss and cost.
_BENT = 0.65
_LEAST_EFFECT = 0.01  # in chi-square: too little to bend a likelihood against its constraint
_LEAST_SHARE = 0.3  # of the effect on bins that are pulled both ways


def uneven(tables: Tables, initial: Floats, movable: Mask) -> tuple[int, ...]:
    """Find parameters whose up and down variations do not cancel: only they bend a likelihood.

    Parameters
    ----------
    tables, initial, movable
        As for `same_sided`.

    Returns
    -------
    tuple of int
        Positions of the parameters.
    """
    suspects = np.flatnonzero(movable)
    nominal, up, down = _moved(tables, initial, suspects)
    weight = 1 / np.maximum(np.abs(nominal), 1.0)
    effect = (up + down) ** 2 @ weight
    return tuple(suspects[effect > _LEAST_EFFECT].tolist())


def _moved(tables: Tables, initial: Floats, suspects: Integers) -> tuple[Floats, Floats, Floats]:
    """Expectations with all suspects at zero, and how each moves them; (bin,), (suspect, bin)."""
    points = np.tile(initial, (1 + 2 * len(suspects), 1))
    points[:, suspects] = 0.0
    each = np.arange(len(suspects))
    points[1 + each, suspects] = 1.0
    points[1 + len(suspects) + each, suspects] = -1.0
    nominal, *varied = np.split(expected(tables, points), [1, 1 + len(suspects)])
    return nominal[0], varied[0] - nominal, varied[1] - nominal


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
    suspects = np.flatnonzero(movable)
    nominal, up, down = _moved(tables, initial, suspects)
    products = up * down / np.maximum(np.abs(nominal), 1.0)
    alike = np.maximum(products, 0.0).sum(axis=1)
    opposite = np.maximum(-products, 0.0).sum(axis=1)
    found = np.flatnonzero(alike > np.maximum(_LEAST_EFFECT, _LEAST_SHARE * opposite))
    return tuple(suspects[found[np.argsort(-alike[found], kind="stable")]].tolist())


def deepest(
    likelihood: Likelihood,
    climbed: Climb,
    region: Region,
    two_sided: tuple[int, ...],
    suspects: tuple[int, ...],
) -> Climb:
    """Look for a deeper minimum on the other sides of same-sided parameters.

    Parameters
    ----------
    likelihood : Likelihood
    climbed : Climb
        A minimum that was found.
    region : Region
    two_sided : tuple of int
        Parameters of variations.
    suspects : tuple of int
        Same-sided ones among them, the strongest first.

    Returns
    -------
    Climb
        The deepest minimum of all, with the others that were seen.
    """
    movable = tuple(index for index in two_sided if region.free[index])
    if not movable:
        return climbed
    alike = tuple(index for index in suspects if region.free[index])
    search = _Search(likelihood, climbed.minimum, region)
    search.descend(search.elsewhere(movable, alike))
    return search.climb(climbed)


def deepest_of(
    likelihood: Likelihood, climbed: Climb, region: Region, starts: Sequence[Floats]
) -> Climb:
    """Look for a deeper minimum from valleys that are known from other data or other values held.

    Parameters
    ----------
    likelihood, climbed, region
        As for `deepest`.
    starts : sequence of ndarray, shape (parameter,)
    """
    if not starts:
        return climbed
    search = _Search(likelihood, climbed.minimum, region)
    begins = region.inside(np.array(starts), climbed.minimum.theta)
    search.descend(begins[np.isfinite(likelihood.values(begins))])
    return search.climb(climbed)


class _Search:
    """The deepest minimum so far, and those that are less deep; lives during one search."""

    def __init__(self, likelihood: Likelihood, minimum: Minimum, region: Region) -> None:
        self.likelihood = likelihood
        self.region = region
        self.others: list[Minimum] = []
        self.best = self._known(minimum)

    def _known(self, minimum: Minimum) -> Known:
        hessian = minimum.hessian or self.likelihood.curvature(minimum.theta)[1]
        return Known(minimum.theta, minimum.value, hessian)

    def elsewhere(self, two_sided: tuple[int, ...], suspects: tuple[int, ...]) -> Floats:
        """Points on the other sides of parameters where the likelihood lies far below its parabola.

        In a single valley, another side lies as high as the curvature at the minimum says, or
        higher. Only a second valley keeps it low. Others follow a parameter along the covariance.
        """
        best, chosen = self.best, np.array(two_sided, dtype=np.int64)
        together = np.array(suspects[:_MOST_SIGNS], dtype=np.int64)
        slopes = self._slopes(chosen)
        points = np.asarray(other_sides(best.theta, chosen, slopes, together, self.region.box))
        return points[self._are_low(points)]

    def _slopes(self, chosen: Integers) -> Floats:
        """How far all parameters follow each of some, along the covariance."""
        slopes = np.zeros((len(chosen), len(self.best.theta)))
        spread = inverse_curvature(self.best.hessian, self.region.free)
        if spread is not None:
            variances = spread.variances[chosen][:, None]
            np.divide(spread.rows(chosen), variances, out=slopes, where=variances > 0)
        return slopes

    def _are_low(self, points: Floats) -> Mask:
        rises = self.likelihood.values(points) - self.best.value
        parabola = 0.5 * self.best.hessian.squares(points - self.best.theta)
        return np.asarray(rises < _BENT * parabola)

    def descend(self, begins: Floats) -> None:
        """Follow the likelihood down from points, unless that leads to the best minimum."""
        while len(begins):
            deeper = self.best.value - _LEAST_GAIN
            found = descend_in_turn(self.likelihood, begins, self.region, self.best, deeper)
            begins = begins[len(found) :]
            for other in found:
                if not other.converged:
                    continue
                if other.value < deeper:
                    before, self.best = self.best, self._known(other)
                    other = Minimum(before.theta, before.value, True)
                self._add(other)

    def _add(self, minimum: Minimum) -> None:
        """Keep a minimum that is not the best, nor one that was seen before."""
        for seen in (self.best.theta, *(each.theta for each in self.others)):
            if are_close(seen, minimum.theta, self.region.one_minimum):
                return
        self.others.append(minimum)

    def climb(self, climbed: Climb) -> Climb:
        """Say what was found in place of where the search began."""
        best, before = self.best, climbed.minimum
        others = [
            each
            for each in self.others
            if each.value >= best.value and (each.theta != best.theta).any()
        ]
        return Climb(
            Minimum(best.theta, best.value, before.converged, before.remark, best.hessian),
            climbed.method,
            climbed.region,
            climbed.remarks,
            tuple(sorted(others, key=lambda each: each.value)),
        )
