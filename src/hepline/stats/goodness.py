"""How well a fitted model describes the data, compared with one that describes them exactly."""

from __future__ import annotations

import numpy as np
from scipy.special import chdtrc

from hepline.arrays import Floats, Mask
from hepline.stats.likelihood import Likelihood
from hepline.stats.newton import Minimum
from hepline.stats.results import GoodnessOfFit

__all__ = ["goodness_of_fit", "likelihood_ratio"]


def goodness_of_fit(
    likelihood: Likelihood,
    minimum: Minimum,
    free: Mask,
    prior_width: Floats,
    open_directions: int = 0,
) -> GoodnessOfFit | None:
    """Likelihood ratio with the saturated model.

    Parameters
    ----------
    likelihood : Likelihood
    minimum : Minimum
    free : ndarray of bool, shape (parameter,)
        Parameters that were fitted.
    prior_width : ndarray, shape (parameter,)
        Not a number for unconstrained parameters.
    open_directions : int
        Combinations of parameters that change nothing, and so describe no bin.

    Returns
    -------
    GoodnessOfFit or None
        None where unconstrained parameters are as many as bins: such a fit tests nothing.

    References
    ----------
    S. Baker, R. Cousins, Nucl. Instrum. Meth. 221 (1984) 437;
    R. Cousins, "Generalization of Chisquare Goodness-of-Fit Test for Binned Data Using
    Saturated Models" (2013).
    """
    unconstrained = int(np.count_nonzero(free & np.isnan(prior_width)))
    degrees = len(likelihood.observed) - unconstrained + open_directions
    if degrees <= 0:
        return None
    statistic = likelihood_ratio(likelihood, minimum, free)
    return GoodnessOfFit(statistic, degrees, float(chdtrc(degrees, statistic)))


def likelihood_ratio(likelihood: Likelihood, minimum: Minimum, free: Mask) -> float:
    """Twice the log-likelihood ratio of the saturated model and a minimum.

    Parameters
    ----------
    likelihood : Likelihood
    minimum : Minimum
    free : ndarray of bool, shape (parameter,)
        The constraint terms of others say where they are held, and nothing of the data.
    """
    terms = likelihood.constraints
    held = ~free[terms.parameter]
    where_held = likelihood.constraint(minimum.theta, held) if held.any() else 0.0
    # The two values can agree to the last digit; a negative zero is not a statistic.
    return max(0.0, minimum.value - likelihood.saturated() - where_held)
