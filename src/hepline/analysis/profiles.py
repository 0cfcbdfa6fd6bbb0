"""Profiles after the pass over the events: means and their errors from sums."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import hist
import numpy as np
from numpy.typing import NDArray

from hepline.arrays import Floats

__all__ = ["ProfileResult"]


@dataclass(frozen=True, eq=False)
class ProfileResult:
    """Means of a quantity in bins of another.

    Attributes
    ----------
    label : str
        Of the quantity that is averaged.
    axis_label : str
        Of the bins.
    edges : ndarray, shape (bin + 1,)
    weights, squares : ndarray, shape (bin,)
        Sums of weights, and of their squares.
    sums, second : ndarray, shape (bin,)
        Sums of the values, and of their squares, times the weights.
    """

    label: str
    axis_label: str
    edges: Floats
    weights: Floats
    squares: Floats
    sums: Floats
    second: Floats

    @classmethod
    def of(cls, label: str, moments: tuple[hist.Hist, hist.Hist, hist.Hist]) -> ProfileResult:
        """Make a profile of the histograms of `moments`, without flow."""
        zeroth, first, second = moments
        axis = zeroth.axes[0]
        return cls(
            label,
            axis.label,
            np.asarray(axis.edges, float),
            np.asarray(zeroth.values(), float),
            np.asarray(zeroth.variances(), float),
            np.asarray(first.values(), float),
            np.asarray(second.values(), float),
        )

    def __add__(self, other: ProfileResult) -> ProfileResult:
        """The profile of the entries of both."""
        return ProfileResult(
            self.label,
            self.axis_label,
            self.edges,
            self.weights + other.weights,
            self.squares + other.squares,
            self.sums + other.sums,
            self.second + other.second,
        )

    def __array__(self, dtype: object = None, copy: bool | None = None) -> NDArray[Any]:
        """The means."""
        return np.array(self.means, dtype, copy=copy)  # type: ignore[call-overload, no-any-return]

    def __repr__(self) -> str:
        return f"<ProfileResult of '{self.label}' in {len(self.weights)} bins>"

    @property
    def means(self) -> Floats:
        """Mean in each bin; NaN without entries."""
        with np.errstate(divide="ignore", invalid="ignore"):
            return np.asarray(np.where(self.weights != 0, self.sums / self.weights, np.nan))

    @property
    def errors(self) -> Floats:
        """Standard errors of the means; NaN with less than two entries.

        With equal weights, the standard deviation of the values (with n − 1) over √n; otherwise n
        is the effective number of entries, (Σw)²/Σw².
        """
        means = self.means
        with np.errstate(divide="ignore", invalid="ignore"):
            spread = np.maximum(self.second - self.sums * means, 0.0)
            freedom = self.weights - self.squares / self.weights
            variance = spread / freedom * self.squares / self.weights**2
            scale = 1e-12 * np.abs(self.weights)
            return np.asarray(np.where(np.abs(freedom) > scale, np.sqrt(variance), np.nan))
