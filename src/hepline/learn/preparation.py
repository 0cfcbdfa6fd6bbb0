"""Transformations of features, fitted on the training sample and kept with the model."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from hepline.errors import DataError
from hepline.learn.features import Features

__all__ = ["Preparation", "Prepared", "preparation_of"]

Matrix = NDArray[np.float64]


@dataclass(frozen=True)
class Prepared:
    """What becomes of one feature.

    Attributes
    ----------
    name, transform : str
    fill : float or None
        In place of a missing value; None keeps NaN.
    center, scale : float
        (value − center) / scale, after the logarithm.
    low, high : float
        Range in the training sample, before all this.
    """

    name: str
    transform: str
    fill: float | None
    center: float
    scale: float
    low: float
    high: float


@dataclass(frozen=True)
class Preparation:
    """What becomes of a row of features.

    Attributes
    ----------
    columns : tuple of Prepared
    """

    columns: tuple[Prepared, ...]

    @property
    def width(self) -> int:
        """Number of columns that the model sees."""
        return sum(2 if column.transform == "cyclic" else 1 for column in self.columns)

    def __call__(self, rows: NDArray[np.floating]) -> Matrix:
        """Prepare rows.

        Parameters
        ----------
        rows : ndarray, shape (row, feature)
            NaN where a value is missing.

        Returns
        -------
        ndarray of float64, shape (row, width)
        """
        made = np.empty((len(rows), self.width))
        place = 0
        for number, column in enumerate(self.columns):
            values = rows[:, number].astype(np.float64)
            if column.fill is not None:
                values = np.where(np.isnan(values), column.fill, values)
            if column.transform == "cyclic":
                made[:, place], made[:, place + 1] = np.cos(values), np.sin(values)
                place += 2
                continue
            if column.transform == "log":
                with np.errstate(divide="ignore", invalid="ignore"):
                    values = np.log(values)
            made[:, place] = (values - column.center) / column.scale
            place += 1
        return made


def preparation_of(features: Features, rows: Matrix, weights: NDArray[np.float64]) -> Preparation:
    """Fit the transformations on a training sample.

    Parameters
    ----------
    features : Features
    rows : ndarray, shape (row, feature)
    weights : ndarray, shape (row,)
        Not negative.

    Raises
    ------
    DataError
        If a feature is missing everywhere, or has no logarithm.
    """
    columns = []
    for number, feature in enumerate(features):
        values = rows[:, number]
        there = np.isfinite(values)
        if not there.any():
            raise DataError(
                f"the feature '{feature.name}' is missing in the whole training sample.",
                why="there is nothing to learn from it.",
                fix="leave it out, or look at its column: hepline describe FILE.",
            )
        known = values[there]
        fill = float(np.median(known)) if feature.missing == "median" else None
        fill = float(feature.missing) if not isinstance(feature.missing, str) else fill
        filled = values if fill is None else np.where(np.isnan(values), fill, values)
        center, scale = _moments(feature.name, feature.transform, filled, weights)
        columns.append(
            Prepared(
                feature.name, feature.transform, fill, center, scale,
                float(known.min()), float(known.max()),
            )
        )  # fmt: skip
    return Preparation(tuple(columns))


def _moments(
    name: str, transform: str, values: Matrix, weights: NDArray[np.float64]
) -> tuple[float, float]:
    if transform in ("none", "cyclic"):
        return 0.0, 1.0
    good = np.isfinite(values)
    if transform == "log":
        if (values[good] <= 0).any():
            raise DataError(
                f"the feature '{name}' has no logarithm: it goes down to {values[good].min():.6g}.",
                why="transform='log' needs positive numbers.",
                fix="standardize it instead, or say what is missing: missing=….",
            )
        values = np.log(values[good])
        weights = weights[good]
    else:
        values, weights = values[good], weights[good]
    if not len(values) or values.min() == values.max():
        # A constant feature says nothing, and cannot be scaled: its spread would be rounding.
        return (float(values[0]) if len(values) else 0.0), 1.0
    center = float(np.average(values, weights=weights))
    scale = float(np.sqrt(np.average((values - center) ** 2, weights=weights)))
    return center, scale or 1.0


def names_of(columns: Sequence[Prepared]) -> list[str]:
    """Names of the columns that a model sees."""
    names = []
    for column in columns:
        is_cyclic = column.transform == "cyclic"
        names += [f"cos {column.name}", f"sin {column.name}"] if is_cyclic else [column.name]
    return names
