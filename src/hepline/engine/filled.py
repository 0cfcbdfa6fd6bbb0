"""Partial histograms: what a chunk of events adds, and how chunks are merged."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from hepline.columns.axes import Axis
from hepline.columns.fill import Fill
from hepline.columns.nodes import Node
from hepline.engine.exact import ExactSums
from hepline.engine.missing import bad_weight

__all__ = ["Filled", "bin_index"]


@dataclass
class Filled:
    """A histogram while it is being filled, with underflow and overflow on every axis.

    Attributes
    ----------
    axes : tuple of Axis
    entries : ndarray of int64, shape (all bins,)
        Unweighted counts; axes flattened in C order.
    weights, squares : ExactSums or None
        Sums of weights and of their squares; None if the histogram counts.
    """

    axes: tuple[Axis, ...]
    entries: NDArray[np.int64]
    weights: ExactSums | None
    squares: ExactSums | None

    @classmethod
    def empty(cls, fill: Fill) -> Filled:
        """A histogram without entries."""
        bins = int(np.prod([axis.bins + 2 for axis in fill.axes], dtype=np.int64))
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
            What the weight is made of, for the message.

        Raises
        ------
        UselessWeight
            If a weight is infinite or not a number, or too large to be squared.
        """
        self.entries += np.bincount(index, minlength=len(self.entries))
        if self.weights is None or self.squares is None or weight is None:
            return
        with np.errstate(over="ignore"):
            square = weight * weight
        if not np.isfinite(square).all():
            bad = int(np.count_nonzero(~np.isfinite(square)))
            raise bad_weight(recipe, bad, len(weight))
        self.weights.add(index, weight)
        self.squares.add(index, square)

    def add_counted(
        self, entries: NDArray[np.int64], weight: float | None, recipe: Node | None = None
    ) -> None:
        """Fill so many entries into each bin, all with the same weight.

        Parameters
        ----------
        entries : ndarray of int64, shape (all bins,)
        weight : float or None
        recipe : Node or None
            As for `add`.

        Raises
        ------
        UselessWeight
            If the weight is infinite or not a number, or too large to be squared.
        """
        self.entries += entries
        if self.weights is None or self.squares is None or weight is None or not entries.any():
            return
        if not np.isfinite(weight * weight):
            raise bad_weight(recipe, int(entries.sum()), int(entries.sum()))
        self.weights.add_repeated(entries, weight)
        self.squares.add_repeated(entries, weight * weight)

    def merge(self, other: Filled) -> None:
        """Add the entries of another chunk."""
        self.entries += other.entries
        if self.weights is not None and self.squares is not None:
            if other.weights is None or other.squares is None:
                raise TypeError("a weighted histogram cannot take an unweighted one")
            self.weights.merge(other.weights)
            self.squares.merge(other.squares)

    def contents(self) -> NDArray[np.float64]:
        """Sum of weights (or entries) per bin, in the shape of the axes."""
        flat = self.entries.astype(np.float64) if self.weights is None else self.weights.values()
        return flat.reshape(self.shape)

    def variances(self) -> NDArray[np.float64]:
        """Sum of squared weights (or entries) per bin, in the shape of the axes."""
        flat = self.entries.astype(np.float64) if self.squares is None else self.squares.values()
        return flat.reshape(self.shape)


def bin_index(
    axes: Sequence[Axis], values: Sequence[NDArray[np.float64]], count: int
) -> NDArray[np.int64]:
    """Which bin each entry falls into, in the flattened histogram.

    Parameters
    ----------
    axes : sequence of Axis
    values : sequence of ndarray, shape (entry,)
        One for each axis.
    count : int
        Number of entries, which values alone do not tell without axes.
    """
    index = np.zeros(count, np.int64)
    for axis, quantity in zip(axes, values, strict=True):
        index = index * (axis.bins + 2) + axis.index(quantity)
    return index
