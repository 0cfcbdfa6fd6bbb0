"""Twice the negative log-likelihood of a binned model, its exact gradient and exact Hessian.

Bins are Poisson, auxiliary measurements normal or Poisson; constants are included, so that the
values are those of pyhf. Data need not be integers: the factorial is a gamma function.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray
from scipy.special import gammaln, xlogy

from hepline.stats.deviance import (
    constraint_derivatives,
    constraint_deviance,
    poisson_derivatives,
    poisson_deviance,
)
from hepline.stats.expectation import expected, slopes
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
        main = float(poisson_deviance(self.observed, expected(self.tables, theta)))
        terms = self.constraints
        auxiliary = constraint_deviance(
            theta, terms.parameter, terms.is_normal, terms.scale, self.auxdata
        )
        return main + float(auxiliary) + self._constant

    def gradient(self, theta: Floats) -> Floats:
        """Differentiate `value`, shape (parameter,)."""
        at = slopes(self.tables, theta)
        slope, _ = poisson_derivatives(self.observed, at.bins)
        return at.pulled_back(slope) + self._auxiliary(theta)[0]

    def derivatives(self, theta: Floats) -> tuple[Floats, Floats]:
        """Compute gradient, shape (parameter,), and Hessian, (parameter, parameter)."""
        at = slopes(self.tables, theta)
        slope, bend = poisson_derivatives(self.observed, at.bins)
        auxiliary_slope, auxiliary_bend = self._auxiliary(theta)
        hessian = at.hessian(slope, bend)
        hessian.flat[:: len(theta) + 1] += auxiliary_bend
        return at.pulled_back(slope) + auxiliary_slope, hessian

    def saturated(self) -> float:
        """Evaluate the model that predicts every bin and auxiliary measurement exactly."""
        return self._constant

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
