"""Symmetric matrices most of whose rows touch one bin each: those are eliminated first.

The factor of a staterror touches the bin that it belongs to and no other such factor, so that their
part D of the matrix is diagonal, and only that is stored. With A of the other unknowns, which are
shared by bins, and B between both,

    S = A − B D⁻¹ Bᵀ

is what is left to solve. The matrix is positive definite if and only if D and S are. Memory and
time grow linearly with the number of bins. A matrix without such rows is all A.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from hepline.arrays import Floats, Mask
from hepline.stats.spread import Covariance

__all__ = ["MANY", "Blocks", "dense_inverse", "inverse", "solve"]

MANY = 100
"""Unknowns that touch one bin each from which on this is faster than solving all together."""


@dataclass(frozen=True, eq=False)
class Blocks:
    """A symmetric matrix of which the part of some unknowns is diagonal.

    Attributes
    ----------
    shared : ndarray, shape (shared unknown, shared unknown)
    border : ndarray, shape (shared unknown, single)
    diagonal : ndarray, shape (single,)
    single : ndarray of bool, shape (unknown,)
        Which unknowns touch one bin each.
    """

    shared: Floats
    border: Floats
    diagonal: Floats
    single: Mask

    @classmethod
    def of(cls, matrix: Floats) -> Blocks:
        """A matrix without such unknowns."""
        size = len(matrix)
        return cls(matrix, np.zeros((size, 0)), np.zeros(0), np.zeros(size, dtype=bool))

    @cached_property
    def many(self) -> bool:
        """Whether elimination is worth it, and all eigenvalues are not."""
        return len(self.diagonal) >= MANY

    @property
    def is_finite(self) -> bool:
        """Whether all its numbers are."""
        return all(np.isfinite(part).all() for part in (self.shared, self.border, self.diagonal))

    def full(self) -> Floats:
        """All of it, shape (unknown, unknown)."""
        if not len(self.diagonal):
            return self.shared
        shared, single = np.flatnonzero(~self.single), np.flatnonzero(self.single)
        matrix = np.zeros((len(self.single), len(self.single)))
        matrix[np.ix_(shared, shared)] = self.shared
        matrix[np.ix_(shared, single)] = self.border
        matrix[np.ix_(single, shared)] = self.border.T
        matrix[single, single] = self.diagonal
        return matrix

    def diag(self) -> Floats:
        """Its diagonal, shape (unknown,)."""
        return self._joined(self.shared.diagonal(), self.diagonal)

    def times(self, vector: Floats) -> Floats:
        """The product with a vector."""
        if not len(self.diagonal):
            return np.asarray(self.shared @ vector)
        first, second = vector[~self.single], vector[self.single]
        return self._joined(
            self.shared @ first + self.border @ second,
            first @ self.border + self.diagonal * second,
        )

    def squares(self, vectors: Floats) -> Floats:
        """Products with each of many vectors, shape (vector, unknown), on both sides."""
        if not len(self.diagonal):
            return np.asarray(((vectors @ self.shared) * vectors).sum(axis=1))
        first, second = vectors[:, ~self.single], vectors[:, self.single]
        dense = np.sum((first @ self.shared) * first, axis=1)
        return np.asarray(
            dense + 2 * np.sum((first @ self.border) * second, 1) + second**2 @ self.diagonal
        )

    def part(self, chosen: Mask) -> Blocks:
        """Rows and columns of some unknowns."""
        shared, single = chosen[~self.single], chosen[self.single]
        return Blocks(
            self.shared[np.ix_(shared, shared)],
            self.border[np.ix_(shared, single)],
            self.diagonal[single],
            self.single[chosen],
        )

    def divided(self, scale: Floats) -> Blocks:
        """Each number divided by the scales of its row and its column."""
        if not len(self.diagonal):
            return Blocks.of(self.shared / np.outer(scale, scale))
        first, second = scale[~self.single], scale[self.single]
        return Blocks(
            self.shared / np.outer(first, first),
            self.border / np.outer(first, second),
            self.diagonal / second**2,
            self.single,
        )

    def _joined(self, shared: Floats, single: Floats) -> Floats:
        if not len(self.diagonal):
            return shared
        both = np.empty(len(self.single))
        both[~self.single], both[self.single] = shared, single
        return both


def solve(blocks: Blocks, right: Floats, shift: float) -> tuple[Floats | None, float]:
    """Solve with the matrix plus a shift of its diagonal.

    Parameters
    ----------
    blocks : Blocks
    right : ndarray, shape (unknown,)
    shift : float

    Returns
    -------
    solution : ndarray, shape (unknown,), or None
        None where the shifted matrix is not positive definite.
    lowest : float
        An eigenvalue of what is not, else zero.
    """
    from scipy.linalg.lapack import dposv  # a quarter of a second; only large models need it

    single, border = blocks.single, blocks.border
    diagonal = blocks.diagonal + shift
    if diagonal.size and diagonal.min() <= 0:
        return None, float(diagonal.min() - shift)
    rest = _rest(blocks, diagonal)
    rest.flat[:: len(rest) + 1] += shift
    solution = np.empty(len(right))
    if len(rest):
        reduced = right[~single] - border @ (right[single] / diagonal)
        # LAPACK itself: scipy's wrappers cost more than the solution of a usual model.
        _, found, info = dposv(rest, reduced)
        if info:
            return None, float(np.linalg.eigvalsh(rest)[0]) - shift
        solution[~single] = found
    solution[single] = (right[single] - solution[~single] @ border) / diagonal
    return solution, 0.0


def inverse(blocks: Blocks) -> Covariance | None:
    """Invert; None where the matrix is not positive definite.

    Parameters
    ----------
    blocks : Blocks

    Returns
    -------
    Covariance or None
    """
    if not len(blocks.diagonal):
        dense = dense_inverse(blocks.shared)
        return None if dense is None else Covariance.of(dense)
    if blocks.diagonal.min() <= 0:
        return None
    of_rest = dense_inverse(_rest(blocks, blocks.diagonal))
    if of_rest is None:
        return None
    followed = -(blocks.border / blocks.diagonal).T
    return Covariance(of_rest, followed, 1 / blocks.diagonal, blocks.single)


def dense_inverse(matrix: Floats) -> Floats | None:
    """Invert without regard to any structure; None where the matrix is not positive definite."""
    from scipy.linalg.lapack import dpotrf, dpotri  # as in `solve`

    if not len(matrix):
        return matrix
    triangle, refused = dpotrf(matrix, lower=1)
    if refused:
        return None
    lower = np.tril(dpotri(triangle, lower=1)[0])
    return np.asarray(lower + np.tril(lower, -1).T)


def _rest(blocks: Blocks, diagonal: Floats) -> Floats:
    if not len(diagonal):
        return blocks.shared.copy()
    return np.asarray(blocks.shared - (blocks.border / diagonal) @ blocks.border.T)
