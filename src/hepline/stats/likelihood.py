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
        return self.main(expected(self.tables, theta)) + self._auxiliary(theta)

    def main(self, bins: Floats) -> float:
        """The Poisson terms for given expectations, shape (bin,)."""
        if not np.all(np.isfinite(bins)) or np.any((bins <= 0) & (self.observed > 0)):
            return np.inf
        # Measured from the saturated model, so that large counts do not drown small differences.
        # An empty bin with a negative expectation goes on linearly, as in pyhf: a wall there would
        # have no derivative. The fit names such bins.
        distance = bins - self.observed
        counts = np.where(self.observed > 0, self.observed, 1.0)
        logs = np.where(self.observed > 0, distance, 0.0) / counts
        deviance = 2 * np.sum(distance - self.observed * np.log1p(logs))
        return float(deviance) + self._saturated_main

    def gradient(self, theta: Floats) -> Floats:
        """First derivatives of `value`, shape (parameter,)."""
        at = slopes(self.tables, theta)
        return at.pulled_back(self._bin_slope(at.bins)) + self._auxiliary_slope(theta)

    def derivatives(self, theta: Floats) -> tuple[Floats, Floats]:
        """Gradient and Hessian of `value`, shapes (parameter,) and (parameter, parameter)."""
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
        """The value of the model that predicts every bin and auxiliary measurement exactly."""
        return self._saturated_main + self._auxiliary_of(self.auxdata)

    @cached_property
    def _saturated_main(self) -> float:
        counts = self.observed
        return float(2 * np.sum(counts - xlogy(counts, counts) + gammaln(counts + 1)))

    @cached_property
    def _auxiliary_constant(self) -> float:
        scale = self.constraints.scale[self.constraints.normal]
        counts = self.auxdata[self.constraints.poisson]
        return float(
            2 * np.sum(np.log(scale * np.sqrt(2 * np.pi))) + 2 * np.sum(gammaln(counts + 1))
        )

    def _bin_slope(self, bins: Floats) -> Floats:
        with np.errstate(divide="ignore", invalid="ignore"):
            return np.where(self.observed > 0, 2 * (1 - self.observed / bins), 2.0)

    def _auxiliary(self, theta: Floats) -> float:
        terms = self.constraints
        mean = theta[terms.parameter].copy()
        mean[terms.poisson] *= terms.scale[terms.poisson]
        return self._auxiliary_of(mean)

    def _auxiliary_of(self, mean: Floats) -> float:
        """The constraint terms for given expectations of the auxiliary measurements."""
        terms = self.constraints
        distance = (self.auxdata - mean)[terms.normal] / terms.scale[terms.normal]
        counts, rate = self.auxdata[terms.poisson], mean[terms.poisson]
        if np.any(rate <= 0):
            return np.inf
        return float(
            np.sum(distance**2) + 2 * np.sum(rate - xlogy(counts, rate)) + self._auxiliary_constant
        )

    def _auxiliary_slope(self, theta: Floats) -> Floats:
        terms, at = self.constraints, theta[self.constraints.parameter]
        slope = 2 * (at - self.auxdata) / terms.scale**2
        poisson = terms.poisson
        slope[poisson] = 2 * (terms.scale[poisson] - self.auxdata[poisson] / at[poisson])
        return np.bincount(terms.parameter, slope, minlength=len(theta))

    def _auxiliary_bend(self, theta: Floats) -> Floats:
        terms, at = self.constraints, theta[self.constraints.parameter]
        bend = 2 / terms.scale**2
        poisson = terms.poisson
        bend[poisson] = 2 * self.auxdata[poisson] / at[poisson] ** 2
        return np.bincount(terms.parameter, bend, minlength=len(theta))
