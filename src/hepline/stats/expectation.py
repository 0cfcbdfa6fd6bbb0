"""Expected events in every bin, with their exact derivatives by all parameters."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from hepline.stats import kernels, secondorder
from hepline.stats.evaluation import rates_at
from hepline.stats.results import Floats
from hepline.stats.tables import Integers, Tables

__all__ = ["Slopes", "expected", "expected_by_cell", "slopes", "unclipped"]


@dataclass(frozen=True)
class Slopes:
    """Expectations at one point, with what their derivatives need.

    Attributes
    ----------
    tables : Tables
    theta : ndarray, shape (parameter,)
    terms, moves, cells
        Factors, shifts and cells as in `kernels`.
    bins : ndarray, shape (bin,)
        The expectation itself, before it is lifted to the least one.
    start, rows
        Sparse Jacobian of `kernels.jacobian`.
    """

    tables: Tables
    theta: Floats
    terms: Floats
    moves: Floats
    cells: kernels.Cells
    bins: Floats
    start: Integers
    rows: Floats

    def pulled_back(self, weight: Floats) -> Floats:
        """Σ of weight, shape (bin,), times ∂expectation/∂parameter; shape (parameter,)."""
        return np.asarray(kernels.pulled_back(self.tables, self.start, self.rows, weight))

    def jacobian(self) -> Floats:
        """∂expectation/∂parameter, shape (bin, parameter)."""
        return np.asarray(kernels.bin_jacobian(self.tables, self.start, self.rows))

    def by_bin(self) -> Iterator[tuple[Integers, Floats]]:
        """Positions of the parameters that act on each bin, and the derivatives by them."""
        tables = self.tables
        for channel in range(len(tables.channel_bin) - 1):
            active = slice(*tables.active_start[channel : channel + 2])
            begin, end = tables.channel_bin[channel : channel + 2].tolist()
            for position in range(begin, end):
                row = self.rows[slice(*self.start[position : position + 2])]
                acts = np.flatnonzero(row)
                parameters = tables.active[active] + tables.stride[active] * (position - begin)
                yield parameters[acts], row[acts]

    def hessian(self, weight: Floats, bend: Floats) -> Floats:
        """Second derivatives of a function of the bins, shape (parameter, parameter).

        Parameters
        ----------
        weight, bend : ndarray, shape (bin,)
            First and second derivative of the function by the expectation of each bin.
        """
        every = np.arange(len(self.theta))
        parts = secondorder.hessian(
            self.tables, self.theta, self.terms, self.moves, self.cells, self.start, self.rows,
            weight, bend, every,
        )  # fmt: skip
        return np.asarray(parts[0])


def expected(tables: Tables, theta: Floats) -> Floats:
    """Compute the expected events, shape (bin,), channels one after the other.

    Parameters
    ----------
    tables : Tables
    theta : ndarray, shape (parameter,)
    """
    return np.maximum(unclipped(tables, theta), tables.least_bin)


def unclipped(tables: Tables, theta: Floats) -> Floats:
    """Compute what is expected in every bin before it is lifted to the least; shape (bin,)."""
    return np.asarray(rates_at(tables, theta))


def expected_by_cell(tables: Tables, theta: Floats) -> Floats:
    """Compute the expected events of each sample in each bin, shape (cell,)."""
    scale, vector, content, _ = kernels.cells_at(tables, theta)[2]
    cells = np.repeat(scale, np.diff(tables.block_start)) * vector * content
    return np.asarray(np.maximum(cells, tables.least_cell))


def slopes(tables: Tables, theta: Floats) -> Slopes:
    """Expectations and first derivatives at a point."""
    terms, moves, cells = kernels.cells_at(tables, theta)
    start, rows = kernels.jacobian(tables, theta, terms, moves, cells)
    return Slopes(tables, theta, terms, moves, cells, kernels.sum_bins(tables, cells), start, rows)
