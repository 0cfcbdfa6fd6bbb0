"""How well data agree with a prediction that was not fitted to them: χ² with correlations."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from scipy.special import chdtrc

from hepline.arrays import Floats
from hepline.stats.results import GoodnessOfFit

__all__ = ["compare"]


def compare(
    data: Floats, prediction: Floats, variances: Floats, shifts: Sequence[Floats] = ()
) -> GoodnessOfFit | None:
    """Compare counts with a prediction whose uncertainties are correlated between bins.

    Parameters
    ----------
    data : ndarray, shape (bin,)
        NaN is hidden, and left out.
    prediction : ndarray, shape (bin,)
        Bins where nothing is expected are left out: there, χ² has no meaning. The variance of the
        data is the expected one.
    variances : ndarray, shape (bin,)
        Statistical, of the prediction.
    shifts : sequence of ndarray, shape (bin,)
        Of each systematic uncertainty, at one standard deviation: fully correlated between bins.

    Returns
    -------
    GoodnessOfFit or None
        None if no bin is left.
    """
    used = np.isfinite(data) & (prediction > 0)
    if not used.any():
        return None
    residuals = (data - prediction)[used]
    covariance = np.diag((prediction + variances)[used])
    for shift in shifts:
        covariance += np.outer(shift[used], shift[used])
    statistic = float(residuals @ np.linalg.solve(covariance, residuals))
    freedom = int(used.sum())
    return GoodnessOfFit(statistic, freedom, float(chdtrc(freedom, statistic)))
