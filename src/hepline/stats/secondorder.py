"""Numba loops for the second derivatives of a function of the expectations.

Second derivatives by two scalars are taken once for a block, not for each of its cells. Parameters
that touch one bin each share no second derivative: of theirs, only the diagonal is stored.
"""

from __future__ import annotations

import numpy as np

from hepline.arrays import Floats, Integers
from hepline.stats.compiling import inlined, inner
from hepline.stats.kernels import Cells, add_cell, other_vectors
from hepline.stats.layout import (
    ACTIVE,
    ACTIVE_START,
    BLOCK_BIN,
    BLOCK_CHANNEL,
    BLOCK_START,
    BLOCKS,
    CHANNEL_BIN,
    CHANNELS,
    LEAST_CELL,
    SCALAR_START,
    SCALAR_TERM,
    SHIFT_DOWN,
    SHIFT_PARAMETER,
    SHIFT_ROW,
    SHIFT_START,
    SHIFT_UP,
    SOFTNESS,
    STRIDE,
    TERM_PARAMETER,
    VECTOR_PARAMETER,
    VECTOR_START,
    at,
    filled,
)
from hepline.stats.tables import Tables

__all__ = ["Parts", "hessian"]

Parts = tuple[Floats, Floats, Floats, Integers]
"""Derivatives by two shared parameters, by one of a single bin (rows) and a shared one, and by one
of a single bin twice; then the place of every parameter: p among the shared ones, −1 − p among
those of single bins. See `schur`."""


@inner
def hessian(
    tables: Tables, theta: Floats, terms: Floats, moves: Floats, cells: Cells,
    by_scalar: Floats, start: Integers, slopes: Floats, weight: Floats, bend: Floats,
    place: Integers,
) -> Parts:  # fmt: skip
    """Second derivatives of a function of the expectations.

    Parameters
    ----------
    tables : Tables
    theta, terms, moves, cells, by_scalar, start, slopes
        As for, and of, `jacobian`.
    weight, bend : ndarray, shape (bin,)
        First and second derivative of the function by the expectation of each bin.

    place : ndarray of int, shape (parameter,)
        As in `Parts`.

    Returns
    -------
    Parts
    """
    n, x = tables
    singles = 0
    for each in place:
        singles += each < 0
    shared = len(place) - singles
    squares, borders = shared * shared, singles * shared
    sums = filled(squares + borders + singles + 1, 0.0)
    _add_squares(tables, start, slopes, bend, place, shared, sums)
    for block in range(n[BLOCKS]):
        _add_scalar_pairs(tables, terms, cells, weight, block, place, shared, sums)
        _add_shifts(tables, moves, cells, weight, block, by_scalar, place, shared, sums)
        _add_vectors(tables, theta, moves, cells, weight, block, by_scalar, place, shared, sums)
        if x[LEAST_CELL] > -np.inf:
            _add_soft(tables, theta, moves, cells, weight, block, by_scalar, place, shared, sums)
    matrix = sums[:squares].reshape(shared, shared)
    for row in range(shared):
        for column in range(row):
            matrix[column, row] = matrix[row, column]
    border = sums[squares : squares + borders].reshape(singles, shared)
    return matrix, border, sums[squares + borders : squares + borders + singles], place


@inlined
def _spot(row: int, column: int, shared: int, count: int) -> int:
    """Where the derivative by two parameters is summed up, once for both orders.

    Of two shared ones the lower triangle is kept, the other one is its mirror image. Those of two
    different bins share nothing, and go to the last of all sums, which nobody reads.

    Parameters
    ----------
    row, column : int
        Places of the parameters; see `Parts`.
    shared, count : int
        How many parameters are shared, and how many there are.
    """
    low, high = (row, column) if row < column else (column, row)
    if low >= 0:
        return high * shared + low
    if high >= 0:
        return (shared - 1 - low) * shared + high
    return count * shared + (-1 - low if low == high else count - shared)


@inlined
def _add(one: int, other: int, value: float, place: Integers, shared: int, sums: Floats) -> None:
    """Add the derivative by two different factors, which may share their parameter."""
    value = 2 * value if one == other else value
    sums[_spot(place[one], place[other], shared, len(place))] += value


@inlined
def _add_twice(one: int, value: float, place: Integers, shared: int, sums: Floats) -> None:
    """Add the second derivative by one factor."""
    sums[_spot(place[one], place[one], shared, len(place))] += value


@inlined
def _add_square(
    tables: Tables, channel: int, position: int, slopes: Floats, begin: int, bend: float,
    own: Integers, slope: Floats, place: Integers, shared: int, sums: Floats,
) -> None:  # fmt: skip
    """Add the outer product of the slopes of one bin, which are stored from `begin` on.

    What `own` and `slope` hold is lost; they are longer than the slopes.
    """
    n = tables.integers
    first = at(n, ACTIVE_START, channel)
    width = at(n, ACTIVE_START, channel + 1) - first
    step = position - at(n, CHANNEL_BIN, channel)
    count = 0
    for slot in range(width):
        if slopes[begin + slot] != 0.0:
            own[count] = place[at(n, ACTIVE, first + slot) + at(n, STRIDE, first + slot) * step]
            slope[count] = slopes[begin + slot]
            count += 1
    for a in range(count):
        left, row = bend * slope[a], own[a]
        sums[_spot(row, row, shared, len(place))] += left * slope[a]
        for b in range(a):
            value = left * slope[b]
            value = 2 * value if own[b] == row else value
            sums[_spot(row, own[b], shared, len(place))] += value


@inner
def _add_squares(
    tables: Tables,
    start: Integers,
    slopes: Floats,
    bend: Floats,
    place: Integers,
    shared: int,
    sums: Floats,
) -> None:
    """Add Jacobian · diag(bend) · Jacobian."""
    n = tables.integers
    own, slope = np.empty(2 * len(place), dtype=np.int64), np.empty(2 * len(place))
    for channel in range(n[CHANNELS]):
        for position in range(at(n, CHANNEL_BIN, channel), at(n, CHANNEL_BIN, channel + 1)):
            _add_square(
                tables, channel, position, slopes, start[position], bend[position], own, slope,
                place, shared, sums,
            )  # fmt: skip


@inner
def _add_soft(
    tables: Tables, theta: Floats, moves: Floats, cells: Cells, weight: Floats, block: int,
    by_scalar: Floats, place: Integers, shared: int, sums: Floats,
) -> None:  # fmt: skip
    """Add what bends the soft end of cells above the least expectation."""
    n, x = tables
    channel = at(n, BLOCK_CHANNEL, block)
    width = at(n, ACTIVE_START, channel + 1) - at(n, ACTIVE_START, channel)
    first, last = at(n, BLOCK_START, block), at(n, BLOCK_START, block + 1)
    for i in range(last - first):
        if 0.0 < cells[3][first + i] < 1.0:
            row = filled(width, 0.0)
            add_cell(tables, theta, moves, cells, block, i, by_scalar, 1.0, row, 0)
            position = at(n, BLOCK_BIN, block) + i
            bend = weight[position] / x[SOFTNESS]
            _add_square(
                tables, channel, position, row, 0, bend, np.empty(width, dtype=np.int64),
                np.empty(width), place, shared, sums,
            )  # fmt: skip


@inner
def _add_scalar_pairs(
    tables: Tables,
    terms: Floats,
    cells: Cells,
    weight: Floats,
    block: int,
    place: Integers,
    shared: int,
    sums: Floats,
) -> None:
    """Add the derivatives by two scalars of a block."""
    n = tables.integers
    _, vector, content, gain = cells
    first, last = at(n, BLOCK_START, block), at(n, BLOCK_START, block + 1)
    offset = at(n, BLOCK_BIN, block) - first
    events = 0.0
    for cell in range(first, last):
        events += weight[offset + cell] * gain[cell] * vector[cell] * content[cell]
    start, stop = at(n, SCALAR_START, block), at(n, SCALAR_START, block + 1)
    right = filled(stop - start + 1, 1.0)
    for k in range(stop - start - 1, -1, -1):
        right[k] = right[k + 1] * terms[at(n, SCALAR_TERM, start + k), 0]
    left = events
    for k in range(stop - start):
        term = at(n, SCALAR_TERM, start + k)
        own = at(n, TERM_PARAMETER, term)
        _add_twice(own, left * terms[term, 2] * right[k + 1], place, shared, sums)
        through = left * terms[term, 1]
        for m in range(k + 1, stop - start):
            other = at(n, SCALAR_TERM, start + m)
            value = through * terms[other, 1] * right[m + 1]
            pair = at(n, TERM_PARAMETER, other)
            _add(own, pair, value, place, shared, sums)
            through *= terms[other, 0]
        left *= terms[term, 0]


@inner
def _add_shifts(
    tables: Tables, moves: Floats, cells: Cells, weight: Floats, block: int,
    by_scalar: Floats, place: Integers, shared: int, sums: Floats,
) -> None:  # fmt: skip
    """Add the derivatives by a shift and a scalar, and by one shift twice."""
    n, x = tables
    scale, vector, _, gain = cells
    first, last = at(n, BLOCK_START, block), at(n, BLOCK_START, block + 1)
    offset = at(n, BLOCK_BIN, block)
    start, stop = at(n, SCALAR_START, block), at(n, SCALAR_START, block + 1)
    for s in range(at(n, SHIFT_START, block), at(n, SHIFT_START, block + 1)):
        parameter, row = at(n, SHIFT_PARAMETER, s), at(n, SHIFT_ROW, s)
        up, down = 0.0, 0.0
        for i in range(last - first):
            each = weight[offset + i] * gain[first + i] * vector[first + i]
            up += each * x[n[SHIFT_UP] + row + i]
            down += each * x[n[SHIFT_DOWN] + row + i]
        slope = moves[parameter, 1] * up + moves[parameter, 4] * down
        curve = moves[parameter, 2] * up + moves[parameter, 5] * down
        _add_twice(parameter, scale[block] * curve, place, shared, sums)
        for k in range(start, stop):
            own = at(n, TERM_PARAMETER, at(n, SCALAR_TERM, k))
            _add(parameter, own, by_scalar[k] * slope, place, shared, sums)


@inner
def _add_vectors(
    tables: Tables, theta: Floats, moves: Floats, cells: Cells, weight: Floats, block: int,
    by_scalar: Floats, place: Integers, shared: int, sums: Floats,
) -> None:  # fmt: skip
    """Add the derivatives by a vector's parameter and a scalar, a shift or another vector."""
    n, x = tables
    scale, _, content, gain = cells
    first, last = at(n, BLOCK_START, block), at(n, BLOCK_START, block + 1)
    offset = at(n, BLOCK_BIN, block)
    start, stop = at(n, SCALAR_START, block), at(n, SCALAR_START, block + 1)
    vectors, end = at(n, VECTOR_START, block), at(n, VECTOR_START, block + 1)
    for v in range(vectors, end):
        for i in range(last - first):
            parameter = at(n, VECTOR_PARAMETER, v) + i
            felt = weight[offset + i] * gain[first + i]
            each = felt * other_vectors(tables, theta, block, v, i)
            for k in range(start, stop):
                own = at(n, TERM_PARAMETER, at(n, SCALAR_TERM, k))
                _add(parameter, own, by_scalar[k] * each * content[first + i], place, shared, sums)
            for s in range(at(n, SHIFT_START, block), at(n, SHIFT_START, block + 1)):
                own, row = at(n, SHIFT_PARAMETER, s), at(n, SHIFT_ROW, s) + i
                slope = moves[own, 1] * x[n[SHIFT_UP] + row]
                slope += moves[own, 4] * x[n[SHIFT_DOWN] + row]
                _add(parameter, own, scale[block] * each * slope, place, shared, sums)
            for w in range(v + 1, end):
                third = felt * scale[block] * content[first + i]
                for k in range(vectors, end):
                    if k != v and k != w:
                        third *= theta[at(n, VECTOR_PARAMETER, k) + i]
                _add(parameter, at(n, VECTOR_PARAMETER, w) + i, third, place, shared, sums)
