"""What a fit to the Asimov data would say, without the fit.

Its minimum is where the data come from, so that one Hessian at the initial values has all the
uncertainties that can be expected.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from hepline.arrays import Floats, Mask
from hepline.errors import FitError
from hepline.stats.covariance import covariance_matrix
from hepline.stats.histfactory import HistFactory
from hepline.stats.minimum import starting_point

__all__ = ["Asimov", "asimov", "expected_error"]


@dataclass(frozen=True)
class Asimov:
    """The fit that can be expected.

    Attributes
    ----------
    error : ndarray, shape (parameter,)
        Zero for fixed parameters, not a number where the Hessian gives none.
    refusal : str
        Why there are no errors, or not of all parameters; empty if there are.
    """

    error: Floats
    refusal: str = ""


def asimov(model: HistFactory, without: Mask | None = None) -> Asimov:
    """Compute the uncertainties of the fit to the Asimov data of the initial values.

    Parameters
    ----------
    model : HistFactory
    without : ndarray of bool, shape (parameter,), optional
        Parameters to hold, such as those that nothing depends on.

    Returns
    -------
    Asimov
    """
    theta, region = starting_point(model)
    if without is not None:
        region = replace(region, free=region.free & ~without)
    # A negative expectation has a finding of its own; here it only must not stop the others.
    bins = np.maximum(model.expected(theta), 0.0)
    likelihood = model.likelihood(np.concatenate([bins, model.expected_auxdata(theta)]))
    with np.errstate(divide="ignore", invalid="ignore"):
        _, hessian = likelihood.curvature(theta)
    unknown = np.full(len(theta), np.nan)
    if not hessian.is_finite:
        return Asimov(unknown, "the likelihood has no second derivatives at the initial values.")
    try:
        found = covariance_matrix(hessian, theta, region, model.parameter_names)
    except FitError as error:
        return Asimov(unknown, f"{error.what} {error.why}")
    errors = np.sqrt(found.spread.variances)
    return Asimov(errors, found.quality if found.open_directions else "")


def expected_error(model: HistFactory) -> float:
    """Expected uncertainty of the parameter of interest.

    Parameters
    ----------
    model : HistFactory

    Returns
    -------
    float
        Not a number for a workspace without a parameter of interest, or without an answer.
    """
    if not model.poi:
        return float("nan")
    return float(asimov(model).error[model.parameter_names.index(model.poi)])
