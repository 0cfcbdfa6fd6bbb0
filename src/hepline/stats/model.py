"""The statistical model that users hold: a pyhf workspace that can be fitted and drawn."""

from __future__ import annotations

from collections.abc import Mapping

from numpy.typing import ArrayLike

from hepline.stats.fit import fit
from hepline.stats.histfactory import HistFactory
from hepline.stats.predict import postfit, prefit
from hepline.stats.results import ChannelPrediction, FitResult

__all__ = ["Model"]


class Model(HistFactory):
    """A HistFactory model with the questions that one asks of it as methods.

    Everything else is that of `HistFactory`: parameters, data, arrays.

    Examples
    --------
    >>> background = {"name": "bkg", "data": [50.0], "modifiers": [
    ...     {"name": "norm", "type": "normsys", "data": {"hi": 1.1, "lo": 0.9}}]}
    >>> signal = {"name": "sig", "data": [10.0], "modifiers": [
    ...     {"name": "mu", "type": "normfactor", "data": None}]}
    >>> model = Model({
    ...     "channels": [{"name": "SR", "samples": [signal, background]}],
    ...     "observations": [{"name": "SR", "data": [60.0]}],
    ...     "measurements": [{"name": "m", "config": {"poi": "mu", "parameters": []}}],
    ...     "version": "1.0.0"})
    >>> round(model.fit()["mu"].value, 3)
    1.0
    """

    def fit(
        self,
        *,
        init: Mapping[str, float] | None = None,
        fixed: Mapping[str, float] | None = None,
        data: ArrayLike | None = None,
    ) -> FitResult:
        """Maximize the likelihood; see `hepline.stats.fit.fit`."""
        return fit(self, init=init, fixed=fixed, data=data)

    def prefit(self) -> tuple[ChannelPrediction, ...]:
        """Predict events before the fit; see `hepline.stats.predict.prefit`."""
        return prefit(self)

    def postfit(self, result: FitResult) -> tuple[ChannelPrediction, ...]:
        """Predict events after a fit; see `hepline.stats.predict.postfit`."""
        return postfit(self, result)
