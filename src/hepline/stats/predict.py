"""Expected events before and after a fit, with the uncertainty of all parameters together.

Uncertainties are propagated linearly: the exact Jacobian of the expectation times the covariance.
"""

from __future__ import annotations

import numpy as np

from hepline.errors import FitError
from hepline.stats.expectation import expected_by_cell, slopes
from hepline.stats.histfactory import HistFactory
from hepline.stats.results import ChannelPrediction, FitResult, Floats

__all__ = ["postfit", "prefit"]


def prefit(model: HistFactory) -> tuple[ChannelPrediction, ...]:
    """Predict events before the data are seen.

    Parameters
    ----------
    model : HistFactory

    Returns
    -------
    tuple of ChannelPrediction
        At the centers of the constraints, with their uncertainties; unconstrained and fixed
        parameters stay at their initial values.
    """
    width = np.where(model.fixed | np.isnan(model.prior_width), 0.0, model.prior_width)
    return _predictions(model, model.nominal, np.diag(width**2))


def postfit(model: HistFactory, fit: FitResult) -> tuple[ChannelPrediction, ...]:
    """Predict events after a fit.

    Parameters
    ----------
    model : HistFactory
    fit : FitResult
        Of this model.

    Returns
    -------
    tuple of ChannelPrediction

    Raises
    ------
    FitError
        If the fit belongs to another model.
    """
    names = tuple(parameter.name for parameter in fit.parameters)
    if names != model.parameter_names:
        raise FitError(
            f"this fit has {len(names)} parameters, the model has {len(model.parameter_names)}.",
            why="their names or their order differ: it is the fit of another model.",
            fix="use the result of model.fit().",
        )
    theta = np.array([parameter.value for parameter in fit.parameters])
    covariance = fit.covariance if fit.pseudo_inverse is None else fit.pseudo_inverse
    return _predictions(model, theta, covariance)


def _predictions(
    model: HistFactory, theta: Floats, covariance: Floats
) -> tuple[ChannelPrediction, ...]:
    at = slopes(model.tables, theta)
    jacobian = at.jacobian()
    cells = expected_by_cell(model.tables, theta)
    first_cell = 0
    predictions = []
    for channel, part in zip(model.channels, model.channel_slices, strict=True):
        samples = []
        for sample in channel.samples:
            last_cell = first_cell + len(sample.data)
            samples.append((sample.name, cells[first_cell:last_cell]))
            first_cell = last_cell
        slope = jacobian[part]
        # Rounding can leave a variance of −1e-20 where a parameter has no effect.
        variance = np.maximum(np.einsum("bp,pq,bq->b", slope, covariance, slope, optimize=True), 0)
        yield_slope = slope.sum(axis=0)
        predictions.append(
            ChannelPrediction(
                channel=channel.name,
                samples=tuple(samples),
                total=at.bins[part],
                uncertainty=np.sqrt(variance),
                yield_uncertainty=float(np.sqrt(max(yield_slope @ covariance @ yield_slope, 0.0))),
                data=model.data[part],
            )
        )
    return tuple(predictions)
