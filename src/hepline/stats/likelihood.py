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

from hepline.stats.evaluation import Measured, derivatives_at, gradient_at, value_at
from hepline.stats.expectation import expected_by_cell, unclipped
from hepline.stats.parameters import ParameterSet
from hepline.stats.results import Floats
from hepline.stats.schur import Blocks
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
    place : ndarray of int, shape (parameter,)
        Which parameters the Hessian stores the diagonal of only; see `Parts`.
    """

    tables: Tables
    constraints: Constraints
    observed: Floats
    auxdata: Floats
    place: Integers

    def value(self, theta: Floats) -> float:
        """Twice the negative log-likelihood; infinite where the data are impossible.

        Parameters
        ----------
        theta : ndarray, shape (parameter,)
        """
        return float(value_at(self.tables, self.measured, theta))

    def gradient(self, theta: Floats) -> Floats:
        """Differentiate `value`, shape (parameter,)."""
        return np.asarray(gradient_at(self.tables, self.measured, theta))

    def derivatives(self, theta: Floats) -> tuple[Floats, Floats]:
        """Compute gradient, shape (parameter,), and Hessian, (parameter, parameter)."""
        every = np.arange(len(theta))
        _, gradient, (hessian, *_) = derivatives_at(self.tables, self.measured, theta, every)
        return gradient, hessian

    def curvature(self, theta: Floats) -> tuple[Floats, Blocks]:
        """Compute gradient, shape (parameter,), and Hessian, in blocks if it is a large one."""
        _, gradient, parts = derivatives_at(self.tables, self.measured, theta, self.place)
        return gradient, Blocks(parts[0], parts[1].T, parts[2], self.place < 0)

    def saturated(self) -> float:
        """Evaluate the model that predicts every bin and auxiliary measurement exactly."""
        return self.measured.constant

    def unclipped(self) -> Likelihood:
        """The same without a least expectation: smooth, but a bin may go below zero."""
        return self._with(self.tables._replace(least_bin=-np.inf, least_cell=-np.inf))

    def softened(self, softness: float) -> Likelihood:
        """The same with a smooth end in place of the kink at the least expectation."""
        return self._with(self.tables._replace(softness=softness))

    def _with(self, tables: Tables) -> Likelihood:
        other = replace(self, tables=tables)
        vars(other)["measured"] = self.measured  # what was measured does not depend on tables
        return other

    @property
    def has_least(self) -> bool:
        """Whether there is a least expectation, of bins or of samples in bins."""
        return max(self.tables.least_bin, self.tables.least_cell) > -np.inf

    def clips(self, theta: Floats) -> bool:
        """Whether anything expects less than the least at a point."""
        tables = self.tables
        if np.any(unclipped(tables, theta) < tables.least_bin):
            return True
        if tables.least_cell == -np.inf:
            return False
        free = tables._replace(least_cell=-np.inf)
        return bool(np.any(expected_by_cell(free, theta) < tables.least_cell))

    def highest(self, theta: Floats) -> float:
        """Largest expectation of a bin at a point."""
        return float(np.max(unclipped(self.tables, theta)))

    @cached_property
    def measured(self) -> Measured:
        """All that the expectations are compared with, as numba takes it."""
        terms = self.constraints
        # One layout only: numba compiles everything again for arrays that cannot be written to.
        observed, auxdata = (
            np.require(each, np.float64, ["C", "W"]) for each in (self.observed, self.auxdata)
        )
        return Measured(
            observed, auxdata, terms.parameter, terms.is_normal, terms.scale, self._constant()
        )

    def _constant(self) -> float:
        """All that does not depend on the parameters."""
        terms = self.constraints
        normal = 2 * np.sum(np.log(terms.scale[terms.is_normal] * np.sqrt(2 * np.pi)))
        poisson = self.auxdata[~terms.is_normal]
        return float(normal + _saturated(self.observed) + _saturated(poisson))


def _saturated(counts: Floats) -> float:
    """Twice the negative log-probability of counts that are expected exactly."""
    return float(2 * np.sum(counts - xlogy(counts, counts) + gammaln(counts + 1)))
