"""Nuisance parameters of the fit: which variation of which templates each of them stands for."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from hepline.analysis.definition import Definition
from hepline.analysis.expected import Process, processes_of
from hepline.analysis.regions import Region
from hepline.columns.vary import Nuisance, Variation

__all__ = ["Systematic", "systematics_of"]


@dataclass(frozen=True)
class Systematic:
    """A nuisance parameter, with the templates that carry it.

    Attributes
    ----------
    name : str
    up : str
        Suffix of the upward templates.
    down : str or None
        Suffix of the downward templates; None if the fit mirrors the upward ones.
    reach : frozenset of (str, str)
        Regions and processes that it acts on.
    simulated : bool
        Whether the templates come from alternative simulations. If so, a missing template means
        missing files; otherwise, that the variation changes nothing.
    share : float
        Part of the variation, as a standard deviation: below 1 where another parameter stands for
        the rest.
    effect : str
        ``both``, ``rate`` or ``shape``: which part of the variation acts.
    """

    name: str
    up: str
    down: str | None
    reach: frozenset[tuple[str, str]]
    simulated: bool = False
    share: float = 1.0
    effect: str = "both"

    def acts_on(self, region: str, process: str) -> bool:
        """Whether it may change the template of a process in a region."""
        return (region, process) in self.reach


Placed = tuple[Region, Process]
"""A process, and the region that expects it."""


def systematics_of(analysis: Definition) -> tuple[Systematic, ...]:
    """Nuisance parameters with the templates that carry them, in order of use."""
    places = [
        (region, process)
        for region in analysis.regions.values()
        for process in processes_of(analysis, region)
    ]
    systematics = [*_alternatives(analysis, places)]
    for nuisance in analysis.nuisances():
        systematics += _of_nuisance(analysis, nuisance, places)
    return tuple(systematics)


def _alternatives(analysis: Definition, places: Sequence[Placed]) -> Iterator[Systematic]:
    carried: dict[tuple[str, str, str | None], list[str]] = {}
    for alternative in dict.fromkeys(
        side.alternative for sample in analysis.simulated for _, side in sample.variations
    ):
        for sample in analysis.simulated:
            keys = {
                side.direction: key
                for key, side in sample.variations
                if side.alternative == alternative
            }
            if keys:
                identity = (alternative.name, keys["up"], keys.get("down"))
                carried.setdefault(identity, []).append(sample.name)
    for (name, up, down), samples in carried.items():
        reach = [
            (region.name, process.name) for region, process in places if process.sample in samples
        ]
        yield Systematic(name, up, down, frozenset(reach), simulated=True)


def _of_nuisance(
    analysis: Definition, nuisance: Nuisance, places: Sequence[Placed]
) -> Iterator[Systematic]:
    """One parameter, or one for each region, era or sample between which it is independent."""
    up = Variation(nuisance, "up").key
    down = None if nuisance.one_sided else Variation(nuisance, "down").key
    groups: dict[str, set[tuple[str, str]]] = {}
    by_era: dict[str, set[tuple[str, str]]] = {}
    transfers = {
        estimate.name for estimate in analysis.estimates.values() if estimate.is_varied_by(nuisance)
    }
    for region, process in places:
        subjects = [(process.sample, process.place)] if process.sample else []
        if process.estimate in transfers:
            # The factor to another region is that of the region it leads to, and of the estimate.
            subjects.insert(0, (process.estimate, region.base))
        acting = [(s, p) for s, p in subjects if nuisance.acts_on(s, p, process.era)]
        if not acting:
            continue
        subject, place = acting[0]
        words = {"region": place, "era": process.era, "sample": subject}
        # In declared order, so that a name does not depend on how `apart` is written.
        apart = [words[kind] for kind in words if kind in nuisance.apart and words[kind]]
        name = " ".join([nuisance.name, *apart])
        groups.setdefault(name, set()).add((region.name, process.name))
        if process.era:
            by_era.setdefault(f"{name} {process.era}", set()).add((region.name, process.name))
    common = nuisance.correlation if len(analysis.eras) > 1 else 1.0
    if "era" in nuisance.apart:
        common = 1.0
    if common > 0:
        for name, reach in groups.items():
            share = math.sqrt(common)
            yield Systematic(name, up, down, frozenset(reach), share=share, effect=nuisance.effect)
    if common < 1:
        for name, reach in by_era.items():
            share = math.sqrt(1.0 - common)
            yield Systematic(name, up, down, frozenset(reach), share=share, effect=nuisance.effect)
