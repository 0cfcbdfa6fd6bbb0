"""Test statistics: how much worse the data are described where the parameter of interest is held.

Numbers of equations are those of G. Cowan, K. Cranmer, E. Gross, O. Vitells, Eur. Phys. J. C 71
(2011) 1554, arXiv:1007.1727. `neighborhood` says how other fits with parameters held differ.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import ArrayLike

from hepline.arrays import Floats
from hepline.errors import FitError
from hepline.stats.covariance import inverse_curvature
from hepline.stats.histfactory import HistFactory
from hepline.stats.inference.asimov import free_poi
from hepline.stats.likelihood import Likelihood
from hepline.stats.minimum import find_minimum
from hepline.stats.newton import Minimum

__all__ = ["Profile", "check_tested", "for_tests", "profile"]

_BESIDE = 1e-9  # of the way to the best value: all but the rate of the signal stays the same
_TRAPPED = 1e-6  # a fit of more parameters that ends higher than this lies in another valley


class Profile:
    """Profile likelihood of the parameter of interest for one set of data.

    It keeps its fits, so that tests of many values share them and start close to their ends.

    Parameters
    ----------
    model : HistFactory
        Without an upper bound of the parameter of interest.
    likelihood : Likelihood
    best : Minimum
        Of all values of the parameter of interest that its lower bound allows.
    valleys : sequence of ndarray, shape (parameter,)
        Points in all valleys, if there are several; every fit looks there, too.

    Attributes
    ----------
    minima : dict of float to Minimum
        Where the parameter of interest was held at a value.
    """

    def __init__(
        self,
        model: HistFactory,
        likelihood: Likelihood,
        best: Minimum,
        valleys: Sequence[Floats] = (),
    ) -> None:
        self.model = model
        self.likelihood = likelihood
        self.best = best
        self.valleys = tuple(valleys)
        self.minima: dict[float, Minimum] = {}

    @property
    def mu_hat(self) -> float:
        """Best value of the parameter of interest."""
        return float(self.best.theta[self._poi])

    @property
    def sigma(self) -> float:
        """Error of the best value, roughly: only a scale for searches; one where there is none."""
        free = np.flatnonzero(~self.model.fixed)
        _, hessian = self.likelihood.curvature(self.best.theta)
        if not hessian.is_finite:
            return 1.0
        spread = inverse_curvature(hessian, ~self.model.fixed)
        if spread is not None:
            return float(np.sqrt(spread.variances[self._poi]))
        information = hessian.full()[np.ix_(free, free)] / 2
        here = free == self._poi
        variance = float(np.linalg.lstsq(information, here.astype(np.float64))[0][here][0])
        return float(np.sqrt(variance)) if variance > 0 else 1.0

    def at(self, mu: float) -> Minimum:
        """Minimum where the parameter of interest is held at `mu`.

        Where the data are impossible there, such as events in a bin without background at zero, the
        value is infinite, and the other parameters are those of the limit from the best value.
        """
        if mu not in self.minima:
            near, value = self._nearest(mu)
            held = {self.model.poi: mu}
            if np.isfinite(value):
                found = self._minimum(near, held)
            else:
                found = self._beside(mu) or self._minimum(self._near(mu), held)
            self._keep(mu, found)
        return self.minima[mu]

    def _beside(self, mu: float) -> Minimum | None:
        """Minimum where the data are impossible; None if a point makes them possible after all."""
        beside = mu + _BESIDE * (self.mu_hat - mu)
        theta = self._minimum(self._near(beside), {self.model.poi: beside}).theta.copy()
        theta[self._poi] = mu
        value = self.likelihood.value(theta)
        found = Minimum(theta, value, True, "the data are impossible there")
        if np.isfinite(value):
            self.minima[mu] = found  # the descent at `mu` starts there
            return None
        return found

    def allows(self, mu: float) -> bool:
        """Whether the data are possible at a value, at one of the points that are known."""
        return bool(np.isfinite(self._nearest(mu)[1]))

    def _keep(self, mu: float, found: Minimum) -> None:
        self.minima[mu] = found
        if found.value < self.best.value - _TRAPPED:
            self.best = self._minimum(found.theta, {})

    def _minimum(self, near: Floats, fixed: Mapping[str, float]) -> Minimum:
        return find_minimum(
            self.model, self.likelihood, fixed=fixed, near=near, valleys=self.valleys
        ).minimum

    def _near(self, mu: float) -> Floats:
        """Of all points that are known, the one with the largest likelihood at `mu`."""
        return self._nearest(mu)[0]

    def _nearest(self, mu: float) -> tuple[Floats, float]:
        """The same with its value."""
        known = [self.model.initial, self.best.theta]
        points = np.array([*known, *(minimum.theta for minimum in self.minima.values())])
        points[:, self._poi] = mu
        values = self.likelihood.values(points)
        lowest = int(np.argmin(np.where(np.isnan(values), np.inf, values)))
        return points[lowest], float(values[lowest])

    @property
    def _poi(self) -> int:
        return self.model.parameter_names.index(self.model.poi)

    def tmu(self, mu: float) -> float:
        """Statistic t(mu), equation (8): how far `mu` is from the best value, on either side."""
        return _rise(self.at(mu), self.best)

    def qmu(self, mu: float) -> float:
        """Statistic q(mu), equation (14): as t(mu), and zero where the best value is above."""
        if self.mu_hat > mu:
            return 0.0
        rise = self.tmu(mu)
        return 0.0 if self.mu_hat > mu else rise  # the fit may have found a better best value

    def qmu_tilde(self, mu: float) -> float:
        """Statistic q̃(mu), equation (16): as q(mu), with a best value that is not negative."""
        if self.mu_hat >= 0:
            return self.qmu(mu)
        return _rise(self.at(mu), self.at(0.0))

    def statistic(self, name: str, mu: float) -> float:
        """Statistic ``qtilde``, ``q`` or ``t`` for a value."""
        return {"qtilde": self.qmu_tilde, "q": self.qmu, "t": self.tmu}[name](mu)

    def q0(self) -> float:
        """Statistic q0, equation (12): as t(0), and zero where the best value is negative.

        Infinite where events were counted that no background explains.
        """
        if self.mu_hat <= 0:
            return 0.0
        return self.tmu(0.0) if self.allows(0.0) else np.inf


def _rise(held: Minimum, best: Minimum) -> float:
    # Two fits that end at the same point may differ by a rounding error.
    return max(0.0, held.value - best.value)


def profile(
    model: HistFactory,
    *,
    data: ArrayLike | None = None,
    near: Floats | None = None,
    valleys: Sequence[Floats] = (),
    highest: float = np.inf,
) -> Profile:
    """Fit all parameters, as a start for tests of the parameter of interest.

    Parameters
    ----------
    model : HistFactory
    data : array_like, shape (bin,) or (bin + auxdata,), optional
        The observed data by default.
    near : ndarray, shape (parameter,), optional
        A point close to the minimum, such as that of similar data.
    valleys : sequence of ndarray, shape (parameter,)
        Points in other valleys of similar data, which are looked at beside `near`.
    highest : float
        Largest value of the parameter of interest. As long as no larger one is tested, q and q̃ do
        not notice it; some toys have no best value without.

    Returns
    -------
    Profile

    Raises
    ------
    FitError
        If the workspace names no parameter of interest, if the measurement holds it, or if the
        fit fails.
    """
    wide = for_tests(model, highest)
    likelihood = wide.likelihood(data)
    climbed = find_minimum(wide, likelihood, near=near, valleys=valleys)
    others = [each.theta for each in climbed.others]
    if others:
        others.append(climbed.minimum.theta)
    return Profile(wide, likelihood, climbed.minimum, [*valleys, *others])


def for_tests(model: HistFactory, highest: float = np.inf) -> HistFactory:
    """Copy a model for tests of any value from zero up to the highest.

    The usual upper bound of ten serves minimizers that need a range. Were it kept, the best value
    would stop there, and values above it would be compared with something that is not the best.
    A lower bound above zero would keep it from the background, which all tests compare with.
    """
    at = model.indices(free_poi(model))
    lower, upper = model.lower.copy(), model.upper.copy()
    lower[at] = np.minimum(model.lower[at], 0.0)
    upper[at] = highest
    return model.replacing(lower=lower, upper=upper)


def check_tested(poi: str, mu: float) -> None:
    """Refuse values of the parameter of interest that q̃ is not made for.

    Parameters
    ----------
    poi : str
    mu : float

    Raises
    ------
    FitError
        If `mu` is negative or not finite.
    """
    if np.isfinite(mu) and mu >= 0:
        return
    raise FitError(
        f"cannot test '{poi}' = {mu:g}.",
        why="q̃ and CLs are made for signals that add events: zero or more.",
        fix="test a value from zero upwards; signals of either sign have an interval "
        "(model.intervals).",
    )
