"""Mixtures that look like data: independent events of several processes, in Poisson numbers."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

import awkward as ak
import numpy as np

from hepline.data.generator.blocks import Block, BlockRequest, plan_blocks
from hepline.data.generator.data_taking import DataTaking, Stamps
from hepline.data.generator.detector import Columns
from hepline.data.generator.eras import DEFAULT_ERA, era_named
from hepline.data.generator.processes import process_named
from hepline.data.generator.production import Job
from hepline.data.generator.randomness import Streams, derived_seed
from hepline.data.generator.sample import check_compression, check_process
from hepline.data.generator.sample_record import settings_of
from hepline.errors import GeneratorError, nearest

__all__ = ["Component", "MixtureRequest", "as_recorded", "check_mixture", "recorded_columns"]

# Raise it when a change of mixing changes files: cached ones are then made again.
_MIXING_VERSION = 1
_GENERATOR_GROUPS = ("GenPart", "GenJet")
_GENERATOR_PREFIXES = ("gen", "Generator_", "GenMET_", "LHE", "Pileup_")
_GENERATOR_FIELDS = ("genPartIdx", "genJetIdx", "hadronFlavour", "partonFlavour")


@dataclass(frozen=True)
class Component:
    """One process of a mixture.

    Attributes
    ----------
    name : str
    process : str
    cross_section : float, pb
        Of the inclusive process.
    strength : float
        Factor on it.
    """

    name: str
    process: str
    cross_section: float
    strength: float = 1.0

    def expected(self, luminosity: float) -> float:
        """Mean number of events to generate for a luminosity in 1/pb."""
        ratio = process_named(self.process).inclusive_ratio
        return self.strength * self.cross_section * luminosity / ratio


@dataclass(frozen=True)
class MixtureRequest:
    """Files that look like data.

    Attributes
    ----------
    name : str
        Of the files.
    components : tuple of Component
    taking : DataTaking
    seed : int
    era : str
    datasets : tuple of (str, tuple of str)
        Primary datasets with their trigger paths (``HLT_…``): an event is in each of which a path
        fired, in none if no path did. One without a name is a single file of such events; without
        any, there is a single file of all events.
    compression : str
    """

    name: str
    components: tuple[Component, ...]
    taking: DataTaking
    seed: int
    era: str = DEFAULT_ERA
    datasets: tuple[tuple[str, tuple[str, ...]], ...] = ()
    compression: str = "zlib"

    @property
    def streams(self) -> Streams:
        """Random numbers of the mixture itself."""
        return Streams(self.seed, f"{self.name}@{self.era}", 0)

    @property
    def expected(self) -> dict[str, float]:
        """Mean number of events to generate of each component."""
        total = self.taking.total
        return {component.name: component.expected(total) for component in self.components}

    @property
    def numbers(self) -> dict[str, int]:
        """Number of events to generate of each component: Poisson around the expected one."""
        streams = self.streams
        return {
            name: int(streams.poisson(f"number of {name}", mean, 1)[0])
            for name, mean in self.expected.items()
        }

    @property
    def settings(self) -> dict[str, Any]:
        """Everything that determines the files."""
        expected, numbers = self.expected, self.numbers
        return {
            "mixing": _MIXING_VERSION,
            "name": self.name,
            "seed": self.seed,
            "luminosity": self.taking.luminosity,
            "recorded_luminosity": self.taking.total,
            "runs": self.taking.runs,
            "certified": self.taking.certified,
            "datasets": {name: list(paths) for name, paths in self.datasets},
            "compression": self.compression,
            "components": {
                component.name: {
                    "cross_section": component.cross_section,
                    "strength": component.strength,
                    "expected": expected[component.name],
                    "generated": numbers[component.name],
                    "settings": settings_of(
                        component.process,
                        events=numbers[component.name],
                        seed=derived_seed(self.seed, self.name, component.name),
                        era=self.era,
                        recorded=True,
                    ),
                }
                for component in self.components
            },
        }

    @property
    def job(self) -> Job:
        """The blocks to generate, in order of the components."""
        numbers = self.numbers
        blocks: tuple[BlockRequest, ...] = tuple(
            block
            for component in self.components
            if numbers[component.name]
            for block in plan_blocks(
                component.process,
                events=numbers[component.name],
                seed=derived_seed(self.seed, self.name, component.name),
                era=self.era,
                recorded=True,
            )
        )
        return Job(self.name, blocks)


def check_mixture(request: MixtureRequest) -> None:
    """Check a request before any work.

    Raises
    ------
    GeneratorError
        If it cannot be fulfilled.
    """
    check_compression(request.compression)
    for component in request.components:
        check_process(component.process, request.era)
    menu = [f"HLT_{path.name}" for path in era_named(request.era).paths]
    for dataset, paths in request.datasets:
        for path in paths:
            if path not in menu:
                raise GeneratorError(
                    f"the data set '{dataset}' of '{request.name}' is recorded by '{path}'.",
                    why=f"the menu of {request.era} is {', '.join(menu)}.",
                    fix=nearest(path, menu),
                )
    if not request.taking.good.any():
        raise GeneratorError(
            f"no recorded section of '{request.name}' is certified.",
            why="its luminosity is that of the certified sections.",
            fix='give runs and certified sections that overlap: {"193834": [[1, 35]]}.',
        )
    if not any(request.numbers.values()):
        raise GeneratorError(
            f"the mixture '{request.name}' holds no events.",
            why=f"{sum(request.expected.values()):.3g} are expected of"
            f" {request.taking.luminosity:g}/pb.",
            fix="give it more luminosity.",
        )


def recorded_columns(block: Columns) -> Columns:
    """Columns that data have: nothing that only a generator knows.

    Parameters
    ----------
    block : mapping of str to array

    Returns
    -------
    mapping of str to array
    """
    kept: dict[str, Any] = {}
    for name, values in block.items():
        if name in _GENERATOR_GROUPS or name.startswith(_GENERATOR_PREFIXES):
            continue
        fields = [field for field in ak.fields(values) if field not in _GENERATOR_FIELDS]
        kept[name] = values[fields] if fields else values
    return kept


def as_recorded(
    request: MixtureRequest, blocks: Iterable[Block]
) -> Iterator[tuple[str, Columns, Stamps]]:
    """Put the events of a mixture into the order of data taking, by primary dataset.

    Parameters
    ----------
    request : MixtureRequest
    blocks : iterable of Block
        Of `MixtureRequest.job`.

    Yields
    ------
    dataset, columns, stamps
        The dataset's name is empty if there are none.
    """
    paths = {path for _, fired in request.datasets for path in fired}
    pieces = []
    for block in blocks:
        columns = recorded_columns(block.columns)
        if request.datasets:
            columns = _taken(columns, _fired(columns, paths))
        pieces.append(columns)
    whole = {name: ak.concatenate([piece[name] for piece in pieces]) for name in pieces[0]}
    events = len(whole["event"])
    streams = request.streams
    # Stamps are in order of time: what happens at each time is drawn.
    whole = _taken(whole, streams.permutation("shuffle", events))
    stamps = request.taking.stamps(events, streams)
    whole |= {
        "run": stamps.run.astype(np.uint32),
        "luminosityBlock": stamps.section.astype(np.uint32),
        "event": stamps.number.astype(np.uint64),
    }
    for dataset, fired in request.datasets or (("", ()),):
        mask = _fired(whole, fired) if fired else np.ones(events, dtype=bool)
        part = Stamps(*(getattr(stamps, name)[mask] for name in Stamps.__dataclass_fields__))
        yield dataset, _taken(whole, mask), part


def _fired(columns: Columns, paths: Iterable[str]) -> Any:
    return np.any([ak.to_numpy(columns[path]) for path in sorted(paths)], axis=0)


def _taken(columns: Columns, which: Any) -> dict[str, Any]:
    return {name: ak.to_packed(values[which]) for name, values in columns.items()}
