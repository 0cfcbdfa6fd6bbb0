"""Fits of toy data: are estimates unbiased and errors right, are the data usual?"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np
from numpy.typing import ArrayLike

from hepline.arrays import Floats
from hepline.errors import FitError
from hepline.stats.covariance import covariance_matrix
from hepline.stats.goodness import likelihood_ratio
from hepline.stats.histfactory import HistFactory
from hepline.stats.inference.parallel import Crew
from hepline.stats.inference.results import ToyStudy
from hepline.stats.inference.toys import toy_data, true_values
from hepline.stats.inference.toytests import chance
from hepline.stats.ladder import Climb
from hepline.stats.likelihood import Likelihood
from hepline.stats.minimum import find_minimum, starting_point

__all__ = ["ToyGoodness", "fit_toys", "toy_goodness"]


@dataclass(frozen=True)
class ToyGoodness:
    """Goodness of fit, judged by toys and not by a chi-square distribution.

    Attributes
    ----------
    statistic : float
        Of the data: twice the log-likelihood ratio to the saturated model.
    p_value : float
        (k + 1) / (n + 1), where k of n toys are described no better than the data: the data are
        one more toy if the model is right, so that the p-value is never zero.
    error : float
        Binomial standard error of `p_value`.
    toys : int
    """

    statistic: float
    p_value: float
    error: float
    toys: int


def fit_toys(
    model: HistFactory,
    count: int,
    *,
    seed: int,
    values: ArrayLike | None = None,
    data: ArrayLike | None = None,
    workers: int = 1,
) -> ToyStudy:
    """Draw toys and fit each.

    Parameters
    ----------
    model : HistFactory
    count : int
    seed : int
        From 0 to 2⁶⁴ − 1.
    values : array_like, shape (parameter,), optional
        True parameters; those of the best fit to the data by default.
    data : array_like, shape (bin,) or (bin + auxdata,), optional
        What the toys are compared with; the observed data by default.
    workers : int
        Processes; the result does not depend on their number. A script that starts more than one
        needs ``if __name__ == "__main__":``.

    Returns
    -------
    ToyStudy
        A toy whose fit has no minimum is counted as failed. Errors are not numbers where a toy does
        not determine a parameter.

    Raises
    ------
    FitError
        If the fit of the data has no minimum, or if every toy failed.
    """
    likelihood = model.likelihood(data)
    climbed = find_minimum(model, likelihood)
    best, _, observed = _row(model, likelihood, climbed)
    others = [each.theta for each in climbed.others]
    valleys = [best, *others] if others else []
    truth = best if values is None else true_values(model, values)
    with Crew(workers) as crew:
        chunks = crew.spread(partial(_fit_chunk, model, truth, valleys, seed), range(count))
    rows = [row for good, _ in chunks for row in good]
    if not rows:
        raise chunks[0][1][0]
    theta, errors, statistics = (np.array(column) for column in zip(*rows, strict=True))
    return ToyStudy(
        parameters=model.parameter_names,
        truth=truth,
        values=theta,
        errors=errors,
        statistics=statistics,
        observed=observed,
        failed=count - len(rows),
        seed=seed,
    )


def toy_goodness(study: ToyStudy) -> ToyGoodness:
    """Compare the goodness of fit of the data with that of the toys.

    Parameters
    ----------
    study : ToyStudy
        Toys that were drawn from the best fit.
    """
    p_value, error = chance(study.statistics, study.observed)
    return ToyGoodness(study.observed, p_value, error, len(study.statistics))


_Row = tuple[Floats, Floats, float]


def _fit_chunk(
    model: HistFactory,
    truth: Floats,
    valleys: Sequence[Floats],
    seed: int,
    numbers: Sequence[int],
) -> tuple[list[_Row], list[FitError]]:
    """Fit some toys; those that cannot be fitted give an error each."""
    rows, refused = [], []
    for toy in toy_data(model, len(numbers), values=truth, seed=seed, first=numbers[0]):
        try:
            likelihood = model.likelihood(toy)
            climbed = find_minimum(model, likelihood, near=truth, valleys=valleys)
            rows.append(_row(model, likelihood, climbed))
        except FitError as error:
            refused.append(error)
    return rows, refused


def _row(model: HistFactory, likelihood: Likelihood, climbed: Climb) -> _Row:
    """Values, errors and goodness of fit."""
    minimum = climbed.minimum
    _, hessian = likelihood.curvature(minimum.theta)
    _, region = starting_point(model)
    found = covariance_matrix(hessian, minimum.theta, region, model.parameter_names)
    ratio = likelihood_ratio(likelihood, minimum, region.free)
    return minimum.theta, np.sqrt(found.spread.variances), ratio
