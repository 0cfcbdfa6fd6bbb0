"""One pass over the events of several sources."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import awkward as ak

from hepline.columns.nodes import Node
from hepline.columns.source import Part, Source
from hepline.engine.chunk import Partial, work
from hepline.engine.cores import usable_cores
from hepline.engine.executors.local import Task, execute
from hepline.engine.filled import Filled
from hepline.engine.merging import FileSum, joined, merge
from hepline.engine.plan import Plan
from hepline.errors import AnalysisError, DataError

__all__ = ["CHUNK", "Job", "JobResult", "Options", "run"]

CHUNK = 50_000
# A process takes a second or two to start; the awkward evaluator fills ~100 000 events in that.
WORTH_A_WORKER = 400_000

Progress = Callable[[str, int, int], None]


@dataclass(frozen=True)
class Options:
    """How a pass is carried out; none of this changes a number.

    Attributes
    ----------
    engine : str
        ``awkward`` or ``reference``.
    on : str
        ``local``.
    workers : int or None
        Processes; None takes one for every `WORTH_A_WORKER` events, up to the number of cores.
    chunk : int
        Events per chunk: what bounds the memory of a worker.
    skip_unreadable : bool
        Go on without damaged files; they are named in the result.
    progress : callable or None
        Called with name, events done and events in total.
    """

    engine: str = "awkward"
    on: str = "local"
    workers: int | None = 1
    chunk: int = CHUNK
    skip_unreadable: bool = False
    progress: Progress | None = None


@dataclass(frozen=True)
class Job:
    """A plan to be carried out on a source."""

    name: str
    source: Source
    plan: Plan


@dataclass
class JobResult:
    """What a job gave.

    Attributes
    ----------
    histograms : dict of Node to Filled
    arrays : dict of Node to awkward.Array
    events : int
        Events that were read.
    parts : list of Part
        Files that were read whole.
    unreadable : list of (str, str)
        Path and reason of files that were left out.
    """

    histograms: dict[Node, Filled]
    arrays: dict[Node, ak.Array] = field(default_factory=dict)
    events: int = 0
    parts: list[Part] = field(default_factory=list)
    unreadable: list[tuple[str, str]] = field(default_factory=list)


def run(jobs: Sequence[Job], options: Options) -> list[JobResult]:
    """Carry out all jobs in one pass.

    Parameters
    ----------
    jobs : sequence of Job
    options : Options

    Returns
    -------
    list of JobResult
        In the order of the jobs. Numbers do not depend on `options`, bit for bit.

    Raises
    ------
    DataError
        For a damaged file, unless it may be skipped.
    """
    _check(options)
    tasks: list[Task] = []
    owners: list[FileSum] = []
    files = [[FileSum(part, 0) for part in job.source.parts] for job in jobs]
    for number, own in enumerate(files):
        for file in own:
            entries = file.part.entries
            for start in range(0, entries, options.chunk):
                tasks.append((number, file.part, start, min(start + options.chunk, entries)))
                owners.append(file)
                file.waiting += 1
    total = sum(stop - start for _, _, start, stop in tasks)
    done = 0
    sums: list[list[Filled]] = [[] for _ in jobs]
    packed = [work(job.source, job.plan, options.engine) for job in jobs]
    workers = _useful(total) if options.workers is None else options.workers
    for place, result in execute(packed, tasks, workers=workers):
        if isinstance(result, DataError) and not options.skip_unreadable:
            raise result
        which, _, start, stop = tasks[place]
        _take(owners[place], start, result, sums[which])
        done += stop - start
        if options.progress is not None:
            options.progress(jobs[which].name, done, total)
    return [_result(*each) for each in zip(jobs, files, sums, strict=True)]


def _useful(events: int) -> int:
    return max(1, min(usable_cores(), events // WORTH_A_WORKER))


def _take(file: FileSum, start: int, result: Partial | DataError, sums: list[Filled]) -> None:
    """Merge a chunk into its file, and a file that is through into its job."""
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
    if options.chunk < 1 or (options.workers is not None and options.workers < 1):
        raise AnalysisError(
            f"chunk={options.chunk}, workers={options.workers}.",
            why="at least one event per chunk and one worker are needed.",
            fix="leave them out for sensible defaults.",
        )


def _result(job: Job, files: list[FileSum], sums: list[Filled]) -> JobResult:
    whole = [file for file in files if file.error is None]
    broken = [(file.part.path, file.error.what) for file in files if file.error is not None]
    histograms = sums or [Filled.empty(fill) for fill in job.plan.fills]
    return JobResult(
        dict(zip(job.plan.fills, histograms, strict=True)),
        joined(job.plan, whole),
        sum(file.events for file in whole),
        [file.part for file in whole],
        [*job.source.unreadable, *broken],
    )
