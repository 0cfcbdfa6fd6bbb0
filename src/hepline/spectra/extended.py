"""The extended likelihood of a mixture and its minimum, by MINUIT."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.special import xlogy

from hepline.arrays import Floats
from hepline.spectra.mixture import Mixture
from hepline.spectra.slopes import slopes_at, slopes_in

__all__ = ["Best", "Data", "minimize"]

_CALLS = 4_000
_NOWHERE = 1e30
_NEAR = 0.01
_GRID = 65
_AT_LIMIT = 2e-3
_NO_EVENT = 0.5


@dataclass(frozen=True, eq=False)
class Data:
    """What a mixture is fitted to.

    Attributes
    ----------
    values : ndarray, shape (entry,), or None
        The single values, GeV; None for a binned likelihood.
    counts, edges : ndarray
        The same entries in bins, which are fine enough for a binned likelihood.
    """

    values: Floats | None
    counts: Floats
    edges: Floats

    @property
    def entries(self) -> float:
        """How many there are."""
        return float(self.counts.sum())

    def binned(self) -> Data:
        """The same with the binned likelihood."""
        return Data(None, self.counts, self.edges)

    def twice_nll(self, mixture: Mixture, theta: Floats) -> float:
        """−2 ln L: of bins relative to a model that fits each; of values relative to a flat one.

        Parameters
        ----------
        mixture : Mixture
        theta : ndarray, shape (parameter,)

        Returns
        -------
        float
        """
        if self.values is None:
            expected = mixture.expected(self.edges, theta)
            logs, negative = _log(expected, 1e-6 * self.entries / len(self.counts))
            terms = expected - self.counts + xlogy(self.counts, self.counts) - self.counts * logs
            return 2 * float(terms.sum()) + negative
        mean = self.entries / (mixture.high - mixture.low)
        heights = mixture.density(self.values, theta) / mean
        logs, negative = _log(heights, 1e-6)
        hidden = _log(mixture.density(_between(mixture, theta), theta) / mean, 1e-6)[1]
        return 2 * (mixture.total(theta) - self.entries - float(logs.sum())) + negative + hidden

    def gradient(self, mixture: Mixture, theta: Floats, bounds: Floats) -> Floats:
        """Slopes of `twice_nll`.

        Parameters
        ----------
        mixture : Mixture
        theta : ndarray, shape (parameter,)
        bounds : ndarray, shape (parameter, 2)
            Of the parameters.

        Returns
        -------
        ndarray, shape (parameter,)
        """
        if self.values is None:
            expected, slopes = slopes_in(mixture, self.edges, theta, bounds)
            inverse, price = _log_slopes(expected, 1e-6 * self.entries / len(self.counts))
            return np.asarray(slopes @ (2 * (1 - self.counts * inverse) + price))
        mean = self.entries / (mixture.high - mixture.low)
        x = np.concatenate([self.values, _between(mixture, theta)])
        heights, slopes = slopes_at(mixture, x, theta, bounds)
        inverse, price = _log_slopes(heights / mean, 1e-6)
        inverse[len(self.values) :] = 0.0
        events = np.zeros(len(theta))
        _, yields, under = mixture.layout
        events[yields] = events[under] = 2.0
        return np.asarray(events + slopes @ (price - 2 * inverse) / mean)


def _between(mixture: Mixture, theta: Floats) -> Floats:
    """Masses at which a density must not be negative, even where there are no entries."""
    peaks = [mixture.mass_of(theta, k) for k in range(len(mixture.offsets))]
    return np.concatenate([np.linspace(mixture.low, mixture.high, _GRID), peaks])


def _log(heights: Floats, floor: float) -> tuple[Floats, float]:
    """Logarithm, going on as a line below `floor`, and a price for what is negative.

    MINUIT walks through regions where a density is negative; it must feel the way back.
    """
    low = heights < floor
    if not low.any():
        return np.log(heights), 0.0
    logs = np.log(np.maximum(heights, floor)) + np.where(low, heights / floor - 1, 0)
    missing = np.minimum(heights, 0) / floor
    return logs, float((missing**2).sum()) * 1e-6


def _log_slopes(heights: Floats, floor: float) -> tuple[Floats, Floats]:
    """Slopes of both results of `_log`."""
    return 1 / np.maximum(heights, floor), 2e-6 * np.minimum(heights, 0) / floor**2


@dataclass(frozen=True, eq=False)
class Best:
    """Where the likelihood is largest.

    Attributes
    ----------
    theta, errors : ndarray, shape (parameter,)
        Errors of fixed parameters are 0.
    covariance : ndarray, shape (parameter, parameter)
    twice_nll : float
    free : int
        How many parameters were fitted, those that reached a limit among them.
    valid : bool
    limits : tuple of str
        Parameters that were driven to a limit and held there.
    reason : str
        Why the fit is not valid.
    minuit : iminuit.Minuit
    """

    theta: Floats
    errors: Floats
    covariance: Floats
    twice_nll: float
    free: int
    valid: bool
    limits: tuple[str, ...]
    reason: str
    minuit: Any

    @property
    def aic(self) -> float:
        """Akaike's criterion: −2 ln L + 2 × number of parameters."""
        return self.twice_nll + 2 * self.free

    def interval(self, name: str, *, cl: float | None = None) -> tuple[float, float] | None:
        """Ends of the profile-likelihood interval; None where MINOS does not find them.

        Parameters
        ----------
        name : str
        cl : float, optional
            Coverage; 68.27 % if not given.

        Returns
        -------
        (float, float) or None
        """
        if self.minuit.fixed[name]:
            value = float(self.minuit.values[name])
            return value, value
        # Held, they gave a covariance; free within limits, they give honest intervals.
        held = [one for one in self.limits if one != "background" and self.minuit.fixed[one]]
        if held:
            for one in held:
                self.minuit.fixed[one] = False
            self.minuit.migrad(ncall=_CALLS)
        try:
            self.minuit.minos(name, cl=cl, ncall=_CALLS)
        except RuntimeError:
            # MINOS refuses to start at a minimum that is not valid.
            return None
        found = self.minuit.merrors[name]
        at = float(self.minuit.values[name])
        ends = (found.lower_valid or found.at_lower_limit, found.upper_valid)
        return (at + found.lower, at + found.upper) if all(ends) else None


def minimize(
    mixture: Mixture,
    data: Data,
    start: Floats,
    *,
    fixed: Sequence[str] = (),
    errors: bool = True,
) -> Best:
    """Fit a mixture.

    Parameters
    ----------
    mixture : Mixture
    data : Data
    start : ndarray, shape (parameter,)
    fixed : sequence of str
        Parameters that stay where they start.
    errors : bool
        Whether to compute the covariance (HESSE); comparing models needs none.

    Returns
    -------
    Best
    """
    minuit = _prepared(mixture, data, start, fixed)
    minuit.strategy = 1 if errors else 0
    minuit.migrad(ncall=_CALLS)
    if not _valid(minuit):
        minuit.simplex(ncall=_CALLS)
        minuit.strategy = 2
        minuit.migrad(ncall=_CALLS)
        minuit.strategy = 1
    limits = _settle(minuit, mixture)
    # HESSE estimates the distance anew, with differences that reach beyond where a density ends.
    reason = _reason(minuit)
    if errors:
        minuit.hesse()
    return _best(minuit, limits, reason)


def _prepared(mixture: Mixture, data: Data, start: Floats, fixed: Sequence[str]) -> Any:
    from iminuit import Minuit

    def cost(theta: Floats) -> float:
        # MINOS steps to NaN where its parabola has no solution.
        return data.twice_nll(mixture, theta) if np.all(np.isfinite(theta)) else _NOWHERE

    limits = np.array(mixture.bounds(data.entries))
    places = len(mixture.masses)
    middles = 0.5 * (start[: places - 1] + start[1:places])
    # Masses that float must not change places.
    limits[1:places, 0] = limits[: places - 1, 1] = middles

    def gradient(theta: Floats) -> Floats:
        return data.gradient(mixture, theta, limits)

    minuit = Minuit(cost, start, grad=gradient, name=mixture.parameters)
    minuit.errordef = 1.0
    minuit.limits = limits
    steps = np.array([0.1 * (high - low) for low, high in minuit.limits])
    steps = np.minimum(steps, 0.1 * np.abs(start) + 0.02)
    shape, yields, under = mixture.layout
    steps[: shape.start] = 0.1 * mixture.signal.half_width(*start[shape])
    steps[yields] = steps[under] = np.sqrt(data.entries)
    minuit.errors = steps
    for name in fixed:
        minuit.fixed[name] = True
    return minuit


def _settle(minuit: Any, mixture: Mixture) -> tuple[str, ...]:
    """Hold shape parameters that were driven to a limit, where a parabola means nothing."""
    held = []
    kept = {*mixture.masses, *mixture.yields}
    if mixture.signal.natural:
        kept.add("width")
    for name in mixture.parameters:
        low, high = minuit.limits[name]
        at = minuit.values[name]
        # Of the error, for a resolution is hundreds of times smaller than its range.
        near = _AT_LIMIT * min(high - low, abs(at) + minuit.errors[name])
        if name == "background":
            near = _NO_EVENT
        if name in kept or minuit.fixed[name] or low + near < at < high - near:
            continue
        minuit.fixed[name] = True
        held.append(name)
    if "background" in held:
        # Without events, its shape means nothing.
        for name in mixture.background.parameters:
            minuit.fixed[name] = True
    if held:
        minuit.migrad(ncall=_CALLS)
    return tuple(held)


def _best(minuit: Any, limits: tuple[str, ...], reason: str) -> Best:
    size = len(minuit.values)
    covariance = np.zeros((size, size))
    if minuit.covariance is not None:
        covariance = np.asarray(minuit.covariance, dtype=float)
    errors = np.where(minuit.fixed, 0.0, np.sqrt(np.maximum(np.diag(covariance), 0)))
    return Best(
        theta=np.array(minuit.values, dtype=float),
        errors=errors,
        covariance=covariance,
        twice_nll=float(minuit.fval),
        free=int(minuit.nfit) + len(limits),
        valid=not reason,
        limits=limits,
        reason=reason,
        minuit=minuit,
    )


def _valid(minuit: Any) -> bool:
    # MIGRAD asks for 0.0002; the likelihood is flat enough for all errors far above that.
    found = minuit.fmin
    near = found.edm < _NEAR and not found.has_reached_call_limit
    return bool(found.is_valid or (near and found.has_posdef_covar))


def _reason(minuit: Any) -> str:
    if _valid(minuit):
        return ""
    found = minuit.fmin
    if found.has_reached_call_limit:
        return f"it did not come to rest within {found.nfcn} evaluations"
    return f"the estimated distance to the minimum is still {found.edm:.2g}"
