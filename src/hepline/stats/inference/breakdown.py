"""Breakdown of the uncertainty of the parameter of interest into groups of causes.

Holding parameters at their best values leaves the minimum where it is, so that the error without
a group follows from the covariance alone. With ``p`` the parameter of interest and ``G`` the group,

    error² = V(p,p) − V(p,G) V(G,G)⁻¹ V(G,p),

which is what inverting the Hessian of the other parameters gives, and what a fit with the group
held gives. No fit is repeated.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import ArrayLike

from hepline.errors import FitError, nearest
from hepline.stats.covariance import generalized_inverse
from hepline.stats.histfactory import HistFactory
from hepline.stats.inference.impacts import interest
from hepline.stats.inference.neighborhood import Neighborhood
from hepline.stats.inference.results import Breakdown, Component
from hepline.stats.results import FitResult

__all__ = ["breakdown", "usual_groups"]

_BY_KIND = {
    "staterror": "MC statistics",
    "lumi": "luminosity",
    "normfactor": "free normalizations",
    "shapefactor": "free normalizations",
}


def breakdown(
    model: HistFactory,
    groups: Mapping[str, Sequence[str]] | None = None,
    *,
    poi: str | None = None,
    data: ArrayLike | None = None,
    fit: FitResult | None = None,
) -> Breakdown:
    """Say how much each group of parameters adds to the uncertainty.

    Parameters
    ----------
    model : HistFactory
    groups : mapping of str to sequence of str, optional
        Names of groups to names of parameters: single ones, vectors, or patterns in which ``*``
        stands for anything and ``?`` for one character. Groups may overlap; patterns pass over
        the parameter of interest. `usual_groups` by default.
    poi : str, optional
        Parameter of interest; that of the measurement by default.
    data : array_like, shape (bin,) or (bin + auxdata,), optional
        The observed data by default.
    fit : FitResult, optional
        Of this model to these data: saves a fit.

    Returns
    -------
    Breakdown
        Parameters that the fit held cause nothing, and are in no component. The statistical
        error is that with all constrained parameters held, those of MC statistics among them;
        it includes free normalizations.

    Raises
    ------
    FitError
        If a name is unknown, or that of the parameter of interest; if a pattern matches nothing;
        if there is no parameter of interest; if the fit fails.
    """
    neighborhood = Neighborhood.around(model, data, fit)
    target = interest(neighborhood, poi)
    parameters = neighborhood.fit.parameters
    named = usual_groups(model, poi=parameters[target].name) if groups is None else groups
    components = []
    for name, patterns in named.items():
        members = [i for i in _members(model, patterns, target) if not parameters[i].fixed]
        error = _contribution(neighborhood, members, target)
        components.append(Component(name, tuple(parameters[i].name for i in members), error))
    constrained = [
        i
        for i, each in enumerate(parameters)
        if each.prior_width is not None and not each.fixed and i != target
    ]
    total = parameters[target].error
    systematic = _contribution(neighborhood, constrained, target)
    return Breakdown(
        poi=parameters[target].name,
        value=parameters[target].value,
        error=total,
        components=tuple(sorted(components, key=lambda component: -component.error)),
        statistical=float(np.sqrt(max(0.0, total**2 - systematic**2))),
        systematic=systematic,
    )


def usual_groups(model: HistFactory, *, poi: str | None = None) -> dict[str, tuple[str, ...]]:
    """Group the parameters of a model as one would by hand.

    Statistical errors of templates are ``MC statistics``, the luminosity is ``luminosity``,
    unconstrained parameters are ``free normalizations``. Others are grouped by what stands before
    a number at the end of their names, ``b-tag NP 1`` to ``b-tag NP 4`` for example, and else stay
    alone.

    Parameters
    ----------
    model : HistFactory
    poi : str, optional
        Parameter of interest, which is in no group; that of the measurement by default.

    Returns
    -------
    dict of str to tuple of str
        Each parameter that the measurement does not hold is in one group.
    """
    target = model.poi if poi is None else poi
    kinds = {
        name: kind
        for name, kind, fixed in zip(model.parameter_names, model.kinds, model.fixed, strict=True)
        if not fixed and name != target
    }
    members = Counter(map(_stem, kinds))
    groups: dict[str, tuple[str, ...]] = {}
    for name, kind in kinds.items():
        stem = _stem(name)
        # A number that nobody shares is part of the name.
        alone = members[stem] == 1 and not name.endswith("]")
        group = _BY_KIND.get(kind) or (name if alone else stem)
        groups[group] = (*groups.get(group, ()), name)
    return groups


def _stem(name: str) -> str:
    """Strip the index of an element, or the number at the end of a name."""
    return re.sub(r"(\[\d+\]|[\s_\-.]*\d+)$", "", name) or name


def _members(model: HistFactory, patterns: Sequence[str], target: int) -> list[int]:
    found: list[int] = []
    for pattern in [patterns] if isinstance(patterns, str) else patterns:
        if "*" in pattern or "?" in pattern:
            # Not fnmatch: brackets are part of the names of elements.
            expression = re.escape(pattern).replace(r"\*", ".*").replace(r"\?", ".")
            matching = [
                i
                for i, name in enumerate(model.parameter_names)
                if i != target and re.fullmatch(expression, name)
            ]
            if not matching:
                raise FitError(
                    f"no parameter matches '{pattern}'.",
                    why=f"none of the {len(model.parameter_names)} names has this form.",
                    fix=nearest(pattern, model.parameter_names),
                )
        else:
            matching = model.indices(pattern)
            if target in matching:
                raise FitError(
                    f"the group of '{pattern}' has the parameter of interest.",
                    why="it does not cause its own uncertainty.",
                    fix="leave it out of the group, or choose another poi.",
                )
        found += [i for i in matching if i not in found]
    return found


def _contribution(neighborhood: Neighborhood, members: Sequence[int], target: int) -> float:
    """Root of the difference of squares: total error, and error with these parameters held."""
    fit = neighborhood.fit
    if fit.pseudo_inverse is not None:
        return _contribution_to_degenerate(neighborhood, members, target)
    shared = fit.correlations(members, [target])[:, 0]
    # Parameters held at a bound have zeros for their errors: least squares passes over them.
    among = fit.correlations(members, members)
    explained = shared @ np.linalg.lstsq(among, shared)[0] if members else 0.0
    return fit.parameters[target].error * float(np.sqrt(np.clip(explained, 0.0, 1.0)))


def _contribution_to_degenerate(
    neighborhood: Neighborhood, members: Sequence[int], target: int
) -> float:
    """The same where the covariance has gaps: from the Hessian of the parameters that are left."""
    _, hessian = neighborhood.likelihood.derivatives(neighborhood.best)
    errors = np.array([each.error for each in neighborhood.fit.parameters])
    left = errors != 0  # neither fixed nor held at a bound
    left[list(members)] = False
    inverse, _ = generalized_inverse(hessian, left)
    return float(np.sqrt(max(0.0, errors[target] ** 2 - inverse[target, target])))
