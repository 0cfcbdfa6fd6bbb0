"""Histograms of a column for a figure, from how often its values occur."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from hepline.arrays import Floats, Integers
from hepline.survey.frequencies import Frequencies, quantiles

__all__ = ["Binned", "binned"]

_MOST = 50
# What lies beyond these quantiles would leave the bulk of a column in one bin.
_BULK = (0.002, 0.998)
_MARGIN = 0.5  # of the bulk's range: as much is drawn on each side if values end there


@dataclass(frozen=True)
class Binned:
    """Counts of one or more samples in the same bins.

    Attributes
    ----------
    edges : ndarray, shape (bin + 1,)
    counts : tuple of ndarray, shape (bin,)
        Numbers of values, or sums of weights; one for each sample.
    beyond : tuple of int
        Values outside the bins.
    squares : tuple of ndarray, shape (bin,)
        Sums of squares of weights; empty where nothing has a weight.
    """

    edges: Floats
    counts: tuple[Integers | Floats, ...]
    beyond: tuple[int, ...]
    squares: tuple[Floats, ...] = ()

    @property
    def errors(self) -> tuple[Floats, ...]:
        """Standard deviations of the counts."""
        return tuple(np.sqrt(row) for row in self.squares or self.counts)


def binned(
    frequencies: Sequence[Frequencies], ends: tuple[float, float], *, whole: bool, most: int = _MOST
) -> Binned:
    """Fill bins of equal width over the bulk of one or more samples.

    Parameters
    ----------
    frequencies : sequence of Frequencies
        Of the samples, of the same column.
    ends : tuple of float
        The lowest and highest value of all.
    whole : bool
        Whether values are whole numbers: each bin is then centered on one, or holds equally many.
    most : int
        Most bins.
    """
    low, high = _range(frequencies, ends)
    edges: Floats
    if whole:
        low, high = math.floor(low), math.ceil(high)
        width = max(1, math.ceil((high - low + 1) / most))
        count = math.ceil((high - low + 1) / width)
        edges = low - 0.5 + width * np.arange(count + 1, dtype=np.float64)
    else:
        if high <= low:
            low, high = low - 0.5 * (abs(low) or 1.0), high + 0.5 * (abs(high) or 1.0)
        edges = np.linspace(low, high, most + 1, dtype=np.float64)
    filled = [_filled(sample, edges) for sample in frequencies]
    beyond = tuple(
        int(sample.counts.sum() - row.sum())
        for sample, row in zip(frequencies, filled, strict=True)
    )
    return Binned(edges, tuple(filled), beyond)


def _range(frequencies: Sequence[Frequencies], ends: tuple[float, float]) -> tuple[float, float]:
    """The bulk of all samples, or up to the outermost value where that is near."""
    bulks = [quantiles(sample, _BULK, ends)[0] for sample in frequencies]
    low, high = min(bulk[0] for bulk in bulks), max(bulk[1] for bulk in bulks)
    reach = _MARGIN * (high - low)
    return (
        ends[0] if ends[0] >= low - reach else low,
        ends[1] if ends[1] <= high + reach else high,
    )


def _filled(frequencies: Frequencies, edges: Floats) -> Integers:
    middle = frequencies.low + 0.5 * (frequencies.high - frequencies.low)
    place = np.searchsorted(edges, middle, side="right") - 1
    place[middle == edges[-1]] = len(edges) - 2
    inside = (place >= 0) & (place < len(edges) - 1)
    counts = np.zeros(len(edges) - 1, np.int64)
    np.add.at(counts, place[inside], frequencies.counts[inside])
    return counts
