"""What a region expects: simulated samples, and the parts of estimates from data."""

from __future__ import annotations

from dataclasses import dataclass

from hepline.analysis.definition import Definition
from hepline.analysis.estimates import Estimate, part_name
from hepline.analysis.processes import Sample
from hepline.analysis.rates import Rate
from hepline.analysis.regions import Region
from hepline.errors import AnalysisError

__all__ = ["Process", "processes_of", "source_region"]


@dataclass(frozen=True)
class Process:
    """What is expected in a region from one sample, or from one part of an estimate.

    Attributes
    ----------
    name : str
        Of its templates.
    group : str
        The sample or the estimate that it belongs to, under which figures show it.
    label : str
        Of the group.
    sample : str
        The simulated sample whose uncertainties it has; empty for data.
    region : str
        The region whose events it is made of: its own, or that of an estimate's data.
    place : str
        Name of that region without era.
    era : str
    free : tuple of (str, (float, float))
        Free normalizations with their bounds.
    rates : tuple of Rate
        Uncertainties of its rate.
    estimate : str
        Name of the estimate; empty for a sample.
    """

    name: str
    group: str
    label: str
    sample: str
    region: str
    place: str
    era: str
    free: tuple[tuple[str, tuple[float, float]], ...] = ()
    rates: tuple[Rate, ...] = ()
    estimate: str = ""

    @property
    def is_subtracted(self) -> bool:
        """Whether it is simulation that an estimate takes away from data: its yield is negative."""
        return bool(self.estimate and self.sample)


def source_region(analysis: Definition, estimate: Estimate, region: Region) -> Region | None:
    """The region of the same era whose data estimate this one; None if they do not.

    Raises
    ------
    AnalysisError
        If there is no such region.
    """
    base = estimate.source_of(region.base, fitted=region.fit)
    if base is None:
        return None
    for candidate in analysis.regions.values():
        if candidate.base == base and candidate.era == region.era:
            return candidate
    era = f" of the era {region.era}" if region.era else ""
    raise AnalysisError(
        f"the estimate '{estimate.name}' takes the data of '{base}' for region '{region.name}'.",
        why=f"there is no region '{base}'{era}.",
        fix=f"declare it: region('{base}', …, fit=False).",
    )


def processes_of(analysis: Definition, region: Region) -> tuple[Process, ...]:
    """Everything that is expected in a region, in the order of declaration."""
    processes = [_of_sample(analysis, sample, region) for sample in analysis.simulated]
    for estimate in analysis.estimates.values():
        source = source_region(analysis, estimate, region)
        if source is not None:
            processes += _of_estimate(analysis, estimate, region, source)
    return tuple(processes)


def _of_sample(analysis: Definition, sample: Sample, region: Region) -> Process:
    acting = [
        rate
        for rate in analysis.rates
        if rate.acts_on(sample.name, region.base, region.era, simulated=True)
    ]
    free = [(sample.normalization, sample.bounds)] if sample.normalization else []
    free += [(rate.name, rate.bounds) for rate in acting if rate.is_free]
    return Process(
        sample.name,
        sample.name,
        sample.label,
        sample.name,
        region.name,
        region.base,
        region.era,
        tuple(dict(free).items()),
        tuple(rate for rate in acting if not rate.is_free),
    )


def _of_estimate(
    analysis: Definition, estimate: Estimate, region: Region, source: Region
) -> list[Process]:
    own = [
        rate
        for rate in analysis.rates
        if rate.acts_on(estimate.name, region.base, region.era, simulated=False)
    ]
    free = [(estimate.normalization, estimate.bounds)] if estimate.normalization else []
    free += [(rate.name, rate.bounds) for rate in own if rate.is_free]
    rates = [rate for rate in own if not rate.is_free]
    processes = []
    for part in estimate.parts:
        inherited = _of_sample(analysis, analysis.samples[part], source) if part else None
        processes.append(
            Process(
                part_name(estimate.name, part),
                estimate.name,
                estimate.label,
                part,
                source.name,
                source.base,
                source.era,
                tuple({**dict(inherited.free if inherited else ()), **dict(free)}.items()),
                (*(inherited.rates if inherited else ()), *rates),
                estimate.name,
            )
        )
    return processes
