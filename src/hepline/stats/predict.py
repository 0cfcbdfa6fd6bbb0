"""Expected events before and after a fit, with the uncertainty of all parameters together.

Uncertainties are propagated linearly: the exact Jacobian of the expectation times the covariance.
"""

from __future__ import annotations

import numpy as np

from hepline.arrays import Floats
from hepline.errors import FitError
from hepline.stats.expectation import Slopes, expected_by_cell, slopes
from hepline.stats.histfactory import HistFactory
from hepline.stats.results import ChannelPrediction, FitResult
from hepline.stats.spread import Covariance

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
    nothing, single = np.zeros((0, 0)), np.ones(len(width), dtype=bool)
    own = Covariance(nothing, np.zeros((len(width), 0)), width**2, single)
    return _predictions(model, model.nominal, own)


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
    dense = fit.pseudo_inverse
    return _predictions(model, theta, fit.spread if dense is None else Covariance.of(dense))


def _predictions(
    model: HistFactory, theta: Floats, covariance: Covariance
) -> tuple[ChannelPrediction, ...]:
    at = slopes(model.tables, theta)
    uncertainty = _uncertainty(at, covariance)
    cells = expected_by_cell(model.tables, theta)
    first_cell = 0
    predictions = []
    for channel, part in zip(model.channels, model.channel_slices, strict=True):
        samples = []
        for sample in channel.samples:
            last_cell = first_cell + len(sample.data)
            samples.append((sample.name, cells[first_cell:last_cell]))
            first_cell = last_cell
        yield_slope = at.pulled_back(_ones(len(model.data), part))
        yield_variance = float(yield_slope @ covariance.times(yield_slope))
        predictions.append(
            ChannelPrediction(
                channel=channel.name,
                samples=tuple(samples),
                total=at.bins[part],
                uncertainty=uncertainty[part],
                yield_uncertainty=float(np.sqrt(max(yield_variance, 0.0))),
                data=model.data[part],
            )
        )
    return tuple(predictions)


def _uncertainty(at: Slopes, covariance: Covariance) -> Floats:
    """One standard deviation of every bin: each depends on few of all parameters."""
    bins = []
    for parameters, slopes_there in at.by_bin:
        variance = slopes_there @ covariance.part(parameters, parameters) @ slopes_there
        # Rounding can leave a variance of −1e-20 where a parameter has no effect.
        bins.append(np.sqrt(max(float(variance), 0.0)))
    return np.array(bins)


def _ones(size: int, where: slice) -> Floats:
    weight = np.zeros(size)
    weight[where] = 1.0
    return weight
