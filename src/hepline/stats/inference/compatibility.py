"""Compatibility of measurements: one value of the parameter of interest for all, or one for each.

Twice the log-likelihood ratio of both descriptions follows a chi-square distribution with one
degree of freedom less than there are measurements. Shared systematic uncertainties are in both
fits, so that a common error does not look like tension.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from pathlib import Path
from typing import Any, Literal

import numpy as np
from scipy.special import chdtrc, gammaln, ndtri_exp

from hepline.arrays import Floats
from hepline.errors import ModelError
from hepline.stats.fit import fit
from hepline.stats.histfactory import HistFactory
from hepline.stats.inference.combination import combine
from hepline.stats.results import FitResult

__all__ = ["Compatibility", "Difference", "compatibility"]

_TERMS = 100  # of a series whose terms shrink by degrees / statistic, a small number where needed


@dataclass(frozen=True)
class Difference:
    """Between two measurements.

    Attributes
    ----------
    first, second : str
        Names of the measurements.
    value, error : float
        First minus second; the error has the correlations by shared systematic uncertainties.
    """

    first: str
    second: str
    value: float
    error: float


@dataclass(frozen=True, eq=False)
class Compatibility:
    """Do measurements agree on the parameter of interest?

    Attributes
    ----------
    poi : str
    names : tuple of str
        Of the measurements.
    values, errors : ndarray, shape (measurement,)
        Of the parameter of interest in a common fit with one for each measurement.
    correlation : ndarray, shape (measurement, measurement)
    differences : tuple of Difference
        One for each pair.
    value, error : float
        Of the one parameter of interest that all share.
    statistic : float
        Twice the log-likelihood ratio of both fits.
    degrees_of_freedom : int
        Measurements minus one.
    p_value : float
        Upper tail of the chi-square distribution.
    significance : float
        Standard deviations of a normal distribution with this p-value in both tails.
    quality : str
        ``exact``, or what keeps the statistic from following the distribution, such as a parameter
        at its bound.
    """

    poi: str
    names: tuple[str, ...]
    values: Floats
    errors: Floats
    correlation: Floats
    differences: tuple[Difference, ...]
    value: float
    error: float
    statistic: float
    degrees_of_freedom: int
    p_value: float
    significance: float
    quality: str


def compatibility(
    workspaces: Sequence[Mapping[str, Any] | str | Path],
    *,
    names: Sequence[str] | None = None,
    poi: str | None = None,
    correlate: Mapping[str, Sequence[str]] | Literal["all"] | None = "all",
    decorrelate: Sequence[str] = (),
    measurement: str | None = None,
) -> Compatibility:
    """Test whether measurements agree.

    Parameters
    ----------
    workspaces : sequence of mapping, str or Path
        Two or more measurements of one parameter of interest.
    names : sequence of str, optional
        Of the measurements; needed where channels have equal names.
    poi : str, optional
        Parameter of interest, of this name in all workspaces; not needed if they agree on it.
    correlate, decorrelate, measurement
        Which nuisance parameters are shared; as for `combine`.

    Returns
    -------
    Compatibility

    Raises
    ------
    ModelError
        If there are less than two workspaces; if they do not share the parameter of interest; if
        they cannot be combined.
    FitError
        If one of both fits fails.

    References
    ----------
    S. Wilks, Ann. Math. Statist. 9 (1938) 60.
    """
    together = combine(
        workspaces,
        names=names,
        correlate=correlate,
        decorrelate=decorrelate,
        poi=poi,
        measurement=measurement,
    )
    shared = together["measurements"][0]["config"]["poi"]
    labels = tuple(names or (str(i + 1) for i in range(len(workspaces))))
    own = tuple(f"{shared}_{label}" for label in labels)
    apart = combine(
        workspaces,
        names=names,
        correlate=correlate,
        decorrelate=(*decorrelate, shared) if shared else decorrelate,
        poi="",
        measurement=measurement,
    )
    one, each = HistFactory(together), HistFactory(apart)
    _check(each, labels, own, shared)
    common = fit(one)
    start = {parameter.name: parameter.value for parameter in common.parameters}
    value = start.pop(shared)
    # From the common fit it can only go down, so that the statistic is never negative.
    free = fit(each, init={**start, **dict.fromkeys(own, value)})
    return _compare(common, free, labels, own)


def _check(model: HistFactory, labels: Sequence[str], own: Sequence[str], shared: str) -> None:
    lacking = [
        label for label, name in zip(labels, own, strict=True) if name not in model.parameter_names
    ]
    if len(labels) < 2 or lacking:
        raise ModelError(
            f"there are no two measurements of '{shared}' to compare.",
            why=f"{' and '.join(lacking)} {'has' if len(lacking) == 1 else 'have'} no other "
            "parameter of interest of this name.",
            fix="give two or more workspaces that all have it (poi=...).",
        )


def _compare(
    common: FitResult, free: FitResult, labels: tuple[str, ...], own: Sequence[str]
) -> Compatibility:
    index = [[each.name for each in free.parameters].index(name) for name in own]
    values = np.array([free.parameters[i].value for i in index])
    covariance = free.spread.part(index, index)
    statistic = max(0.0, common.twice_nll - free.twice_nll)
    degrees = len(own) - 1
    log_p = _log_upper_tail(statistic, degrees)
    qualities = {common.covariance_quality, free.covariance_quality} - {"exact"}
    return Compatibility(
        poi=common.poi,
        names=labels,
        values=values,
        errors=np.sqrt(np.diag(covariance)),
        correlation=free.correlations(index, index),
        differences=tuple(
            Difference(labels[i], labels[j], float(values[i] - values[j]), _error(covariance, i, j))
            for i, j in combinations(range(len(own)), 2)
        ),
        value=common[common.poi].value,
        error=common[common.poi].error,
        statistic=statistic,
        degrees_of_freedom=degrees,
        p_value=float(np.exp(log_p)),
        significance=max(0.0, -float(ndtri_exp(log_p - np.log(2)))),
        quality="; ".join(sorted(qualities)) or "exact",
    )


def _log_upper_tail(statistic: float, degrees: int) -> float:
    """Logarithm of the chi-square's upper tail, also where that is too small for a float.

    References
    ----------
    NIST Digital Library of Mathematical Functions, equation 8.11.2, https://dlmf.nist.gov/8.11
    """
    p_value = float(chdtrc(degrees, statistic))
    if p_value > 0:
        return float(np.log(p_value))
    half, far = degrees / 2, statistic / 2
    terms = np.cumprod((half - np.arange(1, _TERMS)) / far)
    return float((half - 1) * np.log(far) - far - gammaln(half) + np.log1p(terms.sum()))


def _error(covariance: Floats, i: int, j: int) -> float:
    variance = covariance[i, i] + covariance[j, j] - 2 * covariance[i, j]
    return float(np.sqrt(max(0.0, variance)))  # rounding can leave less than nothing
