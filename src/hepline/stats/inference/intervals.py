"""Profile-likelihood (MINOS) intervals, and several parameters of interest at a time."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import chdtr, chdtrc, ndtri

from hepline.arrays import Floats
from hepline.errors import FitError
from hepline.stats.histfactory import HistFactory
from hepline.stats.inference.neighborhood import Neighborhood, from_deepest
from hepline.stats.inference.results import Interval
from hepline.stats.results import FitResult

__all__ = ["JointTest", "Simultaneous", "interval", "intervals", "joint_test", "simultaneous"]

_MOST_FITS = 100
_PRECISION = 1e-6  # of the root of twice the log-likelihood ratio: a millionth of an error
_OVERSHOOT = 1.02  # so that the second guess encloses the crossing


@dataclass(frozen=True, eq=False)
class Simultaneous:
    """Several parameters of interest, measured together.

    Attributes
    ----------
    parameters : tuple of str
    values, errors : ndarray, shape (parameter,)
        Best values; errors from the Hessian, all other parameters profiled.
    covariance, correlation : ndarray, shape (parameter, parameter)
    intervals : tuple of Interval
        Of each parameter alone, all others profiled.
    twice_nll : float
        At the minimum.
    """

    parameters: tuple[str, ...]
    values: Floats
    errors: Floats
    covariance: Floats
    correlation: Floats
    intervals: tuple[Interval, ...]
    twice_nll: float


@dataclass(frozen=True)
class JointTest:
    """Are these values of several parameters compatible with the data?

    Attributes
    ----------
    hypothesis : tuple of (str, float)
    statistic : float
        Twice the log-likelihood ratio of the best fit and of the fit with these values held.
    degrees_of_freedom : int
        Number of values.
    p_value : float
        Upper tail of the chi-square distribution (Wilks' theorem).
    """

    hypothesis: tuple[tuple[str, float], ...]
    statistic: float
    degrees_of_freedom: int
    p_value: float


def interval(
    model: HistFactory,
    name: str,
    *,
    sigma: float = 1.0,
    level: float | None = None,
    data: ArrayLike | None = None,
    fit: FitResult | None = None,
) -> Interval:
    """Find where the profile likelihood has fallen so far that a value is excluded.

    Parameters
    ----------
    model : HistFactory
    name : str
    sigma : float
        Size of the interval in standard deviations of a normal distribution.
    level : float, optional
        Confidence level between zero and one, instead of `sigma`.
    data : array_like, shape (bin,) or (bin + auxdata,), optional
        The observed data by default.
    fit : FitResult, optional
        Of this model to these data: saves a fit.

    Returns
    -------
    Interval
        Its ends lie within a millionth of a standard deviation of the crossing. Where the
        likelihood crosses more than once, it is one of the crossings.

    Raises
    ------
    FitError
        If the name is unknown or held, if the level makes no sense, if a fit on the way fails or
        finds a deeper minimum.

    References
    ----------
    F. James, M. Roos, "MINUIT", Comput. Phys. Commun. 10 (1975) 343.
    """
    return intervals(model, (name,), sigma=sigma, level=level, data=data, fit=fit)[0]


def intervals(
    model: HistFactory,
    names: Sequence[str] | None = None,
    *,
    sigma: float = 1.0,
    level: float | None = None,
    data: ArrayLike | None = None,
    fit: FitResult | None = None,
) -> tuple[Interval, ...]:
    """Find the intervals of several parameters, each with all others profiled.

    Parameters
    ----------
    model : HistFactory
    names : sequence of str, optional
        All parameters that the fit moves and the data determine by default.
    sigma, level, data, fit
        As for `interval`.

    Returns
    -------
    tuple of Interval

    Raises
    ------
    FitError
        As for `interval`.
    """
    size = _size(sigma, level)
    return from_deepest(
        lambda neighborhood: _intervals(neighborhood, names, size), model, data, fit
    )


def simultaneous(
    model: HistFactory,
    names: Sequence[str],
    *,
    sigma: float = 1.0,
    level: float | None = None,
    data: ArrayLike | None = None,
    fit: FitResult | None = None,
) -> Simultaneous:
    """Measure several parameters of interest together.

    Parameters
    ----------
    model : HistFactory
    names : sequence of str
        Any parameters, such as one signal strength for each production mode.
    sigma, level, data, fit
        As for `interval`; they set the size of the intervals, not that of the errors.

    Returns
    -------
    Simultaneous

    Raises
    ------
    FitError
        As for `interval`; also if no name is given, or one twice.
    """
    _check_names(names)
    size = _size(sigma, level)
    return from_deepest(
        lambda neighborhood: _simultaneous(neighborhood, names, size), model, data, fit
    )


def _simultaneous(
    neighborhood: Neighborhood, names: Sequence[str], size: tuple[float, float]
) -> Simultaneous:
    chosen = [neighborhood.position(name) for name in names]
    covariance = neighborhood.fit.spread.part(chosen, chosen)
    return Simultaneous(
        parameters=tuple(names),
        values=neighborhood.best[chosen],
        errors=np.sqrt(np.diag(covariance)),
        covariance=covariance,
        correlation=neighborhood.fit.correlations(chosen, chosen),
        intervals=_intervals(neighborhood, names, size),
        twice_nll=neighborhood.fit.twice_nll,
    )


def joint_test(
    model: HistFactory,
    hypothesis: Mapping[str, float],
    *,
    data: ArrayLike | None = None,
    fit: FitResult | None = None,
) -> JointTest:
    """Test values of several parameters at once, all others profiled.

    Parameters
    ----------
    model : HistFactory
    hypothesis : mapping of str to float
    data : array_like, shape (bin,) or (bin + auxdata,), optional
        The observed data by default.
    fit : FitResult, optional
        Of this model to these data: saves a fit.

    Returns
    -------
    JointTest

    Raises
    ------
    FitError
        If a name is unknown or held, or none is given; if a value lies outside of its bounds; if
        a fit fails or finds a deeper minimum.

    References
    ----------
    S. Wilks, Ann. Math. Statist. 9 (1938) 60.
    """
    _check_names(tuple(hypothesis))
    statistic = from_deepest(lambda neighborhood: _rise(neighborhood, hypothesis), model, data, fit)
    degrees = len(hypothesis)
    return JointTest(
        hypothesis=tuple((name, float(value)) for name, value in hypothesis.items()),
        statistic=statistic,
        degrees_of_freedom=degrees,
        p_value=float(chdtrc(degrees, statistic)),
    )


def _rise(neighborhood: Neighborhood, hypothesis: Mapping[str, float]) -> float:
    for name, value in hypothesis.items():
        neighborhood.check_inside(name, value)
    return neighborhood.rise(hypothesis)


def _check_names(names: Sequence[str]) -> None:
    if not names or len(set(names)) < len(names):
        raise FitError(
            f"these parameters cannot be measured together: {list(names)}.",
            why="each of them has to be named once." if names else "none is named.",
            fix="name at least one parameter, and none twice.",
        )


def _size(sigma: float, level: float | None) -> tuple[float, float]:
    """Root of twice the log-likelihood ratio at the ends of an interval, and its level."""
    if level is None and 0 < sigma < math.inf:
        return float(sigma), float(chdtr(1, sigma**2))
    if level is not None and 0 < level < 1:
        return float(-ndtri((1 - level) / 2)), float(level)
    raise FitError(
        f"there is no interval of {f'sigma {sigma:g}' if level is None else f'level {level:g}'}.",
        why="a level lies between zero and one, and a size in standard deviations above zero.",
        fix="give for example level=0.95, or sigma=2.",
    )


def _intervals(
    neighborhood: Neighborhood, names: Sequence[str] | None, size: tuple[float, float]
) -> tuple[Interval, ...]:
    if names is None:
        parameters = neighborhood.fit.parameters
        names = [each.name for i, each in enumerate(parameters) if neighborhood.follows(i)]
    height, level = size
    found = []
    for name in names:
        index = neighborhood.position(name)
        lower, open_lower = _end(neighborhood, index, height, -1)
        upper, open_upper = _end(neighborhood, index, height, +1)
        value = float(neighborhood.best[index])
        found.append(Interval(name, value, lower, upper, level, open_lower, open_upper))
    return tuple(found)


def _end(neighborhood: Neighborhood, index: int, height: float, side: int) -> tuple[float, bool]:
    """One end of an interval, and whether it is a bound instead of a crossing.

    The root of twice the log-likelihood ratio is nearly linear in the distance from the best
    value; the method of Illinois (regula falsi that cannot stall) needs few fits for it.
    """
    parameter = neighborhood.fit.parameters[index]
    bound = parameter.bounds[(side + 1) // 2]
    room = abs(bound - parameter.value)
    inner, below, outer, above = 0.0, -height, room, math.nan
    trial = min(room, height * parameter.error or 0.01 * room)
    precision = _PRECISION + 1e-12 * abs(neighborhood.fit.twice_nll)
    near, last = None, 0
    for _ in range(_MOST_FITS):
        if outer - inner <= 1e-12 * max(1.0, abs(parameter.value)):
            return (bound, True) if math.isnan(above) else (parameter.value + side * outer, False)
        at = parameter.value + side * trial
        found = neighborhood.at({parameter.name: at if trial < room else bound}, near=near)
        near = found.theta if found.converged else near
        excess = math.sqrt(max(0.0, found.value - neighborhood.fit.twice_nll)) - height
        if abs(excess) < precision:
            return at, False
        # Halving the value that has not moved in two steps is what makes it Illinois.
        if excess < 0:
            above = above / 2 if last < 0 else above
            inner, below, last = trial, excess, -1
        else:
            below = below / 2 if last > 0 else below
            outer, above, last = trial, excess, +1
        trial = _next_trial(inner, below, outer, above, height)
    raise FitError(
        f"no end of the interval of '{parameter.name}' found between "
        f"{parameter.value + side * inner:.6g} and {parameter.value + side * outer:.6g}.",
        why=f"{_MOST_FITS} fits were not enough: the profile likelihood jumps there.",
        fix="look at it with scan(), and at the variations of the parameters that jump.",
    )


def _next_trial(inner: float, below: float, outer: float, above: float, height: float) -> float:
    if math.isnan(above):
        rate = (below + height) / inner
        ahead = _OVERSHOOT * height / rate if rate > 0 else math.inf
        return min(max(ahead, 1.01 * inner), 4 * inner, outer)
    if math.isinf(above):
        return (inner + outer) / 2
    return inner + (outer - inner) * -below / (above - below)
