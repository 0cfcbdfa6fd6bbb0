"""CLs from toys: how often would the hypotheses give data like these, without asymptotic formulae?

Toys of both hypotheses are drawn with nuisance parameters that fit the data best at the tested
value; main and auxiliary data fluctuate. Equal values of the test statistic count as at least as
extreme, as in pyhf, so that few counts make limits conservative and never too strong.

In the fits of toys the parameter of interest keeps its upper bound, which is moved above the tested
value where need be: q̃ does not depend on it, and some toys have no best value without. A toy whose
fit has no result all the same is left out and counted, and the error says what it could change.

References
----------
ATLAS and CMS, "Procedure for the LHC Higgs boson search combination in Summer 2011",
CMS-NOTE-2011-005, ATL-PHYS-PUB-2011-11.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import NoReturn

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import ndtr

from hepline.arrays import Floats
from hepline.errors import FitError
from hepline.stats.histfactory import HistFactory
from hepline.stats.inference.parallel import Crew
from hepline.stats.inference.profile import Profile, check_tested, for_tests, profile
from hepline.stats.inference.results import HypothesisTest
from hepline.stats.inference.toys import toy_data
from hepline.stats.newton import Minimum

__all__ = [
    "BACKGROUND",
    "SIGNAL",
    "Ensemble",
    "ToyTester",
    "chance",
    "check_toy_statistic",
    "fraction_at_least",
    "toy_test",
    "without_failures",
]

# Series of toys; series 0 is that of `toy_data` and of `fit_toys`.
BACKGROUND, SIGNAL = 1, 2
Valleys = Sequence[Floats]
_SAME = 1e-7  # statistics that differ by less differ by the precision of the minimum
_BANDS = 100 * ndtr(np.arange(-2.0, 3.0))


def toy_test(
    model: HistFactory,
    mu: float,
    count: int,
    *,
    seed: int,
    data: ArrayLike | None = None,
    workers: int = 1,
) -> HypothesisTest:
    """Test a value of the parameter of interest with toys and q̃.

    Parameters
    ----------
    model : HistFactory
    mu : float
        Tested value, zero or larger.
    count : int
        Toys of each hypothesis.
    seed : int
        From 0 to 2⁶⁴ − 1.
    data : array_like, shape (bin,) or (bin + auxdata,), optional
        The observed data by default.
    workers : int
        Processes; the result does not depend on their number. A script that starts more than one
        needs ``if __name__ == "__main__":``.

    Returns
    -------
    HypothesisTest
        With the Monte Carlo error of CLs.

    Raises
    ------
    FitError
        If `mu` cannot be tested, if the fit of the data has no result, or if those of most toys
        have none.
    """
    with Crew(workers) as crew:
        return ToyTester(model, count, seed=seed, data=data, crew=crew)(mu)


def check_toy_statistic(statistic: str) -> None:
    """Refuse statistics that toys are not made for.

    Raises
    ------
    FitError
        For any but ``qtilde``.
    """
    if statistic != "qtilde":
        raise FitError(
            f"toys are not tested with the statistic '{statistic}'.",
            why="tests with toys use q̃, which is qtilde.",
            fix="leave the statistic out, or the toys.",
        )


class Ensemble:
    """Toys of one hypothesis; equal ones, which few counts make, are fitted once.

    Parameters
    ----------
    observed : Profile
        Of the data, whose nuisance parameters the toys are drawn with.
    mu : float
        Value of the parameter of interest that they are drawn with.
    count : int
    highest : float
        Upper bound of the parameter of interest in the fits.
    seed, stream : int
        Of the random numbers; see `toy_data`.
    crew : Crew
        Who computes.

    Attributes
    ----------
    different : list of ndarray, shape (bin + auxdata,)
    """

    def __init__(
        self,
        observed: Profile,
        mu: float,
        count: int,
        *,
        highest: float,
        seed: int,
        stream: int,
        crew: Crew,
    ) -> None:
        self.model = for_tests(observed.model, highest)
        self.truth = observed.at(mu).theta
        self.valleys = observed.valleys
        self.highest = highest
        self._fits: list[Minimum | None] = []
        self.crew = crew
        toys = toy_data(self.model, count, values=self.truth, seed=seed, stream=stream)
        different, where = np.unique(toys, axis=0, return_inverse=True)
        self.different = list(different)
        self._where = where.ravel()

    def best_fits(self, mu: float) -> list[Minimum | None]:
        """One of each different toy, with a best value up to `mu` at least; None for failures."""
        if mu > self.highest:
            self.highest, self._fits = 2 * mu, []
            self.model = for_tests(self.model, self.highest)
        if not self._fits:
            work = partial(_best_fits, self.model, self.truth, self.valleys)
            self._fits = [fit for chunk in self.crew.spread(work, self.different) for fit in chunk]
        return self._fits

    def statistics(self, mu: float) -> Floats:
        """Compute q̃(mu) of each toy, shape (toy,); not a number for toys without a fit."""
        fitted = list(zip(self.different, self.best_fits(mu), strict=True))
        work = partial(_limit_statistics, self.model, self.valleys, mu)
        return self._expanded(self.crew.spread(work, fitted))

    def discovery_statistics(self) -> Floats:
        """Compute q₀ of each toy, shape (toy,); not a number for toys without a fit."""
        work = partial(discovery_statistics, self.model, self.truth, self.valleys)
        return self._expanded(self.crew.spread(work, self.different))

    def _expanded(self, chunks: list[list[float]]) -> Floats:
        return np.array([value for chunk in chunks for value in chunk])[self._where]


class ToyTester:
    """Tests of many values with the same toys of the background.

    Random numbers are common to all values, so that CLs is a smooth function of them.

    Parameters
    ----------
    model, count, seed, data
        As for `toy_test`.
    crew : Crew
        Who computes.
    """

    def __init__(
        self,
        model: HistFactory,
        count: int,
        *,
        seed: int,
        data: ArrayLike | None = None,
        crew: Crew,
    ) -> None:
        self.count = count
        self.seed = seed
        self.crew = crew
        self.observed = profile(model, data=data)
        self.model = self.observed.model
        self.highest = float(model.upper[model.indices(self.model.poi)[0]])
        self.background = self._ensemble(0.0, BACKGROUND)

    def __call__(self, mu: float) -> HypothesisTest:
        """Test one value."""
        check_tested(self.model.poi, mu)
        observed = self.observed.qmu_tilde(mu)
        with_signal, lost = without_failures(self._ensemble(mu, SIGNAL).statistics(mu))
        without, lost_too = without_failures(self.background.statistics(mu))
        clsb = float(fraction_at_least(with_signal, observed))
        clb = float(fraction_at_least(without, observed))
        if clb == 0:
            self._refuse(mu, observed)
        band = fraction_at_least(with_signal, without) / fraction_at_least(without, without)
        low, lower, middle, higher, high = np.percentile(band, _BANDS).tolist()
        return HypothesisTest(
            poi=self.model.poi,
            mu=float(mu),
            statistic=observed,
            clsb=clsb,
            clb=clb,
            cls=clsb / clb,
            expected=(low, lower, middle, higher, high),
            method="toys",
            toys=self.count,
            error=_ratio_error((clsb, clb), (len(with_signal), len(without)), self.count),
            failed=lost + lost_too,
        )

    def _ensemble(self, mu: float, stream: int) -> Ensemble:
        return Ensemble(
            self.observed,
            mu,
            self.count,
            highest=max(self.highest, mu),
            seed=self.seed,
            stream=stream,
            crew=self.crew,
        )

    def _refuse(self, mu: float, observed: float) -> NoReturn:
        raise FitError(
            f"none of {self.count} background toys is as extreme as the data "
            f"(q̃({mu:g}) = {observed:.3g}), so that CLs is not known.",
            why="the data lie far below the background: CLs divides by the fraction of such toys.",
            fix="ask for more toys, and look at the goodness of fit of the background.",
        )


def fraction_at_least(toys: Floats, values: ArrayLike) -> Floats:
    """Fraction of toys at or above values; shape of `values`."""
    below = np.searchsorted(np.sort(toys), np.asarray(values) - _SAME, side="left")
    return np.asarray((len(toys) - below) / len(toys))


def without_failures(statistics: Floats) -> tuple[Floats, int]:
    """Leave out toys without a fit, and say how many they were.

    Raises
    ------
    FitError
        If they are the most.
    """
    known = statistics[~np.isnan(statistics)]
    failed = len(statistics) - len(known)
    if 2 * failed > len(statistics):
        raise FitError(
            f"{failed} of {len(statistics)} toys have no fit.",
            why="p-values of the few that are left would say little of the data.",
            fix="fit some of them (model.fit(data=...) with hepline.stats.inference.toys.toy_data) "
            "to see why.",
        )
    return known, failed


def chance(toys: Floats, observed: float, failed: int = 0) -> tuple[float, float]:
    """How often statistics are as extreme as that of the data.

    Parameters
    ----------
    toys : ndarray, shape (toy,)
    observed : float
    failed : int
        Toys that were left out.

    Returns
    -------
    p_value : float
        (k + 1) / (n + 1), where k of n toys are as extreme: the data are one more toy if the
        hypothesis is right, so that the p-value is never zero.
    error : float
        Its binomial standard error, and the share of toys that were left out.
    """
    extreme = round(float(fraction_at_least(toys, observed)) * len(toys))
    p_value = (extreme + 1) / (len(toys) + 1)
    binomial = np.sqrt(p_value * (1 - p_value) / (len(toys) + 1))
    return p_value, float(np.hypot(binomial, failed / (len(toys) + failed)))


def _ratio_error(p_values: tuple[float, float], left: tuple[int, int], count: int) -> float:
    """Standard error of CLs; not zero even where no toy was as extreme as the data.

    Binomial, and the shares of toys without a fit, which may all be extreme or none.
    """
    least = 1 / (count + 2)
    above, below = (np.clip(p, least, 1 - least) for p in p_values)
    squares = [
        (1 - p) / p / n + ((1 - n / count) / p) ** 2
        for p, n in zip((above, below), left, strict=True)
    ]
    return float(above / below * np.sqrt(sum(squares)))


def _best_fits(
    model: HistFactory, truth: Floats, valleys: Valleys, toys: Sequence[Floats]
) -> list[Minimum | None]:
    fits = (_fitted(model, truth, valleys, toy) for toy in toys)
    return [None if fit is None else fit.best for fit in fits]


def _fitted(model: HistFactory, truth: Floats, valleys: Valleys, toy: Floats) -> Profile | None:
    """Fit a toy within the bounds of the model; None where that has no result."""
    highest = float(model.upper[model.indices(model.poi)[0]])
    try:
        return profile(model, data=toy, near=truth, valleys=valleys, highest=highest)
    except FitError:
        return None  # counted by `without_failures`


def _limit_statistics(
    model: HistFactory,
    valleys: Valleys,
    mu: float,
    fitted: Sequence[tuple[Floats, Minimum | None]],
) -> list[float]:
    return [
        np.nan
        if best is None
        else _statistic(Profile(model, model.likelihood(toy), best, valleys), mu)
        for toy, best in fitted
    ]


def discovery_statistics(
    model: HistFactory, truth: Floats, valleys: Valleys, toys: Sequence[Floats]
) -> list[float]:
    fits = (_fitted(model, truth, valleys, toy) for toy in toys)
    return [np.nan if fit is None else _statistic(fit, None) for fit in fits]


def _statistic(fit: Profile, mu: float | None) -> float:
    """Compute q̃(mu), or q₀ without a value; not a number where a fit has no result."""
    try:
        return fit.q0() if mu is None else fit.qmu_tilde(mu)
    except FitError:
        return np.nan  # counted by `without_failures`
