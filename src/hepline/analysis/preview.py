"""The first values of recipes, read without reading the file."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from hepline.columns.expression import Origin
from hepline.columns.nodes import Node
from hepline.engine.chunk import prepare, process, work
from hepline.engine.handover import Kept
from hepline.engine.plan import plan

__all__ = ["first_values"]

# Events that are looked at for some that pass the conditions of chosen events.
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
        One for each node: Python's numbers and lists, None for what is missing.
    """
    source = origin.source
    if source is None or not source.parts:
        return [[] for _ in nodes]
    asked = [node if origin.where is None else Kept(node, origin.where) for node in nodes]
    drawn = plan(asked, source.schema, systematics=False)
    first = source.parts[0]
    stop = min(count if origin.where is None else _LOOK, first.entries)
    done = process(prepare(work(source, drawn, "awkward")), first, 0, stop)
    arrays = dict(zip(drawn.arrays, done.arrays, strict=True))
    return [arrays[output.node][:count].to_list() for output in drawn.outputs]
