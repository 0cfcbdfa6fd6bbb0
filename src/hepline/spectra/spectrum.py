"""Masses to look at: single values, or counts in bins."""

from __future__ import annotations

from dataclasses import dataclass
from typing import cast

import numpy as np
from numpy.typing import ArrayLike

from hepline.arrays import Floats
from hepline.errors import AnalysisError, NothingToFit

__all__ = ["Spectrum"]


@dataclass(frozen=True, eq=False)
class Spectrum:
    """Values of a mass, one by one or counted in bins; built by `of` or `binned`.

    Attributes
    ----------
    values : ndarray, shape (entry,), or None
        GeV; None where only counts are known.
    counts : ndarray, shape (bin,), or None
    edges : ndarray, shape (bin + 1,), or None
        GeV.
    """

    values: Floats | None
    counts: Floats | None
    edges: Floats | None

    @staticmethod
    def of(values: ArrayLike) -> Spectrum:
        """Spectrum of single values.

        Parameters
        ----------
        values : array_like, shape (entry,)
            GeV; values that are not finite are refused.

        Returns
        -------
        Spectrum

        Raises
        ------
        AnalysisError
            If the values are not a list of finite numbers.
        """
        masses = np.asarray(values, dtype=np.float64)
        if masses.ndim != 1:
            raise AnalysisError(
                f"the masses have the shape {masses.shape}",
                why="a spectrum is made of one list of numbers",
                fix="flatten the lists, such as by taking the pairs of all events together",
            )
        strange = int(len(masses) - np.count_nonzero(np.isfinite(masses)))
        if strange:
            raise AnalysisError(
                f"{strange} of {len(masses)} masses are infinite or not a number",
                why="they can be neither counted nor fitted",
                fix="select entries with a valid mass first",
            )
        return Spectrum(masses, None, None)

    @staticmethod
    def binned(counts: ArrayLike, edges: ArrayLike) -> Spectrum:
        """Spectrum of counts.

        Parameters
        ----------
        counts : array_like, shape (bin,)
            Numbers of entries, unweighted: the likelihood is that of Poisson counts.
        edges : array_like, shape (bin + 1,)
            GeV, rising.

        Returns
        -------
        Spectrum

        Raises
        ------
        AnalysisError
            If shapes do not match, edges do not rise or a count is negative or not finite.
        """
        heights = np.asarray(counts, dtype=np.float64)
        borders = np.asarray(edges, dtype=np.float64)
        shapes = heights.ndim == 1 and borders.shape == (len(heights) + 1,)
        if not (shapes and np.all(np.isfinite(borders)) and np.all(np.diff(borders) > 0)):
            raise AnalysisError(
                f"{heights.shape} counts with {borders.shape} edges do not form a histogram",
                why="n counts need n + 1 finite edges that rise",
                fix="pass the values and the edges of one histogram",
            )
        if not np.all(np.isfinite(heights) & (heights >= 0)):
            raise AnalysisError(
                "some counts are negative or not finite",
                why="the likelihood is that of Poisson counts",
                fix="pass unweighted counts",
            )
        return Spectrum(None, heights, borders)

    @property
    def entries(self) -> int:
        """How many entries there are."""
        if self.values is not None:
            return len(self.values)
        return 0 if self.counts is None else round(float(self.counts.sum()))

    @property
    def span(self) -> tuple[float, float]:
        """Smallest and largest mass, or the outermost edges, GeV."""
        if self.values is not None:
            if not len(self.values):
                return (0.0, 0.0)
            return float(self.values.min()), float(self.values.max())
        _, edges = self._bins()
        return float(edges[0]), float(edges[-1])

    def check_spread(self) -> None:
        """Refuse values that are all alike.

        Raises
        ------
        NothingToFit
        """
        low, high = self.span
        if self.values is not None and self.entries and low == high:
            raise NothingToFit(
                f"all {self.entries} entries are {low:g} GeV",
                why="a peak has a width, and a background under it",
                fix="look at where these masses come from",
            )

    def _bins(self) -> tuple[Floats, Floats]:
        # Without values there are counts: `of` and `binned` build no other spectrum.
        return cast("Floats", self.counts), cast("Floats", self.edges)

    def window(self, low: float, high: float) -> Spectrum:
        """Entries of a window; of counts, the bins that lie in it whole.

        Parameters
        ----------
        low, high : float
            GeV.

        Returns
        -------
        Spectrum

        Raises
        ------
        AnalysisError
            If the window is empty or, for counts, holds no whole bin.
        NothingToFit
            If no entry lies inside.
        """
        if not (np.isfinite(low) and np.isfinite(high) and low < high):
            raise AnalysisError(
                f"the window [{low}, {high}] GeV is empty",
                why="its lower end must lie below its upper end",
                fix="give low < high, in GeV",
            )
        inside = self._inside(low, high)
        if not inside.entries:
            first, last = self.span
            raise NothingToFit(
                f"no entry lies between {low:g} and {high:g} GeV",
                why=f"the {self.entries} entries lie between {first:g} and {last:g} GeV",
                fix="choose a window inside of the data; masses are in GeV",
            )
        return inside

    def _inside(self, low: float, high: float) -> Spectrum:
        if self.values is not None:
            return Spectrum(self.values[(self.values >= low) & (self.values <= high)], None, None)
        counts, edges = self._bins()
        # Edges written as 0.1 + 0.2 must still meet a window that ends at 0.3.
        slack = 1e-9 * (edges[-1] - edges[0])
        first = int(np.searchsorted(edges, low - slack))
        last = int(np.searchsorted(edges, high + slack, side="right")) - 1
        if last <= first:
            raise AnalysisError(
                f"no whole bin lies between {low:g} and {high:g} GeV",
                why=f"the bins reach from {edges[0]:g} to {edges[-1]:g} GeV",
                fix="choose a wider window, or finer bins",
            )
        return Spectrum(None, counts[first:last], edges[first : last + 1])

    def histogram(self, bins: int | ArrayLike) -> tuple[Floats, Floats]:
        """Counts of the entries.

        Parameters
        ----------
        bins : int or array_like, shape (bin + 1,)
            Number of equal bins over the span, or their edges in GeV. Of a spectrum of counts,
            edges must be among its own.

        Returns
        -------
        counts : ndarray, shape (bin,)
        edges : ndarray, shape (bin + 1,)
        """
        low, high = self.span
        edges = np.linspace(low, high, bins + 1) if isinstance(bins, int) else np.asarray(bins)
        if self.values is not None:
            return _count(self.values, edges), edges
        return self._merged(edges)

    def _merged(self, edges: Floats) -> tuple[Floats, Floats]:
        counts, own = self._bins()
        places = np.clip(np.searchsorted(own, edges), 0, len(own) - 1)
        below = np.clip(places - 1, 0, None)
        nearer = np.abs(own[below] - edges) < np.abs(own[places] - edges)
        places = np.unique(np.where(nearer, below, places))
        sums = np.concatenate([[0.0], np.cumsum(counts)])
        return np.diff(sums[places]), own[places]


def _count(values: Floats, edges: Floats) -> Floats:
    steps = np.diff(edges)
    if np.allclose(steps, steps[0], rtol=1e-9, atol=0):
        # Equal bins are found by arithmetic: 10 M values in a tenth of a second.
        return np.histogram(values, bins=len(steps), range=(edges[0], edges[-1]))[0].astype(float)
    return np.histogram(values, bins=edges)[0].astype(float)
