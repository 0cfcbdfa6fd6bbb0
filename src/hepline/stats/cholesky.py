"""A symmetric system of a few unknowns.

LAPACK starts threads, which the search for a minimum would have to forbid at every call, and to
call it from numba costs more than a system of ten unknowns. Matrices are M = Uᵀ U, row by row, so
that the inner loops go along rows and the processor adds several numbers at a time.
"""

from __future__ import annotations

import numpy as np

from hepline.arrays import Floats, Integers, Mask
from hepline.stats.compiling import by_loops, inner, kernel
from hepline.stats.layout import filled

__all__ = ["factorized", "inverted", "lowest", "scaled", "scaled_inverse", "shifted", "solved"]


def _factorized_by_loops(matrix: Floats) -> bool:
    size = len(matrix)
    for i in range(size):
        if not matrix[i, i] > 0.0:
            return False
        root = np.sqrt(matrix[i, i])
        for k in range(i, size):
            matrix[i, k] /= root
        for j in range(i + 1, size):
            factor = matrix[i, j]
            if factor != 0.0:
                for k in range(j, size):
                    matrix[j, k] -= factor * matrix[i, k]
    return True


@by_loops(_factorized_by_loops)
def factorized(matrix: Floats) -> bool:
    """Replace the upper triangle of a matrix by U; what is below is lost.

    Returns
    -------
    bool
        Whether the matrix is positive definite.
    """
    for i in range(len(matrix)):
        if not matrix[i, i] > 0.0:
            return False
        matrix[i, i:] /= np.sqrt(matrix[i, i])
        row = matrix[i, i + 1 :]
        touched = np.flatnonzero(row)
        if len(touched) == len(row):
            matrix[i + 1 :, i + 1 :] -= row[:, None] * row
        elif len(touched):
            matrix[i + 1 + touched, i + 1 :] -= row[touched, None] * row
    return True


@inner
def solved(triangle: Floats, right: Floats) -> Floats:
    """Solve Uᵀ U x = right."""
    solution = right.copy()
    _solve_from(triangle, solution, 0)
    return solution


@inner
def _solve_from(triangle: Floats, right: Floats, first: int) -> None:
    """Replace the right side, which is zero before the first unknown, by the solution."""
    size = len(right)
    for i in range(first, size):
        right[i] /= triangle[i, i]
        for k in range(i + 1, size):
            right[k] -= triangle[i, k] * right[i]
    for i in range(size - 1, -1, -1):
        rest = right[i]
        for k in range(i + 1, size):
            rest -= triangle[i, k] * right[k]
        right[i] = rest / triangle[i, i]


@inner
def shifted(matrix: Floats, shift: float) -> Floats:
    """Copy a matrix with a shift of its diagonal."""
    copy = matrix.copy()
    for i in range(len(matrix)):
        copy[i, i] += shift
    return copy


@inner
def lowest(matrix: Floats) -> float:
    """Smallest eigenvalue of a matrix that is not positive definite, to 5 %, or −1e-6 above that.

    It is the smallest shift that makes the matrix positive definite.
    """
    low, high = 0.0, 1e-6
    while not factorized(shifted(matrix, high)):
        low, high = high, 4 * high
    while low > 0 and high > 1.05 * low:
        middle = np.sqrt(low * high)
        if factorized(shifted(matrix, middle)):
            high = middle
        else:
            low = middle
    return -high


@inner
def scaled(hessian: Floats, index: Integers) -> tuple[Floats, Floats]:
    """Part of the Hessian with a unit diagonal, and the scales that were divided out.

    The lower triangle is left open: it is what takes the time of small models, and none reads it.
    """
    scale, largest = np.empty(len(index)), 0.0
    for i in range(len(index)):
        scale[i] = abs(hessian[index[i], index[i]])
        largest = max(largest, scale[i])
    floor = 1e-12 * largest if largest > 0 else 1.0
    for i in range(len(index)):
        scale[i] = np.sqrt(max(scale[i], floor))
    matrix = np.empty((len(index), len(index)))
    for i in range(len(index)):
        for j in range(i, len(index)):
            matrix[i, j] = hessian[index[i], index[j]] / (scale[i] * scale[j])
    return matrix, scale


@inner
def inverted(triangle: Floats) -> Floats:
    """Invert Uᵀ U."""
    size = len(triangle)
    inverse = np.empty((size, size))
    for j in range(size):
        column = filled(size, 0.0)
        column[j] = 1.0
        _solve_from(triangle, column, j)
        for i in range(j + 1):
            inverse[j, i] = inverse[i, j] = column[i]
    return inverse


@kernel
def scaled_inverse(matrix: Floats, chosen: Mask) -> tuple[Floats, float]:
    """Invert a part of a matrix that may be badly scaled.

    Parameters
    ----------
    matrix : ndarray, shape (unknown, unknown)
    chosen : ndarray of bool, shape (unknown,)
        Rows and columns of the part.

    Returns
    -------
    inverse : ndarray, shape (unknown, unknown)
        Zero for what was not chosen.
    inflation : float
        The largest number by which other unknowns inflate the inverse of a diagonal element;
        infinite where the part is not positive definite.
    """
    size, count = len(matrix), 0
    full = filled(size * size, 0.0).reshape(size, size)
    index = np.empty(size, dtype=np.int64)
    for i in range(size):
        if chosen[i]:
            index[count] = i
            count += 1
    index = index[:count]
    part, scale = scaled(matrix, index)
    if not factorized(part):
        return full, np.inf
    inverse = inverted(part)
    inflation = 0.0
    for i in range(len(index)):
        inflation = max(inflation, inverse[i, i])
        for j in range(len(index)):
            full[index[i], index[j]] = inverse[i, j] / (scale[i] * scale[j])
    return full, inflation
