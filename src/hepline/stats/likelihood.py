"""Twice the negative log-likelihood of a binned model, its exact gradient and exact Hessian.

Bins are Poisson, auxiliary measurements normal or Poisson; constants are included, so that the
values are those of pyhf. Data need not be integers: the factorial is a gamma function.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from scipy.special import gammaln, xlogy

from hepline.stats.expectation import contracted_curvature, expected, slopes
from hepline.stats.parameters import ParameterSet
from hepline.stats.results import Floats
from hepline.stats.tables import Integers, Tables

__all__ = ["Constraints", "Likelihood", "constraints"]


@dataclass(frozen=True)
class Constraints:
    """The auxiliary measurements, in pyhf's order of auxiliary data.

    Attributes
    ----------
    normal, poisson : ndarray of int
        Positions in the auxiliary data.
    parameter : ndarray of int, shape (auxdata,)
    scale : ndarray, shape (auxdata,)
        Standard deviation, or expected events for a parameter of one.
    data : ndarray, shape (auxdata,)
    """

    normal: Integers
    poisson: Integers
    parameter: Integers
    scale: Floats
    data: Floats


def constraints(sets: Sequence[ParameterSet]) -> Constraints:
    """Collect the constraint terms of all parameters."""
    kinds: list[str] = []
    parameter: list[int] = []
    scale: list[float] = []
    data: list[float] = []
    first = 0
    for each in sets:
        if each.constraint:
            kinds += [each.constraint] * each.size
            parameter += range(first, first + each.size)
            scale += (each.width if each.constraint == "normal" else each.factor).tolist()
            data += each.auxdata.tolist()
        first += each.size
    is_normal = np.array([kind == "normal" for kind in kinds], dtype=bool)
    return Constraints(
        normal=np.flatnonzero(is_normal),
        poisson=np.flatnonzero(~is_normal),
        parameter=np.array(parameter, dtype=np.int64),
        scale=np.array(scale, dtype=np.float64),
        data=np.array(data, dtype=np.float64),
    )


@dataclass(frozen=True)
class Likelihood:
    """A model together with the data that it is compared with.

    Attributes
    ----------
    tables : Tables
    constraints : Constraints
    observed : ndarray, shape (bin,)
    auxdata : ndarray, shape (auxdata,)
    """

    tables: Tables
    constraints: Constraints
    observed: Floats
    auxdata: Floats

    def value(self, theta: Floats) -> float:
        """Twice the negative log-likelihood; infinite where the data are impossible.

        Parameters
        ----------
        theta : ndarray, shape (parameter,)
        """
        main = self.main(expected(self.tables, theta))
        return main + self._auxiliary(theta) + self._constant

    def main(self, bins: Floats) -> float:
        """Compare expectations, shape (bin,), with the data: zero where they are equal."""
        if not np.all(np.isfinite(bins)) or np.any((bins <= 0) & (self.observed > 0)):
            return np.inf
        return _deviance(self.observed, bins)

    def gradient(self, theta: Floats) -> Floats:
        """Differentiate `value`, shape (parameter,)."""
        at = slopes(self.tables, theta)
        return at.pulled_back(self._bin_slope(at.bins)) + self._auxiliary_slope(theta)

    def derivatives(self, theta: Floats) -> tuple[Floats, Floats]:
        """Compute gradient, shape (parameter,), and Hessian, (parameter, parameter)."""
        at = slopes(self.tables, theta)
        slope = self._bin_slope(at.bins)
        gradient = at.pulled_back(slope) + self._auxiliary_slope(theta)
        jacobian = at.jacobian()
        with np.errstate(divide="ignore", invalid="ignore"):
            bend = np.where(self.observed > 0, 2 * self.observed / at.bins**2, 0.0)
        hessian = jacobian.T @ (bend[:, None] * jacobian)
        hessian += contracted_curvature(self.tables, theta, slope)
        diagonal = np.arange(len(theta))
        hessian[diagonal, diagonal] += self._auxiliary_bend(theta)
        return gradient, hessian

    def saturated(self) -> float:
        """Evaluate the model that predicts every bin and auxiliary measurement exactly."""
        return self._constant

    @cached_property
    def _constant(self) -> float:
        """All that does not depend on the parameters."""
        terms = self.constraints
        scale = terms.scale[terms.normal]
        normal = 2 * np.sum(np.log(scale * np.sqrt(2 * np.pi)))
        return float(normal + _saturated(self.observed) + _saturated(self.auxdata[terms.poisson]))

    def _bin_slope(self, bins: Floats) -> Floats:
        with np.errstate(divide="ignore", invalid="ignore"):
            return np.where(self.observed > 0, 2 * (1 - self.observed / bins), 2.0)

    def _auxiliary(self, theta: Floats) -> float:
        """Compare the auxiliary measurements with their expectations."""
        terms = self.constraints
        mean = theta[terms.parameter]
        distance = (self.auxdata - mean)[terms.normal] / terms.scale[terms.normal]
        rate = (mean * terms.scale)[terms.poisson]
        if np.any(rate <= 0):
            return np.inf
        return float(np.sum(distance**2)) + _deviance(self.auxdata[terms.poisson], rate)

    def _auxiliary_slope(self, theta: Floats) -> Floats:
        terms, at = self.constraints, theta[self.constraints.parameter]
        slope = 2 * (at - self.auxdata) / terms.scale**2
        poisson = terms.poisson
        slope[poisson] = 2 * (terms.scale[poisson] - self.auxdata[poisson] / at[poisson])
        sums = np.bincount(terms.parameter, slope, minlength=len(theta))
        return np.asarray(sums, dtype=np.float64)

    def _auxiliary_bend(self, theta: Floats) -> Floats:
        terms, at = self.constraints, theta[self.constraints.parameter]
        bend = 2 / terms.scale**2
        poisson = terms.poisson
        bend[poisson] = 2 * self.auxdata[poisson] / at[poisson] ** 2
        sums = np.bincount(terms.parameter, bend, minlength=len(theta))
        return np.asarray(sums, dtype=np.float64)


def _deviance(counts: Floats, rates: Floats) -> float:
    """Twice the log-likelihood ratio of Poisson rates equal to the counts, and of these rates.

    Measured from the counts, so that large counts do not drown small differences. An empty bin
    with a negative rate goes on linearly, as in pyhf: a wall there would have no derivative.
    """
    distance = rates - counts
    filled = counts > 0
    ratio = np.where(filled, rates, 1.0) / np.where(filled, counts, 1.0)
    # Far from the counts, 1 + distance / counts would round to zero.
    near = np.abs(ratio - 1) < 0.5
    relative = np.where(filled & near, distance, 0.0) / np.where(filled, counts, 1.0)
    logs = np.where(near, np.log1p(relative), np.log(ratio))
    return float(2 * np.sum(distance - counts * logs))


def _saturated(counts: Floats) -> float:
    """Twice the negative log-probability of counts that are expected exactly."""
    return float(2 * np.sum(counts - xlogy(counts, counts) + gammaln(counts + 1)))
