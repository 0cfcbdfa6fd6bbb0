"""Numba loops for the second derivatives of a function of the expectations.

Second derivatives by two scalars are taken once for a block, not for each of its cells. Parameters
that touch one bin each share no second derivative: of theirs, only the diagonal is stored.
"""

from __future__ import annotations

import numpy as np
from numba import njit

from hepline.stats.kernels import Cells, add_cell, other_vectors, scalar_slopes
from hepline.stats.results import Floats
from hepline.stats.tables import Integers, Tables

__all__ = ["Parts", "hessian", "quadratic"]

Parts = tuple[Floats, Floats, Floats, Integers]
"""Derivatives by two shared parameters, by one of a single bin (rows) and a shared one, and by one
of a single bin twice; then the place of every parameter: p among the shared ones, −1 − p among
those of single bins. See `schur`."""

_kernel = njit(cache=True, nogil=True, error_model="numpy")
# Called by other kernels only: without a door for Python, which takes as long to compile again.
_inner = njit(
    cache=True, nogil=True, error_model="numpy", no_cpython_wrapper=True, no_cfunc_wrapper=True
)


@_kernel  # type: ignore[untyped-decorator]
def hessian(
    tables: Tables, theta: Floats, terms: Floats, moves: Floats, cells: Cells,
    start: Integers, slopes: Floats, weight: Floats, bend: Floats, place: Integers,
) -> Parts:  # fmt: skip
    """Second derivatives of a function of the expectations.

    Parameters
    ----------
    tables : Tables
    theta, terms, moves, cells, start, slopes
        As for, and of, `jacobian`.
    weight, bend : ndarray, shape (bin,)
        First and second derivative of the function by the expectation of each bin.

    place : ndarray of int, shape (parameter,)
        As in `Parts`.

    Returns
    -------
    Parts
    """
    singles = 0
    for at in place:
        singles += at < 0
    shared = len(place) - singles
    parts = (np.zeros((shared, shared)), np.zeros((singles, shared)), np.zeros(singles), place)
    _add_squares(tables, start, slopes, bend, parts)
    for block in range(len(tables.block_bin)):
        by_scalar = scalar_slopes(tables, terms, block)
        _add_scalar_pairs(tables, terms, cells, weight, block, parts)
        _add_shifts(tables, moves, cells, weight, block, by_scalar, parts)
        _add_vectors(tables, theta, moves, cells, weight, block, by_scalar, parts)
        if tables.least_cell > -np.inf:
            _add_soft(tables, theta, moves, cells, weight, block, by_scalar, parts)
    return parts


@_inner  # type: ignore[untyped-decorator]
def _add(parts: Parts, one: int, other: int, value: float) -> None:
    """Add to the derivative by two parameters, in this order."""
    shared, border, diagonal, place = parts
    row, column = place[one], place[other]
    if row >= 0 and column >= 0:
        shared[row, column] += value
    elif column < 0 <= row:
        border[-1 - column, row] += value
    elif row == column:
        diagonal[-1 - row] += value


@_inner  # type: ignore[untyped-decorator]
def _add_both(parts: Parts, one: int, other: int, value: float) -> None:
    """Add the derivative by two different factors, which may share their parameter."""
    _add(parts, one, other, value)
    _add(parts, other, one, value)


@_inner  # type: ignore[untyped-decorator]
def _add_square(
    tables: Tables, channel: int, position: int, row: Floats, bend: float, parts: Parts
) -> None:
    """Add the outer product of the slopes of one bin."""
    first, begin = tables.active_start[channel], tables.channel_bin[channel]
    shared, border, diagonal, place = parts
    at = np.empty(len(row), dtype=np.int64)
    slope = np.empty(len(row))
    count = 0
    for slot in range(len(row)):
        if row[slot] != 0.0:
            step = tables.stride[first + slot] * (position - begin)
            at[count] = place[tables.active[first + slot] + step]
            slope[count] = row[slot]
            count += 1
    for a in range(count):
        left, own = bend * slope[a], at[a]
        for b in range(count):
            if at[b] >= 0 and own >= 0:
                shared[own, at[b]] += left * slope[b]
            elif at[b] >= 0:
                border[-1 - own, at[b]] += left * slope[b]
            elif at[b] == own:
                diagonal[-1 - own] += left * slope[b]


@_inner  # type: ignore[untyped-decorator]
def _add_squares(
    tables: Tables, start: Integers, slopes: Floats, bend: Floats, parts: Parts
) -> None:
    """Add Jacobian · diag(bend) · Jacobian."""
    for channel in range(len(tables.channel_bin) - 1):
        for position in range(tables.channel_bin[channel], tables.channel_bin[channel + 1]):
            row = slopes[start[position] : start[position + 1]]
            _add_square(tables, channel, position, row, bend[position], parts)


@_inner  # type: ignore[untyped-decorator]
def _add_soft(
    tables: Tables, theta: Floats, moves: Floats, cells: Cells, weight: Floats, block: int,
    by_scalar: Floats, parts: Parts,
) -> None:  # fmt: skip
    """Add what bends the soft end of cells above the least expectation."""
    channel = tables.block_channel[block]
    width = tables.active_start[channel + 1] - tables.active_start[channel]
    first, last = tables.block_start[block], tables.block_start[block + 1]
    for i in range(last - first):
        if 0.0 < cells[3][first + i] < 1.0:
            row = np.zeros(width)
            add_cell(tables, theta, moves, cells, block, i, by_scalar, 1.0, row)
            position = tables.block_bin[block] + i
            bend = weight[position] / tables.softness
            _add_square(tables, channel, position, row, bend, parts)


@_inner  # type: ignore[untyped-decorator]
def _add_scalar_pairs(
    tables: Tables, terms: Floats, cells: Cells, weight: Floats, block: int, parts: Parts
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
        _add(parts, own, own, left * terms[of_block[k], 2] * right[k + 1])
        through = left * terms[of_block[k], 1]
        for m in range(k + 1, len(of_block)):
            value = through * terms[of_block[m], 1] * right[m + 1]
            _add_both(parts, own, tables.term_parameter[of_block[m]], value)
            through *= terms[of_block[m], 0]
        left *= terms[of_block[k], 0]


@_inner  # type: ignore[untyped-decorator]
def _add_shifts(
    tables: Tables, moves: Floats, cells: Cells, weight: Floats, block: int,
    by_scalar: Floats, parts: Parts,
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
        _add(parts, parameter, parameter, scale[block] * curve)
        for k in range(len(by_scalar)):
            term = tables.scalar_term[tables.scalar_start[block] + k]
            _add_both(parts, parameter, tables.term_parameter[term], by_scalar[k] * slope)


@_inner  # type: ignore[untyped-decorator]
def _add_vectors(
    tables: Tables, theta: Floats, moves: Floats, cells: Cells, weight: Floats, block: int,
    by_scalar: Floats, parts: Parts,
) -> None:  # fmt: skip
    """Add the derivatives by a vector's parameter and a scalar, a shift or another vector."""
    scale, _, content, gain = cells
    first, last = tables.block_start[block], tables.block_start[block + 1]
    for v in range(tables.vector_start[block], tables.vector_start[block + 1]):
        for i in range(last - first):
            parameter = tables.vector_parameter[v] + i
            each = weight[tables.block_bin[block] + i] * gain[first + i]
            each *= other_vectors(tables, theta, block, v, i)
            for k in range(len(by_scalar)):
                term = tables.scalar_term[tables.scalar_start[block] + k]
                value = by_scalar[k] * each * content[first + i]
                _add_both(parts, parameter, tables.term_parameter[term], value)
            for s in range(tables.shift_start[block], tables.shift_start[block + 1]):
                own, at = tables.shift_parameter[s], tables.shift_row[s] + i
                slope = moves[own, 1] * tables.shift_up[at] + moves[own, 4] * tables.shift_down[at]
                _add_both(parts, parameter, own, scale[block] * each * slope)
            for w in range(v + 1, tables.vector_start[block + 1]):
                third = 1.0
                for k in range(tables.vector_start[block], tables.vector_start[block + 1]):
                    if k not in {v, w}:
                        third *= theta[tables.vector_parameter[k] + i]
                value = weight[tables.block_bin[block] + i] * gain[first + i] * third * scale[block]
                other = tables.vector_parameter[w] + i
                _add_both(parts, parameter, other, value * content[first + i])


@_inner  # type: ignore[untyped-decorator]
def quadratic(parts: Parts, vector: Floats) -> float:
    """Product of a Hessian with the same vector on both sides."""
    shared, border, diagonal, place = parts
    total = 0.0
    for one in range(len(vector)):
        row = place[one]
        if vector[one] == 0.0:
            continue
        if row < 0:
            total += diagonal[-1 - row] * vector[one] ** 2
            continue
        for other in range(len(vector)):
            column = place[other]
            if column >= 0:
                total += vector[one] * shared[row, column] * vector[other]
            elif vector[other] != 0.0:
                total += 2 * vector[one] * border[-1 - column, row] * vector[other]
    return total
