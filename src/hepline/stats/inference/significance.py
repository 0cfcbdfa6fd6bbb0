"""Discovery: how improbable the data are if there is no signal."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import ndtr

from hepline.stats.histfactory import HistFactory
from hepline.stats.inference.asymptotic import asimov_profile
from hepline.stats.inference.profile import profile
from hepline.stats.inference.results import Significance

__all__ = ["discovery"]


def discovery(model: HistFactory, *, data: ArrayLike | None = None) -> Significance:
    """Test the background alone with q0, by asymptotic formulae.

    Parameters
    ----------
    model : HistFactory
    data : array_like, shape (bin,) or (bin + auxdata,), optional
        The observed data by default.

    Returns
    -------
    Significance
        The expected one is that of the Asimov data with a signal of one, whose nuisance parameters
        are fitted to the data, as in pyhf.

    Raises
    ------
    FitError
        If the workspace names no parameter of interest, if a fit fails, or if a bin is expected
        to have less than no events.

    References
    ----------
    G. Cowan, K. Cranmer, E. Gross, O. Vitells, Eur. Phys. J. C 71 (2011) 1554, arXiv:1007.1727:
    equation (12) for the statistic, (52) and (53) for p-value and significance.
    """
    observed = profile(model, data=data)
    significance = float(np.sqrt(observed.q0()))
    return Significance(
        poi=model.poi,
        observed=significance,
        p_value=float(ndtr(-significance)),
        expected=float(np.sqrt(asimov_profile(observed, 1.0).q0())),
    )
