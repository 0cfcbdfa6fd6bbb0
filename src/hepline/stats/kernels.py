"""Numba loops over the arrays of a model: expectations and the derivatives of a likelihood.

Nothing is divided by a factor, so that factors may be zero: a derivative takes the product of the
*other* factors, from running products on both sides.

The cost of an evaluation is a loop over cells × shifts; second derivatives by two scalars are taken
once for a block, not for each of its cells.
"""

from __future__ import annotations

import numpy as np
from numba import njit

from hepline.stats.results import Floats
from hepline.stats.tables import Integers, Tables

__all__ = [
    "Cells",
    "bin_jacobian",
    "fill_cells",
    "hessian",
    "jacobian",
    "pulled_back",
    "sum_bins",
]

Cells = tuple[Floats, Floats, Floats, Floats]

_kernel = njit(cache=True, nogil=True, error_model="numpy")


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


@_kernel  # type: ignore[untyped-decorator]
def _scalar_slopes(tables: Tables, terms: Floats, block: int) -> Floats:
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


@_kernel  # type: ignore[untyped-decorator]
def _other_vectors(tables: Tables, theta: Floats, block: int, own: int, i: int) -> float:
    """Product of the vectors of a block in its bin `i`, without the vector `own`."""
    product = 1.0
    for k in range(tables.vector_start[block], tables.vector_start[block + 1]):
        if k != own:
            product *= theta[tables.vector_parameter[k] + i]
    return product


@_kernel  # type: ignore[untyped-decorator]
def _add_cell(
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
        others = _other_vectors(tables, theta, block, k, i)
        row[tables.vector_slot[k] + i] += gain * scale[block] * others * content[cell]
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
        by_scalar = _scalar_slopes(tables, terms, block)
        first = tables.block_start[block]
        for i in range(tables.block_start[block + 1] - first):
            row = slopes[start[tables.block_bin[block] + i] :]
            if cells[3][first + i] > 0:
                _add_cell(
                    tables, theta, moves, cells, block, i, by_scalar, cells[3][first + i], row
                )
    return start, slopes


@_kernel  # type: ignore[untyped-decorator]
def pulled_back(tables: Tables, start: Integers, slopes: Floats, weight: Floats) -> Floats:
    """Σ over bins of weight times ∂expectation/∂parameter; shape (parameter,)."""
    sums = np.zeros(tables.parameters)
    for channel in range(len(tables.channel_bin) - 1):
        first, last = tables.active_start[channel], tables.active_start[channel + 1]
        for position in range(tables.channel_bin[channel], tables.channel_bin[channel + 1]):
            for slot in range(last - first):
                slope = slopes[start[position] + slot]
                sums[tables.active[first + slot]] += weight[position] * slope
    return sums


@_kernel  # type: ignore[untyped-decorator]
def bin_jacobian(tables: Tables, start: Integers, slopes: Floats) -> Floats:
    """Spread the rows of `jacobian` over all parameters; shape (bin, parameter)."""
    full = np.zeros((tables.bins, tables.parameters))
    for channel in range(len(tables.channel_bin) - 1):
        active = tables.active[tables.active_start[channel] : tables.active_start[channel + 1]]
        for position in range(tables.channel_bin[channel], tables.channel_bin[channel + 1]):
            for slot in range(len(active)):
                full[position, active[slot]] = slopes[start[position] + slot]
    return full


@_kernel  # type: ignore[untyped-decorator]
def hessian(
    tables: Tables, theta: Floats, terms: Floats, moves: Floats, cells: Cells,
    start: Integers, slopes: Floats, weight: Floats, bend: Floats,
) -> Floats:  # fmt: skip
    """Second derivatives of a function of the expectations.

    Parameters
    ----------
    tables : Tables
    theta, terms, moves, cells, start, slopes
        As for, and of, `jacobian`.
    weight, bend : ndarray, shape (bin,)
        First and second derivative of the function by the expectation of each bin.

    Returns
    -------
    ndarray, shape (parameter, parameter)
    """
    matrix = np.zeros((tables.parameters, tables.parameters))
    _add_squares(tables, start, slopes, bend, matrix)
    for block in range(len(tables.block_bin)):
        by_scalar = _scalar_slopes(tables, terms, block)
        _add_scalar_pairs(tables, terms, cells, weight, block, matrix)
        _add_shifts(tables, moves, cells, weight, block, by_scalar, matrix)
        _add_vectors(tables, theta, moves, cells, weight, block, by_scalar, matrix)
        if tables.least_cell > -np.inf:
            _add_soft(tables, theta, moves, cells, weight, block, by_scalar, matrix)
    return matrix


@_kernel  # type: ignore[untyped-decorator]
def _add_soft(
    tables: Tables, theta: Floats, moves: Floats, cells: Cells, weight: Floats, block: int,
    by_scalar: Floats, matrix: Floats,
) -> None:  # fmt: skip
    """Add what bends the soft end of cells above the least expectation."""
    channel = tables.block_channel[block]
    active = tables.active[tables.active_start[channel] : tables.active_start[channel + 1]]
    first, last = tables.block_start[block], tables.block_start[block + 1]
    for i in range(last - first):
        if 0.0 < cells[3][first + i] < 1.0:
            row = np.zeros(len(active))
            _add_cell(tables, theta, moves, cells, block, i, by_scalar, 1.0, row)
            bend = weight[tables.block_bin[block] + i] / tables.softness
            for a in range(len(active)):
                for b in range(len(active)):
                    matrix[active[a], active[b]] += bend * row[a] * row[b]


@_kernel  # type: ignore[untyped-decorator]
def _add_squares(
    tables: Tables, start: Integers, slopes: Floats, bend: Floats, matrix: Floats
) -> None:
    """Add Jacobian · diag(bend) · Jacobian."""
    for channel in range(len(tables.channel_bin) - 1):
        active = tables.active[tables.active_start[channel] : tables.active_start[channel + 1]]
        filled = np.empty(len(active), dtype=np.int64)
        for position in range(tables.channel_bin[channel], tables.channel_bin[channel + 1]):
            row = slopes[start[position] : start[position + 1]]
            count = 0
            for slot in range(len(active)):
                # Of all parameters that belong to bins, a row holds those of its own bin only.
                if row[slot] != 0.0:
                    filled[count] = slot
                    count += 1
            for a in range(count):
                left = bend[position] * row[filled[a]]
                for b in range(count):
                    matrix[active[filled[a]], active[filled[b]]] += left * row[filled[b]]


@_kernel  # type: ignore[untyped-decorator]
def _add_both(matrix: Floats, one: int, other: int, value: float) -> None:
    """Add the derivative by two different factors, which may share their parameter."""
    matrix[one, other] += value
    matrix[other, one] += value


@_kernel  # type: ignore[untyped-decorator]
def _add_scalar_pairs(
    tables: Tables, terms: Floats, cells: Cells, weight: Floats, block: int, matrix: Floats
) -> None:
    """Add the derivatives by two scalars of a block."""
    _, vector, content, gain = cells
    offset = tables.block_bin[block] - tables.block_start[block]
    events = 0.0
    for cell in range(tables.block_start[block], tables.block_start[block + 1]):
        events += weight[offset + cell] * gain[cell] * vector[cell] * content[cell]
    of_block = tables.scalar_term[tables.scalar_start[block] : tables.scalar_start[block + 1]]
    right = np.ones(len(of_block) + 1)
    for k in range(len(of_block) - 1, -1, -1):
        right[k] = right[k + 1] * terms[of_block[k], 0]
    left = events
    for k in range(len(of_block)):
        own = tables.term_parameter[of_block[k]]
        matrix[own, own] += left * terms[of_block[k], 2] * right[k + 1]
        through = left * terms[of_block[k], 1]
        for m in range(k + 1, len(of_block)):
            value = through * terms[of_block[m], 1] * right[m + 1]
            _add_both(matrix, own, tables.term_parameter[of_block[m]], value)
            through *= terms[of_block[m], 0]
        left *= terms[of_block[k], 0]


@_kernel  # type: ignore[untyped-decorator]
def _add_shifts(
    tables: Tables, moves: Floats, cells: Cells, weight: Floats, block: int,
    by_scalar: Floats, matrix: Floats,
) -> None:  # fmt: skip
    """Add the derivatives by a shift and a scalar, and by one shift twice."""
    scale, vector, _, gain = cells
    first, last = tables.block_start[block], tables.block_start[block + 1]
    offset = tables.block_bin[block]
    for s in range(tables.shift_start[block], tables.shift_start[block + 1]):
        parameter, row = tables.shift_parameter[s], tables.shift_row[s]
        up, down = 0.0, 0.0
        for i in range(last - first):
            each = weight[offset + i] * gain[first + i] * vector[first + i]
            up += each * tables.shift_up[row + i]
            down += each * tables.shift_down[row + i]
        slope = moves[parameter, 1] * up + moves[parameter, 4] * down
        curve = moves[parameter, 2] * up + moves[parameter, 5] * down
        matrix[parameter, parameter] += scale[block] * curve
        for k in range(len(by_scalar)):
            term = tables.scalar_term[tables.scalar_start[block] + k]
            _add_both(matrix, parameter, tables.term_parameter[term], by_scalar[k] * slope)


@_kernel  # type: ignore[untyped-decorator]
def _add_vectors(
    tables: Tables, theta: Floats, moves: Floats, cells: Cells, weight: Floats, block: int,
    by_scalar: Floats, matrix: Floats,
) -> None:  # fmt: skip
    """Add the derivatives by a vector's parameter and a scalar, a shift or another vector."""
    scale, _, content, gain = cells
    first, last = tables.block_start[block], tables.block_start[block + 1]
    for v in range(tables.vector_start[block], tables.vector_start[block + 1]):
        for i in range(last - first):
            parameter = tables.vector_parameter[v] + i
            each = weight[tables.block_bin[block] + i] * gain[first + i]
            each *= _other_vectors(tables, theta, block, v, i)
            for k in range(len(by_scalar)):
                term = tables.scalar_term[tables.scalar_start[block] + k]
                value = by_scalar[k] * each * content[first + i]
                _add_both(matrix, parameter, tables.term_parameter[term], value)
            for s in range(tables.shift_start[block], tables.shift_start[block + 1]):
                own, at = tables.shift_parameter[s], tables.shift_row[s] + i
                slope = moves[own, 1] * tables.shift_up[at] + moves[own, 4] * tables.shift_down[at]
                _add_both(matrix, parameter, own, scale[block] * each * slope)
            for w in range(v + 1, tables.vector_start[block + 1]):
                third = 1.0
                for k in range(tables.vector_start[block], tables.vector_start[block + 1]):
                    if k not in {v, w}:
                        third *= theta[tables.vector_parameter[k] + i]
                value = weight[tables.block_bin[block] + i] * gain[first + i] * third * scale[block]
                other = tables.vector_parameter[w] + i
                _add_both(matrix, parameter, other, value * content[first + i])
