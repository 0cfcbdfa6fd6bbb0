"""What a region expects: simulated samples, and the parts of estimates from data."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from hepline.analysis.abcd import FourRegions
from hepline.analysis.definition import Definition
from hepline.analysis.estimates import Estimate, part_name
from hepline.analysis.processes import Sample
from hepline.analysis.rates import Rate
from hepline.analysis.regions import Region
from hepline.errors import AnalysisError

__all__ = ["Process", "processes_of", "regions_in_step", "source_region"]


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
    shapes : tuple of str
        Free parameters of each bin.
    floats : bool
        Whether its template is only the scale of free parameters, without an error of its own.
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
    shapes: tuple[str, ...] = ()
    floats: bool = False

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
    processes = [_of_sample(analysis, sample, region) for sample in analysis.modelled]
    for estimate in analysis.estimates.values():
        source = source_region(analysis, estimate, region)
        if source is not None:
            processes += _of_estimate(analysis, estimate, region, source)
    for four in analysis.four_regions.values():
        if region.base in four.regions:
            processes.append(_of_four_regions(analysis, four, region))
    return tuple(processes)


def regions_in_step(analysis: Definition, region: Region) -> tuple[Region, ...]:
    """A region, and all that share free parameters of each bin with it: they need the same bins."""
    if not analysis.four_regions and not any(rate.per_bin for rate in analysis.rates):
        return (region,)
    shapes = {
        other.name: {shape for process in processes_of(analysis, other) for shape in process.shapes}
        for other in analysis.fitted()
    }
    joined = {region.name}
    while True:
        names = {name for known in joined for name in shapes.get(known, ())}
        reached = joined | {other for other, mine in shapes.items() if mine & names}
        if reached == joined:
            return tuple(analysis.regions[name] for name in analysis.regions if name in joined)
        joined = reached


def _shapes(rates: Sequence[Rate]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(rate.name for rate in rates if rate.per_bin))


def _free(rates: Sequence[Rate]) -> list[tuple[str, tuple[float, float]]]:
    return [(rate.name, rate.bounds) for rate in rates if rate.is_free and not rate.per_bin]


def _of_four_regions(analysis: Definition, four: FourRegions, region: Region) -> Process:
    own = [
        rate
        for rate in analysis.rates
        if rate.acts_on(four.name, region.base, region.era, simulated=False)
    ]
    free = [(name, four.bounds) for name in four.free_in(region.base, region.era)]
    return Process(
        four.name,
        four.name,
        four.label,
        "",
        region.name,
        region.base,
        region.era,
        tuple(dict([*free, *_free(own)]).items()),
        tuple(rate for rate in own if not rate.is_free),
        four.name,
        (*four.shape_in(region.base, region.era), *_shapes(own)),
        floats=True,
    )


def _of_sample(analysis: Definition, sample: Sample, region: Region) -> Process:
    acting = [
        rate
        for rate in analysis.rates
        if rate.acts_on(sample.name, region.base, region.era, simulated=True)
    ]
    free = [(sample.normalization, sample.bounds)] if sample.normalization else []
    free += _free(acting)
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
        shapes=_shapes(acting),
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
    free += _free(own)
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
                tuple(dict.fromkeys((*(inherited.shapes if inherited else ()), *_shapes(own)))),
            )
        )
    return processes
