"""Numba loops over the arrays of a model: expectations and their first derivatives.

Nothing is divided by a factor, so that factors may be zero: a derivative takes the product of the
*other* factors, from running products on both sides.

The cost of an evaluation is a loop over cells × shifts.
"""

from __future__ import annotations

import numpy as np
from numba import njit

from hepline.stats.interpolation import factor_curves, shift_curves
from hepline.stats.results import Floats
from hepline.stats.tables import Integers, Tables

__all__ = [
    "Cells",
    "add_cell",
    "bin_jacobian",
    "cells_at",
    "fill_cells",
    "jacobian",
    "other_vectors",
    "pulled_back",
    "scalar_slopes",
    "sum_bins",
]

Cells = tuple[Floats, Floats, Floats, Floats]

_kernel = njit(cache=True, nogil=True, error_model="numpy")
# Called by other kernels only: without a door for Python, which takes as long to compile again.
_inner = njit(
    cache=True, nogil=True, error_model="numpy", no_cpython_wrapper=True, no_cfunc_wrapper=True
)


@_kernel  # type: ignore[untyped-decorator]
def cells_at(tables: Tables, theta: Floats) -> tuple[Floats, Floats, Cells]:
    """Evaluate factors, shifts and cells at a point; see `fill_cells`."""
    terms = factor_curves(
        tables.factor_code, theta, tables.term_parameter, tables.term_curve, tables.normsys_low,
        tables.normsys_high, tables.normsys_polynomial,
    )  # fmt: skip
    moves = shift_curves(tables.shift_code, theta)
    return terms, moves, fill_cells(tables, theta, terms, moves)


@_kernel  # type: ignore[untyped-decorator]
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
    blocks = len(tables.block_bin)
    scale = np.ones(blocks)
    vector = np.ones(len(tables.nominal))
    content = tables.nominal.copy()
    gain = np.ones(len(tables.nominal))
    for block in range(blocks):
        first, last = tables.block_start[block], tables.block_start[block + 1]
        for k in range(tables.scalar_start[block], tables.scalar_start[block + 1]):
            scale[block] *= terms[tables.scalar_term[k], 0]
        for k in range(tables.vector_start[block], tables.vector_start[block + 1]):
            start = tables.vector_parameter[k]
            for i in range(last - first):
                vector[first + i] *= theta[start + i]
        for k in range(tables.shift_start[block], tables.shift_start[block + 1]):
            move, row = moves[tables.shift_parameter[k]], tables.shift_row[k]
            if move[0] != 0.0 or move[3] != 0.0:
                for i in range(last - first):
                    up, down = tables.shift_up[row + i], tables.shift_down[row + i]
                    content[first + i] += move[0] * up + move[3] * down
        if tables.least_cell > -np.inf:
            for cell in range(first, last):
                above = scale[block] * vector[cell] * content[cell] - tables.least_cell
                if above < tables.softness:
                    gain[cell] = max(0.0, above / tables.softness)
                elif above < 0:
                    gain[cell] = 0.0
    return scale, vector, content, gain


@_kernel  # type: ignore[untyped-decorator]
def sum_bins(tables: Tables, cells: Cells) -> Floats:
    """Add up the cells of each bin, which may be less than the least; shape (bin,)."""
    scale, vector, content, gain = cells
    bins = np.zeros(tables.bins)
    for block in range(len(tables.block_bin)):
        first, last = tables.block_start[block], tables.block_start[block + 1]
        offset = tables.block_bin[block] - first
        for cell in range(first, last):
            events = scale[block] * vector[cell] * content[cell]
            if gain[cell] < 1.0:
                events = tables.least_cell + gain[cell] ** 2 * tables.softness / 2
            elif tables.least_cell > -np.inf:
                events -= tables.softness / 2
            bins[offset + cell] += events
    return bins


@_inner  # type: ignore[untyped-decorator]
def scalar_slopes(tables: Tables, terms: Floats, block: int) -> Floats:
    """Derivative of the product of a block's scalars by each of them; shape (scalar,)."""
    start, stop = tables.scalar_start[block], tables.scalar_start[block + 1]
    slopes = np.empty(stop - start)
    left = 1.0
    for k in range(stop - start):
        slopes[k] = left
        left *= terms[tables.scalar_term[start + k], 0]
    right = 1.0
    for k in range(stop - start - 1, -1, -1):
        term = tables.scalar_term[start + k]
        slopes[k] *= right * terms[term, 1]
        right *= terms[term, 0]
    return slopes


@_inner  # type: ignore[untyped-decorator]
def other_vectors(tables: Tables, theta: Floats, block: int, own: int, i: int) -> float:
    """Product of the vectors of a block in its bin `i`, without the vector `own`."""
    product = 1.0
    for k in range(tables.vector_start[block], tables.vector_start[block + 1]):
        if k != own:
            product *= theta[tables.vector_parameter[k] + i]
    return product


@_inner  # type: ignore[untyped-decorator]
def add_cell(
    tables: Tables, theta: Floats, moves: Floats, cells: Cells, block: int, i: int,
    by_scalar: Floats, gain: float, row: Floats,
) -> None:  # fmt: skip
    """Add the derivatives of one cell, times a gain, to the slots of its bin."""
    scale, vector, content, _ = cells
    cell = tables.block_start[block] + i
    for k in range(len(by_scalar)):
        slot = tables.scalar_slot[tables.scalar_start[block] + k]
        row[slot] += gain * by_scalar[k] * vector[cell] * content[cell]
    for k in range(tables.vector_start[block], tables.vector_start[block + 1]):
        others = other_vectors(tables, theta, block, k, i)
        row[tables.vector_slot[k]] += gain * scale[block] * others * content[cell]
    for k in range(tables.shift_start[block], tables.shift_start[block + 1]):
        move, at = moves[tables.shift_parameter[k]], tables.shift_row[k] + i
        slope = move[1] * tables.shift_up[at] + move[4] * tables.shift_down[at]
        row[tables.shift_slot[k]] += gain * scale[block] * vector[cell] * slope


@_kernel  # type: ignore[untyped-decorator]
def jacobian(
    tables: Tables, theta: Floats, terms: Floats, moves: Floats, cells: Cells
) -> tuple[Integers, Floats]:
    """∂expectation/∂parameter for the active parameters of each bin.

    Parameters
    ----------
    tables : Tables
    theta, terms, moves, cells
        As for, and of, `fill_cells`.

    Returns
    -------
    start : ndarray of int, shape (bin + 1,)
        Where the row of each bin begins.
    slopes : ndarray
        One row after the other, each with one number for every slot of the bin's channel.
    """
    start = np.zeros(tables.bins + 1, dtype=np.int64)
    for channel in range(len(tables.channel_bin) - 1):
        width = tables.active_start[channel + 1] - tables.active_start[channel]
        for position in range(tables.channel_bin[channel], tables.channel_bin[channel + 1]):
            start[position + 1] = start[position] + width
    slopes = np.zeros(start[-1])
    for block in range(len(tables.block_bin)):
        by_scalar = scalar_slopes(tables, terms, block)
        first = tables.block_start[block]
        for i in range(tables.block_start[block + 1] - first):
            row = slopes[start[tables.block_bin[block] + i] :]
            if cells[3][first + i] > 0:
                add_cell(tables, theta, moves, cells, block, i, by_scalar, cells[3][first + i], row)
    return start, slopes


@_kernel  # type: ignore[untyped-decorator]
def pulled_back(tables: Tables, start: Integers, slopes: Floats, weight: Floats) -> Floats:
    """Σ over bins of weight times ∂expectation/∂parameter; shape (parameter,)."""
    sums = np.zeros(tables.parameters)
    for channel in range(len(tables.channel_bin) - 1):
        first, last = tables.active_start[channel], tables.active_start[channel + 1]
        begin = tables.channel_bin[channel]
        for position in range(begin, tables.channel_bin[channel + 1]):
            for slot in range(last - first):
                parameter = tables.active[first + slot]
                parameter += tables.stride[first + slot] * (position - begin)
                sums[parameter] += weight[position] * slopes[start[position] + slot]
    return sums


@_kernel  # type: ignore[untyped-decorator]
def bin_jacobian(tables: Tables, start: Integers, slopes: Floats) -> Floats:
    """Spread the rows of `jacobian` over all parameters; shape (bin, parameter)."""
    full = np.zeros((tables.bins, tables.parameters))
    for channel in range(len(tables.channel_bin) - 1):
        first, last = tables.active_start[channel], tables.active_start[channel + 1]
        begin = tables.channel_bin[channel]
        for position in range(begin, tables.channel_bin[channel + 1]):
            for slot in range(last - first):
                parameter = tables.active[first + slot]
                parameter += tables.stride[first + slot] * (position - begin)
                full[position, parameter] = slopes[start[position] + slot]
    return full
