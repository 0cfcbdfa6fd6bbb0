"""How large is the largest excess anywhere? Toys of the background that all signals share.

Each signal of a grid has a model of its own; their background is the same. A toy is one set of
data, which all models are fitted to; its largest q₀ is compared with that of the observed data. The
same toys count how often q₀ rises through a low level, from which larger excesses are extrapolated.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import partial

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import betaincinv, ndtri

from hepline.arrays import Floats
from hepline.errors import FitError
from hepline.stats.histfactory import HistFactory
from hepline.stats.inference.lookelsewhere import (
    GlobalSignificance,
    count_upcrossings,
    global_significance,
)
from hepline.stats.inference.parallel import Crew
from hepline.stats.inference.profile import Profile, for_tests, profile
from hepline.stats.inference.toys import toy_data
from hepline.stats.inference.toytests import (
    BACKGROUND,
    chance,
    discovery_statistics,
    fraction_at_least,
    without_failures,
)

__all__ = ["Everywhere", "look_everywhere"]

_TAIL = 0.15865525393145707  # on each side of a central interval of one standard deviation
_OWN = 16  # first series of random numbers for the auxiliary data that one model alone has


@dataclass(frozen=True, eq=False)
class Everywhere:
    """The largest excess of several signals, and how improbable one like it is anywhere.

    Attributes
    ----------
    at : int
        Which model has it.
    local : float
        Its local significance √q₀, in standard deviations.
    p_value : float
        Global: (k + 1) / (n + 1), where k of n toys have as large an excess anywhere.
    error : float
        Standard error of `p_value`: binomial, and what toys without a fit could change.
    lower, upper : float
        Central interval of the p-value that k of n toys allow (Clopper and Pearson), one standard
        deviation to each side.
    observed : float
        Global significance, in standard deviations; zero where such an excess is more likely than
        not.
    toys, failed : int
        Drawn; without a fit at one of the signals.
    upcrossings : GlobalSignificance or None
        From the mean number of upcrossings in the toys (Gross and Vitells), for excesses that are
        too large for toys. None where models are not a line, or the excess lies below the level.
    statistics : ndarray, shape (toy, model)
        Values of q₀; not a number where a fit has none.
    seed : int
    """

    at: int
    local: float
    p_value: float
    error: float
    lower: float
    upper: float
    observed: float
    toys: int
    failed: int
    upcrossings: GlobalSignificance | None
    statistics: Floats = field(repr=False)
    seed: int


def look_everywhere(
    models: Sequence[HistFactory],
    count: int,
    *,
    seed: int,
    line: Sequence[int] | None = None,
    reference_level: float = 0.5,
    data: ArrayLike | None = None,
    workers: int = 1,
) -> Everywhere:
    """Correct the largest local significance of several signals for all of them.

    Parameters
    ----------
    models : sequence of HistFactory
        One for each signal, with the same channels and bins, and the same background.
    count : int
        Toys of the background.
    seed : int
        From 0 to 2⁶⁴ − 1.
    line : sequence of int, optional
        The models in the order of one parameter, such as the mass: then upcrossings are counted.
    reference_level : float
        Of q₀, for upcrossings.
    data : array_like, shape (bin,), optional
        The observed data by default.
    workers : int
        Processes; the result does not depend on their number.

    Returns
    -------
    Everywhere

    Raises
    ------
    FitError
        If the models do not share their bins, if a fit of the data has no result, or if those of
        most toys have none.

    Notes
    -----
    Toys are drawn from the first model without signal, its nuisance parameters fitted to the data.
    Auxiliary data that several models have fluctuate by the same number of standard deviations in
    all of them: the widths of parameters for the statistics of simulation depend on the signal.

    References
    ----------
    E. Gross, O. Vitells, Eur. Phys. J. C 70 (2010) 525, arXiv:1005.1891; C. Clopper, E. Pearson,
    Biometrika 26 (1934) 404.
    """
    _check_bins(models)
    fits = [profile(model, data=data) for model in models]
    observed = np.array([fit.q0() for fit in fits])
    columns: list[list[float]] = []
    with Crew(workers) as crew:
        for fit, toys in zip(fits, _toys(fits, count, seed), strict=True):
            poi = fit.model.indices(fit.model.poi)[0]
            highest = max(float(models[len(columns)].upper[poi]), fit.mu_hat)
            work = partial(
                discovery_statistics, for_tests(fit.model, highest), fit.at(0.0).theta, fit.valleys
            )
            chunks = crew.spread(work, list(toys))
            columns.append([value for chunk in chunks for value in chunk])
    statistics = np.array(columns).T
    largest, failed = without_failures(statistics.max(axis=1))
    p_value, error = chance(largest, float(observed.max()), failed)
    extreme = round(float(fraction_at_least(largest, observed.max())) * len(largest))
    lower, upper = _clopper_pearson(extreme, len(largest))
    local = float(np.sqrt(observed.max()))
    known = statistics[~np.isnan(statistics).any(axis=1)]
    return Everywhere(
        at=int(observed.argmax()),
        local=local,
        p_value=p_value,
        error=error,
        lower=lower,
        upper=upper,
        observed=max(0.0, -float(ndtri(p_value))),
        toys=count,
        failed=failed,
        upcrossings=_crossed(known, local, line, reference_level),
        statistics=statistics,
        seed=seed,
    )


def _check_bins(models: Sequence[HistFactory]) -> None:
    shapes = {tuple((one.name, len(one.observed)) for one in model.channels) for model in models}
    if len(shapes) != 1:
        raise FitError(
            f"{len(models)} models with {len(shapes)} sets of bins have no toys in common.",
            why="one toy is data for all of them.",
            fix="give at least one model, and all of them with the same channels and bins.",
        )


def _toys(fits: Sequence[Profile], count: int, seed: int) -> list[Floats]:
    """The same toys for each model, shape (toy, bin + auxdata of the model)."""
    first = fits[0]
    shared = _drawn(first, count, seed, BACKGROUND)
    bins = len(first.model.data)
    pulls = _pulls(first, shared)
    everyones = [shared]
    for number, fit in enumerate(fits[1:]):
        toys = _drawn(fit, count, seed, _OWN + number)
        toys[:, :bins] = shared[:, :bins]
        terms = fit.model.constraints
        truth = fit.at(0.0).theta
        for place, parameter in enumerate(terms.parameter.tolist()):
            name = fit.model.parameter_names[parameter]
            if name not in pulls or fit.model.fixed[parameter]:
                continue
            is_normal, column = pulls[name]
            if is_normal and terms.is_normal[place]:
                toys[:, bins + place] = truth[parameter] + terms.scale[place] * column
            elif not is_normal and not terms.is_normal[place]:
                toys[:, bins + place] = column
        everyones.append(toys)
    return everyones


def _drawn(fit: Profile, count: int, seed: int, stream: int) -> Floats:
    return toy_data(fit.model, count, values=fit.at(0.0).theta, seed=seed, stream=stream)


def _pulls(fit: Profile, toys: Floats) -> dict[str, tuple[bool, Floats]]:
    """Auxiliary data by parameter: in standard deviations, or as counts, shape (toy,)."""
    terms, bins = fit.model.constraints, len(fit.model.data)
    truth = fit.at(0.0).theta
    pulls = {}
    for place, parameter in enumerate(terms.parameter.tolist()):
        if fit.model.fixed[parameter]:
            continue
        is_normal, column = bool(terms.is_normal[place]), toys[:, bins + place]
        if is_normal:
            column = (column - truth[parameter]) / terms.scale[place]
        pulls[fit.model.parameter_names[parameter]] = (is_normal, column)
    return pulls


def _clopper_pearson(extreme: int, count: int) -> tuple[float, float]:
    # Quantiles by scipy.special: scipy.stats takes a second to import.
    low = float(betaincinv(extreme, count - extreme + 1, _TAIL)) if extreme else 0.0
    high = float(betaincinv(extreme + 1, count - extreme, 1 - _TAIL)) if extreme < count else 1.0
    return low, high


def _crossed(
    statistics: Floats, local: float, line: Sequence[int] | None, level: float
) -> GlobalSignificance | None:
    if line is None or len(line) < 2 or local**2 < level:
        return None
    crossings = count_upcrossings(statistics[:, list(line)], level)
    count = len(crossings)
    # One crossing among all toys is what none of them does not exclude.
    error = max(float(crossings.std(ddof=1)) / np.sqrt(count) if count > 1 else 1.0, 1 / count)
    return global_significance(
        local, upcrossings=float(crossings.mean()), reference_level=level, error=error
    )
