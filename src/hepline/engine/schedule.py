"""Order of computation, and events for which each node is computed.

Cheap cuts come first: a node that only some selections need is computed for their events alone.
Such nodes form a block guarded by the selections; all others are computed for all events.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from hepline.columns.fill import Fill
from hepline.columns.leaves import Collection, Column, Constant, Sublists
from hepline.columns.nodes import Node, walk
from hepline.engine.handover import Kept

__all__ = ["Block", "Sink", "parts", "schedule", "uses"]

Sink = Fill | Kept
"""Where values go that were computed for the events that pass."""


@dataclass(frozen=True)
class Block:
    """Nodes that are computed together, with the histograms filled from them.

    Attributes
    ----------
    guards : tuple of Node
        The nodes are computed for events where at least one is true; for all events without guards.
    nodes : tuple of Node
        Inputs first.
    fills : tuple of Fill or Kept
    """

    guards: tuple[Node, ...]
    nodes: tuple[Node, ...]
    fills: tuple[Sink, ...]


def schedule(fills: Sequence[Sink], columns: Sequence[Node]) -> tuple[Block, ...]:
    """Divide the graph into blocks.

    Parameters
    ----------
    fills : sequence of Fill or Kept
        Without variations.
    columns : sequence of Node
        Computed for every event.

    Returns
    -------
    tuple of Block
        The block for all events first. A node stands in exactly one block. The guards of a
        block are among those of every block that its inputs stand in, which comes earlier.
    """
    guards = tuple(dict.fromkeys(fill.where for fill in fills if fill.where is not None))
    asking: dict[Node, set[Node]] = {}
    everywhere = set(walk([*guards, *columns]))
    for guard in (*guards, None):
        group = [fill for fill in fills if fill.where is guard]
        for node in walk(part for fill in group for part in parts(fill)):
            if guard is None or isinstance(node, Column | Collection | Sublists | Constant):
                everywhere.add(node)
            else:
                asking.setdefault(node, set()).add(guard)
    groups: dict[tuple[Node, ...], list[Node]] = {(): []}
    groups |= {(guard,): [] for guard in guards}
    for node in walk([*guards, *columns, *(part for fill in fills for part in parts(fill))]):
        key = () if node in everywhere else tuple(g for g in guards if g in asking[node])
        groups.setdefault(key, []).append(node)
    # Every selection that needs a node also needs its inputs.
    widest_first = sorted(groups, key=lambda key: (bool(key), -len(key)))
    return tuple(
        Block(key, tuple(groups[key]), tuple(fill for fill in fills if _guards(fill) == key))
        for key in widest_first
    )


def _guards(fill: Sink) -> tuple[Node, ...]:
    return () if fill.where is None else (fill.where,)


def parts(fill: Sink) -> tuple[Node, ...]:
    """The nodes that a histogram needs for each passing event."""
    if isinstance(fill, Kept):
        return (fill.values,)
    return fill.values if fill.weight is None else (*fill.values, fill.weight)


def uses(blocks: Iterable[Block], columns: Iterable[Node]) -> dict[Node, int]:
    """Number of uses of each value, after which its memory can be freed."""
    counted: dict[Node, int] = {}
    for block in blocks:
        readers = [node.inputs for node in block.nodes] + [parts(fill) for fill in block.fills]
        for inputs in (*readers, block.guards):
            for node in dict.fromkeys(inputs):
                counted[node] = counted.get(node, 0) + 1
    for node in columns:
        counted[node] = counted.get(node, 0) + 1
    return counted
