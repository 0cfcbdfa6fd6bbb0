"""Numba loops over the arrays of a model: expectations and their first derivatives.

Nothing is divided by a factor, so that factors may be zero: a derivative takes the product of the
*other* factors, from running products on both sides.

The cost of an evaluation is a loop over cells × shifts. In kernels `n` and `x` are the integers and
the reals of `Tables`.
"""

from __future__ import annotations

import numpy as np

from hepline.arrays import Floats, Integers
from hepline.stats.compiling import inlined, inner
from hepline.stats.interpolation import factor_curves, shift_curves
from hepline.stats.layout import (
    ACTIVE,
    ACTIVE_START,
    BINS,
    BLOCK_BIN,
    BLOCK_START,
    BLOCKS,
    CELLS,
    CHANNEL_BIN,
    CHANNELS,
    FACTOR_CODE,
    LEAST_CELL,
    NOMINAL,
    NORMSYS_HIGH,
    NORMSYS_LOW,
    NORMSYS_POLYNOMIAL,
    PARAMETERS,
    SCALAR_SLOT,
    SCALAR_START,
    SCALAR_TERM,
    SHIFT_CODE,
    SHIFT_DOWN,
    SHIFT_PARAMETER,
    SHIFT_ROW,
    SHIFT_SLOT,
    SHIFT_START,
    SHIFT_UP,
    SOFTNESS,
    STRIDE,
    TERM_CURVE,
    TERM_PARAMETER,
    TERMS,
    VECTOR_PARAMETER,
    VECTOR_SLOT,
    VECTOR_START,
    at,
    filled,
)
from hepline.stats.tables import Tables

__all__ = [
    "Cells",
    "add_cell",
    "cells_at",
    "fill_cells",
    "jacobian",
    "other_vectors",
    "pulled_back",
    "scalar_slopes",
    "slopes_at",
    "sum_bins",
]

Cells = tuple[Floats, Floats, Floats, Floats]


@inner
def cells_at(tables: Tables, theta: Floats) -> tuple[Floats, Floats, Cells]:
    """Evaluate factors, shifts and cells at a point; see `fill_cells`."""
    n, x = tables
    terms = factor_curves(
        n[FACTOR_CODE], theta, n[n[TERM_PARAMETER] : n[TERM_PARAMETER] + n[TERMS]],
        n[n[TERM_CURVE] : n[TERM_CURVE] + n[TERMS]], x[n[NORMSYS_LOW] : n[NORMSYS_HIGH]],
        x[n[NORMSYS_HIGH] : n[NORMSYS_POLYNOMIAL]], x[n[NORMSYS_POLYNOMIAL] : n[SHIFT_UP]],
    )  # fmt: skip
    moves = shift_curves(n[SHIFT_CODE], theta)
    return terms, moves, fill_cells(tables, theta, terms, moves)


@inner
def fill_cells(tables: Tables, theta: Floats, terms: Floats, moves: Floats) -> Cells:
    """Evaluate the three factors of every cell.

    Parameters
    ----------
    tables : Tables
    theta : ndarray, shape (parameter,)
    terms : ndarray, shape (term, 3)
    moves : ndarray, shape (parameter, 6)

    Returns
    -------
    scale : ndarray, shape (block,)
        Product of the scalars.
    vector : ndarray, shape (cell,)
        Product of the vectors.
    content : ndarray, shape (cell,)
        Nominal events plus shifts.
    gain : ndarray, shape (cell,)
        Derivative of what counts by the product of all three: zero where the least expectation
        stands in for it; see `clipping`.
    """
    n, x = tables
    scale, vector = filled(n[BLOCKS], 1.0), filled(n[CELLS], 1.0)
    content, gain = x[n[NOMINAL] : n[NOMINAL] + n[CELLS]].copy(), filled(n[CELLS], 1.0)
    for block in range(n[BLOCKS]):
        first, last = at(n, BLOCK_START, block), at(n, BLOCK_START, block + 1)
        for k in range(at(n, SCALAR_START, block), at(n, SCALAR_START, block + 1)):
            scale[block] *= terms[at(n, SCALAR_TERM, k), 0]
        for k in range(at(n, VECTOR_START, block), at(n, VECTOR_START, block + 1)):
            start = at(n, VECTOR_PARAMETER, k) - first
            for cell in range(first, last):
                vector[cell] *= theta[start + cell]
        for k in range(at(n, SHIFT_START, block), at(n, SHIFT_START, block + 1)):
            own, row = at(n, SHIFT_PARAMETER, k), at(n, SHIFT_ROW, k) - first
            up, down = moves[own, 0], moves[own, 3]
            if up != 0.0 or down != 0.0:
                for cell in range(first, last):
                    high, low = x[n[SHIFT_UP] + row + cell], x[n[SHIFT_DOWN] + row + cell]
                    content[cell] += up * high + down * low
        if x[LEAST_CELL] > -np.inf:
            for cell in range(first, last):
                above = scale[block] * vector[cell] * content[cell] - x[LEAST_CELL]
                if above < x[SOFTNESS]:
                    gain[cell] = max(0.0, above / x[SOFTNESS])
                elif above < 0:
                    gain[cell] = 0.0
    return scale, vector, content, gain


@inner
def sum_bins(tables: Tables, cells: Cells) -> Floats:
    """Add up the cells of each bin, which may be less than the least; shape (bin,)."""
    n, x = tables
    scale, vector, content, gain = cells
    bins = filled(n[BINS], 0.0)
    for block in range(n[BLOCKS]):
        first, last = at(n, BLOCK_START, block), at(n, BLOCK_START, block + 1)
        offset = at(n, BLOCK_BIN, block) - first
        for cell in range(first, last):
            events = scale[block] * vector[cell] * content[cell]
            if gain[cell] < 1.0:
                events = x[LEAST_CELL] + gain[cell] * gain[cell] * x[SOFTNESS] / 2
            elif x[LEAST_CELL] > -np.inf:
                events -= x[SOFTNESS] / 2
            bins[offset + cell] += events
    return bins


@inner
def scalar_slopes(tables: Tables, terms: Floats) -> Floats:
    """Derivative of the product of a block's scalars by each of them; shape (scalar,)."""
    n = tables.integers
    slopes = np.empty(at(n, SCALAR_START, n[BLOCKS]))
    for block in range(n[BLOCKS]):
        start, stop = at(n, SCALAR_START, block), at(n, SCALAR_START, block + 1)
        left, right = 1.0, 1.0
        for k in range(start, stop):
            slopes[k] = left
            left *= terms[at(n, SCALAR_TERM, k), 0]
        for k in range(stop - 1, start - 1, -1):
            term = at(n, SCALAR_TERM, k)
            slopes[k] *= right * terms[term, 1]
            right *= terms[term, 0]
    return slopes


@inlined
def other_vectors(tables: Tables, theta: Floats, block: int, own: int, i: int) -> float:
    """Product of the vectors of a block in its bin `i`, without the vector `own`."""
    n = tables.integers
    product = 1.0
    for k in range(at(n, VECTOR_START, block), at(n, VECTOR_START, block + 1)):
        if k != own:
            product *= theta[at(n, VECTOR_PARAMETER, k) + i]
    return product


@inlined
def add_cell(
    tables: Tables, theta: Floats, moves: Floats, cells: Cells, block: int, i: int,
    by_scalar: Floats, gain: float, rows: Floats, begin: int,
) -> None:  # fmt: skip
    """Add the derivatives of one cell, times a gain, to the slots of its bin from `begin` on."""
    n, x = tables
    scale, vector, content, _ = cells
    cell = at(n, BLOCK_START, block) + i
    for k in range(at(n, SCALAR_START, block), at(n, SCALAR_START, block + 1)):
        slot = begin + at(n, SCALAR_SLOT, k)
        rows[slot] += gain * by_scalar[k] * vector[cell] * content[cell]
    for k in range(at(n, VECTOR_START, block), at(n, VECTOR_START, block + 1)):
        others = other_vectors(tables, theta, block, k, i)
        rows[begin + at(n, VECTOR_SLOT, k)] += gain * scale[block] * others * content[cell]
    for k in range(at(n, SHIFT_START, block), at(n, SHIFT_START, block + 1)):
        own, row = at(n, SHIFT_PARAMETER, k), at(n, SHIFT_ROW, k) + i
        slope = moves[own, 1] * x[n[SHIFT_UP] + row] + moves[own, 4] * x[n[SHIFT_DOWN] + row]
        rows[begin + at(n, SHIFT_SLOT, k)] += gain * scale[block] * vector[cell] * slope


@inner
def jacobian(
    tables: Tables, theta: Floats, moves: Floats, cells: Cells, by_scalar: Floats
) -> tuple[Integers, Floats]:
    """∂expectation/∂parameter for the active parameters of each bin.

    Parameters
    ----------
    tables : Tables
    theta, moves, cells
        As for, and of, `fill_cells`.
    by_scalar : ndarray, shape (scalar,)
        Of `scalar_slopes`.

    Returns
    -------
    start : ndarray of int, shape (bin + 1,)
        Where the row of each bin begins.
    slopes : ndarray
        One row after the other, each with one number for every slot of the bin's channel.
    """
    n = tables.integers
    start = np.empty(n[BINS] + 1, dtype=np.int64)
    start[0] = 0
    for channel in range(n[CHANNELS]):
        width = at(n, ACTIVE_START, channel + 1) - at(n, ACTIVE_START, channel)
        for position in range(at(n, CHANNEL_BIN, channel), at(n, CHANNEL_BIN, channel + 1)):
            start[position + 1] = start[position] + width
    slopes = filled(start[n[BINS]], 0.0)
    for block in range(n[BLOCKS]):
        first = at(n, BLOCK_START, block)
        for i in range(at(n, BLOCK_START, block + 1) - first):
            begin, gain = start[at(n, BLOCK_BIN, block) + i], cells[3][first + i]
            if gain > 0:
                add_cell(tables, theta, moves, cells, block, i, by_scalar, gain, slopes, begin)
    return start, slopes


@inner
def slopes_at(
    tables: Tables, theta: Floats
) -> tuple[Floats, Floats, Cells, Floats, Integers, Floats]:
    """Evaluate a point with its first derivatives.

    Returns
    -------
    terms, moves, cells
        Of `cells_at`.
    by_scalar : ndarray, shape (scalar,)
        Of `scalar_slopes`.
    start, slopes
        Of `jacobian`.
    """
    terms, moves, cells = cells_at(tables, theta)
    by_scalar = scalar_slopes(tables, terms)
    start, slopes = jacobian(tables, theta, moves, cells, by_scalar)
    return terms, moves, cells, by_scalar, start, slopes


@inner
def pulled_back(tables: Tables, start: Integers, slopes: Floats, weight: Floats) -> Floats:
    """Σ over bins of weight times ∂expectation/∂parameter; shape (parameter,)."""
    n = tables.integers
    sums = filled(n[PARAMETERS], 0.0)
    for channel in range(n[CHANNELS]):
        first, last = at(n, ACTIVE_START, channel), at(n, ACTIVE_START, channel + 1)
        begin = at(n, CHANNEL_BIN, channel)
        for position in range(begin, at(n, CHANNEL_BIN, channel + 1)):
            for slot in range(last - first):
                parameter = at(n, ACTIVE, first + slot)
                parameter += at(n, STRIDE, first + slot) * (position - begin)
                sums[parameter] += weight[position] * slopes[start[position] + slot]
    return sums
