"""In which order, and for which events, nodes are computed.

Cheap cuts come first: what only one selection of events needs is computed for those events
alone. Such nodes form a block guarded by the selection; everything else is computed for all.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from hepline.columns.fill import Fill
from hepline.columns.leaves import Constant
from hepline.columns.nodes import Node, walk

__all__ = ["Block", "schedule"]


@dataclass(frozen=True)
class Block:
    """Nodes that are computed together, and the histograms filled from them.

    Attributes
    ----------
    guard : Node or None
        Computed only for events where this is true; None for all events.
    nodes : tuple of Node
        Inputs first.
    fills : tuple of Fill
    """

    guard: Node | None
    nodes: tuple[Node, ...]
    fills: tuple[Fill, ...]


def schedule(fills: Sequence[Fill], columns: Sequence[Node]) -> tuple[Block, ...]:
    """Divide the graph into blocks.

    Parameters
    ----------
    fills : sequence of Fill
        Without variations.
    columns : sequence of Node
        Computed for every event.

    Returns
    -------
    tuple of Block
        The block for all events first. A node stands in exactly one block; its inputs stand in
        the same block or in the first.
    """
    guards = tuple(dict.fromkeys(fill.where for fill in fills if fill.where is not None))
    everywhere = set(walk([*guards, *columns]))
    wanted: dict[Node, set[Node | None]] = {}
    for fill in fills:
        for node in walk(_parts(fill)):
            wanted.setdefault(node, set()).add(fill.where)
    for node, asking in wanted.items():
        if len(asking) > 1 or None in asking or not node.inputs or isinstance(node, Constant):
            everywhere.add(node)
    # Inputs of what is computed everywhere are computed everywhere.
    everywhere = set(walk([node for node in (*guards, *columns, *wanted) if node in everywhere]))
    order = walk([*guards, *columns, *(part for fill in fills for part in _parts(fill))])
    blocks = [
        Block(
            None,
            tuple(node for node in order if node in everywhere),
            tuple(fill for fill in fills if fill.where is None),
        )
    ]
    for guard in guards:
        own = tuple(fill for fill in fills if fill.where is guard)
        needed = set(walk(part for fill in own for part in _parts(fill)))
        nodes = tuple(node for node in order if node in needed and node not in everywhere)
        blocks.append(Block(guard, nodes, own))
    return tuple(blocks)


def _parts(fill: Fill) -> tuple[Node, ...]:
    return fill.values if fill.weight is None else (*fill.values, fill.weight)
