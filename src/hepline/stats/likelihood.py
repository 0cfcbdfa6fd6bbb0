"""Twice the negative log-likelihood of a binned model, its exact gradient and exact Hessian.

Bins are Poisson, auxiliary measurements normal or Poisson; constants are included, so that the
values are those of pyhf. Data need not be integers: the factorial is a gamma function.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from scipy.special import gammaln, kl_div, xlogy

from hepline.arrays import Floats, Integers, Mask
from hepline.stats.constraints import Constraints
from hepline.stats.evaluation import derivatives_at, gradient_at, points_at, value_at
from hepline.stats.expectation import expected_by_cell, lowest, unclipped
from hepline.stats.newton import Known
from hepline.stats.schur import Blocks
from hepline.stats.search import search, searches
from hepline.stats.tables import Tables
from hepline.stats.verdict import MOST_STEPS

__all__ = ["Likelihood"]

_LARGEST = 100  # parameters; see `hepline.stats.descent`
_NO_BOX = np.zeros((4, 0))
_NO_MATRIX = np.zeros((0, 0))


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

    def values(self, points: Floats) -> Floats:
        """Evaluate many points, shape (point, parameter), at once; shape (point,)."""
        return np.asarray(points_at(self.tables, self.measured, points)[0])

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
        if self.is_small:
            _, _, gradient, matrix, _ = self.searched(theta, _NO_BOX, None, most=0)
            return gradient, Blocks.of(matrix)
        _, gradient, parts = derivatives_at(self.tables, self.measured, theta, self.place)
        return gradient, Blocks(parts[0], parts[1].T, parts[2], self.place < 0)

    @cached_property
    def is_small(self) -> bool:
        """Whether the search in numba is the fastest one."""
        return len(self.place) <= _LARGEST and bool(self.place.min(initial=0) >= 0)

    def searched(
        self, theta: Floats, box: Floats, known: Known | None, most: int = MOST_STEPS
    ) -> tuple[Floats, float, Floats, Floats, int]:
        """Follow the likelihood down; see `hepline.stats.search.search`."""
        end, value, gradient, hessian, what = search(
            self.tables, self.measured, theta, box, self.place, most,
            theta if known is None else known.theta, np.inf if known is None else known.value,
            _NO_MATRIX if known is None else known.hessian.shared,
        )  # fmt: skip
        return end, float(value), gradient, hessian, what

    def searched_in_turn(
        self, starts: Floats, box: Floats, known: Known, deeper: float
    ) -> tuple[Floats, Floats, Integers, Floats, Floats]:
        """Follow it down from many points; see `hepline.stats.search.searches`."""
        return searches(
            self.tables, self.measured, starts, box, self.place, MOST_STEPS,
            known.theta, known.value, known.hessian.shared, deeper,
        )  # fmt: skip

    def saturated(self) -> float:
        """Evaluate the model that predicts every bin and auxiliary measurement exactly."""
        return float(self.measured[0])

    def constraint(self, theta: Floats, chosen: Mask) -> float:
        """Compare some of the auxiliary measurements with their parameters.

        Parameters
        ----------
        theta : ndarray, shape (parameter,)
        chosen : ndarray of bool, shape (auxdata,)
        """
        terms, found = self.constraints, self.auxdata
        index = np.flatnonzero(chosen)
        mean, scale, found = theta[terms.parameter[index]], terms.scale[index], found[index]
        normal = terms.is_normal[index]
        pulls = (found - mean)[normal] / scale[normal]
        total = float(np.sum(pulls**2))
        if len(pulls) < len(index):
            total += 2 * float(np.sum(kl_div(found[~normal], (mean * scale)[~normal])))
        return total

    @cached_property
    def unclipped(self) -> Likelihood:
        """The same without a least expectation: smooth, but a bin may go below zero."""
        return self._with(self.tables.having(least_bin=-np.inf, least_cell=-np.inf))

    def softened(self, softness: float) -> Likelihood:
        """The same with a smooth end in place of the kink at the least expectation."""
        return self._with(self.tables.having(softness=softness))

    def _with(self, tables: Tables) -> Likelihood:
        other = Likelihood(tables, self.constraints, self.observed, self.auxdata, self.place)
        vars(other)["measured"] = self.measured  # what was measured does not depend on tables
        return other

    @cached_property
    def has_least(self) -> bool:
        """Whether there is a least expectation, of bins or of samples in bins."""
        return max(self.tables.least_bin, self.tables.least_cell) > -np.inf

    def clips(self, theta: Floats) -> bool:
        """Whether anything expects less than the least at a point."""
        tables = self.tables
        if lowest(tables, theta) < tables.least_bin:
            return True
        if tables.least_cell == -np.inf:
            return False
        free = tables.having(least_cell=-np.inf)
        return bool(np.any(expected_by_cell(free, theta) < tables.least_cell))

    def highest(self, theta: Floats) -> float:
        """Largest expectation of a bin at a point."""
        return float(np.max(unclipped(self.tables, theta)))

    @cached_property
    def measured(self) -> Floats:
        """All that the expectations are compared with, as kernels take it; see `evaluation`."""
        terms = self.constraints
        counts = np.concatenate([self.observed, self.auxdata[~terms.is_normal]])
        saturated = 2 * np.sum(counts - xlogy(counts, counts) + gammaln(counts + 1))
        return np.concatenate([[terms.constant + saturated], self.observed, self.auxdata])
