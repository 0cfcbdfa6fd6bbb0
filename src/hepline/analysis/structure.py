"""Checks of how the parts of an analysis fit together: eras, estimates, names of places."""

from __future__ import annotations

import numpy as np

from hepline.analysis.abcd import FourRegions
from hepline.analysis.borrowing import quantities_for
from hepline.analysis.definition import Definition
from hepline.analysis.estimates import Estimate
from hepline.analysis.expected import regions_in_step, source_region
from hepline.analysis.rates import Rate
from hepline.analysis.regions import Region
from hepline.analysis.results import Notice
from hepline.columns.vary import Nuisance
from hepline.errors import AnalysisError, nearest

__all__ = ["check_structure", "unestimated_nuisances"]


def check_structure(analysis: Definition) -> None:
    """Refuse names of regions, eras and samples that do not exist, and estimates that cannot be.

    Raises
    ------
    AnalysisError
    """
    if not analysis.fitted():
        raise AnalysisError(
            f"no region of '{analysis.name}' is fitted.",
            why="all of them are declared with fit=False.",
            fix="leave fit=False out where the observable measures something.",
        )
    places = {region.base for region in analysis.regions.values()}
    owners: list[tuple[str, Nuisance | Rate]] = [
        *((f"nuisance '{nuisance.name}'", nuisance) for nuisance in analysis.nuisances()),
        *((f"normalization '{rate.name}'", rate) for rate in analysis.rates),
    ]
    for owner, parameter in owners:
        _check_names(owner, "region", parameter.regions, places)
        _check_names(owner, "era", parameter.eras, analysis.eras)
    for nuisance in analysis.nuisances():
        if not analysis.eras and ("era" in nuisance.apart or nuisance.correlation < 1):
            raise AnalysisError(
                f"the nuisance '{nuisance.name}' is not the same in all eras.",
                why="the analysis has no eras: it would be one parameter of the fit.",
                fix="declare the eras, or leave apart='era' and correlation= out.",
            )
    for rate in analysis.rates:
        known = {*analysis.samples, *analysis.estimates, *analysis.four_regions}
        _check_names(f"normalization '{rate.name}'", "sample or estimate", rate.samples, known)
    for estimate in analysis.estimates.values():
        _check_estimate(analysis, estimate)
    for four in analysis.four_regions.values():
        _check_four_regions(analysis, four)
    _check_bins_in_step(analysis)


def _check_names(owner: str, kind: str, names: object, known: object) -> None:
    given = names if isinstance(names, tuple) else None
    if given is None:
        return
    available = [*known] if isinstance(known, set | dict) else []
    for name in given or ("",):
        if name not in available:
            raise AnalysisError(
                f"the {owner} acts on the {kind} '{name}'."
                if name
                else f"the {owner} acts on no {kind}.",
                why=f"the analysis has {', '.join(sorted(available)) or f'no {kind}'}.",
                fix=nearest(name, available) if available else f"declare the {kind}.",
            )


def _check_estimate(analysis: Definition, estimate: Estimate) -> None:
    places = {region.base for region in analysis.regions.values()}
    pairs = _pairs(analysis, estimate)
    for target, _ in pairs:
        _check_names(f"estimate '{estimate.name}'", "region", (target,), places)
    if estimate.weight is not None and not analysis.recorded:
        raise AnalysisError(
            f"the estimate '{estimate.name}' has a weight for every event of the data.",
            why="pseudo-data are sums of histograms, and have no events.",
            fix="give recorded data: .data(…), such as a generated mixture (hepline generate).",
        )
    if not pairs:
        raise AnalysisError(
            f"the estimate '{estimate.name}' acts on no region.",
            why="no region but the one of its data is fitted.",
            fix="declare the region that needs it.",
        )
    for region in analysis.regions.values():
        source = source_region(analysis, estimate, region)
        if source is not None:
            _check_pair(estimate, region, source)


def _pairs(analysis: Definition, estimate: Estimate) -> tuple[tuple[str, str], ...]:
    return estimate.pairs(region.base for region in analysis.fitted())


def _check_four_regions(analysis: Definition, four: FourRegions) -> None:
    """All four are fitted, in the same eras; the data that determine the estimate are read."""
    regions = {(region.base, region.era): region for region in analysis.regions.values()}
    for era in dict.fromkeys(era for base, era in regions if base in four.regions):
        here = [regions.get((base, era)) for base in four.regions]
        unlike = [
            base
            for base, region in zip(four.regions, here, strict=True)
            if region is None or not region.fit
        ]
        if unlike:
            raise AnalysisError(
                f"the background '{four.name}' uses the region '{unlike[0]}'"
                f"{f' of the era {era}' if era else ''}, which is not fitted.",
                why="the data of all four regions determine its free parameters.",
                fix="declare all four for the same eras, and leave fit=False out.",
            )
        signal, *others = (region for region in here if region is not None)
        for other in others:
            _check_read(four.name, other)
        _check_pair(four, signal, others[0])


def _check_bins_in_step(analysis: Definition) -> None:
    """Regions that share a free parameter of each bin need the same bins."""
    for region in analysis.fitted():
        for other in regions_in_step(analysis, region):
            if not np.array_equal(region.fit_edges, other.fit_edges):
                raise AnalysisError(
                    f"the regions '{region.name}' and '{other.name}' have unlike fitted bins.",
                    why="they share a free parameter of each bin.",
                    fix="give the same fit_bins= to both regions.",
                )


def _check_read(name: str, source: Region) -> None:
    if source.blind:
        raise AnalysisError(
            f"the estimate '{name}' needs the data of region '{source.name}'.",
            why="this region is blind: its data are not read.",
            fix="leave blind=True out there.",
        )


def _check_pair(estimate: Estimate | FourRegions, region: Region, source: Region) -> None:
    """The data of the other region must be there, in the same bins."""
    if source.name == region.name:
        raise AnalysisError(
            f"the estimate '{estimate.name}' takes the data of region '{region.name}' for itself.",
            why="it would fit any data perfectly.",
            fix="take the data of another region, such as one of same-sign pairs.",
        )
    _check_read(estimate.name, source)
    pairs = []
    for name, plot in quantities_for(region, source).items():
        mine = [shown.axes for shown in region.plots if shown.name == name] or [
            (region.observable,)
        ]
        named = f"plot '{name}'" if name else "observable"
        pairs += [(named, *both) for both in zip(mine[0], plot.axes, strict=True)]
    for name, here, other in pairs:
        if not np.array_equal(here.axis.edges, other.axis.edges):
            raise AnalysisError(
                f"the {name} of '{region.name}' and of '{source.name}' have unlike bins.",
                why=f"the estimate '{estimate.name}' goes bin by bin.",
                fix="give the same bins to both regions.",
            )


def unestimated_nuisances(analysis: Definition) -> list[Notice]:
    """Uncertainties that act on a sample in a region, and not where an estimate subtracts it."""
    notices = []
    parameters: list[Nuisance | Rate] = [*analysis.nuisances(), *analysis.rates]
    for parameter in parameters:
        for estimate in analysis.estimates.values():
            if isinstance(parameter, Nuisance) and estimate.is_varied_by(parameter):
                continue
            samples = [
                sample
                for sample in estimate.subtract
                if parameter.samples is None or sample in parameter.samples
            ]
            for target, source in _pairs(analysis, estimate) if samples else ():
                regions = parameter.regions
                if regions is not None and target in regions and source not in regions:
                    text = (
                        f"'{parameter.name}' acts on {', '.join(samples)} in {target}, but not in "
                        f"{source}, whose data estimate '{estimate.name}' there: the estimate does "
                        f"not vary with it"
                    )
                    declared = parameter.declared_at if isinstance(parameter, Nuisance) else ""
                    text += f" (declared at {declared})." if declared else "."
                    notices.append(Notice("unestimated nuisance", text))
    return notices
