"""Checks that every parameter of the fit acts once on a process, and means one thing."""

from __future__ import annotations

from collections.abc import Iterable

from hepline.analysis.definition import Definition
from hepline.analysis.expected import Process, processes_of
from hepline.analysis.systematics import systematics_of
from hepline.errors import AnalysisError

__all__ = ["check_acting_parameters"]


def check_acting_parameters(analysis: Definition) -> None:
    """Refuse parameters that would act twice on a process, or stand for two uncertainties.

    Raises
    ------
    AnalysisError
    """
    _check_bounds(analysis)
    for region in analysis.fitted():
        processes = processes_of(analysis, region)
        for process in processes:
            _check_rates(process, region.name)
            if process.is_subtracted:
                _check_free(analysis, process, processes)
    _check_nuisances(analysis)


def _check_rates(process: Process, region: str) -> None:
    repeated = _repeated(rate.name for rate in process.rates)
    if repeated:
        subtracted = f"{process.sample} in {process.group}" if process.is_subtracted else ""
        raise AnalysisError(
            f"the normalization '{repeated}' acts twice on {subtracted or process.name} in region "
            f"'{region}'.",
            why="an estimate has the parameters of what it subtracts and its own ones."
            if subtracted
            else "it is declared with two uncertainties for this sample.",
            fix="give the uncertainty of the estimate another name."
            if subtracted
            else "declare it once, or give one of the two another name.",
        )


def _check_free(analysis: Definition, subtracted: Process, others: Iterable[Process]) -> None:
    """A free parameter of an estimate must not scale what it subtracts as well."""
    data = (other for other in others if other.group == subtracted.group and not other.sample)
    own = {name for other in data for name, _ in other.free}
    there = processes_of(analysis, analysis.regions[subtracted.region])
    inherited = (other for other in there if other.name == subtracted.sample)
    both = sorted(own & {name for other in inherited for name, _ in other.free})
    if both:
        raise AnalysisError(
            f"'{both[0]}' scales the estimate '{subtracted.group}', and '{subtracted.sample}', "
            "which it subtracts.",
            why="what is subtracted would be scaled with its square, which no likelihood of this "
            "kind can express.",
            fix="give them two parameters.",
        )


def _check_bounds(analysis: Definition) -> None:
    bounds: dict[str, tuple[float, float]] = {}
    declared = [(s.normalization, s.bounds) for s in analysis.samples.values()]
    declared += [(e.normalization, e.bounds) for e in analysis.estimates.values()]
    declared += [(rate.name, rate.bounds) for rate in analysis.rates if rate.is_free]
    for name, given in declared:
        if name and bounds.setdefault(name, given) != given:
            raise AnalysisError(
                f"'{name}' is bounded by {bounds[name]} and by {given}.",
                why="it is one parameter of the fit, with one pair of bounds.",
                fix="give the same bounds wherever it is declared.",
            )


def _check_nuisances(analysis: Definition) -> None:
    """Nuisances that are independent somewhere have a parameter for each place."""
    systematics = systematics_of(analysis)
    names = [systematic.name for systematic in systematics if not systematic.simulated]
    others = [*analysis.normalizations, *(rate.name for rate in analysis.rates)]
    others += [name for era in analysis.eras.values() for name, _, _ in era.uncertainties]
    others += [
        name
        for four in analysis.four_regions.values()
        for era in analysis.eras or ("",)
        for name in four.parameters(era)
    ]
    others += [systematic.name for systematic in systematics if systematic.simulated]
    repeated = _repeated([*names, *dict.fromkeys(others)])
    if repeated:
        raise AnalysisError(
            f"two parameters of the fit are named '{repeated}'.",
            why="a nuisance with apart= or correlation= has parameters named after regions, eras "
            "or samples.",
            fix="give the other one another name.",
        )


def _repeated(names: Iterable[str]) -> str:
    """The first name that occurs twice; empty if none does."""
    seen: set[str] = set()
    for name in names:
        if name in seen:
            return name
        seen.add(name)
    return ""
