"""The maximum-likelihood fit of a model: it ends at a minimum, or says why there is none."""

from __future__ import annotations

import time
from collections.abc import Mapping

import numpy as np
from numpy.typing import ArrayLike

from hepline.errors import FitError
from hepline.stats.covariance import covariance_matrix
from hepline.stats.goodness import goodness_of_fit
from hepline.stats.histfactory import HistFactory
from hepline.stats.ladder import Climb, climb
from hepline.stats.likelihood import Likelihood
from hepline.stats.newton import Region
from hepline.stats.results import FitResult, Floats, Parameter
from hepline.stats.valleys import deepest

__all__ = ["fit"]


def fit(
    model: HistFactory,
    *,
    init: Mapping[str, float] | None = None,
    fixed: Mapping[str, float] | None = None,
    data: ArrayLike | None = None,
) -> FitResult:
    """Maximize the likelihood.

    Parameters
    ----------
    model : HistFactory
    init : mapping of str to float, optional
        Where to start; the model's initial values where not given. The name of a vector parameter
        stands for all its elements.
    fixed : mapping of str to float, optional
        Parameters to hold, beside those that the measurement holds.
    data : array_like, shape (bin,) or (bin + auxdata,), optional
        The observed data where not given.

    Returns
    -------
    FitResult
        Uncertainties from the exact Hessian at the minimum.

    Raises
    ------
    ModelError
        If the data do not fit the model's bins.
    FitError
        If a name is unknown, if the likelihood is zero at the start, if no minimum was found, or
        if the data leave parameters undetermined; the message names bins and parameters.
    """
    begin = time.perf_counter()
    likelihood = model.likelihood(data)
    start, region = _start(model, init or {}, fixed or {})
    if not np.isfinite(likelihood.value(start)):
        _refuse_start(model, likelihood, start)
    climbed = climb(likelihood, start, region)
    if not climbed.method:
        _refuse_end(model, likelihood, climbed, region)
    climbed = deepest(likelihood, climbed, region)
    theta = climbed.minimum.theta
    _, hessian = likelihood.derivatives(theta)
    covariance, quality = covariance_matrix(hessian, theta, region, model.parameter_names)
    negative = _negative_bins(model, theta)
    return FitResult(
        poi=model.poi,
        parameters=_parameters(model, theta, covariance, region),
        covariance=covariance,
        twice_nll=climbed.minimum.value,
        method=climbed.method,
        covariance_quality="; ".join([quality, *negative]) if negative else quality,
        goodness_of_fit=goodness_of_fit(
            likelihood, climbed.minimum.value, region.free, model.prior_width
        ),
        seconds=time.perf_counter() - begin,
    )


def _start(
    model: HistFactory, init: Mapping[str, float], fixed: Mapping[str, float]
) -> tuple[Floats, Region]:
    theta = model.initial.copy()
    free = ~model.fixed
    for name, value in init.items():
        theta[model.indices(name)] = value
    for name, value in fixed.items():
        theta[model.indices(name)] = value
        free[model.indices(name)] = False
    outside = free & ~((model.lower <= theta) & (theta <= model.upper))
    wrong = np.flatnonzero(outside | ~np.isfinite(theta))
    if wrong.size:
        at = wrong[0]
        raise FitError(
            f"parameter '{model.parameter_names[at]}' is to start at {theta[at]:g}.",
            why=f"its bounds are {model.lower[at]:g} and {model.upper[at]:g}.",
            fix="start inside of the bounds, or widen them in the measurement.",
        )
    reach = np.where(np.isnan(model.prior_width), np.inf, model.prior_width)
    return theta, Region(model.lower, model.upper, free, reach)


def _refuse_start(model: HistFactory, likelihood: Likelihood, theta: Floats) -> None:
    bins = model.expected(theta)
    impossible = np.flatnonzero(~np.isfinite(bins) | ((bins <= 0) & (likelihood.observed > 0)))
    listed = ", ".join(
        f"{model.bin_name(i)} (expected {bins[i]:.3g}, observed {likelihood.observed[i]:g})"
        for i in impossible[:5].tolist()
    )
    more = f" and {len(impossible) - 5} more" if len(impossible) > 5 else ""
    raise FitError(
        f"the data are impossible at the start of the fit: {listed or 'a constraint term'}{more}.",
        why="events were observed where the model expects none, so that the likelihood is zero.",
        fix="merge these bins with their neighbors, add a background there, or start elsewhere "
        "(init={...}).",
    )


def _refuse_end(model: HistFactory, likelihood: Likelihood, climbed: Climb, region: Region) -> None:
    theta = climbed.minimum.theta
    gradient = likelihood.gradient(theta)
    width = np.where(np.isnan(model.prior_width), 1.0, model.prior_width)
    pull = np.where(region.movable(theta, gradient), np.abs(gradient * width), 0.0)
    blamed = [i for i in np.argsort(-pull)[:3].tolist() if pull[i] > 0]
    listed = ", ".join(f"'{model.parameter_names[i]}' = {theta[i]:.4g}" for i in blamed)
    said = "; ".join(f"{method}: {remark}" for method, remark in climbed.remarks)
    bins = model.expected(theta)
    low = int(np.argmin(bins))
    raise FitError(
        f"the fit did not converge; the steepest slopes are left in {listed or 'no parameter'}.",
        why=f"{said}. The smallest expectation is {bins[low]:.3g} in {model.bin_name(low)}.",
        fix="look at the variations of these parameters, start elsewhere (init={...}), or fix "
        "them (fixed={...}).",
    )


def _negative_bins(model: HistFactory, theta: Floats) -> list[str]:
    bins = model.expected(theta)
    return [
        f"{model.bin_name(i)} is expected to have {bins[i]:.3g} events"
        for i in np.flatnonzero(bins < 0).tolist()
    ]


def _parameters(
    model: HistFactory, theta: Floats, covariance: Floats, region: Region
) -> tuple[Parameter, ...]:
    errors = np.sqrt(np.diag(covariance))
    return tuple(
        Parameter(
            name=name,
            kind=model.kinds[i],
            value=float(theta[i]),
            error=float(errors[i]),
            initial=float(model.initial[i]),
            prior_width=None if np.isnan(model.prior_width[i]) else float(model.prior_width[i]),
            bounds=(float(model.lower[i]), float(model.upper[i])),
            fixed=not bool(region.free[i]),
        )
        for i, name in enumerate(model.parameter_names)
    )
