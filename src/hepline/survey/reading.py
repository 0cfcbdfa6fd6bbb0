"""One pass over files: each column of each chunk is tallied, on all cores."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hepline.arrays import Floats
from hepline.columns.leaves import presence_of
from hepline.columns.schema import Schema
from hepline.columns.source import Chunk, Source
from hepline.data.disk import kind_of
from hepline.engine.ahead import ahead
from hepline.engine.cores import usable_cores
from hepline.engine.cutting import joined_pieces
from hepline.survey.identity import first_elements, floats_in, hashes_of
from hepline.survey.tally import Tally, tally_of

__all__ = ["Read", "read"]

Progress = Callable[[str, int, int], None]

# Columns that are read together: enough to share the counters of their lists, few enough for their
# rows to fit in memory.
_TOGETHER = 16
# Formats whose lines or records hold all columns: to read one is to read all.
_BY_LINE = ("csv", "hdf5", "json")
# Events in the sample from which correlations follow; a correlation is known to 1/sqrt of this.
SAMPLED = 5000


@dataclass(frozen=True)
class _Task:
    part: int
    start: int
    stop: int
    columns: tuple[str, ...]
    axes: tuple[str, ...]


@dataclass(frozen=True)
class _Share:
    """What a task contributes."""

    tallies: dict[str, Tally]
    lengths: dict[str, Tally]
    sample: dict[str, Floats]
    hashes: NDArray[np.uint64] | None
    floats: NDArray[np.int64] | None


@dataclass(frozen=True)
class Read:
    """All that one pass has counted.

    Attributes
    ----------
    tallies : mapping of str to Tally
        By column.
    lengths : mapping of str to Tally
        Lengths of lists, by axis.
    hashes : list of ndarray of uint64
        A hash of each event, for each part.
    floats : list of ndarray of int64
        How many floats each event holds, for each part.
    sample : mapping of str to ndarray of float64, shape (sampled event,)
        Values of every n-th event: numbers, and first elements of lists; NaN where there is none.
    step : int
        Events from one of the sample to the next.
    """

    tallies: dict[str, Tally]
    lengths: dict[str, Tally] = field(default_factory=dict)
    hashes: list[NDArray[np.uint64]] = field(default_factory=list)
    floats: list[NDArray[np.int64]] = field(default_factory=list)
    sample: dict[str, Floats] = field(default_factory=dict)
    step: int = 1


def read(
    source: Source,
    columns: Sequence[str],
    *,
    marks: Floats,
    keys: Sequence[str] = (),
    workers: int | None = None,
    progress: Progress | None = None,
) -> Read:
    """Read columns once, and count what is in them.

    Parameters
    ----------
    source : Source
    columns : sequence of str
    marks : ndarray of float64
        Values to count in every column.
    keys : sequence of str
        Columns that the hashes of events are made of.
    workers : int, optional
        Threads; as many as there are cores by default. No number depends on it.
    progress : callable, optional
        Called with the name of the source, values done and their total.

    Returns
    -------
    Read
    """
    names = list(dict.fromkeys((*keys, *columns)))
    total = sum(part.entries for part in source.parts)
    step = max(1, -(-total // SAMPLED))
    tasks = list(_tasks(source, names))
    state = _State(source, columns, keys, marks, step)
    done, whole = 0, sum((task.stop - task.start) * len(task.columns) for task in tasks)
    for task, share in _shares(state, tasks, workers or usable_cores()):
        state.take(task, share)
        done += (task.stop - task.start) * len(task.columns)
        if progress is not None:
            progress(source.name, done, whole)
    return Read(state.tallies, state.lengths, state.hashes, state.floats, state.sample, step)


def _tasks(source: Source, names: Sequence[str]) -> Iterator[_Task]:
    """Chunks of files, and columns to read together."""
    for number, part in enumerate(source.parts):
        most = len(names) if kind_of(part.path) in _BY_LINE else _TOGETHER
        tallied: set[str] = set()
        for columns in _together(source.schema, names, most):
            axes = [
                axis
                for name in columns
                for spec in [source.schema.columns[name]]
                for axis in (spec.axis, *spec.inner)
                if axis is not None
            ]
            new = tuple(axis for axis in dict.fromkeys(axes) if axis not in tallied)
            tallied.update(new)
            for start, stop in joined_pieces(source, part, columns):
                if start < stop:
                    yield _Task(number, start, stop, columns, new)


def _together(schema: Schema, names: Sequence[str], most: int) -> Iterator[tuple[str, ...]]:
    """Columns of one list together, as they share a counter, and no more than so many."""
    if most >= len(names):
        yield tuple(names)
        return
    by_axis: dict[str | None, list[str]] = {}
    for name in names:
        by_axis.setdefault(schema.columns[name].axis, []).append(name)
    waiting: list[str] = []
    for columns in by_axis.values():
        for start in range(0, len(columns), most):
            part = columns[start : start + most]
            if len(waiting) + len(part) > most:
                yield tuple(waiting)
                waiting = []
            waiting += part
    if waiting:
        yield tuple(waiting)


class _State:
    """What has been counted so far; shares arrive in any order."""

    def __init__(
        self,
        source: Source,
        columns: Sequence[str],
        keys: Sequence[str],
        marks: Floats,
        step: int,
    ) -> None:
        self.source, self.marks, self.step = source, marks, step
        self.columns, self.keys = set(columns), set(keys)
        self.tallies: dict[str, Tally] = dict.fromkeys(columns, Tally())
        self.lengths: dict[str, Tally] = {}
        parts = source.parts
        self.hashes = [np.zeros(part.entries if keys else 0, np.uint64) for part in parts]
        self.floats = [np.zeros(len(hashes), np.int64) for hashes in self.hashes]
        starts = np.cumsum([0, *(part.entries for part in parts)]).tolist()
        self.starts = starts
        self.sample: dict[str, Floats] = {}

    def compute(self, task: _Task) -> _Share:
        """Read and count."""
        part, schema = self.source.parts[task.part], self.source.schema
        chunk = self.source.read(part, task.columns, [], task.start, task.stop)
        keys = [name for name in task.columns if name in self.keys]
        tallies, sample = {}, {}
        taken = self._sampled(task)
        for name in task.columns:
            if name not in self.columns:
                continue
            values, there = chunk.contents[name], chunk.contents.get(presence_of(name))
            tallies[name] = self._tally(name, values, there)
            if schema.columns[name].dtype != "string" and not schema.columns[name].inner:
                sample[name] = _values_at(chunk, schema, name, taken)
        lengths = {axis: tally_of(np.diff(chunk.offsets[axis])) for axis in task.axes}
        hashes = hashes_of(chunk, schema, keys) if keys else None
        floats = floats_in(chunk, schema, keys) if keys else None
        return _Share(tallies, lengths, sample, hashes, floats)

    def _tally(self, name: str, values: NDArray[Any], there: NDArray[np.bool_] | None) -> Tally:
        missing = 0
        if there is not None and not there.all():
            values = values[there]
            missing = int(len(there) - len(values))
        earlier = self.tallies[name].frequencies
        level = 0 if earlier is None else earlier.level
        return tally_of(values, level=level, marks=self.marks, missing=missing)

    def _sampled(self, task: _Task) -> slice:
        """Events of a chunk that are in the sample: every n-th of all."""
        first = -(self.starts[task.part] + task.start) % self.step
        return slice(first, None, self.step)

    def take(self, task: _Task, share: _Share) -> None:
        """Add the share of a task."""
        for name, tally in share.tallies.items():
            self.tallies[name] = self.tallies[name] + tally
        for axis, tally in share.lengths.items():
            self.lengths[axis] = self.lengths.get(axis, Tally()) + tally
        begin = -(-(self.starts[task.part] + task.start) // self.step)
        for name, values in share.sample.items():
            if name not in self.sample:
                size = -(-self.starts[-1] // self.step)
                self.sample[name] = np.full(size, np.nan)
            self.sample[name][begin : begin + len(values)] = values
        if share.hashes is not None:
            self.hashes[task.part][task.start : task.stop] += share.hashes
        if share.floats is not None:
            self.floats[task.part][task.start : task.stop] += share.floats


def _values_at(chunk: Chunk, schema: Schema, name: str, taken: slice) -> Floats:
    """Numbers of some events, and first elements of their lists."""
    axis, values = schema.columns[name].axis, chunk.contents[name]
    there = chunk.contents.get(presence_of(name))
    if axis is None:
        picked, present = values[taken], None if there is None else there[taken]
    else:
        picked, present = first_elements(values, chunk.offsets[axis], taken)
        if there is not None:
            present = present & first_elements(there, chunk.offsets[axis], taken)[0]
    numbers = picked.astype(np.float64)
    if present is not None:
        numbers[~present] = np.nan
    return numbers


def _shares(state: _State, tasks: Sequence[_Task], workers: int) -> Iterator[tuple[_Task, _Share]]:
    """Compute the tasks in threads, and yield them in order."""
    workers = min(workers, len(tasks))
    if workers <= 1:
        yield from ((task, state.compute(task)) for task in tasks)
        return

    def compute(number: int) -> _Share:
        if number + workers < len(tasks):
            later = tasks[number + workers]
            part = state.source.parts[later.part]
            state.source.prefetch(part, later.columns, [], later.start, later.stop)
        return state.compute(tasks[number])

    give_up = state.source.give_up
    # Enough to keep all threads busy; results that wait take memory.
    shares = ahead(compute, range(len(tasks)), workers=workers, most=2 * workers, give_up=give_up)
    with closing(shares):
        yield from zip(tasks, shares, strict=True)
