"""Expected events in every bin, with their exact derivatives by all parameters."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from hepline.arrays import Floats, Integers
from hepline.stats.compiling import kernel
from hepline.stats.evaluation import points_at
from hepline.stats.kernels import Cells, cells_at, slopes_at, sum_bins
from hepline.stats.secondorder import Parts, hessian
from hepline.stats.tables import Tables

__all__ = ["Slopes", "expected", "expected_by_cell", "lowest", "slopes", "unclipped"]

_NOTHING = np.zeros(0)


@dataclass(frozen=True)
class Slopes:
    """Expectations at one point, with their first derivatives.

    Attributes
    ----------
    tables : Tables
    theta : ndarray, shape (parameter,)
    bins : ndarray, shape (bin,)
        The expectation itself, before it is lifted to the least one.
    start, rows
        Sparse Jacobian of `kernels.jacobian`.
    """

    tables: Tables
    theta: Floats
    bins: Floats
    start: Integers
    rows: Floats

    def pulled_back(self, weight: Floats) -> Floats:
        """Σ of weight, shape (bin,), times ∂expectation/∂parameter; shape (parameter,)."""
        sums = np.zeros(len(self.theta))
        for position in np.flatnonzero(weight).tolist():
            parameters, slopes_there = self.by_bin[position]
            sums[parameters] += weight[position] * slopes_there
        return sums

    def jacobian(self) -> Floats:
        """∂expectation/∂parameter, shape (bin, parameter)."""
        full = np.zeros((len(self.bins), len(self.theta)))
        for position, (parameters, slopes_there) in enumerate(self.by_bin):
            full[position, parameters] = slopes_there
        return full

    @cached_property
    def by_bin(self) -> list[tuple[Integers, Floats]]:
        """Positions of the parameters that act on each bin, and the derivatives by them."""
        tables, found = self.tables, []
        for channel in range(len(tables.channel_bin) - 1):
            active = slice(*tables.active_start[channel : channel + 2])
            begin, end = tables.channel_bin[channel : channel + 2].tolist()
            for position in range(begin, end):
                row = self.rows[slice(*self.start[position : position + 2])]
                acts = np.flatnonzero(row)
                parameters = tables.active[active] + tables.stride[active] * (position - begin)
                found.append((parameters[acts], row[acts]))
        return found

    def hessian(self, weight: Floats, bend: Floats) -> Floats:
        """Second derivatives of a function of the bins, shape (parameter, parameter).

        Parameters
        ----------
        weight, bend : ndarray, shape (bin,)
            First and second derivative of the function by the expectation of each bin.
        """
        every = np.arange(len(self.theta))
        return np.asarray(_bent(self.tables, self.theta, weight, bend, every)[0])


def expected(tables: Tables, theta: Floats) -> Floats:
    """Compute the expected events, shape (bin,) for one point and (point, bin) for many.

    Parameters
    ----------
    tables : Tables
    theta : ndarray, shape (parameter,) or (point, parameter)
    """
    return np.maximum(unclipped(tables, theta), tables.least_bin)


def unclipped(tables: Tables, theta: Floats) -> Floats:
    """Compute what is expected in every bin before it is lifted to the least; as `expected`."""
    rates = np.asarray(points_at(tables, _NOTHING, np.atleast_2d(theta))[1])
    return rates if theta.ndim > 1 else rates[0]


def expected_by_cell(tables: Tables, theta: Floats) -> Floats:
    """Compute the expected events of each sample in each bin, shape (cell,)."""
    scale, vector, content, _ = _filled(tables, theta)
    cells = np.repeat(scale, np.diff(tables.block_start)) * vector * content
    return np.asarray(np.maximum(cells, tables.least_cell))


def slopes(tables: Tables, theta: Floats) -> Slopes:
    """Expectations and first derivatives at a point."""
    return Slopes(tables, theta, *_sloped(tables, theta))


@kernel
def lowest(tables: Tables, theta: Floats) -> float:
    """Smallest expectation of a bin at a point, before it is lifted to the least."""
    least = np.inf
    for events in sum_bins(tables, cells_at(tables, theta)[2]):
        least = min(least, events)
    return least


@kernel
def _filled(tables: Tables, theta: Floats) -> Cells:
    cells: Cells = cells_at(tables, theta)[2]
    return cells


@kernel
def _sloped(tables: Tables, theta: Floats) -> tuple[Floats, Integers, Floats]:
    _, _, cells, _, start, rows = slopes_at(tables, theta)
    return sum_bins(tables, cells), start, rows


@kernel
def _bent(tables: Tables, theta: Floats, weight: Floats, bend: Floats, place: Integers) -> Parts:
    terms, moves, cells, by_scalar, start, rows = slopes_at(tables, theta)
    parts: Parts = hessian(
        tables, theta, terms, moves, cells, by_scalar, start, rows, weight, bend, place
    )
    return parts
