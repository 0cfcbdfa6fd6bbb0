"""Decision trees as arrays, with exactly the scores of the library that has grown them."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray
from scipy import special

__all__ = ["Forest", "Link", "Tree"]

Link = Literal["identity", "logistic", "softmax", "exponential"]


@dataclass(frozen=True)
class Tree:
    """One tree as a library stores it.

    Attributes
    ----------
    feature : sequence of int
        Of each node; any number for a leaf.
    border : sequence of float
        A row goes right if its feature is at least this.
    left, right : sequence of int
        Children; negative for a leaf.
    default_left : sequence of bool
        Whether a missing feature goes left.
    leaf : sequence of float
        Value of each leaf; any number for other nodes.
    group : int
        The class that its leaves count for.
    """

    feature: Sequence[int]
    border: Sequence[float]
    left: Sequence[int]
    right: Sequence[int]
    default_left: Sequence[bool]
    leaf: Sequence[float]
    group: int = 0


@dataclass(frozen=True, eq=False)
class Forest:
    """Trees whose leaves are added up.

    Attributes
    ----------
    features : int
        Number of columns.
    names : tuple of str
        Of the features, if the model has them.
    groups : int
        Classes of a softmax; 1 otherwise.
    link : str
        From the sum to the score.
    base : tuple of float
        What the sums begin with, by class.
    scale : float
        The sum is divided by it: the number of trees whose mean is meant, or 1.
    dtype : str
        ``float32`` or ``float64``, in which the library compares and adds.
    rounds : bool
        Whether the library rounds the features to float32 first.
    """

    features: int
    names: tuple[str, ...]
    groups: int
    link: Link
    base: tuple[float, ...]
    scale: float
    dtype: str
    rounds: bool
    roots: NDArray[np.int64] = field(repr=False)
    group: NDArray[np.int64] = field(repr=False)
    feature: NDArray[np.int32] = field(repr=False)
    border: NDArray[Any] = field(repr=False)
    child: NDArray[np.int32] = field(repr=False)
    absent: NDArray[np.int32] = field(repr=False)
    leaf: NDArray[Any] = field(repr=False)

    @classmethod
    def of(
        cls,
        trees: Sequence[Tree],
        *,
        features: int,
        names: Sequence[str] = (),
        groups: int = 1,
        link: Link = "identity",
        base: Sequence[float] = (0.0,),
        scale: float = 1.0,
        dtype: str = "float64",
        rounds: bool = False,
    ) -> Forest:
        """Lay trees out so that the right child of a node follows the left one.

        Raises
        ------
        ValueError
            If a node has no children where it should, or two parents.
        """
        rows: list[tuple[int, float, int, int, float]] = []
        roots = []
        for tree in trees:
            roots.append(len(rows))
            rows += _laid_out(tree, len(rows))
        feature, border, child, absent, leaf = zip(*rows, strict=True) if rows else ((),) * 5
        if feature and not 0 <= min(feature) <= max(feature) < features:
            raise ValueError(f"a node asks for feature {max(feature)} of {features}")
        return cls(
            features, tuple(names), groups, link, tuple(base), scale, dtype, rounds,
            np.array(roots, np.int64), np.array([tree.group for tree in trees], np.int64),
            np.array(feature, np.int32), np.array(border, dtype), np.array(child, np.int32),
            np.array(absent, np.int32), np.array(leaf, dtype),
        )  # fmt: skip

    @property
    def fingerprint(self) -> str:
        """Digest of everything that a score depends on."""
        digest = hashlib.sha256(
            repr(
                (
                    self.features,
                    self.groups,
                    self.link,
                    self.base,
                    self.scale,
                    self.dtype,
                    self.rounds,
                )
            ).encode()
        )
        arrays = (
            self.roots,
            self.group,
            self.feature,
            self.border,
            self.child,
            self.absent,
            self.leaf,
        )
        for array in arrays:
            digest.update(array.tobytes())
        return digest.hexdigest()[:32]

    def scores(self, rows: NDArray[Any]) -> NDArray[Any]:
        """Score rows.

        Parameters
        ----------
        rows : ndarray, shape (row, feature)

        Returns
        -------
        ndarray, shape (row, group)
        """
        from hepline.learn.loops import LOOPS

        rows = rows.astype(np.float32) if self.rounds else rows
        rows = np.ascontiguousarray(rows, self.dtype)
        sums = np.tile(np.array(self.base, self.dtype), len(rows))
        number = np.dtype(self.dtype).str[1:]
        LOOPS[number, bool(np.isnan(rows).any())](
            rows, self.roots, self.group, self.groups, self.feature, self.border, self.child,
            self.absent, self.leaf, sums,
        )  # fmt: skip
        return _linked(
            sums.reshape(len(rows), self.groups) / sums.dtype.type(self.scale), self.link
        )


def _laid_out(tree: Tree, first: int) -> list[tuple[int, float, int, int, float]]:
    """Nodes level by level: feature, border, left child, missing goes right, leaf."""
    order, place = [0], {0: 0}
    for node in order:
        if tree.left[node] >= 0:
            for child in (tree.left[node], tree.right[node]):
                if child in place or not 0 < child < len(tree.left):
                    raise ValueError(f"node {node} has the child {child}")
                place[child] = len(order)
                order.append(child)
    return [
        (
            int(tree.feature[node]),
            float(tree.border[node]),
            first + place[tree.left[node]],
            int(not tree.default_left[node]),
            0.0,
        )
        if tree.left[node] >= 0
        # No value is at least NaN: a row that has arrived at a leaf stays.
        else (0, np.nan, first + place[node], 0, float(tree.leaf[node]))
        for node in order
    ]


def _linked(sums: NDArray[Any], link: Link) -> NDArray[Any]:
    scores: NDArray[Any] = sums
    if link == "logistic":
        scores = special.expit(sums)
    elif link == "exponential":
        scores = np.exp(sums)
    elif link == "softmax":
        scores = special.softmax(sums, axis=1)
    return scores
