"""pyhf with the NumPy backend and MINUIT, asked what hepline is asked.

Linear algebra runs on one thread, as hepline's does: at this size more threads cost pyhf time too.
"""

from __future__ import annotations

import logging
import warnings
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyhf
from pyhf.infer.intervals.upper_limits import toms748_scan
from threadpoolctl import ThreadpoolController

from hepline.arrays import Floats

# A failed fit is logged with all its tables, a hundred kilobytes of them.
logging.getLogger("pyhf").setLevel(logging.CRITICAL)
warnings.simplefilter("ignore", DeprecationWarning)
warnings.simplefilter("ignore", RuntimeWarning)  # 0 / 0, where the background is excluded
_THREADS = ThreadpoolController()  # finding the libraries takes milliseconds: once


@dataclass(frozen=True)
class PyhfFit:
    """Values and errors, shape (parameter,), and twice the negative log-likelihood."""

    values: Floats
    errors: Floats
    twice_nll: float


class Pyhf:
    """A workspace as pyhf sees it.

    Parameters
    ----------
    content : mapping
        The workspace.
    strategy : int
        Of MINUIT: 0, 1 or 2.
    """

    def __init__(self, content: Mapping[str, Any], strategy: int) -> None:
        workspace = pyhf.Workspace(content)
        self.strategy = strategy
        self.model = workspace.model()
        self.data = np.asarray(workspace.data(self.model))

    def fit(
        self,
        data: Floats | None = None,
        *,
        start: Floats | None = None,
        held: Mapping[int, float] | None = None,
    ) -> PyhfFit | None:
        """Fit with uncertainties; None where MINUIT does not converge."""
        config = self.model.config
        begin = np.array(config.suggested_init() if start is None else start)
        fixed = np.array(config.suggested_fixed())
        for index, value in (held or {}).items():
            begin[index], fixed[index] = value, True
        self._choose_strategy()
        try:
            with _THREADS.limit(limits=1, user_api="blas"):
                found, twice_nll = pyhf.infer.mle.fit(
                    self.data if data is None else data,
                    self.model,
                    list(begin),
                    fixed_params=fixed.tolist(),
                    return_uncertainties=True,
                    return_fitted_val=True,
                )
        except pyhf.exceptions.FailedMinimization:
            return None
        return PyhfFit(*np.asarray(found).T, float(twice_nll))

    def value(self, theta: Floats) -> float:
        """Twice the negative log-likelihood."""
        return float(-2 * self.model.logpdf(theta, self.data)[0])

    def cls(self, mu: float) -> float | None:
        """CLs of a value by asymptotic formulae; None where it cannot be computed."""
        self._choose_strategy()
        try:
            with _THREADS.limit(limits=1, user_api="blas"):
                found = pyhf.infer.hypotest(mu, self.data, self.model, test_stat="qtilde")
        except (pyhf.exceptions.FailedMinimization, ValueError):
            return None
        return float(found)

    def limit(self, data: Floats, largest: float) -> tuple[float, list[float]] | None:
        """Observed and expected limits; None where CLs of a tested value cannot be computed."""
        self._choose_strategy()
        try:
            with _THREADS.limit(limits=1, user_api="blas"):
                observed, expected = toms748_scan(data, self.model, 0.0, largest)
        except (pyhf.exceptions.FailedMinimization, ValueError):
            return None
        return float(observed), [float(each) for each in expected]

    def _choose_strategy(self) -> None:
        _, optimizer = pyhf.get_backend()
        if getattr(optimizer, "strategy", None) != self.strategy:
            pyhf.set_backend("numpy", pyhf.optimize.minuit_optimizer(strategy=self.strategy))
