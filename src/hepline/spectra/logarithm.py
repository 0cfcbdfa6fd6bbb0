"""Counts in bins of the logarithm of the mass."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import cast

import numpy as np
from numpy.typing import NDArray

from hepline.arrays import Floats
from hepline.spectra.spectrum import Spectrum

__all__ = ["LogCounts"]


@dataclass(frozen=True, eq=False)
class LogCounts:
    """A histogram in ln(mass / GeV), with what is known to be a peak.

    Attributes
    ----------
    counts : ndarray, shape (bin,)
    edges : ndarray, shape (bin + 1,)
        ln(mass / GeV).
    usable : ndarray of bool, shape (bin,)
        False in a peak that was found already.
    """

    counts: Floats
    edges: Floats
    usable: NDArray[np.bool_]

    @staticmethod
    def of(spectrum: Spectrum, step: float) -> LogCounts:
        """Count values in bins of about `step`; take the bins of a spectrum that has only these."""
        if spectrum.values is not None:
            positive = spectrum.values[spectrum.values > 0]
            logarithms = Spectrum.of(np.log(positive))
            low, high = logarithms.span
            # The last bin ends where the data end: half a bin would look like a falling edge.
            counts, edges = logarithms.histogram(max(1, round((high - low) / step)))
        else:
            # A spectrum without values has counts.
            heights, borders = cast("Floats", spectrum.counts), cast("Floats", spectrum.edges)
            edges = np.log(borders[borders > 0])
            counts = heights[len(borders) - len(edges) :]
        return LogCounts(counts, edges, np.ones(len(counts), dtype=bool))

    def coarser(self, step: float) -> LogCounts:
        """Neighboring bins put together until they are about as wide as `step`."""
        slack = 1e-6 * step
        marks = np.arange(self.edges[0], self.edges[-1] + slack, step)
        places = np.unique(np.searchsorted(self.edges[:-1], marks - slack))
        inside = slice(places[-1])
        counts = np.add.reduceat(self.counts[inside], places[:-1])
        usable = np.logical_and.reduceat(self.usable[inside], places[:-1])
        return LogCounts(counts, self.edges[places], usable)

    def without(self, low: float, high: float) -> LogCounts:
        """The same, with the bins between two values of ln(mass) given to a peak."""
        taken = (self.edges[1:] > low) & (self.edges[:-1] < high)
        return replace(self, usable=self.usable & ~taken)

    def between(self, low: float, high: float) -> float:
        """Counts between two values of ln(mass)."""
        sums = np.concatenate([[0.0], np.cumsum(self.counts)])
        return float(np.diff(np.interp([low, high], self.edges, sums))[0])
