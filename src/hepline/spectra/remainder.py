"""A Gaussian through what is left of a peak after its background is subtracted."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import curve_fit
from scipy.special import ndtr

from hepline.arrays import Floats
from hepline.errors import FitError
from hepline.spectra.particles.branching import Quantity
from hepline.stats.counting import poisson_interval

__all__ = ["LEAST", "GaussianFit", "Recipe", "Remainder", "observed_variances", "variances"]

Recipe = Literal["poisson", "published"]
LEAST = 0.1
"""Fewest events that a bin is weighed by: a polynomial may dip below zero in empty bins."""

_ROUNDS = 200


@dataclass(frozen=True, eq=False)
class GaussianFit:
    """A Gaussian without a background.

    Attributes
    ----------
    mean, width : Quantity
        GeV; the width is the standard deviation.
    events : Quantity
        Below all of the Gaussian.
    expected : ndarray, shape (bin,)
        Fitted events of each bin.
    chi2, degrees_of_freedom : float, int
        With squared residuals.
    """

    mean: Quantity
    width: Quantity
    events: Quantity
    expected: Floats
    chi2: float
    degrees_of_freedom: int


def observed_variances(counts: Floats) -> Floats:
    """Variance by the counts themselves; an empty bin has an uncertainty, too."""
    # A curve passes above an empty bin, so that the upper end of its interval counts.
    return np.where(counts > 0, counts, poisson_interval(0.0)[1] ** 2)


def variances(counts: Floats, expected: Floats, recipe: Recipe) -> Floats:
    """Variance that a bin is weighed by."""
    if recipe == "published":
        return observed_variances(counts)
    return np.maximum(expected, LEAST)


@dataclass(frozen=True, eq=False)
class Remainder:
    """What is left of a histogram after its background, and how sure that is.

    Attributes
    ----------
    edges : ndarray, shape (bin + 1,)
        GeV.
    counts, background : ndarray, shape (bin,)
    covariance : ndarray, shape (bin, bin)
        Of the background.
    in_peak : ndarray of bool, shape (bin,)
        Bins that the Gaussian is fitted to.
    recipe : str
        As for `hepline.spectra.sidebands.subtract_sidebands`.
    """

    edges: Floats
    counts: Floats
    background: Floats
    covariance: Floats
    in_peak: NDArray[np.bool_]
    recipe: Recipe

    def shape(self, events: float, mean: float, width: float) -> Floats:
        """Events of each bin of the window."""
        if self.recipe == "poisson":
            return np.asarray(events * np.diff(ndtr((self.edges - mean) / width)))
        centers = 0.5 * (self.edges[1:] + self.edges[:-1])
        height = events * np.diff(self.edges) / (width * math.sqrt(2 * math.pi))
        return np.asarray(height * np.exp(-0.5 * ((centers - mean) / width) ** 2))

    def here(self, *parameters: float) -> Floats:
        """Events of the bins of the peak's region."""
        return self.shape(*parameters)[self.in_peak]

    def fit(self) -> GaussianFit:
        """Fit the Gaussian.

        Raises
        ------
        FitError
            If there is no peak that it could follow.
        """
        values, covariance, weighed_by = self._fitted()
        events, mean, width = (
            Quantity(float(value), float(error))
            for value, error in zip(values, np.sqrt(np.diag(covariance)), strict=True)
        )
        residuals = self._left - self.here(*values)
        return GaussianFit(
            mean=mean,
            width=width,
            events=events,
            expected=self.shape(*values),
            chi2=float(np.sum(residuals**2 / weighed_by)),
            degrees_of_freedom=len(residuals) - 3,
        )

    @property
    def _left(self) -> Floats:
        return (self.counts - self.background)[self.in_peak]

    def _variances(self, signal: Floats) -> Floats:
        own = variances(self.counts, self.background + signal, self.recipe)
        return np.asarray((own + np.diag(self.covariance))[self.in_peak])

    def _fitted(self) -> tuple[Floats, Floats, Floats]:
        values = self._start()
        for _ in range(_ROUNDS):
            weighed_by = self._variances(self.shape(*values))
            before, (values, inverse) = values, self._least_squares(values, weighed_by)
            if self.recipe == "published":
                return values, inverse, weighed_by
            if np.allclose(before, values, rtol=1e-7, atol=0):
                return values, self._propagated(values, inverse, weighed_by), weighed_by
        raise _no_peak("its fit does not come to rest.")

    def _propagated(self, values: Floats, inverse: Floats, weighed_by: Floats) -> Floats:
        """Covariance of the parameters from that of the bins, whose background they share.

        Weighing by the full covariance would let the background move to make a wrong shape fit.
        """
        steps = 1e-5 * np.abs(values)
        slopes = np.array(
            [(self.here(*(values + d)) - self.here(*(values - d))) / (2 * d.sum())
             for d in np.diag(steps)]
        )  # fmt: skip
        gain = inverse @ (slopes / weighed_by)
        common = self.covariance - np.diag(np.diag(self.covariance))
        bins = np.diag(weighed_by) + common[np.ix_(self.in_peak, self.in_peak)]
        return np.asarray(gain @ bins @ gain.T)

    def _start(self) -> Floats:
        centers = (0.5 * (self.edges[1:] + self.edges[:-1]))[self.in_peak]
        heights = np.maximum(self._left, 0)
        if not heights.sum():
            raise _no_peak("no bin of its region has more events than the background.")
        mean = np.average(centers, weights=heights)
        # The region is three deviations wide or more; tails of the background pull the moment up.
        width = 0.5 * math.sqrt(np.average((centers - mean) ** 2, weights=heights))
        return np.array([heights.sum(), mean, max(width, self.edges[1] - self.edges[0])])

    def _least_squares(self, start: Floats, weighed_by: Floats) -> tuple[Floats, Floats]:
        model: Callable[..., Floats] = lambda _, *parameters: self.here(*parameters)  # noqa: E731
        try:
            values, covariance = curve_fit(
                model, None, self._left, start, sigma=np.sqrt(weighed_by), absolute_sigma=True
            )
        except RuntimeError as problem:
            raise _no_peak(str(problem)) from problem
        if not np.all(np.isfinite(covariance)) or values[0] <= 0:
            raise _no_peak("the fit finds no events above the background.")
        values[2] = abs(values[2])
        return values, covariance


def _no_peak(why: str) -> FitError:
    return FitError(
        "no Gaussian follows what is left of the peak after its background is subtracted.",
        why=why,
        fix="look at the spectrum, and choose a window with a peak in its middle.",
    )
