"""Where the likelihood is largest, for any data and any parameters held: the step all else repeats.

Fits, scans, impacts, limits and toys all come here; none of them minimizes by itself.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import NoReturn

import numpy as np

from hepline.arrays import Floats
from hepline.errors import FitError
from hepline.stats.clipping import SOFTNESS
from hepline.stats.histfactory import HistFactory
from hepline.stats.ladder import Climb, climb
from hepline.stats.likelihood import Likelihood
from hepline.stats.newton import Region
from hepline.stats.valleys import deepest, deepest_of

__all__ = ["AT_LEAST", "find_minimum", "starting_point"]

AT_LEAST = "the minimum lies where an expectation falls to the least one"
"""Remark of a minimum at a kink of the likelihood."""


def find_minimum(
    model: HistFactory,
    likelihood: Likelihood,
    *,
    init: Mapping[str, float] | None = None,
    fixed: Mapping[str, float] | None = None,
    near: Floats | None = None,
    valleys: Sequence[Floats] = (),
) -> Climb:
    """Minimize twice the negative log-likelihood.

    Parameters
    ----------
    model : HistFactory
    likelihood : Likelihood
        Of this model, with the data to fit.
    init : mapping of str to float, optional
        Where to start; the model's initial values by default. The name of a vector parameter
        stands for all its elements.
    fixed : mapping of str to float, optional
        Parameters to hold, beside those that the measurement holds.
    near : ndarray, shape (parameter,), optional
        A point close to the minimum, such as that of a neighboring fit: saves steps. Where the
        descent from there fails, the fit starts again from the initial values. Other valleys are
        searched only where it is not given.
    valleys : sequence of ndarray, shape (parameter,)
        Points in other valleys, known from such a search; with `near`, these are all that are
        looked at.

    Returns
    -------
    Climb
        ``.minimum.theta`` and ``.minimum.value``.

    Raises
    ------
    FitError
        If a name is unknown, if the likelihood is zero at the start, or if no minimum was found;
        the message names bins and parameters.
    """
    start, region = starting_point(model, init, fixed)
    if near is not None:
        climbed = _descended(likelihood, region.inside(near, start), region)
        if climbed is not None and climbed.method:
            return _lean(deepest_of(likelihood, climbed, region, valleys))
    climbed = _descended(likelihood, start, region)
    if climbed is None:
        _refuse_start(model, likelihood, start)
    if not climbed.method:
        _refuse_end(model, likelihood, climbed, region)
    return _lean(deepest(likelihood, climbed, region, model.two_sided, model.same_sided))


def _lean(climbed: Climb) -> Climb:
    """Say the Hessian once: the minima of a thousand toys are kept, and need none."""
    return Climb(
        climbed.minimum.lean(),
        climbed.method,
        climbed.region,
        climbed.remarks,
        tuple(each.lean() for each in climbed.others),
        climbed.minimum.hessian,
    )


def _descended(likelihood: Likelihood, start: Floats, region: Region) -> Climb | None:
    """Descend from one start; None if the data are impossible there.

    Without a least expectation the likelihood is smooth, and nowhere higher: if its minimum expects
    no less than that in any bin, it is the one that is looked for. What is possible without a least
    expectation is so with one.
    """
    smooth = likelihood.unclipped if likelihood.has_least else likelihood
    if math.isfinite(smooth.value(start)):
        climbed = climb(smooth, start, region)
        if smooth is likelihood:
            return climbed
        if climbed.method and not likelihood.clips(climbed.minimum.theta):
            return climbed
    elif smooth is likelihood or not math.isfinite(likelihood.value(start)):
        return None
    theta = start
    # The first end reaches beyond all rates: a line down to the kink would be left at its far side.
    for softness in (2 * likelihood.highest(start), *SOFTNESS):
        climbed = climb(likelihood.softened(softness), theta, region)
        theta = climbed.minimum.theta
    value = likelihood.value(theta)
    minimum = replace(climbed.minimum, value=value, remark=AT_LEAST, hessian=None)
    return replace(climbed, minimum=minimum)


def starting_point(
    model: HistFactory,
    init: Mapping[str, float] | None = None,
    fixed: Mapping[str, float] | None = None,
) -> tuple[Floats, Region]:
    """Where a minimization begins, and what it may move.

    Parameters
    ----------
    model : HistFactory
    init, fixed : mapping of str to float, optional
        As for `find_minimum`.

    Returns
    -------
    theta : ndarray, shape (parameter,)
    region : Region

    Raises
    ------
    FitError
        If a name is unknown, or if a start lies outside of its bounds.
    """
    theta = model.initial.copy()
    if init or fixed:
        free = ~model.fixed
        for name, value in (init or {}).items():
            theta[model.indices(name)] = value
        for name, value in (fixed or {}).items():
            theta[model.indices(name)] = value
            free[model.indices(name)] = False
        region = Region(model.lower, model.upper, free, model.region.reach)
        wrong = region.misplaced(theta)
    else:
        region, wrong = model.region, model.misplaced
    if wrong:
        at = wrong[0]
        raise FitError(
            f"parameter '{model.parameter_names[at]}' is to start at {theta[at]:g}.",
            why=f"its bounds are {model.lower[at]:g} and {model.upper[at]:g}.",
            fix="start inside of the bounds, or widen them in the measurement.",
        )
    return theta, region


def _refuse_start(model: HistFactory, likelihood: Likelihood, theta: Floats) -> NoReturn:
    bins = model.expected(theta)
    impossible = np.flatnonzero(~np.isfinite(bins) | ((bins <= 0) & (likelihood.observed > 0)))
    listed = ", ".join(
        f"{model.bin_name(i)} (expected {bins[i]:.3g}, observed {likelihood.observed[i]:g})"
        for i in impossible[:5].tolist()
    )
    more = f" and {len(impossible) - 5} more" if len(impossible) > 5 else ""
    raise FitError(
        f"the data are impossible at the start of the fit: {listed or 'a constraint term'}{more}.",
        why="events were observed where the model expects none, so that the likelihood is zero.",
        fix="merge these bins with their neighbors, add a background there, or start elsewhere "
        "(init={...}).",
    )


def _refuse_end(model: HistFactory, likelihood: Likelihood, climbed: Climb, region: Region) -> None:
    theta = climbed.minimum.theta
    gradient = likelihood.gradient(theta)
    width = np.where(np.isnan(model.prior_width), 1.0, model.prior_width)
    pull = np.where(region.movable(theta, gradient), np.abs(gradient * width), 0.0)
    blamed = [i for i in np.argsort(-pull)[:3].tolist() if pull[i] > 0]
    listed = ", ".join(f"'{model.parameter_names[i]}' = {theta[i]:.4g}" for i in blamed)
    said = "; ".join(f"{method}: {remark}" for method, remark in climbed.remarks)
    bins = model.expected(theta)
    low = int(np.argmin(bins))
    raise FitError(
        f"the fit did not converge; the steepest slopes are left in {listed or 'no parameter'}.",
        why=f"{said}. The smallest expectation is {bins[low]:.3g} in {model.bin_name(low)}.",
        fix="look at the variations of these parameters, start elsewhere (init={...}), or fix "
        "them (fixed={...}).",
    )
