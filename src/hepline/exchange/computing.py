"""Columns of one chunk after another, by any evaluator."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from itertools import pairwise

import awkward as ak

from hepline.columns.nodes import Node
from hepline.columns.source import Part, Source
from hepline.data.writing.columns import Written, events_per_block
from hepline.engine.chunk import prepare, process, work
from hepline.engine.plan import plan

__all__ = ["Compute", "Task", "computing", "cut"]

Task = tuple[int, int, int]
"""Number of the file, first and last event."""

Compute = Callable[[Part, int, int], list[ak.Array]]

_CHUNK = 64 << 20  # bytes in memory
_LARGE = 4  # times the size of a chunk, above which a piece of a file is cut


@contextmanager
def computing(source: Source, nodes: Sequence[Node], engine: str) -> Iterator[Compute]:
    """Prepare to compute columns without variations, chunk by chunk, in any thread.

    Parameters
    ----------
    source : Source
    nodes : sequence of Node
    engine : str
        ``auto``, ``compiled``, ``awkward`` or ``reference``.

    Yields
    ------
    callable
        From a file and a range of events to one array for each node.
    """
    if not nodes:
        yield lambda _part, _start, _stop: []
        return
    graph = plan(nodes, source.schema, systematics=False)
    task = work(source, graph, "compiled" if engine == "auto" else engine)
    places = {node: place for place, node in enumerate(graph.arrays)}
    order = [places[output.node] for output in graph.outputs]

    if task.engine != "compiled":
        prepared = prepare(task)
        yield lambda part, start, stop: _ordered(process(prepared, part, start, stop).arrays, order)
        return
    from hepline.engine.executors.compiling import Compiling

    compiler = Compiling()
    try:
        prepared = prepare(task, compiler.kernel)
        yield lambda part, start, stop: _ordered(process(prepared, part, start, stop).arrays, order)
    finally:
        compiler.shutdown()


def _ordered(arrays: Sequence[ak.Array], order: Sequence[int]) -> list[ak.Array]:
    return [arrays[place] for place in order]


def cut(
    source: Source, names: Sequence[str], columns: Sequence[Written], chunk: int | None
) -> Iterator[Task]:
    """Cut all files into chunks that fit into memory, each file when it is its turn.

    Parameters
    ----------
    source : Source
    names : sequence of str
        Stored columns that are read.
    columns : sequence of Written
        Columns that are in memory at the same time.
    chunk : int, optional
        Events; by default as many as make 64 MiB, cut where little is unpacked twice.

    Yields
    ------
    Task
    """
    most = events_per_block(columns, _CHUNK)
    for number, part in enumerate(source.parts):
        if chunk is not None:
            edges = [*range(0, part.entries, chunk), part.entries]
        else:
            # The header of a wide file takes long to read: this file is read next.
            edges = _joined(source.pieces(part, names, most), most)
        for start, stop in pairwise(edges):
            if start < stop:
                yield number, start, stop


def _joined(pieces: Sequence[int], most: int) -> list[int]:
    """Join small pieces, and cut large ones evenly."""
    edges = [0]
    for place, stop in enumerate(pieces[1:], 1):
        start, is_last = edges[-1], place == len(pieces) - 1
        if stop - start < most and not is_last:
            continue
        count = -(-(stop - start) // (_LARGE * most))
        edges += [start + (stop - start) * part // count for part in range(1, count + 1)]
    return edges
