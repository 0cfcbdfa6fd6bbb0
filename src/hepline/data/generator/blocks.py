"""Blocks of events: the unit that is generated in one go, wherever and whenever.

A block's events depend on the seed, the process and the block's number, on nothing else.
Samples are cut into blocks of fixed size, so that any number of workers makes the same file.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import awkward as ak
import numpy as np

from hepline.data.generator.detector import Columns, View, observe
from hepline.data.generator.eras import DEFAULT_ERA, era_named
from hepline.data.generator.process import Part
from hepline.data.generator.processes import process_named
from hepline.data.generator.pythia import PythiaRun
from hepline.data.generator.randomness import Streams, pythia_seed, sample_number
from hepline.data.generator.scale_weights import coupling_power
from hepline.data.generator.visible import only_events, visible_events

__all__ = ["BLOCK", "Block", "BlockRequest", "block_size", "generate_block", "plan_blocks"]

BLOCK = 2500  # events: about three seconds of work for the slowest process
# To start Pythia takes as long as 300 events, and is due for every part of a block.
_LARGER_BLOCK = 5000
_BATCH = 500  # events held as full generator records at a time, about 100 MB
_SAMPLE_SHIFT = 28  # event = 24 bits of sample | 28 bits of counting: below 2⁵²


@dataclass(frozen=True)
class BlockRequest:
    """Which block to generate.

    Attributes
    ----------
    process : str
    seed : int
    number : int
        Position of the block in the sample, from 0.
    events : int
        At most `BLOCK`.
    first : int
        Events of the sample that come before.
    era : str
        Name of an `Era`.
    recorded : bool
        Whether the events are for a data-like mixture: they have the pile-up of data.
    """

    process: str
    seed: int
    number: int
    events: int
    first: int = 0
    era: str = DEFAULT_ERA
    recorded: bool = False

    @property
    def key(self) -> str:
        """What random numbers depend on besides seed and number."""
        return self.process if self.era == DEFAULT_ERA else f"{self.process}@{self.era}"


@dataclass(frozen=True)
class Block:
    """A generated block.

    Attributes
    ----------
    request : BlockRequest
    columns : mapping of str to array of length event
        What the file will hold: fewer events than were generated, if the process keeps those
        that can be seen.
    cross_section_pb : float, pb
        Pythia's estimate from this block; the sum over parts for a mixture.
    """

    request: BlockRequest
    columns: Columns
    cross_section_pb: float


def block_size(era: str) -> int:
    """Events per block."""
    return BLOCK if era == DEFAULT_ERA else _LARGER_BLOCK


def plan_blocks(
    process: str, *, events: int, seed: int, era: str = DEFAULT_ERA, recorded: bool = False
) -> tuple[BlockRequest, ...]:
    """Cut a sample into blocks.

    Parameters
    ----------
    process : str
    events : int
        Positive.
    seed : int
    era : str
    recorded : bool

    Returns
    -------
    tuple of BlockRequest
    """
    size = block_size(era)
    return tuple(
        BlockRequest(process, seed, number, min(size, events - first), first, era, recorded)
        for number, first in enumerate(range(0, events, size))
    )


def _shares(parts: tuple[Part, ...], events: int) -> list[int]:
    """Events per part; the last part takes what rounding leaves."""
    edges = np.cumsum([0.0, *(part.share for part in parts)])
    return [int(size) for size in np.diff(np.round(edges * events).astype(int))]


def generate_block(
    request: BlockRequest, *, progress: Callable[[int], None] | None = None
) -> Block:
    """Generate one block of events.

    Parameters
    ----------
    request : BlockRequest
    progress : callable, optional
        Called with the number of events done in this block after each batch.

    Returns
    -------
    Block

    Raises
    ------
    GeneratorError
        If Pythia fails.
    MissingPackage
        If Pythia or FastJet is not installed.
    """
    process = process_named(request.process)
    streams = Streams(request.seed, request.key, request.number)
    batches: list[Columns] = []
    cross_section, finished = 0.0, 0
    for index, size in enumerate(_shares(process.parts, request.events)):
        if size == 0:
            continue
        part = process.parts[index]
        run = _start(request, part, index)
        for columns, count in _observed(run, size, streams, request):
            batches.append(columns)
            finished += count
            if progress is not None:
                progress(finished)
        cross_section += run.cross_section().value * part.probability
    columns = _joined(batches)
    kept = len(columns["genWeight"])
    if len(process.parts) > 1:
        # Parts were generated one after the other; a mixture should be mixed.
        order = streams.permutation("mixture", kept)
        columns = {name: values[order] for name, values in columns.items()}
    return Block(request, {**_identity(request, kept), **columns}, cross_section)


def _start(request: BlockRequest, part: Part, index: int) -> PythiaRun:
    era = era_named(request.era)
    parts = process_named(request.process).parts
    known = all(coupling_power(other) is not None for other in parts)
    return PythiaRun(
        part,
        pythia_seed(request.seed, request.key, request.number, index),
        energy=era.energy,
        weights=era.full and known and not request.recorded,
    )


def _observed(
    run: PythiaRun, events: int, streams: Streams, request: BlockRequest
) -> Iterator[tuple[Columns, int]]:
    era, part = era_named(request.era), run.part
    interactions = era.recorded_interactions if request.recorded else era.interactions
    view = View(era.paths, interactions, part.fakes)
    for particles in run.batches(events, batch=_BATCH):
        seen = particles
        if part.visible:
            seen = only_events(particles, visible_events(particles, part))
        yield observe(seen, streams, view), particles.events


def _joined(batches: list[Columns]) -> Columns:
    joined = {name: ak.concatenate([batch[name] for batch in batches]) for name in batches[0]}
    return {name: ak.to_packed(values) for name, values in joined.items()}


def _identity(request: BlockRequest, kept: int) -> Columns:
    counting = np.arange(kept, dtype=np.uint64) + np.uint64(request.first + 1)
    sample = np.uint64(sample_number(request.seed, request.key) << _SAMPLE_SHIFT)
    return {
        "run": np.ones(kept, np.uint32),
        "luminosityBlock": np.full(kept, request.number + 1, np.uint32),
        "event": sample + counting,
    }
