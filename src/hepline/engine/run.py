"""One pass over the events of several sources."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import partial

import awkward as ak

from hepline.columns.nodes import Node
from hepline.columns.source import Part, Source
from hepline.engine.chunk import Partial, Work, work
from hepline.engine.cores import usable_cores
from hepline.engine.cutting import most_events, ranges
from hepline.engine.executors import local, threads
from hepline.engine.filled import Filled
from hepline.engine.merging import FileSum, joined, merge
from hepline.engine.plan import Plan
from hepline.errors import AnalysisError, DataError, HeplineError, users_line

__all__ = ["COMPILING", "Job", "JobResult", "Options", "run"]

COMPILING = "compiling kernels"
"""Name under which progress of the compiler is told."""

Progress = Callable[[str, int, int], None]


@dataclass(frozen=True)
class Options:
    """Options of a pass that do not change any number.

    Attributes
    ----------
    engine : str
        ``compiled``, ``awkward`` or ``reference``. ``auto`` always compiles, for any size: the
        evaluators differ in the last bit of some functions, and a question must always have the
        same answer.
    on : str
        ``local``.
    workers : int or None
        Threads of the compiled engine, processes of the others; None takes one thread for every
        core, or one process.
    chunk : int or None
        Events per chunk, which bounds the memory of a worker. None cuts files where nothing is
        unpacked twice, into chunks of 100 000 to a million events.
    skip_unreadable : bool
        Skip damaged files; the result names them.
    progress : callable or None
        Called with name, events done and their total; if kernels must be compiled, also with
        `COMPILING` and numbers of kernels.
    """

    engine: str = "auto"
    on: str = "local"
    workers: int | None = None
    chunk: int | None = None
    skip_unreadable: bool = False
    progress: Progress | None = None


@dataclass(frozen=True)
class Job:
    """A plan with its source."""

    name: str
    source: Source
    plan: Plan


@dataclass
class JobResult:
    """The result of a job.

    Attributes
    ----------
    histograms : dict of Node to Filled
    arrays : dict of Node to awkward.Array
    events : int
        Events that were read.
    parts : list of Part
        Files that were read completely.
    unreadable : list of (str, str)
        Path and reason of skipped files.
    waited : float
        Seconds per worker that its chunks waited for a kernel to be compiled.
    """

    histograms: dict[Node, Filled]
    arrays: dict[Node, ak.Array] = field(default_factory=dict)
    events: int = 0
    parts: list[Part] = field(default_factory=list)
    unreadable: list[tuple[str, str]] = field(default_factory=list)
    waited: float = 0.0


def run(jobs: Sequence[Job], options: Options) -> list[JobResult]:
    """Carry out all jobs in one pass.

    Parameters
    ----------
    jobs : sequence of Job
    options : Options

    Returns
    -------
    list of JobResult
        In the order of the jobs. Numbers do not depend on workers and chunks, bit for bit.

    Raises
    ------
    DataError
        For a damaged file, without `skip_unreadable`.
    """
    _check(options)
    tasks: list[local.Task] = []
    owners: list[FileSum] = []
    files = [[FileSum(part, 0) for part in job.source.parts] for job in jobs]
    engine = "compiled" if options.engine == "auto" else options.engine
    workers = options.workers or (usable_cores() if engine == "compiled" else 1)
    most = most_events(sum(file.part.entries for job_files in files for file in job_files), workers)
    for number, job_files in enumerate(files):
        job = jobs[number]
        for file in job_files:
            for start, stop in ranges(job.source, job.plan, file.part, options.chunk, most):
                tasks.append((number, file.part, start, stop))
                owners.append(file)
                file.waiting += 1
    total = sum(stop - start for _, _, start, stop in tasks)
    events_done = 0
    sums: list[list[Filled]] = [[] for _ in jobs]
    packed = [work(job.source, job.plan, engine) for job in jobs]
    waited = [0.0] * len(jobs)
    try:
        for place, result in _results(packed, tasks, workers, options.progress):
            if isinstance(result, DataError) and not options.skip_unreadable:
                raise result
            job_number, _, start, stop = tasks[place]
            if isinstance(result, Partial):
                waited[job_number] += result.waited / workers
            _take(owners[place], start, result, sums[job_number])
            events_done += stop - start
            if options.progress is not None:
                options.progress(jobs[job_number].name, events_done, total)
    except HeplineError as error:
        # Raised in a thread or process, the error lacks the user's line.
        error.asked_at = error.asked_at or users_line()
        raise
    return [_result(*parts) for parts in zip(jobs, files, sums, waited, strict=True)]


def _results(
    packed: list[Work], tasks: list[local.Task], workers: int, progress: Progress | None
) -> Iterator[tuple[int, Partial | DataError]]:
    if any(item.engine != "compiled" for item in packed):
        return local.execute(packed, tasks, workers=workers)
    compiling = None if progress is None else partial(progress, COMPILING)
    return threads.execute(packed, tasks, workers=workers, compiling=compiling)


def _take(file: FileSum, start: int, result: Partial | DataError, sums: list[Filled]) -> None:
    """Merge a chunk into its file, and a complete file into its job."""
    file.add(start, result)
    if not file.waiting and file.error is None:
        merge(sums, file.filled)
        file.filled = []


def _check(options: Options) -> None:
    if options.on != "local":
        raise AnalysisError(
            f"on='{options.on}'.",
            why="this version computes on the local machine only.",
            fix="use on='local' and as many workers as there are cores.",
        )
    if (options.chunk is not None and options.chunk < 1) or (
        options.workers is not None and options.workers < 1
    ):
        raise AnalysisError(
            f"chunk={options.chunk}, workers={options.workers}.",
            why="at least one event per chunk and one worker are needed.",
            fix="leave them out for sensible defaults.",
        )


def _result(job: Job, files: list[FileSum], sums: list[Filled], waited: float) -> JobResult:
    whole = [file for file in files if file.error is None]
    broken = [(file.part.path, file.error.what) for file in files if file.error is not None]
    histograms = sums or [Filled.empty(fill) for fill in job.plan.fills]
    return JobResult(
        dict(zip(job.plan.fills, histograms, strict=True)),
        joined(job.plan, whole),
        sum(file.events for file in whole),
        [file.part for file in whole],
        [*job.source.unreadable, *broken],
        waited,
    )
