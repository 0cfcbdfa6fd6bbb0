"""Symmetric systems most of whose unknowns touch one bin each: those are eliminated first.

The factor of a staterror touches the bin that it belongs to and no other such factor, so that their
part D of the matrix is diagonal. With A of the other unknowns, and B between both,

    S = A − B D⁻¹ Bᵀ

is what is left to solve. The matrix is positive definite if and only if D and S are. Solving grows
with the square of the number of unknowns, not with the cube.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import eigvalsh
from scipy.linalg.lapack import dposv, dpotrf, dpotri

from hepline.stats.results import Floats

__all__ = ["MANY", "dense_inverse", "inverse", "solve"]

MANY = 100
"""Unknowns that touch one bin each from which on this is faster than solving all together."""

Mask = NDArray[np.bool_]


def solve(matrix: Floats, right: Floats, shift: float, local: Mask) -> tuple[Floats | None, float]:
    """Solve with the matrix plus a shift of its diagonal.

    Parameters
    ----------
    matrix : ndarray, shape (unknown, unknown)
    right : ndarray, shape (unknown,)
    shift : float
    local : ndarray of bool, shape (unknown,)
        Whose part of the matrix is diagonal.

    Returns
    -------
    solution : ndarray, shape (unknown,), or None
        None where the shifted matrix is not positive definite.
    lowest : float
        An eigenvalue of what is not, else zero.
    """
    diagonal = np.diag(matrix)[local] + shift
    if diagonal.size and diagonal.min() <= 0:
        return None, float(diagonal.min() - shift)
    border = matrix[np.ix_(~local, local)]
    rest = _rest(matrix, border, diagonal, local)
    rest.flat[:: len(rest) + 1] += shift
    solution = np.empty(len(right))
    if len(rest):
        reduced = right[~local] - border @ (right[local] / diagonal)
        _, found, info = dposv(rest, reduced)
        if info:
            return None, float(eigvalsh(rest, subset_by_index=[0, 0])[0]) - shift
        solution[~local] = found
    solution[local] = (right[local] - border.T @ solution[~local]) / diagonal
    return solution, 0.0


def inverse(matrix: Floats, local: Mask) -> Floats | None:
    """Invert; None where the matrix is not positive definite.

    Parameters
    ----------
    matrix : ndarray, shape (unknown, unknown)
    local : ndarray of bool, shape (unknown,)
        Whose part of the matrix is diagonal.
    """
    diagonal = np.diag(matrix)[local].copy()
    if diagonal.size and diagonal.min() <= 0:
        return None
    border = matrix[np.ix_(~local, local)]
    of_rest = dense_inverse(_rest(matrix, border, diagonal, local))
    if of_rest is None:
        return None
    between = -of_rest @ (border / diagonal)
    full = np.empty_like(matrix)
    full[np.ix_(~local, ~local)] = of_rest
    full[np.ix_(~local, local)] = between
    full[np.ix_(local, ~local)] = between.T
    of_local = -(border / diagonal).T @ between
    of_local.flat[:: len(of_local) + 1] += 1 / diagonal
    full[np.ix_(local, local)] = of_local
    return full


def dense_inverse(matrix: Floats) -> Floats | None:
    """Invert without regard to any structure; None where the matrix is not positive definite."""
    triangle, refused = dpotrf(matrix, lower=1)
    if refused:
        return None
    lower = np.tril(dpotri(triangle, lower=1)[0])
    return np.asarray(lower + np.tril(lower, -1).T)


def _rest(matrix: Floats, border: Floats, diagonal: Floats, local: Mask) -> Floats:
    return np.asarray(matrix[np.ix_(~local, ~local)] - (border / diagonal) @ border.T)
