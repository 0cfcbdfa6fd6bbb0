"""The look-elsewhere effect: how improbable an excess is anywhere, and not only where it was seen.

Probabilities are logarithms inside, so that they stay exact where they are tiny.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import log_ndtr, ndtri_exp

from hepline.arrays import Integers
from hepline.errors import FitError
from hepline.stats.counting import poisson_interval

__all__ = ["GlobalSignificance", "count_upcrossings", "global_significance", "trials_significance"]


@dataclass(frozen=True)
class GlobalSignificance:
    """A local significance, corrected for all places that were looked at.

    Attributes
    ----------
    local : float
        Where the excess was seen, in standard deviations.
    local_p_value : float
    observed : float
        Anywhere, in standard deviations; zero where such an excess is more likely than not.
    p_value : float
    trials_factor : float
        Global over local p-value.
    lower, upper : float
        Range of `observed` from the uncertainty of the number of upcrossings, one standard
        deviation to each side.
    """

    local: float
    local_p_value: float
    observed: float
    p_value: float
    trials_factor: float
    lower: float
    upper: float


def count_upcrossings(scans: ArrayLike, reference_level: float) -> Integers:
    """Count how often q0 rises through a level along scans of the mass.

    Parameters
    ----------
    scans : array_like, shape (..., point)
        Values of q0, of the data or of toys without signal. Points have to lie closer together
        than the resolution, or upcrossings are missed.
    reference_level : float
        In units of q0: a low level, below one, so that there is something to count.

    Returns
    -------
    ndarray of int, shape (...)
        A scan that begins above the level has not crossed it there.

    Raises
    ------
    FitError
        If the level is not positive, if there are less than two points, or if values are not
        finite.

    References
    ----------
    E. Gross, O. Vitells, "Trial factors for the look elsewhere effect in high energy physics",
    Eur. Phys. J. C 70 (2010) 525, arXiv:1005.1891.
    """
    _check_level(reference_level)
    values = np.asarray(scans, dtype=np.float64)
    if values.ndim == 0 or values.shape[-1] < 2 or not np.all(np.isfinite(values)):
        raise FitError(
            f"cannot count upcrossings in values of shape {values.shape}.",
            why="a crossing lies between two neighboring points, both of them finite.",
            fix="give q0 along the mass in the last dimension, without points whose fit failed.",
        )
    above = values > reference_level
    rises = ~above[..., :-1] & above[..., 1:]
    return np.asarray(rises.sum(axis=-1), dtype=np.int64)


def global_significance(
    local: float,
    *,
    upcrossings: float,
    reference_level: float,
    error: float | None = None,
) -> GlobalSignificance:
    """Correct the largest local significance of a scan, from upcrossings of a low level.

    Parameters
    ----------
    local : float
        Largest local significance √q0, in standard deviations.
    upcrossings : float
        Mean number of upcrossings without signal: that of toys, or the count in the data.
    reference_level : float
        Level that was crossed, in units of q0.
    error : float, optional
        Standard error of the mean number. Where not given, `upcrossings` is a single count, and
        its uncertainty that of a Poisson mean.

    Returns
    -------
    GlobalSignificance
        The p-value is the upper bound of Davies, which excesses of more than about two standard
        deviations reach.

    Raises
    ------
    FitError
        If a number is negative or not finite, or if the level lies above the local q0.

    References
    ----------
    E. Gross, O. Vitells, Eur. Phys. J. C 70 (2010) 525, arXiv:1005.1891, equation (3) for one
    degree of freedom; R. Davies, Biometrika 74 (1987) 33. For the interval of a count:
    F. Garwood, Biometrika 28 (1936) 437.
    """
    _check_level(reference_level)
    _check_positive("the local significance", local)
    _check_positive("the number of upcrossings", upcrossings)
    if local**2 < reference_level:
        raise FitError(
            f"the reference level {reference_level:g} lies above q0 = {local**2:g} of the excess.",
            why="upcrossings of a low level are extrapolated to higher ones, not the other way.",
            fix="count the upcrossings of a lower level.",
        )
    if error is None:
        few, many = (float(end) for end in poisson_interval(upcrossings))
    else:
        _check_positive("the error of the number of upcrossings", error)
        few, many = max(0.0, upcrossings - error), upcrossings + error
    log_local = float(log_ndtr(-local))
    log_p = [
        _at_most_one(np.logaddexp(log_local, _log(number) - (local**2 - reference_level) / 2))
        for number in (upcrossings, few, many)
    ]
    return _result(local, *log_p)


def trials_significance(local: float, *, trials: float) -> GlobalSignificance:
    """Correct a local significance for a number of independent places.

    Parameters
    ----------
    local : float
        In standard deviations.
    trials : float
        How many independent places were looked at; at least one.

    Returns
    -------
    GlobalSignificance
        With 1 − (1 − p)ⁿ as p-value.

    Raises
    ------
    FitError
        If there is less than one trial, or if a number is not finite.

    References
    ----------
    Z. Šidák, J. Am. Stat. Assoc. 62 (1967) 626.
    """
    if not (np.isfinite(local) and np.isfinite(trials) and trials >= 1):
        raise FitError(
            f"cannot correct a significance of {local:g} for {trials:g} trials.",
            why="there is at least the place where the excess was seen.",
            fix="give the number of places, one or more.",
        )
    log_local = float(log_ndtr(-local))
    log_p = np.log(trials) + log_local
    # Further out, the sum of all p-values is exact to the last digit, and they may underflow.
    if log_p > -40:
        log_p = np.log(-np.expm1(trials * np.log1p(-np.exp(log_local))))
    return _result(local, float(log_p), float(log_p), float(log_p))


def _result(local: float, log_p: float, log_few: float, log_many: float) -> GlobalSignificance:
    log_local = float(log_ndtr(-local))
    return GlobalSignificance(
        local=float(local),
        local_p_value=float(np.exp(log_local)),
        observed=_standard_deviations(log_p),
        p_value=float(np.exp(log_p)),
        trials_factor=float(np.exp(log_p - log_local)),
        lower=_standard_deviations(log_many),
        upper=_standard_deviations(log_few),
    )


def _standard_deviations(log_p: float) -> float:
    return max(0.0, -float(ndtri_exp(log_p)))


def _at_most_one(log_p: float) -> float:
    return min(0.0, float(log_p))


def _log(number: float) -> float:
    return float(np.log(number)) if number > 0 else -np.inf


def _check_level(level: float) -> None:
    if np.isfinite(level) and level > 0:
        return
    raise FitError(
        f"the reference level of q0 is {level:g}.",
        why="q0 is zero over half of a scan: only positive levels are crossed.",
        fix="use a level such as 0.5.",
    )


def _check_positive(what: str, number: float) -> None:
    if np.isfinite(number) and number >= 0:
        return
    raise FitError(
        f"{what} is {number:g}.",
        why="it is zero or more by its meaning.",
        fix="give the square root of the largest q0, and a number of crossings.",
    )
