"""The lab's own way: a polynomial through the sidebands, subtracted, and a Gaussian on the rest.

Beside the likelihood fits of `fitting`, this is what one does by hand; it needs the counts of a
histogram only. Two recipes lead through it. The *published* one of the classroom weighs bins by
√N, which pulls curves towards low counts (by about one event per bin) and fails where a bin is
empty. The *poisson* one weighs them by what the curve expects and repeats until nothing changes:
that is the maximum of the Poisson likelihood, and is right for any counts. In both, χ² sums the
squares of the residuals (the classroom's program sums the residuals themselves, which says
nothing), and the uncertainty of the fitted background goes into everything that follows; that bins
share it, the Gaussian of the published recipe does not know.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.polynomial import legendre
from numpy.typing import ArrayLike, NDArray

from hepline.arrays import Floats
from hepline.errors import AnalysisError, FitError
from hepline.spectra.particles.branching import Quantity
from hepline.spectra.remainder import (
    LEAST,
    GaussianFit,
    Recipe,
    Remainder,
    observed_variances,
    variances,
)
from hepline.stats.counting import poisson_interval

__all__ = ["SidebandSubtraction", "subtract_sidebands"]

_ROUNDS = 200


@dataclass(frozen=True, eq=False)
class SidebandSubtraction:
    """Background, signal and peak of one window.

    Attributes
    ----------
    edges : ndarray, shape (bin + 1,)
        GeV.
    counts : ndarray, shape (bin,)
    in_peak : ndarray of bool, shape (bin,)
        Bins that were left out of the fit of the background.
    background, background_error : ndarray, shape (bin,)
        Fitted events, and their uncertainty from the fit.
    covariance : ndarray, shape (bin, bin)
        Of `background`: bins share its parameters.
    subtracted, subtracted_error : ndarray, shape (bin,)
        Counts without background; both uncertainties.
    chi2, degrees_of_freedom : float, int
        Of the background in the sidebands; squared residuals.
    signal_events, background_events : Quantity
        In the peak's region.
    significance : Quantity
        S/√B.
    gaussian : GaussianFit
        Of `subtracted` in the peak's region.
    recipe : str
    """

    edges: Floats
    counts: Floats
    in_peak: NDArray[np.bool_]
    background: Floats
    background_error: Floats
    covariance: Floats
    subtracted: Floats
    subtracted_error: Floats
    chi2: float
    degrees_of_freedom: int
    signal_events: Quantity
    background_events: Quantity
    significance: Quantity
    gaussian: GaussianFit
    recipe: str

    @property
    def intervals(self) -> tuple[Floats, Floats]:
        """Ends of the error bars of `counts`, right for empty bins."""
        return poisson_interval(self.counts)


def subtract_sidebands(
    counts: ArrayLike,
    edges: ArrayLike,
    *,
    peak: tuple[float, float],
    degree: int = 2,
    recipe: Recipe = "poisson",
) -> SidebandSubtraction:
    """Fit the sidebands of a peak, take the background away and measure what is left.

    Parameters
    ----------
    counts : array_like, shape (bin,)
    edges : array_like, shape (bin + 1,)
        Of equal bins, GeV; all of the window.
    peak : tuple of float
        Region that is left out; a bin belongs to it by its center, GeV.
    degree : int
        Of the polynomial.
    recipe : str
        ``poisson``: bins weigh by their expectation, the Gaussian is integrated over each.
        ``published``: they weigh by √N (an empty one by 1.84), and the Gaussian is taken at the
        center of each.

    Returns
    -------
    SidebandSubtraction

    Raises
    ------
    AnalysisError
        If counts, edges or region make no sense, or too few bins are left for the polynomial.
    FitError
        If there is no peak that a Gaussian could follow.
    """
    seen, borders = np.asarray(counts, np.float64), np.asarray(edges, np.float64)
    _check(seen, borders, recipe)
    centers = 0.5 * (borders[1:] + borders[:-1])
    in_peak = (centers >= peak[0]) & (centers <= peak[1])
    _check_region(centers, in_peak, peak, degree)
    # On [−1, 1] and by Legendre's polynomials, powers of the mass do not drown in rounding.
    design = legendre.legvander(2 * (centers - borders[0]) / np.ptp(borders) - 1, degree)
    parameters, spread = _polynomial(design[~in_peak], seen[~in_peak], recipe)
    background, covariance = design @ parameters, design @ spread @ design.T
    weight = variances(seen, background, recipe)[~in_peak]
    residuals = (seen - background)[~in_peak]
    rest = Remainder(borders, seen, background, covariance, in_peak, recipe)
    yields = _yields(seen[in_peak], background[in_peak], covariance[np.ix_(in_peak, in_peak)])
    return SidebandSubtraction(
        edges=borders,
        counts=seen,
        in_peak=in_peak,
        background=background,
        background_error=np.sqrt(np.diag(covariance)),
        covariance=covariance,
        subtracted=seen - background,
        subtracted_error=np.sqrt(observed_variances(seen) + np.diag(covariance)),
        chi2=float(np.sum(residuals**2 / weight)),
        degrees_of_freedom=int(np.count_nonzero(~in_peak)) - degree - 1,
        signal_events=yields[0],
        background_events=yields[1],
        significance=yields[2],
        gaussian=rest.fit(),
        recipe=recipe,
    )


def _check(counts: Floats, edges: Floats, recipe: str) -> None:
    if recipe not in ("poisson", "published"):
        raise AnalysisError(
            f"a recipe '{recipe}' for sidebands.",
            why="there are two: 'poisson' and 'published'.",
            fix="leave it out to take 'poisson'.",
        )
    steps = np.diff(edges)
    # Edges may be float32, as numpy.histogram makes them of float32 masses.
    equal = len(steps) > 0 and steps[0] > 0 and np.allclose(steps, steps[0], rtol=1e-3, atol=0)
    if counts.shape != steps.shape or not equal or not np.all(np.isfinite(counts) & (counts >= 0)):
        raise AnalysisError(
            f"sidebands of {counts.size} counts with {edges.size} edges.",
            why="a curve through a histogram needs n counts, none of them negative, in n equal "
            "bins with n + 1 edges.",
            fix="pass what numpy.histogram(masses, bins, (low, high)) returns, without weights.",
        )


def _check_region(
    centers: Floats, in_peak: NDArray[np.bool_], peak: tuple[float, float], degree: int
) -> None:
    inside = np.flatnonzero(in_peak)
    both = len(inside) and inside[0] > 0 and inside[-1] < len(centers) - 1
    if not both or degree < 0 or np.count_nonzero(~in_peak) < degree + 2 or len(inside) < 4:
        raise AnalysisError(
            f"a peak between {peak[0]:g} and {peak[1]:g} GeV, in {len(inside)} of {len(centers)} "
            f"bins from {centers[0]:g} to {centers[-1]:g} GeV.",
            why="the Gaussian needs at least four bins, and the polynomial of degree "
            f"{degree} sidebands on both sides with at least {degree + 2} bins.",
            fix="choose a region well inside of the window, or finer bins.",
        )


def _polynomial(design: Floats, counts: Floats, recipe: Recipe) -> tuple[Floats, Floats]:
    """Coefficients and their covariance by least squares, repeated until the weights stand."""
    expected = np.full(len(counts), max(counts.mean(), LEAST))
    for _ in range(_ROUNDS):
        weights = 1 / variances(counts, expected, recipe)
        covariance = np.asarray(np.linalg.inv(design.T @ (weights[:, None] * design)), np.float64)
        parameters = covariance @ (design.T @ (weights * counts))
        before, expected = expected, design @ parameters
        if recipe == "published" or np.allclose(before, expected, rtol=1e-10, atol=1e-10):
            return parameters, covariance
    raise FitError(
        f"the polynomial through {len(counts)} bins of the sidebands did not come to rest.",
        why=f"its weights still change after {_ROUNDS} rounds: it falls below zero somewhere.",
        fix="take a lower degree, or wider bins.",
    )


def _yields(
    counts: Floats, background: Floats, covariance: Floats
) -> tuple[Quantity, Quantity, Quantity]:
    """S, B and S/√B in the peak's region."""
    total, under = float(counts.sum()), float(background.sum())
    variance = float(covariance.sum())
    signal = total - under
    ratio = Quantity(math.inf if signal > 0 else math.nan, math.nan)
    if under > 0:
        by_background = -1 / math.sqrt(under) - signal / (2 * under**1.5)
        # The counts of the peak's region and the fit of the sidebands share no event.
        spread = math.sqrt(total / under + by_background**2 * variance)
        ratio = Quantity(signal / math.sqrt(under), spread)
    total_error = math.sqrt(float(observed_variances(counts).sum()) + variance)
    return Quantity(signal, total_error), Quantity(under, math.sqrt(variance)), ratio
