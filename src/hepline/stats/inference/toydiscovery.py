"""Discovery significance from toys: how often does background look this much like signal?"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import ndtri

from hepline.stats.histfactory import HistFactory
from hepline.stats.inference.parallel import Crew
from hepline.stats.inference.profile import profile
from hepline.stats.inference.results import Significance
from hepline.stats.inference.toytests import BACKGROUND, SIGNAL, Ensemble, chance
from hepline.stats.results import Floats

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
        The observed data where not given.
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
        If a fit has no result: a toy that is left out would bias the p-value.
    """
    fits = profile(model, data=data)
    with Crew(workers) as crew:
        without, with_signal = (
            Ensemble(fits.model, truth, count, seed=seed, stream=stream, crew=crew).each(
                partial(_discovery_statistics, fits.model, truth)
            )
            for truth, stream in ((fits.at(0.0).theta, BACKGROUND), (fits.at(1.0).theta, SIGNAL))
        )
    p_value, error = chance(without, fits.q0())
    expected, _ = chance(without, float(np.median(with_signal)))
    return Significance(
        poi=model.poi,
        observed=_deviations(p_value),
        p_value=p_value,
        expected=_deviations(expected),
        method="toys",
        toys=count,
        error=error,
    )


def _discovery_statistics(model: HistFactory, truth: Floats, toys: Sequence[Floats]) -> list[float]:
    return [profile(model, data=toy, near=truth).q0() for toy in toys]


def _deviations(p_value: float) -> float:
    """One-sided standard deviations; zero for p-values of a half and more."""
    return max(0.0, -float(ndtri(p_value)))
