"""Numba: a symmetric system of a few unknowns.

LAPACK starts threads, which the search for a minimum would have to forbid at every call, and to
call it from numba costs more than a system of ten unknowns.
"""

from __future__ import annotations

import numpy as np
from numba import njit

from hepline.stats.results import Floats

__all__ = ["factorized", "lowest", "shifted", "solved"]

# Products are added in any order, so that the processor adds several at a time.
_kernel = njit(
    cache=True,
    nogil=True,
    error_model="numpy",
    fastmath={"reassoc", "contract"},
    no_cpython_wrapper=True,
    no_cfunc_wrapper=True,
)


@_kernel  # type: ignore[untyped-decorator]
def factorized(matrix: Floats) -> bool:
    """Replace the lower triangle of a matrix by that of L, where the matrix is L Lᵀ.

    Returns
    -------
    bool
        Whether the matrix is positive definite.
    """
    for i in range(len(matrix)):
        for j in range(i + 1):
            rest = matrix[i, j]
            for k in range(j):
                rest -= matrix[i, k] * matrix[j, k]
            if i > j:
                matrix[i, j] = rest / matrix[j, j]
            elif rest > 0.0:
                matrix[i, i] = np.sqrt(rest)
            else:
                return False
    return True


@_kernel  # type: ignore[untyped-decorator]
def solved(triangle: Floats, right: Floats) -> Floats:
    """Solve L Lᵀ x = right."""
    solution = right.copy()
    for i in range(len(right)):
        for k in range(i):
            solution[i] -= triangle[i, k] * solution[k]
        solution[i] /= triangle[i, i]
    for i in range(len(right) - 1, -1, -1):
        solution[i] /= triangle[i, i]
        for k in range(i):
            solution[k] -= triangle[i, k] * solution[i]
    return solution


@_kernel  # type: ignore[untyped-decorator]
def shifted(matrix: Floats, shift: float) -> Floats:
    """Copy a matrix with a shift of its diagonal."""
    copy = np.empty_like(matrix)
    for i in range(len(matrix)):
        for j in range(len(matrix)):
            copy[i, j] = matrix[i, j]
        copy[i, i] += shift
    return copy


@_kernel  # type: ignore[untyped-decorator]
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
