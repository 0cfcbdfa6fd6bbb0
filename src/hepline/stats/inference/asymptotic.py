"""Hypothesis tests with a profile likelihood, whose distributions are taken as asymptotic."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import log_ndtr

from hepline.errors import FitError, nearest
from hepline.stats.histfactory import HistFactory
from hepline.stats.inference.asimov import expected_data, required_poi
from hepline.stats.inference.profile import Profile, check_tested, profile
from hepline.stats.inference.results import HypothesisTest
from hepline.stats.newton import Minimum

__all__ = ["Asymptotics", "asimov_profile", "asymptotics", "hypothesis_test"]


@dataclass(frozen=True, eq=False)
class Asymptotics:
    """The fits that tests of all values of the parameter of interest share.

    Attributes
    ----------
    observed : Profile
    asimov : Profile
        Of the Asimov data without signal, with nuisance parameters fitted to the data.
    statistic : str
        ``qtilde``, ``q`` or ``t``.
    """

    observed: Profile
    asimov: Profile
    statistic: str = "qtilde"

    def width(self, mu: float) -> float:
        """Distance of `mu` from zero in standard deviations: mu / σ, from the Asimov data."""
        return float(np.sqrt(self.asimov.statistic(self.statistic, mu)))

    def test(self, mu: float) -> HypothesisTest:
        """Test one value; see `hypothesis_test`."""
        check_tested(self.observed.model.poi, mu)
        statistic = self.observed.statistic(self.statistic, mu)
        width = self.width(mu)
        log_clsb, log_clb = _LOG_TAILS[self.statistic](statistic, width)
        return HypothesisTest(
            poi=self.observed.model.poi,
            mu=float(mu),
            statistic=statistic,
            clsb=float(np.exp(log_clsb)),
            clb=float(np.exp(log_clb)),
            cls=float(np.exp(log_clsb - log_clb)),
            expected=_expected_of_t(width) if self.statistic == "t" else _expected_cls(width),
        )


def asymptotics(
    model: HistFactory, *, data: ArrayLike | None = None, statistic: str = "qtilde"
) -> Asymptotics:
    """Run the fits that do not depend on the tested value.

    Parameters
    ----------
    model : HistFactory
    data : array_like, shape (bin,) or (bin + auxdata,), optional
        The observed data by default.
    statistic : str
        ``qtilde``, ``q`` or ``t``; see `hypothesis_test`.

    Returns
    -------
    Asymptotics

    Raises
    ------
    FitError
        As for `hypothesis_test`.
    """
    if statistic not in _LOG_TAILS:
        raise FitError(
            f"there is no test statistic '{statistic}'.",
            why=f"hepline has {', '.join(_LOG_TAILS)} for asymptotic formulae.",
            fix=nearest(statistic, _LOG_TAILS),
        )
    observed = profile(model, data=data)
    return Asymptotics(observed, asimov_profile(observed, 0.0), statistic)


def asimov_profile(observed: Profile, mu: float) -> Profile:
    """Profile of the Asimov data for a value of the parameter of interest.

    Nuisance parameters are those that fit the observed data best; auxiliary data move with them.

    Parameters
    ----------
    observed : Profile
    mu : float

    Returns
    -------
    Profile
        No fit is needed: each term of the likelihood is largest at the parameters that made it.

    References
    ----------
    G. Cowan, K. Cranmer, E. Gross, O. Vitells, Eur. Phys. J. C 71 (2011) 1554, section 3.2.
    """
    theta = observed.at(mu).theta
    likelihood = observed.model.likelihood(expected_data(observed.model, theta))
    best = Minimum(theta, likelihood.value(theta), True)
    return Profile(observed.model, likelihood, best, observed.valleys)


def hypothesis_test(
    model: HistFactory,
    mu: float,
    *,
    data: ArrayLike | None = None,
    statistic: str = "qtilde",
) -> HypothesisTest:
    """Test a value of the parameter of interest with CLs, by asymptotic formulae.

    Parameters
    ----------
    model : HistFactory
    mu : float
        Value to test; it may lie above the upper bound of the parameter, which is not applied.
    data : array_like, shape (bin,) or (bin + auxdata,), optional
        The observed data by default.
    statistic : str
        ``qtilde``: upper limits of signals that add events. ``q``: the same where the best value
        may be negative, as far as the lower bound allows. ``t``: both sides, for and against.

    Returns
    -------
    HypothesisTest

    Raises
    ------
    FitError
        If the workspace names no parameter of interest, if `mu` is negative or not finite, if a
        fit fails, or if a bin is expected to have less than no events.

    References
    ----------
    G. Cowan, K. Cranmer, E. Gross, O. Vitells, "Asymptotic formulae for likelihood-based tests
    of new physics", Eur. Phys. J. C 71 (2011) 1554, arXiv:1007.1727: equations (16), (14) and (8)
    for the statistics, (65), (57) and (35) for their distributions, (89) for expected values;
    A. Read, "Presentation of search results: the CLs technique", J. Phys. G 28 (2002) 2693.
    """
    check_tested(required_poi(model), mu)
    return asymptotics(model, data=data, statistic=statistic).test(mu)


def _log_tails(statistic: float, width: float) -> tuple[float, float]:
    """Logarithms of CLs+b and CLb for q̃ and for mu / σ.

    Both hypotheses have the same σ, as in RooStats and pyhf.
    """
    if width == 0:
        distance = 0.0  # the signal changes nothing: both hypotheses are the same
    elif statistic <= width**2:
        distance = np.sqrt(statistic) - width
    else:
        distance = (statistic - width**2) / (2 * width)
    return float(log_ndtr(-distance - width)), float(log_ndtr(-distance))


def _log_tails_of_q(statistic: float, width: float) -> tuple[float, float]:
    distance = np.sqrt(statistic) - width
    return float(log_ndtr(-distance - width)), float(log_ndtr(-distance))


def _log_tails_of_t(statistic: float, width: float) -> tuple[float, float]:
    root = np.sqrt(statistic)
    without = np.logaddexp(log_ndtr(width - root), log_ndtr(-width - root))
    return float(np.log(2) + log_ndtr(-root)), float(without)


_LOG_TAILS = {"qtilde": _log_tails, "q": _log_tails_of_q, "t": _log_tails_of_t}


def _expected_of_t(width: float) -> tuple[float, float, float, float, float]:
    """CLs of t, where the background fluctuates by −2, …, 2 standard deviations."""
    tails = [_log_tails_of_t((width - n) ** 2, width) for n in (-2.0, -1.0, 0.0, 1.0, 2.0)]
    low2, low, median, high, high2 = (float(np.exp(above - below)) for above, below in tails)
    return low2, low, median, high, high2


def _expected_cls(width: float) -> tuple[float, float, float, float, float]:
    at = np.array([2.0, 1.0, 0.0, -1.0, -2.0])
    minus_two, minus_one, median, one, two = np.exp(log_ndtr(-at - width) - log_ndtr(-at)).tolist()
    return minus_two, minus_one, median, one, two
