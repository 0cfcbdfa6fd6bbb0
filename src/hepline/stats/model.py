"""The statistical model that users hold: a pyhf workspace with the questions one asks of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Self

from numpy.typing import ArrayLike

from hepline.arrays import Floats
from hepline.errors import checked_keywords
from hepline.stats.fit import fit
from hepline.stats.histfactory import HistFactory
from hepline.stats.inference.asimov import asimov_data
from hepline.stats.inference.asymptotic import hypothesis_test
from hepline.stats.inference.breakdown import breakdown
from hepline.stats.inference.impacts import ranking
from hepline.stats.inference.intervals import intervals
from hepline.stats.inference.limits import upper_limit
from hepline.stats.inference.posterior import Posterior, posterior
from hepline.stats.inference.priors import Prior
from hepline.stats.inference.results import (
    Breakdown,
    HypothesisTest,
    Interval,
    Ranking,
    Scan,
    Significance,
    Surface,
    ToyStudy,
    UpperLimit,
)
from hepline.stats.inference.scans import scan, scan2d
from hepline.stats.inference.significance import discovery
from hepline.stats.inference.toydiscovery import toy_discovery
from hepline.stats.inference.toylimits import toy_limit
from hepline.stats.inference.toystudy import fit_toys
from hepline.stats.inference.toytests import check_toy_statistic, toy_test
from hepline.stats.predict import postfit, prefit
from hepline.stats.results import ChannelPrediction, FitResult

__all__ = ["Model"]


class Model(HistFactory):
    """A HistFactory model with the questions that one asks of it as methods.

    Everything else is that of `HistFactory`: parameters, data, arrays. Each method is one function
    of `hepline.stats`, where its conventions and sources are described. `data` are always the
    observed data where they are not given, ``model.asimov()`` is what is expected.

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
    >>> round(model.limit().observed, 2)
    2.66
    """

    @checked_keywords
    def fit(
        self,
        *,
        init: Mapping[str, float] | None = None,
        fixed: Mapping[str, float] | None = None,
        data: ArrayLike | None = None,
    ) -> FitResult:
        """Maximize the likelihood; see `hepline.stats.fit.fit`."""
        return fit(self, init=init, fixed=fixed, data=data)

    @checked_keywords
    def asimov(self, *, mu: float | None = None, data: ArrayLike | None = None) -> Floats:
        """Compute the data that are expected, auxiliary data included.

        See `hepline.stats.inference.asimov.asimov_data`.
        """
        return asimov_data(self, mu=mu, data=data)

    def prefit(self) -> tuple[ChannelPrediction, ...]:
        """Predict events before the fit; see `hepline.stats.predict.prefit`."""
        return prefit(self)

    def postfit(self, result: FitResult) -> tuple[ChannelPrediction, ...]:
        """Predict events after a fit; see `hepline.stats.predict.postfit`."""
        return postfit(self, result)

    def _held(self, fixed: Mapping[str, float] | None) -> Self:
        """The model that a question is about: with parameters held, if any are named."""
        return self.holding(fixed) if fixed else self

    @checked_keywords
    def intervals(
        self,
        names: Sequence[str] | None = None,
        *,
        level: float | None = None,
        fixed: Mapping[str, float] | None = None,
        data: ArrayLike | None = None,
    ) -> tuple[Interval, ...]:
        """Find profile-likelihood intervals; see `hepline.stats.inference.intervals`."""
        return intervals(self._held(fixed), names, level=level, data=data)

    @checked_keywords
    def impacts(
        self,
        *,
        names: Sequence[str] | None = None,
        fixed: Mapping[str, float] | None = None,
        data: ArrayLike | None = None,
    ) -> Ranking:
        """Rank nuisance parameters; see `hepline.stats.inference.impacts.ranking`."""
        return ranking(self._held(fixed), names=names, data=data)

    @checked_keywords
    def breakdown(
        self,
        groups: Mapping[str, Sequence[str]] | None = None,
        *,
        fixed: Mapping[str, float] | None = None,
        data: ArrayLike | None = None,
    ) -> Breakdown:
        """Split the uncertainty by groups; see `hepline.stats.inference.breakdown`."""
        return breakdown(self._held(fixed), groups, data=data)

    @checked_keywords
    def scan(
        self,
        name: str,
        *,
        values: ArrayLike | None = None,
        fixed: Mapping[str, float] | None = None,
        data: ArrayLike | None = None,
    ) -> Scan:
        """Follow the profile likelihood of a parameter; see `hepline.stats.inference.scans`."""
        return scan(self._held(fixed), name, values=values, data=data)

    @checked_keywords
    def scan2d(
        self,
        x: str,
        y: str,
        *,
        x_values: ArrayLike | None = None,
        y_values: ArrayLike | None = None,
        fixed: Mapping[str, float] | None = None,
        data: ArrayLike | None = None,
    ) -> Surface:
        """Profile likelihood over two parameters; see `hepline.stats.inference.scans.scan2d`."""
        return scan2d(self._held(fixed), x, y, x_values=x_values, y_values=y_values, data=data)

    @checked_keywords
    def cls(
        self,
        mu: float,
        *,
        toys: int = 0,
        seed: int = 1,
        workers: int = 1,
        fixed: Mapping[str, float] | None = None,
        data: ArrayLike | None = None,
        statistic: str = "qtilde",
    ) -> HypothesisTest:
        """Test a value of the parameter of interest: asymptotic formulae, or with toys.

        See `hepline.stats.inference.asymptotic.hypothesis_test` and
        `hepline.stats.inference.toytests.toy_test`.
        """
        if toys:
            check_toy_statistic(statistic)
            return toy_test(self._held(fixed), mu, toys, seed=seed, workers=workers, data=data)
        return hypothesis_test(self._held(fixed), mu, data=data, statistic=statistic)

    @checked_keywords
    def limit(
        self,
        *,
        level: float = 0.95,
        toys: int = 0,
        seed: int = 1,
        workers: int = 1,
        fixed: Mapping[str, float] | None = None,
        data: ArrayLike | None = None,
        statistic: str = "qtilde",
    ) -> UpperLimit:
        """Find the upper limit from CLs: asymptotic formulae, or with toys.

        See `hepline.stats.inference.limits.upper_limit` and
        `hepline.stats.inference.toylimits.toy_limit`.
        """
        if toys:
            check_toy_statistic(statistic)
            return toy_limit(
                self._held(fixed), toys, seed=seed, level=level, workers=workers, data=data
            )
        return upper_limit(self._held(fixed), level=level, data=data, statistic=statistic)

    @checked_keywords
    def significance(
        self,
        *,
        toys: int = 0,
        seed: int = 1,
        workers: int = 1,
        fixed: Mapping[str, float] | None = None,
        data: ArrayLike | None = None,
    ) -> Significance:
        """Discovery significance: asymptotic formulae, or with toys.

        See `hepline.stats.inference.significance.discovery` and
        `hepline.stats.inference.toydiscovery.toy_discovery`.
        """
        if toys:
            return toy_discovery(self._held(fixed), toys, seed=seed, workers=workers, data=data)
        return discovery(self._held(fixed), data=data)

    @checked_keywords
    def toys(
        self,
        count: int,
        *,
        seed: int = 1,
        workers: int = 1,
        fixed: Mapping[str, float] | None = None,
        data: ArrayLike | None = None,
    ) -> ToyStudy:
        """Draw and fit toy data; see `hepline.stats.inference.toystudy.fit_toys`."""
        return fit_toys(self._held(fixed), count, seed=seed, workers=workers, data=data)

    @checked_keywords
    def posterior(
        self,
        *,
        draws: int = 2000,
        seed: int = 1,
        priors: Mapping[str, Prior] | None = None,
        data: ArrayLike | None = None,
    ) -> Posterior:
        """Sample the Bayesian posterior; see `hepline.stats.inference.posterior`."""
        return posterior(self, draws=draws, seed=seed, priors=priors, data=data)
