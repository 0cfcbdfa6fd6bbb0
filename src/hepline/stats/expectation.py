"""Expected events in every bin, with their exact derivatives by all parameters.

Derivatives of a product of factors need the product of the *other* factors. It is computed from
running products from both sides and never by division, so that factors may be zero.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from hepline.stats.interpolation import factor, shift
from hepline.stats.results import Floats
from hepline.stats.tables import Integers, Tables

__all__ = ["Slopes", "contracted_curvature", "expected", "expected_by_cell", "slopes"]

_MOST_PAIRS = 2_000_000  # pairs of factors that are held in memory at a time


@dataclass(frozen=True)
class Slopes:
    """First derivatives of all cells, in the padded layout of `Tables`.

    Attributes
    ----------
    bins : ndarray, shape (bin,)
        The expectation itself.
    cell_bin : ndarray, shape (cell, 1)
    owner : ndarray, shape (cell, factor + shift)
        Parameter of each derivative.
    value : ndarray, shape (cell, factor + shift)
    parameters : int
    """

    bins: Floats
    cell_bin: Integers
    owner: Integers
    value: Floats
    parameters: int

    def pulled_back(self, weight: Floats) -> Floats:
        """Σ over bins of weight times ∂expectation/∂parameter.

        Parameters
        ----------
        weight : ndarray, shape (bin,)

        Returns
        -------
        ndarray, shape (parameter,)
        """
        sums = np.bincount(
            self.owner.ravel(),
            (weight[self.cell_bin] * self.value).ravel(),
            minlength=self.parameters + 1,
        )
        return np.asarray(sums[:-1])

    def jacobian(self) -> Floats:
        """∂expectation/∂parameter, shape (bin, parameter)."""
        width = self.parameters + 1
        place = self.cell_bin * width + self.owner
        sums = np.bincount(
            place.ravel(), self.value.ravel(), minlength=width * len(self.bins)
        ).reshape(len(self.bins), width)
        return np.asarray(sums[:, :-1])


def expected(tables: Tables, theta: Floats) -> Floats:
    """Compute the expected events, shape (bin,), channels one after the other.

    Parameters
    ----------
    tables : Tables
    theta : ndarray, shape (parameter,)
    """
    return _by_bin(tables, expected_by_cell(tables, theta))


def expected_by_cell(tables: Tables, theta: Floats) -> Floats:
    """Compute the expected events of each sample in each bin, shape (cell,)."""
    product = _terms(tables, theta)[0][tables.factors].prod(axis=1)
    total = tables.nominal + _shifts(tables, theta)[0][tables.shifts].sum(axis=1)
    return np.asarray(product * total)


def slopes(tables: Tables, theta: Floats) -> Slopes:
    """First derivatives at a point."""
    value, first, _ = _terms(tables, theta)
    move, move_first, _ = _shifts(tables, theta)
    product = value[tables.factors].prod(axis=1)
    total = tables.nominal + move[tables.shifts].sum(axis=1)
    by_factor = first[tables.factors] * _others(value[tables.factors]) * total[:, None]
    by_shift = move_first[tables.shifts] * product[:, None]
    return Slopes(
        bins=_by_bin(tables, product * total),
        cell_bin=tables.cell_bin[:, None],
        owner=_owners(tables),
        value=np.concatenate([by_factor, by_shift], axis=1),
        parameters=tables.parameters,
    )


def contracted_curvature(tables: Tables, theta: Floats, weight: Floats) -> Floats:
    """Σ over bins of weight times the second derivatives of the expectation.

    Parameters
    ----------
    tables : Tables
    theta : ndarray, shape (parameter,)
    weight : ndarray, shape (bin,)

    Returns
    -------
    ndarray, shape (parameter, parameter)
    """
    terms, moves = _terms(tables, theta), _shifts(tables, theta)
    width = tables.parameters + 1
    total = np.zeros(width * width)
    block = max(1, _MOST_PAIRS // max(1, tables.factors.shape[1]) ** 2)
    for start in range(0, len(tables.nominal), block):
        part = slice(start, start + block)
        factors, shifts = tables.factors[part], tables.shifts[part]
        values = (
            _block_curvature(tables.nominal[part], [term[factors] for term in terms],
                             [move[shifts] for move in moves])
            * weight[tables.cell_bin[part], None, None]
        )  # fmt: skip
        owner = _owners(tables)[part]
        place = owner[:, :, None] * width + owner[:, None, :]
        total += np.bincount(place.ravel(), values.ravel(), minlength=width * width)
    return total.reshape(width, width)[:-1, :-1]


def _block_curvature(nominal: Floats, factors: list[Floats], shifts: list[Floats]) -> Floats:
    """Second derivatives of some cells; shape (cell, factor + shift, factor + shift)."""
    value, first, second = factors
    move, move_first, move_second = shifts
    cells, size = value.shape
    total = nominal + move.sum(axis=1)
    diagonal = np.arange(size)
    spread = np.repeat(value[:, None, :], size, axis=1)
    spread[:, diagonal, diagonal] = 1.0
    pairs = _others(spread) * first[:, :, None] * first[:, None, :]
    others = _others(value)
    pairs[:, diagonal, diagonal] = second * others
    curvature = np.zeros((cells, size + move.shape[1], size + move.shape[1]))
    curvature[:, :size, :size] = pairs * total[:, None, None]
    mixed = (first * others)[:, :, None] * move_first[:, None, :]
    curvature[:, :size, size:] = mixed
    curvature[:, size:, :size] = mixed.transpose(0, 2, 1)
    own = size + np.arange(move.shape[1])
    curvature[:, own, own] = move_second * value.prod(axis=1)[:, None]
    return curvature


def _by_bin(tables: Tables, cells: Floats) -> Floats:
    sums = np.bincount(tables.cell_bin, cells, minlength=tables.bins)
    return np.asarray(sums, dtype=np.float64)


def _owners(tables: Tables) -> Integers:
    return np.concatenate(
        [tables.term_parameter[tables.factors], tables.shift_parameter[tables.shifts]], axis=1
    )


def _terms(tables: Tables, theta: Floats) -> tuple[Floats, Floats, Floats]:
    """Value and derivatives of all factors: the constant, the parameters, then the normsys."""
    count = tables.parameters
    alpha = theta[tables.term_parameter[1 + count :]]
    curve = factor(
        tables.factor_code,
        alpha,
        tables.normsys_low,
        tables.normsys_high,
        tables.normsys_polynomial,
    )
    value = np.concatenate([[1.0], theta, curve[0]])
    first = np.concatenate([[0.0], np.ones(count), curve[1]])
    second = np.concatenate([[0.0], np.zeros(count), curve[2]])
    return value, first, second


def _shifts(tables: Tables, theta: Floats) -> tuple[Floats, Floats, Floats]:
    # The last entry stands for "no parameter", which owns shift 0.
    alpha = np.append(theta, 0.0)[tables.shift_parameter]
    return shift(tables.shift_code, alpha, tables.shift_down, tables.shift_up)


def _others(values: Floats) -> Floats:
    """For each element along the last axis, the product of all other elements."""
    left = np.ones_like(values)
    right = np.ones_like(values)
    np.cumprod(values[..., :-1], axis=-1, out=left[..., 1:])
    right[..., :-1] = np.cumprod(values[..., :0:-1], axis=-1)[..., ::-1]
    return left * right
