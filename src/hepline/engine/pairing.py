"""Check that lists which a recipe pairs have equal lengths in the events that were read."""

from __future__ import annotations

import numpy as np

from hepline.columns.schema import Schema
from hepline.columns.source import Chunk, Part
from hepline.engine.rules.pair import Pairings
from hepline.errors import CorruptData

__all__ = ["check_pairings"]


def check_pairings(
    chunk: Chunk, pairings: Pairings, schema: Schema, part: Part, start: int
) -> None:
    """Compare the lengths of lists that must pair one to one.

    Parameters
    ----------
    chunk : Chunk
    pairings : Pairings
    schema : Schema
        Of the source.
    part : Part
        The file of the events.
    start : int
        Number of the first event.

    Raises
    ------
    CorruptData
        If two lists differ in length; the error names the first such event.
    """
    for first, *others in pairings:
        expected = chunk.offsets[first]
        for other in others:
            offsets = chunk.offsets[other]
            if offsets is expected or np.array_equal(offsets, expected):
                continue
            lengths, required = np.diff(offsets), np.diff(expected)
            place = int(np.flatnonzero(lengths != required)[0])
            event = start + _event_of(place, first, chunk, schema)
            names = [axis.rstrip("[]") for axis in (first, other)]
            inside = " in one of its lists" if len(required) != chunk.events else ""
            raise CorruptData(
                f"'{names[0]}' has {required[place]} elements{inside} in entry {event} of "
                f"{part.path}, but '{names[1]}' has {lengths[place]}.",
                why="the analysis pairs these lists one to one, or counts the objects that they "
                "describe together, although neither a counter nor their type joins them.",
                fix=f"combine only lists that belong to the same objects; count one of them by "
                f"its own name: hl.count(ev['{names[1]}']).",
            )


def _event_of(place: int, axis: str, chunk: Chunk, schema: Schema) -> int:
    """The event of the chunk that a list along an axis belongs to."""
    for spec in schema.columns.values():
        if axis in spec.inner:
            around = (spec.axis, *spec.inner)[: spec.inner.index(axis) + 1]
            for outer in reversed(around):
                place = int(np.searchsorted(chunk.offsets[str(outer)], place, side="right")) - 1
            break
    return place
