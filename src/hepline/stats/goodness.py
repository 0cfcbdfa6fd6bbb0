"""How well a fitted model describes the data, compared with one that describes them exactly."""

from __future__ import annotations

import numpy as np
from scipy.special import chdtrc

from hepline.stats.likelihood import Likelihood
from hepline.stats.newton import Mask
from hepline.stats.results import Floats, GoodnessOfFit

__all__ = ["goodness_of_fit"]


def goodness_of_fit(
    likelihood: Likelihood, twice_nll: float, free: Mask, prior_width: Floats
) -> GoodnessOfFit | None:
    """Likelihood ratio with the saturated model.

    Parameters
    ----------
    likelihood : Likelihood
    twice_nll : float
        At the minimum.
    free : ndarray of bool, shape (parameter,)
        Parameters that were fitted.
    prior_width : ndarray, shape (parameter,)
        Not a number for unconstrained parameters.

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
    degrees = len(likelihood.observed) - unconstrained
    if degrees <= 0:
        return None
    # The two values can agree to the last digit; a negative zero is no statistic.
    statistic = max(0.0, twice_nll - likelihood.saturated())
    return GoodnessOfFit(statistic, degrees, float(chdtrc(degrees, statistic)))
