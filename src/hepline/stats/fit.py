"""The maximum-likelihood fit of a model: it ends at a minimum, or says why there is none."""

from __future__ import annotations

import time
from collections.abc import Mapping

import numpy as np
from numpy.typing import ArrayLike

from hepline.arrays import Floats
from hepline.stats.covariance import covariance_matrix
from hepline.stats.expectation import lowest, unclipped
from hepline.stats.goodness import goodness_of_fit
from hepline.stats.histfactory import HistFactory
from hepline.stats.minimum import AT_LEAST, find_minimum
from hepline.stats.newton import Region
from hepline.stats.results import FitResult, OtherMinimum, Parameter

__all__ = ["fit"]

_NEAR_LEAST = 1e-6  # events; the minimizer ends closer to the kink
_ROUNDING = 1e-9  # events; a bin that the fit empties misses zero by less


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
        Where to start; the model's initial values by default. The name of a vector parameter
        stands for all its elements.
    fixed : mapping of str to float, optional
        Parameters to hold, beside those that the measurement holds.
    data : array_like, shape (bin,) or (bin + auxdata,), optional
        The observed data by default.

    Returns
    -------
    FitResult
        Uncertainties from the exact Hessian at the minimum; ``covariance_quality`` says which
        parameters have none, and why.

    Raises
    ------
    ModelError
        If the data do not fit the model's bins.
    FitError
        If a name is unknown, if the likelihood is zero at the start, or if no minimum was found;
        the message names bins and parameters.
    """
    begin = time.perf_counter()
    likelihood = model.likelihood(data)
    climbed = find_minimum(model, likelihood, init=init, fixed=fixed)
    theta, region = climbed.minimum.theta, climbed.region
    hessian = climbed.hessian or likelihood.curvature(theta)[1]
    found = covariance_matrix(hessian, theta, region, model.parameter_names)
    remarks = [found.quality, *_idle(model), *_negative_bins(model, theta)]
    if climbed.minimum.remark == AT_LEAST:
        remarks.append(_at_least(model, theta))
    return FitResult(
        poi=model.poi,
        parameters=_parameters(model, theta, np.sqrt(found.spread.variances), region),
        spread=found.spread,
        twice_nll=climbed.minimum.value,
        method=climbed.method,
        covariance_quality="; ".join(remarks),
        goodness_of_fit=goodness_of_fit(
            likelihood, climbed.minimum, region.free, model.prior_width, found.open_directions
        ),
        seconds=time.perf_counter() - begin,
        pseudo_inverse=found.pseudo_inverse,
        other_minima=tuple(
            OtherMinimum(each.value, tuple(each.theta.tolist())) for each in climbed.others
        ),
    )


def _idle(model: HistFactory) -> list[str]:
    if not model.idle:
        return []
    listed = ", ".join(f"'{name}'" for name in model.idle)
    return [f"nothing depends on {listed}, held at the initial value"]


def _negative_bins(model: HistFactory, theta: Floats) -> list[str]:
    if lowest(model.tables, theta) >= -_ROUNDING:
        return []
    bins = unclipped(model.tables, theta)
    counts = "" if model.tables.least_bin == -np.inf else f", {model.tables.least_bin:g} count"
    return [
        f"{model.bin_name(i)} is expected to have {bins[i]:.3g} events{counts}"
        for i in np.flatnonzero(bins < -_ROUNDING).tolist()
    ]


def _at_least(model: HistFactory, theta: Floats) -> str:
    near = np.abs(unclipped(model.tables, theta) - model.tables.least_bin) < _NEAR_LEAST
    names = [model.bin_name(i) for i in np.flatnonzero(near).tolist()]
    return f"{AT_LEAST}: {', '.join(names)}" if names else AT_LEAST


def _parameters(
    model: HistFactory, theta: Floats, errors: Floats, region: Region
) -> tuple[Parameter, ...]:
    found = (theta.tolist(), errors.tolist(), *model.settings, (~region.free).tolist())
    return tuple(map(Parameter, model.parameter_names, model.kinds, *found))
