"""Upper limits: the value of the parameter of interest where CLs falls to one minus the level."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import ndtr, ndtri

from hepline.errors import FitError
from hepline.stats.histfactory import HistFactory
from hepline.stats.inference.asymptotic import asymptotics
from hepline.stats.inference.results import UpperLimit

__all__ = ["upper_limit"]

_TINY = float(np.finfo(np.float64).tiny)  # CLs of absurd signals underflows
_PRECISION = 1e-7  # of a limit, relative
_MOST_STEPS = 40  # of up to a factor of ten each, until a limit lies between two tested values
_FLAT = 1e3  # a function that has not risen while mu grew so much never will


def upper_limit(
    model: HistFactory,
    *,
    level: float = 0.95,
    data: ArrayLike | None = None,
    statistic: str = "qtilde",
) -> UpperLimit:
    """Find observed and expected upper limits from CLs, by asymptotic formulae.

    Parameters
    ----------
    model : HistFactory
    level : float
        Confidence level, between 0.5 and 1.
    data : array_like, shape (bin,) or (bin + auxdata,), optional
        The observed data by default.
    statistic : str
        ``qtilde`` or ``q``; see `hypothesis_test`.

    Returns
    -------
    UpperLimit
        With tests of all six limits and of the values on the way to the observed one.

    Raises
    ------
    FitError
        If the level is not between 0.5 and 1, if the data do not limit the parameter, and as for
        `hypothesis_test`.

    Notes
    -----
    For a background that fluctuates by n standard deviations, CLs depends on the tested value
    through mu / σ alone. The value of mu / σ at the limit is therefore known beforehand, and the
    expected limits need fits of the Asimov data only.

    References
    ----------
    G. Cowan, K. Cranmer, E. Gross, O. Vitells, Eur. Phys. J. C 71 (2011) 1554, arXiv:1007.1727,
    section 4; A. Read, J. Phys. G 28 (2002) 2693.
    """
    if not 0.5 < level < 1:
        raise FitError(
            f"an upper limit is asked for at a confidence level of {level:g}.",
            why="CLs starts between 0.5 and 1, so that a limit exists for levels in between only.",
            fix="use a level such as 0.95.",
        )
    if model.poi in model.idle:
        raise FitError(
            f"there is no upper limit on '{model.poi}': nothing depends on it.",
            why="every sample that it scales is empty, so that no data can exclude any value.",
            fix="give these samples some events, or name another parameter of interest (poi='…').",
        )
    if statistic == "t":
        raise FitError(
            "there is no upper limit from the statistic t.",
            why="it counts values against the hypothesis on both sides of the best one.",
            fix="take qtilde or q for a limit, or a two-sided interval (model.intervals()).",
        )
    fits = asymptotics(model, data=data, statistic=statistic)
    width = _Rising(fits.width, model.poi)
    at_limit = [_width_at_limit(level, sigmas) for sigmas in (2.0, 1.0, 0.0, -1.0, -2.0)]
    median = width.crossing(at_limit[2], start=at_limit[2] * fits.asimov.sigma)
    outer = [width.crossing(at_limit[i], start=median) for i in (0, 1, 3, 4)]
    start = max(median, fits.observed.mu_hat + at_limit[2] * fits.observed.sigma)
    exclusion = _Rising(lambda mu: -float(np.log(max(fits.test(mu).cls, _TINY))), model.poi)
    observed = exclusion.crossing(-float(np.log(1 - level)), start=start)
    expected = (outer[0], outer[1], median, outer[2], outer[3])
    tested = sorted({*expected, observed, *exclusion.known})
    return UpperLimit(
        poi=model.poi,
        level=level,
        observed=observed,
        expected=expected,
        tests=tuple(fits.test(mu) for mu in tested),
    )


def _width_at_limit(level: float, sigmas: float) -> float:
    """Where CLs = Φ(−mu / σ − n) / Φ(−n) is one minus the level, as mu / σ."""
    return float(-ndtri((1 - level) * ndtr(-sigmas)) - sigmas)


class _Rising:
    """A function of the parameter of interest that rises, and that is expensive.

    What is known of it serves all later questions. Lives while a limit is computed.
    """

    def __init__(self, function: Callable[[float], float], poi: str) -> None:
        self.function = function
        self.poi = poi
        self.known: dict[float, float] = {}

    def __call__(self, mu: float) -> float:
        if mu not in self.known:
            self.known[mu] = self.function(mu)
        return self.known[mu]

    def crossing(self, target: float, start: float) -> float:
        """Where the function reaches the target.

        The points that are known say where; each one more narrows it down. What they leave open
        is taken as what the last of them changed.
        """
        low, high = self._bracket(target, start)
        last = np.inf
        step = 0
        while high - low > _PRECISION * low:
            # Where the function is not a polynomial, halves of the interval are always closer.
            halved = step % 8 == 7
            mu = 0.5 * (low + high) if halved else self._guess(target, low, high)
            if abs(mu - last) < _PRECISION * mu:
                return mu
            low, high = (mu, high) if self(mu) < target else (low, mu)
            last, step = np.inf if halved else mu, step + 1
        return 0.5 * (low + high)

    def _guess(self, target: float, low: float, high: float) -> float:
        """Where a polynomial in the function, through the nearest known points, says."""
        distance = {mu: abs(value - target) for mu, value in self.known.items()}
        points = sorted(distance, key=lambda mu: distance[mu])[:4]
        values = [self.known[mu] for mu in points]
        guess = _interpolated(values, points, target)
        if low < guess < high:
            return guess
        share = (target - self(low)) / (self(high) - self(low))
        return low + (high - low) * float(np.clip(share, 0.05, 0.95))

    def _bracket(self, target: float, start: float) -> tuple[float, float]:
        self(start)
        for _ in range(_MOST_STEPS):
            above = min((mu for mu, value in self.known.items() if value > target), default=np.inf)
            below = max((mu for mu in self.known if mu < above), default=0.0)
            if below > 0 and above < np.inf:
                return below, above
            if above == np.inf and self._is_flat(below):
                break
            # A guess as if the function were proportional to mu, and a bit beyond.
            if below == 0:
                self(above * float(np.clip(0.9 * target / self.known[above], 0.1, 0.9)))
            else:
                self(below * float(np.clip(1.1 * target / max(self(below), 1e-300), 1.1, 10.0)))
        highest = max(self.known)
        raise FitError(
            f"no upper limit on '{self.poi}' was found up to {highest:.3g}.",
            why="CLs hardly changes with it: other parameters can take over what it does, or its "
            "samples are empty.",
            fix="look at the samples that it scales, and for an unconstrained parameter that "
            "scales the same bins.",
        )

    def _is_flat(self, highest: float) -> bool:
        """Whether it has stopped to rise."""
        lower = [mu for mu in self.known if mu <= highest / _FLAT]
        return bool(lower) and self(highest) <= 1.01 * self(max(lower))


def _interpolated(x: Sequence[float], y: Sequence[float], at: float) -> float:
    """Neville's polynomial; not a number where two abscissae are the same."""
    row = list(y)
    for order in range(1, len(x)):
        for i in range(len(x) - order):
            span = x[i] - x[i + order]
            if span == 0 or not np.isfinite(span):
                return np.nan
            row[i] = ((at - x[i + order]) * row[i] + (x[i] - at) * row[i + 1]) / span
    return row[0]
