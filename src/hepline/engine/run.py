"""One pass over the events of several sources."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import awkward as ak

from hepline.columns.nodes import Node
from hepline.columns.source import Part, Source
from hepline.engine.chunk import Partial, work
from hepline.engine.executors.local import Task, execute
from hepline.engine.filled import Filled
from hepline.engine.plan import Plan
from hepline.errors import AnalysisError, DataError

__all__ = ["CHUNK", "Job", "JobResult", "Options", "run"]

CHUNK = 50_000

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
    workers : int
        Processes.
    chunk : int
        Events per chunk: what bounds the memory of a worker.
    skip_unreadable : bool
        Go on without damaged files; they are named in the result.
    progress : callable or None
        Called with name, events done and events in total.
    """

    engine: str = "awkward"
    on: str = "local"
    workers: int = 1
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
    owners: dict[tuple[int, int], list[int]] = {}
    for number, job in enumerate(jobs):
        for position, part in enumerate(job.source.parts):
            owned = owners.setdefault((number, position), [])
            for start in range(0, part.entries, options.chunk):
                owned.append(len(tasks))
                tasks.append((number, part, start, min(start + options.chunk, part.entries)))
    total = sum(stop - start for _, _, start, stop in tasks)
    done = 0
    collected: dict[int, Partial | DataError] = {}
    packed = [work(job.source, job.plan, options.engine) for job in jobs]
    for place, result in execute(packed, tasks, workers=options.workers):
        if isinstance(result, DataError) and not options.skip_unreadable:
            raise result
        collected[place] = result
        which, _, start, stop = tasks[place]
        done += stop - start
        if options.progress is not None:
            options.progress(jobs[which].name, done, total)
    return [
        _merge(
            job,
            [
                [collected[place] for place in owners[number, position]]
                for position in range(len(job.source.parts))
            ],
        )
        for number, job in enumerate(jobs)
    ]


def _check(options: Options) -> None:
    if options.on != "local":
        raise AnalysisError(
            f"on='{options.on}'.",
            why="this version computes on the local machine only.",
            fix="use on='local' and as many workers as there are cores.",
        )
    if options.chunk < 1 or options.workers < 1:
        raise AnalysisError(
            f"chunk={options.chunk}, workers={options.workers}.",
            why="at least one event per chunk and one worker are needed.",
            fix="leave them out for sensible defaults.",
        )


def _merge(job: Job, chunks: list[list[Partial | DataError]]) -> JobResult:
    """Merge chunks in the order of the files, leaving out files that broke off."""
    result = JobResult({fill: Filled.empty(fill) for fill in job.plan.fills})
    result.unreadable = list(job.source.unreadable)
    arrays: list[list[ak.Array]] = [[] for _ in job.plan.arrays]
    for part, own in zip(job.source.parts, chunks, strict=True):
        broken = [chunk for chunk in own if isinstance(chunk, DataError)]
        if broken:
            result.unreadable.append((part.path, broken[0].what))
            continue
        result.parts.append(part)
        for chunk in own:
            if isinstance(chunk, Partial):
                _add(result, job.plan, chunk, arrays)
    for node, pieces in zip(job.plan.arrays, arrays, strict=True):
        result.arrays[node] = ak.concatenate(pieces) if pieces else ak.Array([])
    return result


def _add(result: JobResult, plan: Plan, chunk: Partial, arrays: list[list[ak.Array]]) -> None:
    result.events += chunk.events
    for fill, filled in zip(plan.fills, chunk.filled, strict=True):
        result.histograms[fill].merge(filled)
    for pieces, piece in zip(arrays, chunk.arrays, strict=True):
        pieces.append(piece)
