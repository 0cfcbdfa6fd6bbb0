"""Discovery significance from toys: how often does background look this much like signal?"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import ndtri

from hepline.stats.histfactory import HistFactory
from hepline.stats.inference.parallel import Crew
from hepline.stats.inference.profile import profile
from hepline.stats.inference.results import Significance
from hepline.stats.inference.toytests import (
    BACKGROUND,
    SIGNAL,
    Ensemble,
    chance,
    without_failures,
)

__all__ = ["toy_discovery"]


def toy_discovery(
    model: HistFactory,
    count: int,
    *,
    seed: int,
    data: ArrayLike | None = None,
    workers: int = 1,
) -> Significance:
    """Test the absence of a signal with toys and q₀.

    Parameters
    ----------
    model : HistFactory
    count : int
        Toys of the background, and of a signal of one. A significance of three needs some ten
        thousand toys, five needs more than ten million: take the asymptotic formula there.
    seed : int
        From 0 to 2⁶⁴ − 1.
    data : array_like, shape (bin,) or (bin + auxdata,), optional
        The observed data by default.
    workers : int
        Processes; the result does not depend on their number. A script that starts more than one
        needs ``if __name__ == "__main__":``.

    Returns
    -------
    Significance
        The p-value is (k + 1) / (n + 1), where k of n toys are as extreme as the data: the data
        are one more toy if there is no signal, so that no significance is infinite.

    Raises
    ------
    FitError
        If the fit of the data has no result, or if those of most toys have none.

    Notes
    -----
    Data and toys alike have best values up to the upper bound of the parameter of interest, or to
    that of the data where it lies higher: q₀ stays the same statistic for all.
    """
    fits = profile(model, data=data)
    highest = max(float(model.upper[model.indices(model.poi)[0]]), fits.mu_hat)
    with Crew(workers) as crew:
        ensembles = [
            Ensemble(
                fits, mu, count, highest=highest, seed=seed, stream=stream, crew=crew
            ).discovery_statistics()
            for mu, stream in ((0.0, BACKGROUND), (1.0, SIGNAL))
        ]
    (without, failed), (with_signal, lost) = map(without_failures, ensembles)
    p_value, error = chance(without, fits.q0(), failed)
    expected, _ = chance(without, float(np.median(with_signal)))
    return Significance(
        poi=model.poi,
        observed=_deviations(p_value),
        p_value=p_value,
        expected=_deviations(expected),
        method="toys",
        toys=count,
        error=error,
        failed=failed + lost,
    )


def _deviations(p_value: float) -> float:
    """One-sided standard deviations; zero for p-values of a half and more."""
    return max(0.0, -float(ndtri(p_value)))
