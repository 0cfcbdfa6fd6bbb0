"""One point of a grid of signals: the result without the signals of all others."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import replace
from typing import TypeVar

from hepline.analysis.binning import fitted_region
from hepline.analysis.definition import Definition
from hepline.analysis.processes import Sample
from hepline.analysis.run import RunResult
from hepline.analysis.templates import Plots, TemplateKey, Templates
from hepline.columns.vary import Variation
from hepline.errors import AnalysisError, nearest

__all__ = ["at_point", "check_grid"]

AnyResult = TypeVar("AnyResult", bound=RunResult)


def at_point(result: AnyResult, sample: str | None, parameters: Mapping[str, float]) -> AnyResult:
    """The result of an analysis with one signal of its grid alone.

    Parameters
    ----------
    result : RunResult
    sample : str or None
        Name of the sample at the point, in place of its parameters.
    parameters : mapping of str to float
        All, or as many as tell the point from all others.

    Returns
    -------
    RunResult
        Its regions are fitted in bins that are sound at every point, so that toys and workspaces
        of all points have the same data.

    Raises
    ------
    AnalysisError
        If there is no such point, or several are meant.
    """
    whole = result.analysis
    target = _chosen(whole, sample, parameters)
    alone = whole.at(target.name)
    alone.regions = {
        name: replace(region, fit_edges=fitted_region(whole, region, result.templates).edges)
        for name, region in whole.regions.items()
    }
    others = [point.name for point in whole.points if point.name != target.name]
    return replace(
        result,
        analysis=alone,
        templates=_without(result.templates, whole, others),
        plots=Plots(
            {key: plot for key, plot in result.plots.histograms.items() if key.sample not in others}
        ),
        cutflow=tuple(flow for flow in result.cutflow if flow.sample not in others),
        accounting=tuple(part for part in result.accounting if part.sample not in others),
    )


def check_grid(analysis: Definition) -> None:
    """Refuse an analysis without a grid of signals.

    Raises
    ------
    AnalysisError
    """
    if not analysis.points:
        raise AnalysisError(
            f"the analysis '{analysis.name}' has no grid of signals.",
            why="its signal is a sample without parameters.",
            fix="declare it with its parameters: signal('Zprime', mass=[600, 800]).",
        )


def _chosen(analysis: Definition, name: str | None, parameters: Mapping[str, float]) -> Sample:
    check_grid(analysis)
    by_name = {sample.name: sample for sample in analysis.points}
    if name is not None and not parameters:
        if name in by_name:
            return by_name[name]
        raise AnalysisError(
            f"there is no signal '{name}' in the grid of '{analysis.name}'.",
            why=f"its points are {', '.join(by_name)}.",
            fix=nearest(name, by_name),
        )
    words = ", ".join(f"{key}={value:g}" for key, value in parameters.items())
    meant = [
        sample
        for sample in by_name.values()
        if name is None and parameters and parameters.items() <= dict(sample.point).items()
    ]
    if len(meant) != 1:
        listing = "; ".join(
            ", ".join(f"{key}={value:g}" for key, value in sample.point)
            for sample in meant or by_name.values()
        )
        number = "several signals" if meant else "no signal"
        raise AnalysisError(
            f"result.at({', '.join(filter(None, [name and repr(name), words]))}) means {number} of "
            f"'{analysis.name}'.",
            why=f"{'they are' if meant else 'the grid has'}: {listing}.",
            fix="give the name of a sample, or the values of its parameters: result.at(mass=600).",
        )
    return meant[0]


def _without(templates: Templates, analysis: Definition, others: Collection[str]) -> Templates:
    """Leave out the templates of other signals, nominal and varied."""
    keys = [Variation(n, side).key for n in analysis.nuisances() for side in ("up", "down")]
    dropped = {
        TemplateKey(region, name, variation)
        for region in analysis.regions
        for name in others
        for variation in ("", *keys)
    }
    return templates.divided(dropped)[0]
