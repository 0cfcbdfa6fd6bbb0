"""The posterior density where it is easy to sample: without bounds, close to a normal one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit

from hepline.arrays import Floats
from hepline.errors import FitError
from hepline.stats.histfactory import HistFactory
from hepline.stats.inference.priors import Prior
from hepline.stats.likelihood import Likelihood

__all__ = ["Density", "Whitened", "density", "whitened"]

_NEAREST = 1e-3  # to a bound that the search for the mode starts, as share of their distance
_STEP = 1e-4  # between slopes of a prior, as share of the distance of the bounds


@dataclass(frozen=True, eq=False)
class Density:
    """Logarithm of the posterior over the real line: bounds are moved to infinity by a logit.

    ``theta = lower + (upper − lower) / (1 + exp(−u))``; ln |dtheta/du| is part of the density, so
    that flat in theta stays flat in theta.

    Attributes
    ----------
    likelihood : Likelihood
    start : ndarray, shape (parameter,)
        Fixed parameters stay there.
    free : ndarray of int, shape (free,)
    lower, width : ndarray, shape (free,)
    priors : mapping of int to Prior
        By position among all parameters.
    """

    likelihood: Likelihood
    start: Floats
    free: NDArray[np.int64]
    lower: Floats
    width: Floats
    priors: Mapping[int, Prior]

    def theta(self, u: Floats) -> Floats:
        """All parameters, shape (parameter,), for points of shape (free,)."""
        theta = self.start.copy()
        theta[self.free] = self.lower + self.width * expit(u)
        return theta

    def value_and_slope(self, u: Floats) -> tuple[float, Floats]:
        """Evaluate the density's logarithm, up to a constant, and its slope, shape (free,).

        Minus infinity, with a slope of zero, where the data or a prior are impossible.
        """
        share, rest = expit(u), expit(-u)
        theta = self.theta(u)
        value = -0.5 * self.likelihood.value(theta)
        value += sum(prior.log_density(theta[at]) for at, prior in self.priors.items())
        # ln(share × rest), safe for both far ends.
        value -= float(np.sum(np.logaddexp(0, u) + np.logaddexp(0, -u)))
        if not np.isfinite(value):
            return -np.inf, np.zeros_like(u)
        inner = -0.5 * self.likelihood.gradient(theta)
        for at, prior in self.priors.items():
            inner[at] += prior.slope(theta[at])
        return value, inner[self.free] * self.width * share * rest + rest - share

    def curvature(self, u: Floats) -> Floats:
        """Second derivatives of the density's logarithm, shape (free, free).

        Exact for the likelihood; priors by the difference of slopes.
        """
        share, rest = expit(u), expit(-u)
        theta = self.theta(u)
        gradient, hessian = self.likelihood.derivatives(theta)
        inner, bend = -0.5 * gradient, -0.5 * hessian
        for place, at in enumerate(self.free.tolist()):
            if at in self.priors:
                step = _STEP * self.width[place] * share[place] * rest[place]
                ends = [self.priors[at].slope(theta[at] + side * step) for side in (-1, 1)]
                bend[at, at] += (ends[1] - ends[0]) / (2 * step)
                inner[at] += self.priors[at].slope(theta[at])
        slope = self.width * share * rest
        curved = bend[np.ix_(self.free, self.free)] * np.outer(slope, slope)
        own = inner[self.free] * slope * (rest - share) - 2 * share * rest
        return np.asarray(curved + np.diag(own))


@dataclass(frozen=True, eq=False)
class Whitened:
    """A density in units of its own width: ``u = mode + root @ z``.

    Attributes
    ----------
    density : Density
    mode : ndarray, shape (free,)
    root : ndarray, shape (free, free)
        Root of the covariance at the mode.
    """

    density: Density
    mode: Floats
    root: Floats

    def value_and_slope(self, z: Floats) -> tuple[float, Floats]:
        """Evaluate as `Density.value_and_slope`, as function of z."""
        value, slope = self.density.value_and_slope(self.mode + self.root @ z)
        return value, self.root.T @ slope

    def parameters(self, z: Floats) -> Floats:
        """Free parameters, shape (free,)."""
        return self.density.theta(self.mode + self.root @ z)[self.density.free]


def density(model: HistFactory, likelihood: Likelihood, priors: Mapping[int, Prior]) -> Density:
    """Join likelihood, priors and bounds.

    Raises
    ------
    FitError
        If no parameter is free.
    """
    held = model.fixed.copy()
    for at in priors:
        # The data say nothing of such a factor, but its prior does.
        held[at] &= model.parameter_names[at] not in model.idle
    free = np.flatnonzero(~held)
    if not free.size:
        raise FitError(
            "no parameter of this model is free.",
            why="the measurement holds all of them, so that the data can teach nothing.",
            fix="remove 'fixed' from the parameters of the measurement.",
        )
    lower, width = model.lower[free], (model.upper - model.lower)[free]
    kept = {at: prior for at, prior in priors.items() if not held[at]}
    return Density(likelihood, model.initial, free, lower, width, kept)


def whitened(target: Density) -> Whitened:
    """Find the mode of a density and its width there.

    Raises
    ------
    FitError
        If the data are impossible where the search starts.
    """
    share = (target.start[target.free] - target.lower) / target.width
    share = np.clip(share, _NEAREST, 1 - _NEAREST)
    begin = np.log(share / (1 - share))
    if not np.isfinite(target.value_and_slope(begin)[0]):
        raise FitError(
            "the data, or a prior, are impossible at the initial values of the model.",
            why="the likelihood is zero there, so that no chain can start.",
            fix="set other 'inits' in the measurement, or look at the priors.",
        )

    def falling(u: Floats) -> tuple[float, Floats]:
        value, slope = target.value_and_slope(u)
        return -value, -slope

    def bending(u: Floats) -> Floats:
        return -target.curvature(u)

    from scipy.linalg import eigh  # half a second with the next one, for a posterior only
    from scipy.optimize import minimize

    # An inexact mode costs time in sampling, and changes no result: success is not asked for.
    found = minimize(falling, begin, method="trust-exact", jac=True, hess=bending)
    mode = np.asarray(found.x)
    bends, axes = eigh(bending(mode))
    # A direction that is flat at the mode gets the width of the logit itself.
    return Whitened(target, mode, axes / np.sqrt(np.maximum(bends, 0.05)))
