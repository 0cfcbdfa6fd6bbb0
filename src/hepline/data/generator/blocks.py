"""Blocks of events: the unit that is generated in one go, wherever and whenever.

A block's events depend on the seed, the process and the block's number, on nothing else.
Samples are cut into blocks of fixed size, so that any number of workers makes the same file.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import awkward as ak
import numpy as np

from hepline.data.generator.detector import Columns, observe
from hepline.data.generator.processes import Part, process_named
from hepline.data.generator.pythia import PythiaRun
from hepline.data.generator.randomness import Streams, pythia_seed, sample_number

__all__ = ["BLOCK", "Block", "BlockRequest", "generate_block", "plan_blocks"]

BLOCK = 2500  # events: about three seconds of work for the slowest process
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
    """

    process: str
    seed: int
    number: int
    events: int
    first: int = 0


@dataclass(frozen=True)
class Block:
    """A generated block.

    Attributes
    ----------
    request : BlockRequest
    columns : mapping of str to array of length event
        What the file will hold.
    cross_section_pb : float, pb
        Pythia's estimate from this block; the sum over parts for a mixture.
    """

    request: BlockRequest
    columns: Columns
    cross_section_pb: float


def plan_blocks(process: str, *, events: int, seed: int) -> tuple[BlockRequest, ...]:
    """Cut a sample into blocks.

    Parameters
    ----------
    process : str
    events : int
        Positive.
    seed : int

    Returns
    -------
    tuple of BlockRequest
    """
    return tuple(
        BlockRequest(process, seed, number, min(BLOCK, events - first), first)
        for number, first in enumerate(range(0, events, BLOCK))
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
    streams = Streams(request.seed, request.process, request.number)
    batches: list[Columns] = []
    cross_section, finished = 0.0, 0
    for index, size in enumerate(_shares(process.parts, request.events)):
        if size == 0:
            continue
        run = _start(request, process.parts[index], index)
        for columns, count in _observed(run, size, streams):
            batches.append(columns)
            finished += count
            if progress is not None:
                progress(finished)
        cross_section += run.cross_section().value
    columns = _joined(batches)
    if len(process.parts) > 1:
        # Parts were generated one after the other; a mixture should be mixed.
        order = streams.permutation("mixture", request.events)
        columns = {name: values[order] for name, values in columns.items()}
    return Block(request, {**_identity(request), **columns}, cross_section)


def _start(request: BlockRequest, part: Part, index: int) -> PythiaRun:
    return PythiaRun(part, pythia_seed(request.seed, request.process, request.number, index))


def _observed(run: PythiaRun, events: int, streams: Streams) -> Iterator[tuple[Columns, int]]:
    for particles in run.batches(events, batch=_BATCH):
        yield observe(particles, streams), particles.events


def _joined(batches: list[Columns]) -> Columns:
    joined = {name: ak.concatenate([batch[name] for batch in batches]) for name in batches[0]}
    return {name: ak.to_packed(values) for name, values in joined.items()}


def _identity(request: BlockRequest) -> Columns:
    counting = np.arange(request.events, dtype=np.uint64) + np.uint64(request.first + 1)
    sample = np.uint64(sample_number(request.seed, request.process) << _SAMPLE_SHIFT)
    return {
        "run": np.ones(request.events, np.uint32),
        "luminosityBlock": np.full(request.events, request.number + 1, np.uint32),
        "event": sample + counting,
    }
