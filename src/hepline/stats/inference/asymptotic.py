"""Hypothesis tests with a profile likelihood, whose distributions are taken as asymptotic."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import log_ndtr

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
    """

    observed: Profile
    asimov: Profile

    def width(self, mu: float) -> float:
        """Distance of `mu` from zero in standard deviations: mu / σ, from the Asimov data."""
        return float(np.sqrt(self.asimov.qmu_tilde(mu)))

    def test(self, mu: float) -> HypothesisTest:
        """Test one value; see `hypothesis_test`."""
        check_tested(self.observed.model.poi, mu)
        statistic = self.observed.qmu_tilde(mu)
        width = self.width(mu)
        log_clsb, log_clb = _log_tails(statistic, width)
        return HypothesisTest(
            poi=self.observed.model.poi,
            mu=float(mu),
            statistic=statistic,
            clsb=float(np.exp(log_clsb)),
            clb=float(np.exp(log_clb)),
            cls=float(np.exp(log_clsb - log_clb)),
            expected=_expected_cls(width),
        )


def asymptotics(model: HistFactory, *, data: ArrayLike | None = None) -> Asymptotics:
    """Run the fits that do not depend on the tested value.

    Parameters
    ----------
    model : HistFactory
    data : array_like, shape (bin,) or (bin + auxdata,), optional
        The observed data where not given.

    Returns
    -------
    Asymptotics

    Raises
    ------
    FitError
        As for `hypothesis_test`.
    """
    observed = profile(model, data=data)
    return Asymptotics(observed, asimov_profile(observed, 0.0))


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
    model: HistFactory, mu: float, *, data: ArrayLike | None = None
) -> HypothesisTest:
    """Test a value of the parameter of interest with q̃ and CLs, by asymptotic formulae.

    Parameters
    ----------
    model : HistFactory
    mu : float
        Value to test; it may lie above the upper bound of the parameter, which is not applied.
    data : array_like, shape (bin,) or (bin + auxdata,), optional
        The observed data where not given.

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
    of new physics", Eur. Phys. J. C 71 (2011) 1554, arXiv:1007.1727: equation (16) for the
    statistic, (65) for its distribution, (89) for the expected values;
    A. Read, "Presentation of search results: the CLs technique", J. Phys. G 28 (2002) 2693.
    """
    check_tested(required_poi(model), mu)
    return asymptotics(model, data=data).test(mu)


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


def _expected_cls(width: float) -> tuple[float, float, float, float, float]:
    at = np.array([2.0, 1.0, 0.0, -1.0, -2.0])
    minus_two, minus_one, median, one, two = np.exp(log_ndtr(-at - width) - log_ndtr(-at)).tolist()
    return minus_two, minus_one, median, one, two
