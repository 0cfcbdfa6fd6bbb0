"""Carrying out of a skim: chunks are computed ahead, kept aside, and written in order."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from hepline.arrays import Mask
from hepline.columns.source import Part
from hepline.columns.text import texts_in
from hepline.data.filesource import FileSource
from hepline.data.skimnote import KEY
from hepline.data.writing.columns import Written, events_per_block
from hepline.data.writing.formats import Format, Writer
from hepline.data.writing.rows import Chosen, Rows, joined, rows_of
from hepline.engine.ahead import ahead
from hepline.errors import OutputError
from hepline.exchange.computing import Compute, Task, computing, cut
from hepline.exchange.journal import Journal, Piece
from hepline.exchange.recipe import Recipe
from hepline.exchange.record import digest_of, record_of
from hepline.exchange.totals import totals_of
from hepline.exchange.wanted import Selection
from hepline.files import replacing
from hepline.records import checksum

__all__ = ["Done", "Job", "Progress", "carried_out"]

Progress = Callable[[str, int, int], None]

_INNER_NAME = "hepline.root"  # the name inside the file must not depend on the path


@dataclass(frozen=True)
class Job:
    """A skim to be carried out.

    Attributes
    ----------
    source : FileSource
    selection : Selection
    recipe : Recipe
    written : tuple of Written
        Stored columns, then computed ones.
    kind : Format
    target : Path
    """

    source: FileSource
    selection: Selection
    recipe: Recipe
    written: tuple[Written, ...]
    kind: Format
    target: Path

    @property
    def stored(self) -> list[str]:
        """Names of the stored columns that are copied."""
        return [kept.spec.name for kept in self.selection.kept]


@dataclass
class Done:
    """What a skim came to.

    Attributes
    ----------
    by_file : list of int
        Events kept of each source.
    passed : list of int
        Events that pass each step.
    resumed : int
        Chunks that were finished before.
    sha256 : str
    """

    by_file: list[int]
    passed: list[int]
    resumed: int = 0
    sha256: str = ""

    @property
    def kept(self) -> int:
        """Events in the skim."""
        return sum(self.by_file)

    def add(self, file: int, piece: Piece) -> None:
        """Count a chunk."""
        self.by_file[file] += piece.events
        self.passed = [a + b for a, b in zip(self.passed, piece.passed, strict=True)]


def carried_out(
    job: Job, engine: str, workers: int, chunk: int | None, progress: Progress | None
) -> Done:
    """Compute all chunks, and write what is kept.

    Parameters
    ----------
    job : Job
    engine : str
    workers : int
    chunk : int or None
    progress : callable or None

    Raises
    ------
    OutputError
        If the file system refuses.
    DataError
        If a source is damaged; finished chunks are kept.
    """
    totals = totals_of(job.source)
    record = record_of(job.source, job.selection, job.recipe, totals)
    journal = Journal(job.target, digest_of(record, [job.kind.name, chunk, job.written]))
    done = Done([0] * len(job.source.parts), [0] * len(job.recipe.steps), journal.count())
    try:
        with (
            computing(job.source, job.recipe.nodes, engine) as compute,
            replacing(job.target, under=_INNER_NAME) as partial,
            _opened(job, partial, record["tree"]) as writer,
        ):
            blocks = _Blocks(writer, events_per_block(job.written, job.kind.block))
            tasks = cut(job.source, job.stored, job.written, chunk)
            _loop(job, compute, tasks, journal, workers, blocks, done, progress)
            if job.kind.trees and totals.tree and totals.rows is not None:
                writer.add_tree(totals.tree, totals.columns, totals.rows)
            writer.finish(KEY, json.dumps(_finished(record, job, done), indent=1))
            done.sha256 = checksum(partial)
        digest = job.target.with_name(f"{job.target.name}.sha256")
        with replacing(digest) as partial:
            partial.write_text(f"{done.sha256}  {job.target.name}\n", "utf-8")
    except OSError as error:
        raise OutputError(
            f"could not write '{job.target}': {error.strerror or error}.",
            why="the file system refused; finished chunks are kept beside it.",
            fix="check the free space and the permissions of the folder, and start again.",
        ) from error
    journal.remove()
    return done


def _loop(
    job: Job,
    compute: Compute,
    tasks: Iterable[Task],
    journal: Journal,
    workers: int,
    blocks: _Blocks,
    done: Done,
    progress: Progress | None,
) -> None:
    events, total = 0, sum(part.entries for part in job.source.parts)

    def piece(numbered: tuple[int, Task]) -> tuple[Task, Piece]:
        number, task = numbered
        kept = journal.load(number)
        if kept is None:
            kept = _computed(job, compute, task)
            # What is all of the events is soon done again.
            if task[2] - task[1] < total:
                journal.store(number, kept)
        return task, kept

    for (file, start, stop), result in ahead(
        piece, enumerate(tasks), workers=workers, give_up=job.source.give_up
    ):
        blocks.add(result)
        done.add(file, result)
        events += stop - start
        if progress is not None:
            progress(job.target.name, events, total)
    blocks.flush()


def _computed(job: Job, compute: Compute, task: Task) -> Piece:
    """Read and compute one chunk; columns are copied only if an event passes."""
    number, start, stop = task
    part, recipe = job.source.parts[number], job.recipe
    arrays = compute(part, start, stop)
    flags = [np.asarray(flag, bool) for flag in arrays[: len(recipe.steps)]]
    mask: Mask | None = None
    if recipe.passing is not None:
        mask = np.asarray(arrays[len(recipe.steps)], bool)
    passed = tuple(int(flag.sum()) for flag in flags)
    events = stop - start if mask is None else int(mask.sum())
    if not events:
        return Piece(0, passed, {})
    rows: dict[str, Rows] = {}
    names = job.stored
    if names:
        passing = Chosen(job.source.read(part, names, (), start, stop), mask)
        for kept in job.selection.kept:
            spec = kept.spec
            texts = [spec.name] if kept.written.is_text else []
            rows[spec.name] = passing.rows(spec, _words(job.source, part, texts, start, stop))
    made = arrays[len(arrays) - len(recipe.variants) :]
    for variant, array in zip(recipe.variants, made, strict=True):
        texts = [*texts_in(variant.node)] if variant.written.is_text else []
        rows[variant.written.name] = rows_of(array, _words(job.source, part, texts, start, stop))
    return Piece(events, passed, rows)


def _words(
    source: FileSource, part: Part, columns: Sequence[str], start: int, stop: int
) -> dict[int, str] | None:
    """The texts of text columns by their codes; None for numbers."""
    words: dict[int, str] = {}
    for name in columns:
        words |= source.words(part, name, start, stop)
    return words if columns else None


@contextmanager
def _opened(job: Job, path: Path, tree: str) -> Iterator[Writer]:
    events = sum(part.entries for part in job.source.parts)
    blocks = -(-events // events_per_block(job.written, job.kind.block))
    writer = job.kind.open(path, tree, job.written, blocks)
    try:
        yield writer
    finally:
        writer.close()


def _finished(record: dict[str, Any], job: Job, done: Done) -> dict[str, Any]:
    """The record with what was counted."""
    steps = [
        {**step, "events": count}
        for step, count in zip(record["selection"], done.passed, strict=True)
    ]
    sources = [
        {**file, "kept": count} for file, count in zip(record["sources"], done.by_file, strict=True)
    ]
    names = {stored: name for name, stored in job.kind.renamed(job.written).items()}
    return {
        **record,
        "selection": steps,
        "sources": sources,
        "events": done.kept,
        "names": names,
    }


class _Blocks:
    """Cuts what comes in chunks of any size at fixed numbers of events.

    Parameters
    ----------
    writer : Writer
    size : int
        Events of a block.
    """

    def __init__(self, writer: Writer, size: int) -> None:
        self._writer = writer
        self._size = size
        self._waiting: list[Piece] = []

    def add(self, piece: Piece) -> None:
        """Take the events of a chunk, and write all complete blocks."""
        if piece.events:
            self._waiting.append(piece)
        count = sum(waiting.events for waiting in self._waiting)
        if count < self._size:
            return
        rows = self._joined()
        complete = count - count % self._size
        for start in range(0, complete, self._size):
            self._write(rows, start, start + self._size)
        rest = {name: row.cut(complete, count) for name, row in rows.items()}
        self._waiting = [Piece(count - complete, (), rest)] if complete < count else []

    def flush(self) -> None:
        """Write what is left."""
        count = sum(waiting.events for waiting in self._waiting)
        if count:
            self._write(self._joined(), 0, count)
        self._waiting = []

    def _joined(self) -> dict[str, Rows]:
        names = self._waiting[0].rows
        return {name: joined([piece.rows[name] for piece in self._waiting]) for name in names}

    def _write(self, rows: dict[str, Rows], start: int, stop: int) -> None:
        self._writer.add({name: row.cut(start, stop) for name, row in rows.items()})
