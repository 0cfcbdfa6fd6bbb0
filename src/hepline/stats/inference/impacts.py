"""Impacts: how far the parameter of interest follows each nuisance parameter."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from numpy.typing import ArrayLike

from hepline.errors import FitError, nearest
from hepline.stats.histfactory import HistFactory
from hepline.stats.inference.neighborhood import Neighborhood, from_deepest
from hepline.stats.inference.results import Impact, Ranking
from hepline.stats.results import FitResult, Parameter

__all__ = ["interest", "linear_ranking", "ranking"]

_REFITTED_ALL = 100  # nuisance parameters; four refits of each take minutes for more
_REFITTED = 20  # as many as a figure or a table shows


def ranking(
    model: HistFactory,
    *,
    poi: str | None = None,
    names: Sequence[str] | None = None,
    data: ArrayLike | None = None,
    fit: FitResult | None = None,
) -> Ranking:
    """Fit again with each nuisance parameter held up and down, and see where the POI goes.

    Post-fit, a parameter is held one error above and below its best value; pre-fit, one width of
    its constraint above and below its best value. A step that would leave the bounds of the
    parameter ends at the bound, and one that would make the data impossible is halved until they
    are possible, so that its impact is that of the shorter step. A parameter at a bound that has
    no error has no post-fit impact.

    Parameters
    ----------
    model : HistFactory
    poi : str, optional
        Parameter of interest; that of the measurement by default.
    names : sequence of str, optional
        Nuisance parameters, a vector standing for its elements; all that the fit moves and the data
        determine by default. Of more than a hundred, the twenty with the largest impacts are
        fitted again, and the others have the impacts that the covariance of the fit says.
    data : array_like, shape (bin,) or (bin + auxdata,), optional
        The observed data by default.
    fit : FitResult, optional
        Of this model to these data: saves a fit.

    Returns
    -------
    Ranking
        Largest post-fit impact first.

    Raises
    ------
    FitError
        If a name is unknown, held, or that of the parameter of interest; if there is no parameter
        of interest; if a fit fails, or finds a deeper minimum than the given one.

    References
    ----------
    The definition is that of ``cabinetry.fit.ranking``, https://cabinetry.readthedocs.io
    """
    return from_deepest(lambda neighborhood: _ranking(neighborhood, poi, names), model, data, fit)


def _ranking(neighborhood: Neighborhood, poi: str | None, names: Sequence[str] | None) -> Ranking:
    target = interest(neighborhood, poi)
    chosen = _nuisances(neighborhood, target, names)
    impacts: list[Impact] = []
    if names is None and len(chosen) > _REFITTED_ALL:
        ranked = linear_ranking(
            replace(neighborhood.fit, poi=neighborhood.fit.parameters[target].name)
        )
        impacts += ranked.impacts[_REFITTED:]
        chosen = [neighborhood.position(each.parameter) for each in ranked.impacts[:_REFITTED]]
    impacts += [_impact(neighborhood, index, target) for index in chosen]
    parameter = neighborhood.fit.parameters[target]
    return Ranking(
        poi=parameter.name,
        value=parameter.value,
        error=parameter.error,
        impacts=tuple(sorted(impacts, key=lambda impact: -impact.size)),
    )


def linear_ranking(fit: FitResult) -> Ranking:
    """Rank nuisance parameters by the covariance of the fit alone: no refits, no bounds.

    Parameters
    ----------
    fit : FitResult
        With a parameter of interest.

    Returns
    -------
    Ranking
        Upward and downward shifts are opposite: covariance / error of the nuisance parameter.
    """
    names = [each.name for each in fit.parameters]
    (with_poi,) = fit.spread.part([names.index(fit.poi)], range(len(names)))
    impacts = []
    for each, covariance in zip(fit.parameters, with_poi.tolist(), strict=True):
        if each.name == fit.poi or each.fixed or not each.error > 0:
            continue
        slope = covariance / each.error**2
        prefit = None if each.prior_width is None else slope * each.prior_width
        impacts.append(
            Impact(
                parameter=each.name, kind=each.kind, value=each.value, error=each.error,
                pull=each.pull, constraint=each.constraint,
                up=slope * each.error, down=-slope * each.error,
                prefit_up=prefit, prefit_down=None if prefit is None else -prefit,
            )
        )  # fmt: skip
    poi = fit[fit.poi]
    ranked = tuple(sorted(impacts, key=lambda impact: -impact.size))
    return Ranking(poi.name, poi.value, poi.error, ranked)


def interest(neighborhood: Neighborhood, poi: str | None) -> int:
    """Position of the parameter of interest.

    Parameters
    ----------
    neighborhood : Neighborhood
    poi : str or None
        That of the measurement where None.

    Raises
    ------
    FitError
        If there is none, or if it is not a single parameter that the fit moves.
    """
    name = neighborhood.model.poi if poi is None else poi
    if not name:
        raise FitError(
            "there is no parameter of interest.",
            why=f"the measurement '{neighborhood.model.measurement}' names none.",
            fix=f"give poi=...; {nearest('', neighborhood.model.parameter_names)}",
        )
    return neighborhood.position(name)


def _nuisances(neighborhood: Neighborhood, target: int, names: Sequence[str] | None) -> list[int]:
    every = range(len(neighborhood.fit.parameters))
    if names is None:
        return [i for i in every if neighborhood.follows(i) and i != target]
    found: list[int] = []
    for name in names:
        elements = neighborhood.model.indices(name)
        if target in elements:
            raise FitError(
                f"the impact of '{name}' on itself was asked for.",
                why="it is the parameter of interest.",
                fix="leave it out of the names, or choose another poi.",
            )
        if len(elements) == 1:
            elements = [neighborhood.position(name)]
        found += [i for i in elements if neighborhood.follows(i) and i not in found]
    return found


def _impact(neighborhood: Neighborhood, index: int, target: int) -> Impact:
    parameter = neighborhood.fit.parameters[index]
    width = parameter.prior_width
    return Impact(
        parameter=parameter.name,
        kind=parameter.kind,
        value=parameter.value,
        error=parameter.error,
        pull=parameter.pull,
        constraint=parameter.constraint,
        up=_shift(neighborhood, parameter, parameter.error, target),
        down=_shift(neighborhood, parameter, -parameter.error, target),
        prefit_up=None if width is None else _shift(neighborhood, parameter, width, target),
        prefit_down=None if width is None else _shift(neighborhood, parameter, -width, target),
    )


def _shift(neighborhood: Neighborhood, parameter: Parameter, step: float, target: int) -> float:
    """Shift of the parameter of interest in a fit that holds another one a step away."""
    lower, upper = parameter.bounds
    held = min(max(parameter.value + step, lower), upper)
    while held != parameter.value:
        found = neighborhood.at({parameter.name: held})
        if found.converged:
            return float(found.theta[target] - neighborhood.best[target])
        held = (held + parameter.value) / 2
    return 0.0
