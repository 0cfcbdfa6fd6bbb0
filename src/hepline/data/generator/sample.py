"""One file of simulated events: what to make, and how it is written."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from hepline.data.generator.blocks import Block, plan_blocks
from hepline.data.generator.eras import DEFAULT_ERA, ERAS, era_named
from hepline.data.generator.nanoaod_writer import COMPRESSIONS, EventFile, aside
from hepline.data.generator.processes import process_named
from hepline.data.generator.production import Job
from hepline.data.generator.pythia import import_fastjet, import_pythia
from hepline.data.generator.sample_record import GeneratedFile, fingerprint, settings_of
from hepline.errors import GeneratorError, nearest
from hepline.records import checksum

__all__ = [
    "SampleRequest",
    "check_compression",
    "check_process",
    "check_sample",
    "write_sample",
]

_MOST_EVENTS = 1 << 28  # what the event number leaves room for


@dataclass(frozen=True)
class SampleRequest:
    """One file of simulated events.

    Attributes
    ----------
    process : str
    events : int
        To generate: a process that keeps what can be seen leaves fewer in the file.
    seed : int
    era : str
        A key of `ERAS`: the energy of the collisions, pile-up and the trigger menu.
    compression : str
        ``"zlib"``, ``"zstd"``, ``"lz4"`` or ``"none"``.
    """

    process: str
    events: int
    seed: int
    era: str = DEFAULT_ERA
    compression: str = "zlib"

    @property
    def job(self) -> Job:
        """The blocks to generate."""
        blocks = plan_blocks(self.process, events=self.events, seed=self.seed, era=self.era)
        return Job(self.process, blocks)

    @property
    def settings(self) -> dict[str, object]:
        """Everything that determines the file."""
        return settings_of(
            self.process,
            events=self.events,
            seed=self.seed,
            era=self.era,
            compression=self.compression,
        )

    @property
    def file_name(self) -> str:
        """Of the file in a folder of samples."""
        era = "" if self.era == DEFAULT_ERA else f"-{self.era}"
        packed = "" if self.compression == "zlib" else f"-{self.compression}"
        return f"{self.process}{era}-{self.events}-{self.seed}{packed}.root"


def check_process(process: str, era: str) -> None:
    """Check that a process exists and can be generated for an era.

    Raises
    ------
    GeneratorError
        If it cannot.
    """
    entry, period = process_named(process), era_named(era)
    if entry.energy is not None and entry.energy != period.energy:
        fitting = [name for name, other in ERAS.items() if other.energy == entry.energy]
        raise GeneratorError(
            f"'{process}' cannot be generated for the era {era}.",
            why=f"collisions have {period.energy:g} TeV there, and how many inclusive events one"
            f" stands for is known for {entry.energy:g} TeV.",
            fix=f"choose an era with this energy: {', '.join(fitting)}.",
        )


def check_compression(name: str) -> None:
    """Check the name of a compression.

    Raises
    ------
    GeneratorError
        If there is none of that name.
    """
    if name not in COMPRESSIONS:
        raise GeneratorError(
            f"no compression '{name}'.",
            why=f"files are compressed by {', '.join(COMPRESSIONS)}.",
            fix=nearest(name, COMPRESSIONS),
        )


def check_sample(request: SampleRequest) -> None:
    """Check a request before any work.

    Raises
    ------
    GeneratorError
        If it cannot be fulfilled.
    MissingPackage
        If Pythia or FastJet is not installed.
    """
    check_process(request.process, request.era)
    check_compression(request.compression)
    if not 0 < request.events < _MOST_EVENTS:
        raise GeneratorError(
            f"cannot generate {request.events} events.",
            why=f"the number of events must lie between 1 and {_MOST_EVENTS - 1}.",
            fix="ask for a positive number, for instance events=10000.",
        )
    import_pythia()
    import_fastjet()


def write_sample(request: SampleRequest, target: Path, blocks: Iterator[Block]) -> GeneratedFile:
    """Write the blocks of a sample into a file.

    Parameters
    ----------
    request : SampleRequest
    target : Path
    blocks : iterator of Block

    Returns
    -------
    GeneratedFile
    """
    started = time.perf_counter()
    entry = process_named(request.process)
    equivalent = round(request.events * entry.inclusive_ratio)
    settings = request.settings
    identity = fingerprint(settings)
    with (
        aside(target) as partial,
        contextlib.closing(
            EventFile(partial, identity=identity, compression=request.compression)
        ) as file,
    ):
        weighted, kept = 0.0, 0
        for block in blocks:
            file.add(block.columns)
            kept += len(block.columns["event"])
            weighted += block.cross_section_pb * block.request.events
        cross_section = weighted / request.events
        run = _run_summary(request, equivalent, cross_section)
        file.finish(run=run, settings=settings)
    return GeneratedFile(
        path=str(target),
        process=request.process,
        events=kept,
        seed=request.seed,
        generated_equivalent=equivalent,
        cross_section_pb=cross_section,
        sha256=checksum(target),
        seconds=time.perf_counter() - started,
    )


def _run_summary(
    request: SampleRequest, equivalent: int, cross_section: float
) -> dict[str, np.generic]:
    return {
        "run": np.uint32(1),
        "genEventCount": np.int64(request.events),
        "genEventSumw": np.float64(request.events),
        "genEventSumw2": np.float64(request.events),
        "generatedEquivalent": np.int64(equivalent),
        "crossSection": np.float64(cross_section),
    }
