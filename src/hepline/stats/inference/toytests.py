"""CLs from toys: how often would the hypotheses give data like these, without asymptotic formulae?

Toys of both hypotheses are drawn with nuisance parameters that fit the data best at the tested
value; main and auxiliary data fluctuate. Equal values of the test statistic count as at least as
extreme, as in pyhf, so that few counts make limits conservative and never too strong.

References
----------
ATLAS and CMS, "Procedure for the LHC Higgs boson search combination in Summer 2011",
CMS-NOTE-2011-005, ATL-PHYS-PUB-2011-11.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cached_property, partial
from typing import NoReturn

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import ndtr

from hepline.errors import FitError
from hepline.stats.histfactory import HistFactory
from hepline.stats.inference.parallel import Crew
from hepline.stats.inference.profile import Profile, check_tested, profile
from hepline.stats.inference.results import HypothesisTest
from hepline.stats.inference.toys import toy_data
from hepline.stats.newton import Minimum
from hepline.stats.results import Floats

__all__ = [
    "BACKGROUND",
    "SIGNAL",
    "Ensemble",
    "ToyTester",
    "chance",
    "fraction_at_least",
    "toy_test",
]

# Series of toys; series 0 is that of `toy_data` and of `fit_toys`.
BACKGROUND, SIGNAL = 1, 2
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
        The observed data where not given.
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
        If `mu` cannot be tested, or if a fit has no result: a toy that is left out would bias the
        p-values.
    """
    with Crew(workers) as crew:
        return ToyTester(model, count, seed=seed, data=data, crew=crew)(mu)


class Ensemble:
    """Toys of one hypothesis; equal ones, which few counts make, are fitted once.

    Parameters
    ----------
    model : HistFactory
    truth : ndarray, shape (parameter,)
    count : int
    seed, stream : int
        Of the random numbers; see `toy_data`.
    crew : Crew
        Who computes.

    Attributes
    ----------
    different : list of ndarray, shape (bin + auxdata,)
    """

    def __init__(
        self, model: HistFactory, truth: Floats, count: int, *, seed: int, stream: int, crew: Crew
    ) -> None:
        self.model = model
        self.truth = truth
        self.crew = crew
        toys = toy_data(model, count, values=truth, seed=seed, stream=stream)
        different, where = np.unique(toys, axis=0, return_inverse=True)
        self.different = list(different)
        self._where = where.ravel()

    @cached_property
    def best_fits(self) -> list[Minimum]:
        """One of each different toy."""
        work = partial(_best_fits, self.model, self.truth)
        return [fit for chunk in self.crew.spread(work, self.different) for fit in chunk]

    def statistics(self, mu: float) -> Floats:
        """Compute q̃(mu) of each toy, shape (toy,)."""
        fitted = list(zip(self.different, self.best_fits, strict=True))
        return self._expanded(self.crew.spread(partial(_limit_statistics, self.model, mu), fitted))

    def each(self, work: Callable[[Sequence[Floats]], list[float]]) -> Floats:
        """Compute a number from each toy; shape (toy,)."""
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
        self.background = self._ensemble(0.0, BACKGROUND)

    def __call__(self, mu: float) -> HypothesisTest:
        """Test one value."""
        check_tested(self.model.poi, mu)
        observed = self.observed.qmu_tilde(mu)
        with_signal = self._ensemble(mu, SIGNAL).statistics(mu)
        without = self.background.statistics(mu)
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
            error=_ratio_error(clsb, clb, self.count),
        )

    def _ensemble(self, mu: float, stream: int) -> Ensemble:
        truth = self.observed.at(mu).theta
        return Ensemble(
            self.model, truth, self.count, seed=self.seed, stream=stream, crew=self.crew
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


def chance(toys: Floats, observed: float) -> tuple[float, float]:
    """How often statistics are as extreme as that of the data.

    Parameters
    ----------
    toys : ndarray, shape (toy,)
    observed : float

    Returns
    -------
    p_value : float
        (k + 1) / (n + 1), where k of n toys are as extreme: the data are one more toy if the
        hypothesis is right, so that the p-value is never zero.
    error : float
        Its binomial standard error.
    """
    extreme = round(float(fraction_at_least(toys, observed)) * len(toys))
    p_value = (extreme + 1) / (len(toys) + 1)
    return p_value, float(np.sqrt(p_value * (1 - p_value) / (len(toys) + 1)))


def _ratio_error(clsb: float, clb: float, count: int) -> float:
    """Binomial standard error of CLs; not zero even where no toy was found."""
    least = 1 / (count + 2)
    above, below = (np.clip(p, least, 1 - least) for p in (clsb, clb))
    relative = np.sqrt((1 - above) / above + (1 - below) / below) / np.sqrt(count)
    return float(above / below * relative)


def _best_fits(model: HistFactory, truth: Floats, toys: Sequence[Floats]) -> list[Minimum]:
    return [profile(model, data=toy, near=truth).best for toy in toys]


def _limit_statistics(
    model: HistFactory, mu: float, fitted: Sequence[tuple[Floats, Minimum]]
) -> list[float]:
    return [Profile(model, model.likelihood(toy), best).qmu_tilde(mu) for toy, best in fitted]
