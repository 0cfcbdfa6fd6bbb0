"""Events with labels: what is counted of each class, and what tells events apart."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from hepline.arrays import Integers
from hepline.columns.leaves import presence_of
from hepline.columns.schema import ColumnSpec
from hepline.columns.source import Chunk, Part, Source
from hepline.columns.types import TEXT
from hepline.engine.cores import usable_cores
from hepline.engine.cutting import joined_pieces
from hepline.errors import DataError
from hepline.survey.description import ColumnFacts, facts_of
from hepline.survey.identity import first_elements, floats_in, hashes_of, identity_columns
from hepline.survey.sentinels import RECOGNIZED
from hepline.survey.tally import Tally, tally_of

__all__ = ["Labelled", "labelled"]

_MOST = 50  # classes; a column with more values holds something else


@dataclass(frozen=True, eq=False)
class Labelled:
    """Events of one or more classes.

    Attributes
    ----------
    identity : tuple of str
        Columns that tell events apart; empty if a class lacks them.
    classes : tuple of str
    labels : ndarray of int64, shape (event,)
        Position of the class.
    numbers : ndarray of int64, shape (event, identity column)
    rows : ndarray of uint64, shape (event,)
        A hash of all features.
    comparable : ndarray of bool, shape (event,)
        Whether an event holds a float, so that its features tell it apart.
    facts : mapping of str to tuple of ColumnFacts
        By feature, for each class.
    """

    identity: tuple[str, ...]
    classes: tuple[str, ...]
    labels: Integers
    numbers: Integers
    rows: NDArray[np.uint64]
    comparable: NDArray[np.bool_]
    facts: Mapping[str, tuple[ColumnFacts, ...]] = field(default_factory=dict)


@dataclass
class _Table:
    """What is collected, chunk by chunk."""

    labels: list[NDArray[np.object_]] = field(default_factory=list)
    numbers: list[Integers] = field(default_factory=list)
    rows: list[NDArray[np.uint64]] = field(default_factory=list)
    comparable: list[NDArray[np.bool_]] = field(default_factory=list)
    tallies: dict[tuple[str, str], Tally] = field(default_factory=dict)


def labelled(
    samples: Iterable[tuple[str, Source]], features: Sequence[str], label: str
) -> Labelled:
    """Read events once, and count each class on its own.

    Parameters
    ----------
    samples : iterable of (str, Source)
        Name of the class, and its events; without a name where a column has the label.
    features : sequence of str
    label : str
        The column; empty if samples have names.

    Raises
    ------
    DataError
        If there is one class, or more than 50.
    """
    samples = list(samples)
    identity = _identity([source for _, source in samples])
    table = _Table()
    for name, source in samples:
        tasks = [
            (part, start, stop)
            for part in source.parts
            for start, stop in joined_pieces(source, part, tuple(features))
            if start < stop
        ]

        def count(task: tuple[Part, int, int], name: str = name, source: Source = source) -> _Table:
            return _counted(name, source, features, identity, label, task)

        with ThreadPoolExecutor(usable_cores(), "labels") as pool:
            for share in pool.map(count, tasks):
                _add(table, share)
    names = np.concatenate([np.zeros(0, object), *table.labels])
    classes, labels = np.unique(names.astype(str), return_inverse=True)
    if not 1 < len(classes) <= _MOST:
        raise _no_classes(classes.tolist(), label)
    specs = samples[0][1].schema.columns
    facts = {
        name: tuple(_facts(specs[name], table.tallies.get((kind, name))) for kind in classes)
        for name in features
    }
    return Labelled(
        identity,
        tuple(classes.tolist()),
        labels.astype(np.int64),
        np.concatenate([np.zeros((0, len(identity)), np.int64), *table.numbers]),
        np.concatenate([np.zeros(0, np.uint64), *table.rows]),
        np.concatenate([np.zeros(0, bool), *table.comparable]),
        facts,
    )


def _identity(sources: Sequence[Source]) -> tuple[str, ...]:
    """The columns that tell events of all sources apart."""
    columns = {identity_columns(source.schema) for source in sources}
    return columns.pop() if len(columns) == 1 else ()


def _facts(spec: ColumnSpec, tally: Tally | None) -> ColumnFacts:
    return facts_of(spec, Tally() if tally is None else tally, None)


def _add(table: _Table, share: _Table) -> None:
    table.labels += share.labels
    table.numbers += share.numbers
    table.rows += share.rows
    table.comparable += share.comparable
    for key, tally in share.tallies.items():
        table.tallies[key] = table.tallies.get(key, Tally()) + tally


def _counted(
    name: str,
    source: Source,
    features: Sequence[str],
    identity: Sequence[str],
    label: str,
    task: tuple[Part, int, int],
) -> _Table:
    part, start, stop = task
    needed = tuple(dict.fromkeys((*features, *identity, *((label,) if label else ()))))
    chunk = source.read(part, needed, [], start, stop)
    labels = _labels(name, source, label, task, chunk)
    tallies = {}
    for kind in dict.fromkeys(labels.tolist()):
        members = labels == kind
        for feature in features:
            tallies[kind, feature] = _tally(source.schema.columns[feature], chunk, members)
    numbers = [_numbers(source.schema.columns[column], chunk) for column in identity]
    return _Table(
        [labels],
        [np.array(numbers, np.int64).reshape(len(identity), chunk.events).T],
        [hashes_of(chunk, source.schema, features)],
        [floats_in(chunk, source.schema, features) > 0],
        tallies,
    )


def _labels(
    name: str, source: Source, label: str, task: tuple[Part, int, int], chunk: Chunk
) -> NDArray[np.object_]:
    """The class of each event, as text."""
    labels = np.empty(chunk.events, object)
    if not label:
        labels[:] = name
        return labels
    values, words = chunk.contents[label], {}
    if source.schema.columns[label].dtype == TEXT:
        words = dict(source.words(task[0], label, *task[1:]))  # type: ignore[attr-defined]
    texts = {value: str(words.get(value, value)) for value in np.unique(values).tolist()}
    labels[:] = [texts[value] for value in values.tolist()]
    return labels


def _tally(spec: ColumnSpec, chunk: Chunk, members: NDArray[np.bool_]) -> Tally:
    """Count the values of some events."""
    for axis in (spec.axis, *spec.inner):
        if axis is not None:
            members = np.repeat(members, np.diff(chunk.offsets[axis]))
    values, there = chunk.contents[spec.name], chunk.contents.get(presence_of(spec.name))
    present = members if there is None else members & there
    missing = int(members.sum() - present.sum())
    return tally_of(values[present], marks=RECOGNIZED, missing=missing)


def _numbers(spec: ColumnSpec, chunk: Chunk) -> Integers:
    values = chunk.contents[spec.name]
    if spec.axis is not None:
        values, _ = first_elements(values, chunk.offsets[spec.axis])
    return values.astype(np.int64)


def _no_classes(classes: Sequence[str], label: str) -> DataError:
    where = f"the column '{label}'" if label else "the samples"
    if len(classes) > 1:
        return DataError(
            f"{where} has {len(classes)} different labels.",
            why=f"classes are compared with each other: at most {_MOST}.",
            fix="name the column that holds the class of an event.",
        )
    return DataError(
        f"{where} has {'one class' if classes else 'no events'}{': ' if classes else ''}"
        f"{', '.join(classes)}.",
        why="labels tell classes apart: at least two are needed.",
        fix="give the files of all classes, {'signal': …, 'background': …}, or label='COLUMN'.",
    )
