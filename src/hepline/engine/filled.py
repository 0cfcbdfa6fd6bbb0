"""Partial histograms: filling with a chunk of events, and merging of chunks."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from hepline.columns.axes import Axis
from hepline.columns.fill import Fill
from hepline.columns.nodes import Node
from hepline.engine.exact import ExactSums
from hepline.engine.missing import bad_weight

__all__ = ["Filled", "all_places", "bin_index"]


@dataclass
class Filled:
    """A histogram under construction, with underflow and overflow on every axis.

    Two places after the bins count the entries that no bin can take: those with a NaN value, and
    those with a missing value.

    Attributes
    ----------
    axes : tuple of Axis
    counts : ndarray of int64, shape (all bins + 2,)
        Unweighted counts; axes flattened in C order, then NaN, then missing.
    weights, squares : ExactSums or None
        Sums of weights and squared weights in the same places; None without weights.
    """

    axes: tuple[Axis, ...]
    counts: NDArray[np.int64]
    weights: ExactSums | None
    squares: ExactSums | None

    @classmethod
    def empty(cls, fill: Fill) -> Filled:
        """A histogram without entries."""
        bins = all_places(fill.axes)
        weighted = fill.weight is not None
        return cls(
            fill.axes,
            np.zeros(bins, np.int64),
            ExactSums(bins) if weighted else None,
            ExactSums(bins) if weighted else None,
        )

    @property
    def shape(self) -> tuple[int, ...]:
        """Bins per axis, with underflow and overflow."""
        return tuple(axis.bins + 2 for axis in self.axes)

    @property
    def entries(self) -> NDArray[np.int64]:
        """Unweighted counts of the bins, shape (all bins,)."""
        return self.counts[:-2]

    @property
    def undefined(self) -> int:
        """Number of entries with a NaN value."""
        return int(self.counts[-2])

    @property
    def missing(self) -> int:
        """Number of entries with a missing value."""
        return int(self.counts[-1])

    def add(
        self,
        index: NDArray[np.int64],
        weight: NDArray[np.float64] | None,
        recipe: Node | None = None,
    ) -> None:
        """Fill entries.

        Parameters
        ----------
        index : ndarray of int64, shape (entry,)
            From `bin_index`.
        weight : ndarray of float64, shape (entry,), or None
        recipe : Node or None
            Recipe of the weight, for the message.

        Raises
        ------
        UselessWeight
            If a weight is infinite or not a number, or too large to be squared.
        """
        self.counts += np.bincount(index, minlength=len(self.counts))
        if self.weights is None or self.squares is None or weight is None:
            return
        with np.errstate(over="ignore"):
            square = weight * weight
        if not np.isfinite(square).all():
            bad = int(np.count_nonzero(~np.isfinite(square)))
            raise bad_weight(recipe, bad, len(weight))
        self.weights.add(index, weight)
        self.squares.add(index, square)

    def add_missing(self, count: int, weight: NDArray[np.float64] | None) -> None:
        """Count entries that have a missing value.

        Parameters
        ----------
        count : int
        weight : ndarray of float64 or None
            Weights of those that have one; infinite and NaN weights are ignored.
        """
        self.counts[-1] += count
        if self.weights is None or self.squares is None or weight is None:
            return
        with np.errstate(over="ignore"):
            square = weight * weight
        usable = np.isfinite(square)
        if usable.any():
            place = np.full(int(np.count_nonzero(usable)), len(self.counts) - 1)
            self.weights.add(place, weight[usable])
            self.squares.add(place, square[usable])

    def add_counted(
        self, entries: NDArray[np.int64], weight: float | None, recipe: Node | None = None
    ) -> None:
        """Fill a number of entries into each place, all with the same weight.

        Parameters
        ----------
        entries : ndarray of int64, shape (all bins + 2,)
        weight : float or None
        recipe : Node or None
            See `add`.

        Raises
        ------
        UselessWeight
            If the weight is infinite or not a number, or too large to be squared.
        """
        self.counts += entries
        if self.weights is None or self.squares is None or weight is None or not entries.any():
            return
        if not np.isfinite(weight * weight):
            raise bad_weight(recipe, int(entries.sum()), int(entries.sum()))
        self.weights.add_repeated(entries, weight)
        self.squares.add_repeated(entries, weight * weight)

    def merge(self, other: Filled) -> None:
        """Add the entries of another chunk."""
        self.counts += other.counts
        if self.weights is not None and self.squares is not None:
            if other.weights is None or other.squares is None:
                raise TypeError("a weighted histogram cannot take an unweighted one")
            self.weights.merge(other.weights)
            self.squares.merge(other.squares)

    def sums(self) -> NDArray[np.float64]:
        """Sum of weights (or entries) in every place, shape (all bins + 2,)."""
        return self.counts.astype(np.float64) if self.weights is None else self.weights.values()

    def contents(self) -> NDArray[np.float64]:
        """Sum of weights (or entries) per bin, in the shape of the axes."""
        return self.sums()[:-2].reshape(self.shape)

    def variances(self) -> NDArray[np.float64]:
        """Sum of squared weights (or entries) per bin, in the shape of the axes."""
        flat = self.counts.astype(np.float64) if self.squares is None else self.squares.values()
        return flat[:-2].reshape(self.shape)


def all_places(axes: Sequence[Axis]) -> int:
    """Number of places in a flattened histogram: bins with flow, NaN, and missing."""
    return math.prod(axis.bins + 2 for axis in axes) + 2


def bin_index(
    axes: Sequence[Axis], values: Sequence[NDArray[np.float64]], count: int
) -> NDArray[np.int64]:
    """Place of each entry in the flattened histogram.

    NaN values have the place after the last bin: they are neither too small nor too large.

    Parameters
    ----------
    axes : sequence of Axis
    values : sequence of ndarray, shape (entry,)
        One for each axis.
    count : int
        Number of entries, for histograms without axes.
    """
    index = np.zeros(count, np.int64)
    undefined = np.zeros(count, np.bool_)
    for axis, quantity in zip(axes, values, strict=True):
        index = index * (axis.bins + 2) + axis.index(quantity)
        undefined |= np.isnan(quantity)
    index[undefined] = all_places(axes) - 2
    return index
