"""Twice the negative log-likelihood of a binned model, its exact gradient and exact Hessian.

Bins are Poisson, auxiliary measurements normal or Poisson; constants are included, so that the
values are those of pyhf. Data need not be integers: the factorial is a gamma function.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
from numpy.typing import NDArray
from scipy.special import gammaln, xlogy

from hepline.stats.clipping import lifted
from hepline.stats.deviance import (
    constraint_derivatives,
    constraint_deviance,
    poisson_derivatives,
    poisson_deviance,
)
from hepline.stats.expectation import expected_by_cell, slopes, unclipped
from hepline.stats.parameters import ParameterSet
from hepline.stats.results import Floats
from hepline.stats.tables import Integers, Tables

__all__ = ["Constraints", "Likelihood", "constraints"]


@dataclass(frozen=True)
class Constraints:
    """The auxiliary measurements, in pyhf's order of auxiliary data.

    Attributes
    ----------
    parameter : ndarray of int, shape (auxdata,)
    is_normal : ndarray of bool, shape (auxdata,)
        A Poisson measurement otherwise.
    scale : ndarray, shape (auxdata,)
        Standard deviation, or expected events for a parameter of one.
    data : ndarray, shape (auxdata,)
    """

    parameter: Integers
    is_normal: NDArray[np.bool_]
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
    return Constraints(
        parameter=np.array(parameter, dtype=np.int64),
        is_normal=np.array([kind == "normal" for kind in kinds], dtype=bool),
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
        rates = unclipped(self.tables, theta)
        if self.tables.least_bin > -np.inf:
            rates = self._lifted(rates)[:, 0].copy()
        main = float(poisson_deviance(self.observed, rates))
        terms = self.constraints
        auxiliary = constraint_deviance(
            theta, terms.parameter, terms.is_normal, terms.scale, self.auxdata
        )
        return main + float(auxiliary) + self._constant

    def gradient(self, theta: Floats) -> Floats:
        """Differentiate `value`, shape (parameter,)."""
        at = slopes(self.tables, theta)
        slope, _ = self._by_rate(at.bins)
        return at.pulled_back(slope) + self._auxiliary(theta)[0]

    def derivatives(self, theta: Floats) -> tuple[Floats, Floats]:
        """Compute gradient, shape (parameter,), and Hessian, (parameter, parameter)."""
        at = slopes(self.tables, theta)
        slope, bend = self._by_rate(at.bins)
        auxiliary_slope, auxiliary_bend = self._auxiliary(theta)
        hessian = at.hessian(slope, bend)
        hessian.flat[:: len(theta) + 1] += auxiliary_bend
        return at.pulled_back(slope) + auxiliary_slope, hessian

    def saturated(self) -> float:
        """Evaluate the model that predicts every bin and auxiliary measurement exactly."""
        return self._constant

    def unclipped(self) -> Likelihood:
        """The same without a least expectation: smooth, but a bin may go below zero."""
        return replace(self, tables=self.tables._replace(least_bin=-np.inf, least_cell=-np.inf))

    def softened(self, softness: float) -> Likelihood:
        """The same with a smooth end in place of the kink at the least expectation."""
        return replace(self, tables=self.tables._replace(softness=softness))

    @property
    def has_least(self) -> bool:
        """Whether there is a least expectation, of bins or of samples in bins."""
        return max(self.tables.least_bin, self.tables.least_cell) > -np.inf

    def clips(self, theta: Floats) -> bool:
        """Whether anything expects less than the least at a point."""
        tables = self.tables
        if np.any(unclipped(tables, theta) < tables.least_bin):
            return True
        free = tables._replace(least_cell=-np.inf)
        return bool(np.any(expected_by_cell(free, theta) < tables.least_cell))

    def highest(self, theta: Floats) -> float:
        """Largest expectation of a bin at a point."""
        return float(np.max(unclipped(self.tables, theta)))

    def _lifted(self, rates: Floats) -> Floats:
        tables = self.tables
        return np.asarray(lifted(rates, self.observed, tables.least_bin, tables.softness))

    def _by_rate(self, rates: Floats) -> tuple[Floats, Floats]:
        """First and second derivative of the main terms by the expectation of each bin."""
        if self.tables.least_bin == -np.inf:
            slope, bend = poisson_derivatives(self.observed, rates)
            return slope, bend
        curve = self._lifted(rates)
        slope, bend = poisson_derivatives(self.observed, curve[:, 0].copy())
        return slope * curve[:, 1], bend * curve[:, 1] ** 2 + slope * curve[:, 2]

    @cached_property
    def _constant(self) -> float:
        """All that does not depend on the parameters."""
        terms = self.constraints
        normal = 2 * np.sum(np.log(terms.scale[terms.is_normal] * np.sqrt(2 * np.pi)))
        poisson = self.auxdata[~terms.is_normal]
        return float(normal + _saturated(self.observed) + _saturated(poisson))

    def _auxiliary(self, theta: Floats) -> tuple[Floats, Floats]:
        terms = self.constraints
        slope, bend = constraint_derivatives(
            theta, terms.parameter, terms.is_normal, terms.scale, self.auxdata
        )
        return slope, bend


def _saturated(counts: Floats) -> float:
    """Twice the negative log-probability of counts that are expected exactly."""
    return float(2 * np.sum(counts - xlogy(counts, counts) + gammaln(counts + 1)))
