"""Distributions of the signal alone, by weights from a fit of the mass (sPlot).

Each event gets one weight per component of the fit. A histogram of any other column, filled with
the weights of the signal, shows the signal without its background, in the expectation: provided
that within each component the column does not depend on the mass. `dependence` looks for signs that
it does.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy import stats

from hepline.arrays import Floats
from hepline.errors import AnalysisError, FitError
from hepline.spectra.mixture import mixture_of
from hepline.spectra.results import PeakFit

__all__ = ["SWeights", "dependence", "peak_weights", "s_weights"]

_TOLERANCE, _ROUNDS = 1e-12, 500
_FEWEST = 10  # events that say anything about a correlation


@dataclass(frozen=True, eq=False)
class SWeights:
    """Weights of events, one set per component.

    Attributes
    ----------
    names : tuple of str
        Of the components.
    weights : ndarray, shape (component, event)
        Those of one event sum to 1, those of one component to its yield.
    yields : ndarray, shape (component,)
        Fitted with the densities held.
    covariance : ndarray, shape (component, component)
        Of the yields, from this likelihood alone: the shapes are taken as known.
    """

    names: tuple[str, ...]
    weights: Floats
    yields: Floats
    covariance: Floats

    def of(self, name: str) -> Floats:
        """Weights of one component, shape (event,)."""
        if name not in self.names:
            raise AnalysisError(
                f"weights of '{name}'.",
                why=f"the components are {', '.join(self.names)}.",
                fix="name one of these.",
            )
        return np.asarray(self.weights[self.names.index(name)])

    def histogram(self, values: ArrayLike, edges: ArrayLike, *, of: str) -> tuple[Floats, Floats]:
        """Weighted histogram of another column.

        Parameters
        ----------
        values : array_like, shape (event,)
            In the order of the masses.
        edges : array_like, shape (bin + 1,)
        of : str
            Component.

        Returns
        -------
        events, errors : ndarray, shape (bin,)
            Sum of the weights, and the root of the sum of their squares.
        """
        weights = self.of(of)
        events = np.histogram(values, edges, weights=weights)[0]
        return events, np.sqrt(np.histogram(values, edges, weights=weights**2)[0])


def s_weights(
    densities: ArrayLike, *, names: tuple[str, ...] = ("signal", "background")
) -> SWeights:
    """Weights from the densities of the components at each event.

    The yields are fitted again with these densities, since the sums of the weights equal the
    yields at the maximum of exactly this likelihood only.

    Parameters
    ----------
    densities : array_like, shape (component, event)
        Of the mass, each normalised in the window that holds all events.
    names : tuple of str

    Returns
    -------
    SWeights

    Raises
    ------
    AnalysisError
        If densities are negative, not finite, or all zero at an event.
    FitError
        If the components cannot be told apart.

    References
    ----------
    M. Pivk, F. R. Le Diberder, Nucl. Instrum. Meth. A 555 (2005) 356, arXiv:physics/0402083.
    """
    heights = np.atleast_2d(np.asarray(densities, np.float64))
    if heights.shape[0] != len(names) or not heights.shape[1]:
        raise AnalysisError(
            f"densities of shape {heights.shape} for the components {', '.join(names)}.",
            why="each component has one density at each of at least one event.",
            fix="give an array of shape (component, event).",
        )
    if not np.all(np.isfinite(heights) & (heights >= 0)) or not np.all(heights.sum(axis=0) > 0):
        raise AnalysisError(
            "densities that are negative, not finite, or all zero at an event.",
            why="no component could have made such an event.",
            fix="select the events of the fitted window first.",
        )
    yields = _fitted_yields(heights)
    total = yields @ heights
    information = (heights / total**2) @ heights.T
    if np.linalg.cond(information * np.outer(yields, yields)) > 1e12:
        raise FitError(
            f"the components {', '.join(names)} cannot be told apart.",
            why="their densities are alike at all events, or one of them has no events.",
            fix="leave one out, or choose a wider window.",
        )
    covariance = np.asarray(np.linalg.inv(information), np.float64)
    return SWeights(names, covariance @ heights / total, yields, covariance)


def _fitted_yields(heights: Floats) -> Floats:
    """Maximum of the extended likelihood in the yields, by Newton's method.

    −ln L = Σ N − Σ ln(N·f) is convex in N; a component may have a negative yield.
    """
    events = heights.shape[1]
    yields = np.full(len(heights), events / len(heights))
    for _ in range(_ROUNDS):
        ratio = heights / (yields @ heights)
        gradient = 1.0 - ratio.sum(axis=1)
        step = np.linalg.lstsq(ratio @ ratio.T, gradient, rcond=None)[0]
        length = 1.0
        # The logarithm ends where a density is negative: stay on this side.
        while np.any((yields - length * step) @ heights <= 0):
            length /= 2
        yields = yields - length * step
        if np.all(np.abs(step) <= _TOLERANCE * events):
            return np.asarray(yields)
    raise FitError(
        "the yields of the components did not come to rest.",
        why=f"Newton's method still moves after {_ROUNDS} steps.",
        fix="look at the fit of the mass: is there signal, and background?",
    )


def peak_weights(fit: PeakFit, masses: ArrayLike) -> SWeights:
    """Weights from a fit of a mass spectrum.

    Parameters
    ----------
    fit : PeakFit
    masses : array_like, shape (event,)
        GeV, all inside of the fitted window.

    Returns
    -------
    SWeights
        Components ``signal`` (``signal 1``, ``signal 2``, … of tied peaks) and ``background``.

    Raises
    ------
    AnalysisError
        If a mass lies outside of the window.
    """
    values = np.asarray(masses, np.float64)
    outside = int(np.count_nonzero(~((values >= fit.low) & (values <= fit.high))))
    if outside:
        raise AnalysisError(
            f"{outside} of {len(values)} masses lie outside of {fit.low:g} to {fit.high:g} GeV.",
            why="the densities of the fit are normalised in its window.",
            fix="apply the window to all columns before they are weighed.",
        )
    mixture = mixture_of(fit)
    components = (*mixture.yields, "background")
    places = [fit.parameters.index(name) for name in components]
    densities = []
    for place in places:
        alone = fit.values.copy()
        alone[places] = 0.0
        alone[place] = 1.0
        densities.append(np.maximum(mixture.density(values, alone), 0.0))
    names = tuple(name.replace("events", "signal") for name in components)
    return s_weights(densities, names=names)


def dependence(masses: ArrayLike, values: ArrayLike) -> float:
    """Chance that a column and the mass are as correlated as they are, if independent.

    Parameters
    ----------
    masses, values : array_like, shape (event,)
        Of one component: the sidebands, for instance, which are background alone. In a mixture,
        both differ between the components and are correlated even where sWeights are right.

    Returns
    -------
    float
        p-value of Kendall's rank correlation; when it is tiny, sWeights are biased.

    Raises
    ------
    AnalysisError
        If there are fewer than ten events, or not one value for each mass.
    """
    first, second = np.asarray(masses, np.float64), np.asarray(values, np.float64)
    if first.shape != second.shape or first.ndim != 1 or len(first) < _FEWEST:
        raise AnalysisError(
            f"the dependence of {second.size} values on {first.size} masses.",
            why=f"a correlation needs one value for each of at least {_FEWEST} masses.",
            fix="take wider sidebands, and both columns of the same events.",
        )
    return float(stats.kendalltau(first, second).pvalue)
