"""Generation of collision events: Pythia 8, FastJet and a parametrised detector, as NanoAOD.

The same process, number of events and seed give the
same file, byte for byte, on any number of workers.
"""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from hepline.data.generator.blocks import Block, BlockRequest, generate_block, plan_blocks
from hepline.data.generator.nanoaod_writer import EventFile, aside, check_writable
from hepline.data.generator.processes import PROCESSES, Process, process_named
from hepline.data.generator.pythia import import_fastjet, import_pythia
from hepline.data.generator.sample_record import (
    GeneratedFile,
    fingerprint,
    read_note,
    settings_of,
    write_note,
)
from hepline.errors import GeneratorError, checked_keywords
from hepline.processes import interrupts_held, worker_processes
from hepline.records import checksum

__all__ = [
    "PROCESSES",
    "GeneratedFile",
    "Process",
    "SampleRequest",
    "cached",
    "generate",
    "generate_samples",
]

Progress = Callable[[str, int, int], None]
_MOST_EVENTS = 1 << 28  # what the event number leaves room for


@dataclass(frozen=True)
class SampleRequest:
    """One file of `generate_samples`.

    Attributes
    ----------
    process : str
    events : int
    seed : int
    """

    process: str
    events: int
    seed: int


def _check(request: SampleRequest) -> None:
    process_named(request.process)
    if not 0 < request.events < _MOST_EVENTS:
        raise GeneratorError(
            f"cannot generate {request.events} events.",
            why=f"the number of events must lie between 1 and {_MOST_EVENTS - 1}.",
            fix="ask for a positive number, for instance events=10000.",
        )
    import_pythia()
    import_fastjet()


@checked_keywords
def generate(
    process: str, *, events: int, seed: int, out: str | Path, progress: Progress | None = None
) -> GeneratedFile:
    """Generate events of one process into one ROOT file.

    Parameters
    ----------
    process : str
        A key of `PROCESSES`, such as ``"ttbar"``.
    events : int
        How many, at least 1.
    seed : int
        Any integer; together with process and events it determines every byte.
    out : str or Path
        The file. An existing one is replaced once the new one is whole.
    progress : callable, optional
        Called as ``progress(process, done, total)`` with numbers of events.

    Returns
    -------
    GeneratedFile
        With ``path`` as given, checksum, cross-section and the number to normalise with.

    Raises
    ------
    GeneratorError
        If the process is unknown, the number of events is not positive, or Pythia fails.
    OutputError
        If the file cannot be written. Nothing half-written is left behind.
    MissingPackage
        If Pythia or FastJet is not installed.

    Examples
    --------
    >>> generate("ttbar", events=1000, seed=1, out="ttbar.root")    # doctest: +SKIP
    """
    request = SampleRequest(process, events, seed)
    _check(request)
    target = Path(out)
    check_writable(target)
    return _write(request, target, _in_this_process(request, progress))


def cached(
    process: str, *, events: int, seed: int, folder: str | Path, progress: Progress | None = None
) -> GeneratedFile:
    """Return the file made earlier with the same settings, or generate it.

    Parameters
    ----------
    process, events, seed, progress
        As for `generate`.
    folder : str or Path
        Where files are kept, one per process, number of events and seed, each with a note
        ``FILE.root.json`` of its settings, versions and checksum.

    Returns
    -------
    GeneratedFile
        ``seconds`` is 0 if the file was there.

    Raises
    ------
    GeneratorError, OutputError, MissingPackage
        As for `generate`.
    """
    (file,) = generate_samples(
        [SampleRequest(process, events, seed)], folder=folder, progress=progress
    )
    return file


def generate_samples(
    requests: Iterable[SampleRequest | tuple[str, int, int]],
    *,
    folder: str | Path,
    workers: int = 1,
    progress: Progress | None = None,
) -> tuple[GeneratedFile, ...]:
    """Generate several samples side by side, reusing files that are already there.

    Parameters
    ----------
    requests : iterable of SampleRequest or (process, events, seed)
    folder : str or Path
        As for `cached`.
    workers : int
        Processes to use. Samples are cut into blocks of fixed size, so that the files do not
        depend on this number.
    progress : callable, optional
        ``progress(process, done, total)``, called in this process, per block with several
        workers and more often with one.

    Returns
    -------
    tuple of GeneratedFile
        In the order of the requests.

    Raises
    ------
    GeneratorError, OutputError, MissingPackage
        As for `generate`; all requests are checked before any event is generated.
    """
    requested = [r if isinstance(r, SampleRequest) else SampleRequest(*r) for r in requests]
    targets = [Path(folder) / f"{r.process}-{r.events}-{r.seed}.root" for r in requested]
    for request, target in zip(requested, targets, strict=True):
        _check(request)
        check_writable(target)
    files = [_recall(request, target) for request, target in zip(requested, targets, strict=True)]
    for file in files:
        if file is not None and progress is not None:
            progress(file.process, file.events, file.events)
    missing = dict.fromkeys(r for r, file in zip(requested, files, strict=True) if file is None)
    written: dict[SampleRequest, GeneratedFile] = {}
    with _block_source(list(missing), workers, progress) as blocks_of:
        for request in missing:
            target = targets[requested.index(request)]
            written[request] = _write(request, target, blocks_of(request))
            write_note(written[request], _settings(request))
    return tuple(file or written[request] for request, file in zip(requested, files, strict=True))


def _settings(request: SampleRequest) -> dict[str, object]:
    return settings_of(request.process, events=request.events, seed=request.seed)


def _recall(request: SampleRequest, target: Path) -> GeneratedFile | None:
    return read_note(target, _settings(request))


def _plan(request: SampleRequest) -> tuple[BlockRequest, ...]:
    return plan_blocks(request.process, events=request.events, seed=request.seed)


def _in_this_process(request: SampleRequest, progress: Progress | None) -> Iterator[Block]:
    finished = 0
    for planned in _plan(request):
        so_far = finished

        def report(in_block: int, before: int = so_far) -> None:
            if progress is not None:
                progress(request.process, before + in_block, request.events)

        yield generate_block(planned, progress=report)
        finished += planned.events


@contextlib.contextmanager
def _block_source(
    requests: Sequence[SampleRequest], workers: int, progress: Progress | None
) -> Iterator[Callable[[SampleRequest], Iterator[Block]]]:
    """A function that yields the blocks of a sample, made here or collected from workers."""
    if workers <= 1 or not requests:
        yield lambda request: _in_this_process(request, progress)
        return
    with worker_processes(workers, error=GeneratorError) as pool:
        with interrupts_held():
            futures = {
                request: [pool.submit(generate_block, planned) for planned in _plan(request)]
                for request in requests
            }
        yield lambda request: _collected(request, futures.pop(request), progress)


def _collected(
    request: SampleRequest, futures: list[Future[Block]], progress: Progress | None
) -> Iterator[Block]:
    finished = 0
    futures.reverse()
    while futures:
        # Popped, so that a block's memory is free once it is written.
        block = futures.pop().result()
        finished += block.request.events
        if progress is not None:
            progress(request.process, finished, request.events)
        yield block


def _write(request: SampleRequest, target: Path, blocks: Iterator[Block]) -> GeneratedFile:
    started = time.perf_counter()
    entry = process_named(request.process)
    equivalent = round(request.events * entry.inclusive_ratio)
    settings = _settings(request)
    identity = fingerprint(settings)
    with (
        aside(target) as partial,
        contextlib.closing(EventFile(partial, identity=identity)) as file,
    ):
        weighted = 0.0
        for block in blocks:
            file.add(block.columns)
            weighted += block.cross_section_pb * block.request.events
        cross_section = weighted / request.events
        run = _run_summary(request, equivalent, cross_section)
        file.finish(run=run, settings=settings)
    return GeneratedFile(
        path=str(target),
        process=request.process,
        events=request.events,
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
