"""The covariance of all parameters, stored as what is shared and what follows it.

A parameter p that touches one bin moves by f(p)·s when the shared ones move by s, and by itself
with a variance d(p). With the covariance C of the shared ones,

    cov(p, s) = f(p) C,    cov(p, q) = f(p) C f(q)ᵀ + d(p) [p = q]

so that the covariance of thousands of such parameters needs no matrix of thousands by thousands
until one is asked for.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from hepline.arrays import Floats

__all__ = ["Covariance"]

Positions = Sequence[int] | NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Covariance:
    """A covariance matrix of which any part can be had.

    Attributes
    ----------
    shared : ndarray, shape (shared parameter, shared parameter)
    followed : ndarray, shape (single, shared parameter)
        How far parameters that touch one bin each move with the shared ones.
    alone : ndarray, shape (single,)
        What they vary by themselves.
    single : ndarray of bool, shape (parameter,)
        Which parameters these are; the others are shared.
    """

    shared: Floats
    followed: Floats
    alone: Floats
    single: NDArray[np.bool_]

    @classmethod
    def of(cls, matrix: Floats) -> Covariance:
        """A matrix all of which is stored."""
        size = len(matrix)
        return cls(matrix, np.zeros((0, size)), np.zeros(0), np.zeros(size, dtype=bool))

    def __len__(self) -> int:
        return len(self.single)

    @cached_property
    def matrix(self) -> Floats:
        """All of it, shape (parameter, parameter)."""
        if not len(self.alone):
            return self.shared
        every = range(len(self))
        return self.part(every, every)

    @cached_property
    def variances(self) -> Floats:
        """Its diagonal, shape (parameter,)."""
        if not len(self.alone):
            return self.shared.diagonal()
        own = np.empty(len(self))
        own[~self.single] = np.diag(self.shared)
        own[self.single] = self.alone + np.sum((self.followed @ self.shared) * self.followed, 1)
        return own

    def part(self, rows: Positions, columns: Positions) -> Floats:
        """Covariances of some parameters with others, shape (row, column)."""
        first, second = np.asarray(rows, dtype=np.int64), np.asarray(columns, dtype=np.int64)
        if not len(self.alone):
            return np.asarray(self.shared[np.ix_(first, second)])
        both = np.asarray(self._moves(first) @ self.shared @ self._moves(second).T)
        same = (first[:, None] == second) & self.single[first][:, None]
        row, column = np.nonzero(same)
        both[row, column] += self.alone[self._place[first[row]]]
        return both

    def rows(self, chosen: Positions) -> Floats:
        """Covariances of some parameters with all, shape (row, parameter)."""
        return self.part(chosen, range(len(self))) if len(self.alone) else self.shared[chosen]

    def times(self, vector: Floats) -> Floats:
        """The product with a vector, shape (parameter,)."""
        if not len(self.alone):
            return np.asarray(self.shared @ vector)
        first, second = vector[~self.single], vector[self.single]
        common = self.shared @ (first + second @ self.followed)
        product = np.empty(len(self))
        product[~self.single] = common
        product[self.single] = self.followed @ common + self.alone * second
        return product

    def scaled(self, factor: Floats) -> Covariance:
        """Covariance of the parameters, each times a factor."""
        first, second = factor[~self.single], factor[self.single]
        return Covariance(
            self.shared * np.outer(first, first),
            self.followed * second[:, None] / first,
            self.alone * second**2,
            self.single,
        )

    def doubled(self) -> Covariance:
        """Twice the same."""
        return Covariance(2 * self.shared, self.followed, 2 * self.alone, self.single)

    def within(self, chosen: NDArray[np.bool_], single: NDArray[np.bool_]) -> Covariance:
        """The same with more parameters, all of whose covariances are zero.

        Parameters
        ----------
        chosen : ndarray of bool, shape (all parameters,)
            Those of this matrix.
        single : ndarray of bool, shape (all parameters,)
        """
        first, second = np.flatnonzero(chosen[~single]), np.flatnonzero(chosen[single])
        count, singles = int((~single).sum()), int(single.sum())
        shared, alone = np.zeros((count, count)), np.zeros(singles)
        followed = np.zeros((singles, count))
        shared[np.ix_(first, first)] = self.shared
        followed[np.ix_(second, first)] = self.followed
        alone[second] = self.alone
        return Covariance(shared, followed, alone, single)

    @cached_property
    def _place(self) -> NDArray[np.int64]:
        """Position of each parameter among the shared ones, or among those of single bins."""
        place = np.empty(len(self), dtype=np.int64)
        for group in (self.single, ~self.single):
            place[group] = np.arange(int(group.sum()))
        return place

    def _moves(self, chosen: NDArray[np.int64]) -> Floats:
        """How parameters move with the shared ones, shape (chosen, shared parameter)."""
        moves = np.zeros((len(chosen), len(self.shared)))
        single, place = self.single[chosen], self._place[chosen]
        moves[single] = self.followed[place[single]]
        moves[np.flatnonzero(~single), place[~single]] = 1.0
        return moves
