"""Division of files into chunks that unpack nothing twice."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence

from hepline.columns.source import Part, Source
from hepline.engine.plan import Plan
from hepline.errors import DataError

__all__ = ["CHUNK", "joined_pieces", "most_events", "ranges"]

# Fewest and most events of a chunk by default: its overhead must be negligible, and its rows must
# fit into memory.
CHUNK = 100_000
MOST = 1_000_000
# Chunks per worker: enough for workers to end together, few enough for little overhead.
_EACH = 2


def most_events(events: int, workers: int) -> int | None:
    """Approximate upper limit on the events of a chunk where cuts are free; None for no limit.

    Parameters
    ----------
    events : int
        In the whole pass.
    workers : int
    """
    return None if workers == 1 else min(max(events // (_EACH * workers), CHUNK), MOST)


def ranges(
    source: Source, plan: Plan, part: Part, chunk: int | None, most: int | None
) -> list[tuple[int, int]]:
    """First and last event of each chunk of a file.

    Parameters
    ----------
    source : Source
    plan : Plan
        The plan whose columns are read.
    part : Part
    chunk : int or None
        Events per chunk; None cuts where all columns begin a new basket or cluster.
    most : int or None
        See `most_events`.
    """
    if chunk is not None:
        starts = range(0, part.entries, chunk)
        return [(start, min(start + chunk, part.entries)) for start in starts]
    schema, columns = source.schema, plan.columns
    listed = {schema.column(name).axis for name in columns}
    alone = [name for name in plan.collections if name not in listed]
    counters = [schema.counters[name] for name in alone if name in schema.counters]
    return joined_pieces(source, part, (*columns, *counters), most)


def joined_pieces(
    source: Source, part: Part, columns: Sequence[str], most: int | None = CHUNK
) -> list[tuple[int, int]]:
    """First and last event of each chunk of some columns of a file.

    Parameters
    ----------
    source : Source
    part : Part
    columns : sequence of str
    most : int or None
        See `most_events`.
    """
    try:
        edges = source.pieces(part, columns, most)
    except DataError:
        # The file has changed since it was opened: reading it will report that.
        edges = tuple(sorted({0, part.entries}))
    return list(_joined(edges))


def _joined(edges: Sequence[int]) -> Iterator[tuple[int, int]]:
    """Join pieces until they are large enough; cut one that is too large evenly."""
    start = edges[0]
    for stop in edges[1:]:
        if stop - start < CHUNK and stop != edges[-1]:
            continue
        count = -(-(stop - start) // MOST)
        cuts = [start + (stop - start) * number // count for number in range(count + 1)]
        yield from itertools.pairwise(cuts)
        start = stop
