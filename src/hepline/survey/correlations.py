"""Which columns go together: correlations in a sample of the events."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from hepline.arrays import Floats
from hepline.survey.description import Correlation

__all__ = ["correlation_matrix", "strongest"]

# Events that two columns must share: fewer correlate by chance.
_FEWEST = 30


def correlation_matrix(columns: Floats) -> tuple[Floats, Floats]:
    """Pearson's coefficients of all pairs of columns.

    Parameters
    ----------
    columns : ndarray, shape (column, event)
        NaN where there is no value.

    Returns
    -------
    coefficients, shared : ndarray, shape (column, column)
        NaN where two columns do not vary together; and how many events have both.
    """
    there = np.isfinite(columns)
    # Centered at values of their own, sums of products lose few digits.
    count = np.maximum(there.sum(axis=1, keepdims=True), 1)
    center = np.where(there, columns, 0.0).sum(axis=1, keepdims=True) / count
    centered = np.where(there, columns - center, 0.0)
    scale = np.sqrt((centered**2).sum(axis=1, keepdims=True) / count)
    centered /= np.where(scale > 0, scale, 1.0)
    mask = there.astype(np.float64)
    shared, sums, squares = mask @ mask.T, centered @ mask.T, centered**2 @ mask.T
    with np.errstate(invalid="ignore", divide="ignore"):
        covariance = centered @ centered.T / shared - sums * sums.T / shared**2
        variance = squares / shared - (sums / shared) ** 2
        variance[variance < 1e-12] = np.nan  # of columns that do not vary in these events
        return np.clip(covariance / np.sqrt(variance * variance.T), -1, 1), shared


def strongest(sample: Mapping[str, Floats], most: int = 20) -> tuple[Correlation, ...]:
    """The pairs of columns that correlate most.

    Parameters
    ----------
    sample : mapping of str to ndarray, shape (event,)
        NaN where there is no value.
    most : int
    """
    names = list(sample)
    if len(names) < 2:
        return ()
    coefficients, shared = correlation_matrix(np.array([sample[name] for name in names]))
    first, second = np.triu_indices(len(names), 1)
    size = np.where(shared[first, second] >= _FEWEST, np.abs(coefficients[first, second]), np.nan)
    size = np.nan_to_num(size, nan=-1.0)
    # Equal coefficients stay in the order of the columns.
    order = np.argsort(-np.round(size, 12), kind="stable")[:most]
    return tuple(
        Correlation(
            names[first[place]],
            names[second[place]],
            float(coefficients[first[place], second[place]]),
            int(shared[first[place], second[place]]),
        )
        for place in order
        if size[place] >= 0
    )
