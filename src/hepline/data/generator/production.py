"""Makes the blocks of several files, in this process or in others."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future
from dataclasses import dataclass

from hepline.data.generator.blocks import Block, BlockRequest, generate_block
from hepline.errors import GeneratorError
from hepline.processes import interrupts_held, worker_processes

__all__ = ["Job", "Progress", "block_source", "made_here"]

Progress = Callable[[str, int, int], None]


@dataclass(frozen=True)
class Job:
    """The blocks of one file.

    Attributes
    ----------
    label : str
        For the progress.
    blocks : tuple of BlockRequest
    """

    label: str
    blocks: tuple[BlockRequest, ...]

    @property
    def events(self) -> int:
        """Events to generate."""
        return sum(block.events for block in self.blocks)


def made_here(job: Job, progress: Progress | None) -> Iterator[Block]:
    """Make the blocks of a file in this process, one after the other."""
    finished = 0
    for planned in job.blocks:
        so_far = finished

        def report(in_block: int, before: int = so_far) -> None:
            if progress is not None:
                progress(job.label, before + in_block, job.events)

        yield generate_block(planned, progress=report)
        finished += planned.events


@contextlib.contextmanager
def block_source(
    jobs: Sequence[Job], workers: int, progress: Progress | None
) -> Iterator[Callable[[Job], Iterator[Block]]]:
    """Lend a function that yields the blocks of a file, made here or collected from workers.

    Parameters
    ----------
    jobs : sequence of Job
        To be collected in this order, for the least memory.
    workers : int
        Processes to use.
    progress : callable, optional

    Yields
    ------
    callable
    """
    if workers <= 1 or not jobs:
        yield lambda job: made_here(job, progress)
        return
    with worker_processes(workers, error=GeneratorError) as pool:
        with interrupts_held():
            futures = {
                job: [pool.submit(generate_block, planned) for planned in job.blocks]
                for job in jobs
            }
        yield lambda job: _collected(job, futures.pop(job), progress)


def _collected(
    job: Job, futures: list[Future[Block]], progress: Progress | None
) -> Iterator[Block]:
    finished = 0
    futures.reverse()
    while futures:
        # Popped, so that a block's memory is free once it is written.
        block = futures.pop().result()
        finished += block.request.events
        if progress is not None:
            progress(job.label, finished, job.events)
        yield block
