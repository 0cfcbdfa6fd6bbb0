"""The first values of expressions, from the first events of a file."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import awkward as ak

from hepline.analysis.texts import decoded, joined_words
from hepline.columns.expression import Origin
from hepline.columns.nodes import Node
from hepline.columns.source import Source, Worded
from hepline.columns.text import is_text, texts_in
from hepline.engine.chunk import prepare, process, work
from hepline.engine.handover import Kept
from hepline.engine.plan import plan

__all__ = ["first_values"]

# Number of events to search for some that pass the selection.
_LOOK = 1000


def first_values(origin: Origin, nodes: Sequence[Node], count: int) -> list[list[Any]]:
    """The values of the first events.

    Parameters
    ----------
    origin : Origin
        With a source.
    nodes : sequence of Node
    count : int
        Of events.

    Returns
    -------
    list of list
        One for each node: Python numbers and lists, None for missing values.
    """
    source = origin.source
    if source is None or not source.parts:
        return [[] for _ in nodes]
    requests = [node if origin.where is None else Kept(node, origin.where) for node in nodes]
    graph = plan(requests, source.schema, systematics=False)
    first = source.parts[0]
    stop = min(count if origin.where is None else _LOOK, first.entries)
    chunk = process(prepare(work(source, graph, "awkward")), first, 0, stop)
    arrays = dict(zip(graph.arrays, chunk.arrays, strict=True))
    values = [arrays[output.node][:count] for output in graph.outputs]
    return [
        _legible(array, node, source, stop).to_list()
        for array, node in zip(values, nodes, strict=True)
    ]


def _legible(array: ak.Array, node: Node, source: Source, stop: int) -> ak.Array:
    """The array with texts in place of their codes."""
    if not is_text(node) or not isinstance(source, Worded):
        return array
    words: dict[int, str] = {}
    for name in texts_in(node):
        words = joined_words(words, source.words(source.parts[0], name, 0, stop), name)
    return decoded(array, words)
