"""Weighted samples side by side: sums of weights in the bins of a column, and their test.

References
----------
N. D. Gagunashvili, "Chi-square tests for comparing weighted histograms", Nucl. Instrum. Meth. A 614
(2010) 287, doi:10.1016/j.nima.2009.12.037.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from hepline.arrays import Floats, Mask
from hepline.columns.leaves import presence_of
from hepline.columns.source import Chunk, Source
from hepline.columns.types import TEXT
from hepline.engine.cutting import joined_pieces
from hepline.engine.exact import ExactSums
from hepline.errors import DataError, TypeMismatch
from hepline.survey.two_samples import Test

__all__ = ["Place", "WeightedCounts", "compare_weighted", "weighted_counts"]

_EFFECTIVE = 5.0  # entries that a bin needs for its sum to be nearly normal


@dataclass(frozen=True)
class Place:
    """Where a column is filled.

    Attributes
    ----------
    edges : ndarray, shape (bin + 1,)
    left_out : tuple of float
        Sentinels.
    """

    edges: Floats
    left_out: tuple[float, ...]


@dataclass(frozen=True, eq=False)
class WeightedCounts:
    """Sums of weights, and of their squares, in bins.

    Attributes
    ----------
    sums, squares : ndarray of float64, shape (bin,)
    """

    sums: Floats
    squares: Floats


def weighted_counts(
    source: Source, places: Mapping[str, Place], weight: str
) -> dict[str, WeightedCounts]:
    """Fill columns with the weight of their event.

    Parameters
    ----------
    source : Source
    places : mapping of str to Place
        By column.
    weight : str
        A column with one number for each event.

    Returns
    -------
    dict of str to WeightedCounts
        Exact sums, correctly rounded: chunks make no difference.

    Raises
    ------
    TypeMismatch
        If the weight is text or a list.
    DataError
        If a weight is not finite.
    """
    spec = source.schema.column(weight)
    if spec.axis is not None or spec.dtype == TEXT:
        raise TypeMismatch(
            f"weight='{weight}', {spec.described}.",
            why="a sample is weighted event by event, with one number for each.",
            fix="name a column with one number per event, such as 'genWeight'.",
        )
    filled = {}
    for name, place in places.items():
        bins = len(place.edges) - 1
        sums, squares = ExactSums(bins), ExactSums(bins)
        for index, weights in _entries(source, name, place, weight):
            if len(weights):
                sums.add(index, weights)
                squares.add(index, weights * weights)
        filled[name] = WeightedCounts(sums.values(), squares.values())
    return filled


def _entries(
    source: Source, name: str, place: Place, weight: str
) -> Iterable[tuple[NDArray[np.int64], Floats]]:
    """Bins and weights of the values of a column, chunk by chunk."""
    columns = tuple(dict.fromkeys((name, weight)))
    for part in source.parts:
        for start, stop in joined_pieces(source, part, columns):
            chunk = source.read(part, columns, [], start, stop)
            weights = chunk.contents[weight].astype(np.float64)
            if not np.isfinite(weights).all():
                raise DataError(
                    f"a weight '{weight}' in {part.path} is not finite.",
                    why=f"it is one of the events {start} to {stop}; sums would be lost.",
                    fix="leave such events out, or choose another weight.",
                )
            values, weights, there = _aligned(source, chunk, name, weights)
            index = np.searchsorted(place.edges, values, side="right") - 1
            index[values == place.edges[-1]] = len(place.edges) - 2
            inside = there & (index >= 0) & (index < len(place.edges) - 1)
            inside &= ~np.isin(values, place.left_out)
            yield index[inside].astype(np.int64), weights[inside]


def _aligned(
    source: Source, chunk: Chunk, name: str, weights: Floats
) -> tuple[Floats, Floats, Mask]:
    """Values with a weight each, and whether they are there."""
    spec = source.schema.columns[name]
    for axis in (spec.axis, *spec.inner):
        if axis is not None:
            weights = np.repeat(weights, np.diff(chunk.offsets[axis]))
    values = chunk.contents[name].astype(np.float64)
    there = np.isfinite(values)
    present = chunk.contents.get(presence_of(name))
    return values, weights, there if present is None else there & present


def compare_weighted(first: WeightedCounts, second: WeightedCounts) -> Test | None:
    """Compare normalized weighted histograms by χ²; None if there is one bin.

    Parameters
    ----------
    first, second : WeightedCounts
        In the same bins.
    """
    sums = np.array([first.sums, second.sums])
    squares = np.array([first.squares, second.squares])
    if not (sums.sum(axis=1) > 0).all():
        return None
    sums, squares = _merged(sums, squares)
    bins = sums.shape[1]
    if bins < 2:
        return None
    totals = sums.sum(axis=1)
    difference = totals[1] * sums[0] - totals[0] * sums[1]
    variance = totals[1] ** 2 * squares[0] + totals[0] ** 2 * squares[1]
    chi2 = float((difference**2 / variance).sum())
    shares = sums / totals[:, np.newaxis]
    distance = float(np.abs(np.cumsum(shares[0]) - np.cumsum(shares[1])).max())
    return Test("weighted chi2", chi2, distance, float(stats.chi2.sf(chi2, bins - 1)))


def _merged(sums: Floats, squares: Floats) -> tuple[Floats, Floats]:
    """Put neighbors together until both samples have enough effective entries in each bin."""
    groups: list[list[int]] = [[]]
    for place in range(sums.shape[1]):
        groups[-1].append(place)
        weight, square = sums[:, groups[-1]].sum(axis=1), squares[:, groups[-1]].sum(axis=1)
        if (weight > 0).all() and (weight**2 >= _EFFECTIVE * square).all():
            groups.append([])
    rest = groups.pop()
    if rest and groups:
        groups[-1] += rest
    return (
        np.array([sums[:, group].sum(axis=1) for group in groups]).reshape(-1, 2).T,
        np.array([squares[:, group].sum(axis=1) for group in groups]).reshape(-1, 2).T,
    )
