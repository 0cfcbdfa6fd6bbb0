"""Events that occur more than once, in one file or in several."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hepline.columns.schema import Schema
from hepline.columns.source import Chunk, Part, Source
from hepline.columns.text import code_of
from hepline.columns.types import TEXT
from hepline.engine.cutting import joined_pieces
from hepline.survey.loops import hash_rows

__all__ = [
    "Duplicates",
    "duplicates_of",
    "first_elements",
    "floats_in",
    "hashes_of",
    "identity_columns",
]

Hashes = NDArray[np.uint64]
Key = tuple[int, ...]

_EXAMPLES = 5


@dataclass(frozen=True)
class Duplicates:
    """Events that are there already.

    Attributes
    ----------
    columns : tuple of str
        What tells events apart: run, luminosity block and event; empty where files lack these, and
        all columns are compared.
    count : int
        Events in excess of the first of each kind.
    examples : tuple of (tuple of int, tuple of str)
        Some of them: the numbers, and the files that hold the event.
    between : mapping of (str, str) to int
        How many events of the second file are in the first one, too; by paths.
    """

    columns: tuple[str, ...]
    count: int
    examples: tuple[tuple[Key, tuple[str, ...]], ...] = ()
    between: Mapping[tuple[str, str], int] | None = None


def identity_columns(schema: Schema) -> tuple[str, ...]:
    """The columns that tell events apart; none without a number of the event."""
    identity = schema.convention.identity(schema.columns)
    if not identity.event:
        return ()
    names = (identity.run, identity.block, identity.event)
    return tuple(name for name in names if name)


def hashes_of(chunk: Chunk, schema: Schema, columns: Iterable[str]) -> Hashes:
    """Sum of a hash of each of these columns, for each event: equal events have equal hashes.

    Returns
    -------
    ndarray of uint64, shape (event,)
    """
    hashes = np.zeros(chunk.events, np.uint64)
    single = np.arange(chunk.events + 1, dtype=np.int64)
    for name in columns:
        spec, values = schema.columns[name], chunk.contents[name]
        offsets = single if spec.axis is None else chunk.offsets[spec.axis]
        for axis in spec.inner:
            offsets = chunk.offsets[axis][offsets]
        hash_rows(_words(values), offsets, code_of(name), hashes)
    return hashes


def floats_in(chunk: Chunk, schema: Schema, columns: Iterable[str]) -> NDArray[np.int64]:
    """How many floats of these columns each event holds."""
    held = np.zeros(chunk.events, np.int64)
    for name in columns:
        spec = schema.columns[name]
        if spec.dtype == TEXT or np.dtype(spec.dtype).kind != "f":
            continue
        held += 1 if spec.axis is None else np.diff(chunk.offsets[spec.axis])
    return held


def _words(values: NDArray[np.generic]) -> Hashes:
    if values.dtype.kind == "f":
        # The sum turns the negative zero into the positive one.
        return (values.astype(np.float64) + 0.0).view(np.uint64)
    if values.dtype == np.uint64:
        return values.astype(np.uint64, copy=False)
    return values.astype(np.int64).view(np.uint64)


def duplicates_of(
    source: Source,
    columns: tuple[str, ...],
    hashes: Sequence[Hashes],
    floats: Sequence[NDArray[np.int64]] = (),
) -> Duplicates:
    """Count events with equal hashes, and compare their numbers themselves.

    Parameters
    ----------
    source : Source
    columns : tuple of str
        Of `identity_columns`; empty if the hashes are those of all columns, which are not compared
        again: of ten million different events, two have equal hashes with a probability of 3e-6.
    hashes : sequence of ndarray of uint64
        One for each part of the source.
    floats : sequence of ndarray of int64
        How many floats each event holds. Without `columns`, events that hold none are not compared:
        nothing tells two events without objects apart.
    """
    if not columns:
        hashes = [row[held > 0] for row, held in zip(hashes, floats, strict=True)]
    together = np.sort(np.concatenate([np.zeros(0, np.uint64), *hashes]))
    again = np.unique(together[1:][together[1:] == together[:-1]])
    if not len(again):
        return Duplicates(columns, 0, (), {})
    if not columns:
        count = len(together) - len(np.unique(together))
        return Duplicates((), int(count))
    files: dict[Key, list[str]] = {}
    for part, row in zip(source.parts, hashes, strict=True):
        for key in _keys(source, part, columns, np.flatnonzero(np.isin(row, again))):
            files.setdefault(key, []).append(part.path)
    repeated = {key: paths for key, paths in files.items() if len(paths) > 1}
    examples = [(key, tuple(paths)) for key, paths in repeated.items()]
    between = Counter((paths[0], other) for paths in repeated.values() for other in paths[1:])
    excess = sum(len(paths) - 1 for paths in repeated.values())
    return Duplicates(columns, excess, tuple(examples[:_EXAMPLES]), dict(between))


def _keys(
    source: Source, part: Part, columns: tuple[str, ...], events: NDArray[np.intp]
) -> Iterable[Key]:
    """The numbers of some events of a file."""
    for start, stop in joined_pieces(source, part, columns):
        inside = events[np.searchsorted(events, start) : np.searchsorted(events, stop)] - start
        if not len(inside):
            continue
        chunk = source.read(part, columns, [], start, stop)
        rows = []
        for name in columns:
            axis = source.schema.columns[name].axis
            values = chunk.contents[name]
            if axis is not None:  # some formats store a list of one
                values, _ = first_elements(values, chunk.offsets[axis])
            rows.append(values[inside].tolist())
        yield from zip(*rows, strict=True)


def first_elements(
    values: NDArray[Any], offsets: NDArray[np.int64], events: slice = slice(None)
) -> tuple[NDArray[Any], NDArray[np.bool_]]:
    """The first element of the list of some events, and whether there is one; else zero."""
    begin, end = offsets[:-1][events], offsets[1:][events]
    there = end > begin
    first = np.zeros(len(there), values.dtype)
    first[there] = values[begin[there]]
    return first, there
