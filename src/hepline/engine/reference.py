"""The reference evaluator: plain Python loops over one event at a time.

Slow on purpose, and short: where another evaluator disagrees with it, the other is wrong.
A value is a NumPy scalar, a list, a list of lists, or None where it is missing.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import awkward as ak
import numpy as np

from hepline.columns.fill import Fill
from hepline.columns.nodes import Node, walk
from hepline.columns.source import Chunk
from hepline.engine.definitions import RULES, Leaves, map_with_missing
from hepline.engine.filled import Filled, bin_index
from hepline.engine.handover import Kept
from hepline.engine.jagged import Jagged, Level, offsets_of
from hepline.engine.missing import missing_weight
from hepline.engine.schedule import Sink

__all__ = ["evaluate", "evaluate_event"]

Values = Mapping[Node, Any]


def evaluate(
    fills: Sequence[Fill],
    columns: Sequence[Node],
    chunk: Chunk,
) -> tuple[list[Filled], list[ak.Array]]:
    """Fill histograms and compute columns, event by event.

    Parameters
    ----------
    fills : sequence of Fill
        Without variations.
    columns : sequence of Node
        For all events, or for some (`Kept`).
    chunk : Chunk

    Returns
    -------
    filled : list of Filled
    arrays : list of awkward.Array
    """
    filled = [Filled.empty(fill) for fill in fills]
    partial = [node for node in columns if isinstance(node, Kept)]
    sinks: tuple[Sink, ...] = (*fills, *partial)
    wheres = walk(sink.where for sink in sinks if sink.where is not None)
    parts = {fill: walk((*fill.values, *_weight(fill))) for fill in fills}
    outputs: list[list[Any]] = [[] for _ in columns]
    ordered = walk(node for node in columns if not isinstance(node, Kept))
    for event in range(chunk.events):
        leaf = Leaves(chunk, event)
        values: dict[Node, Any] = {}
        evaluate_event(wheres, leaf, values)
        for fill, histogram in zip(fills, filled, strict=True):
            if fill.where is not None and not values[fill.where]:
                continue
            evaluate_event(parts[fill], leaf, values)
            _fill(fill, histogram, values)
        evaluate_event(ordered, leaf, values)
        for node, output in zip(columns, outputs, strict=True):
            if not isinstance(node, Kept):
                output.append(values[node])
            elif node.where is None or values[node.where]:
                evaluate_event(walk([node.values]), leaf, values)
                output.append(values[node.values])
    arrays = [_array(output, node) for output, node in zip(outputs, columns, strict=True)]
    return filled, arrays


def evaluate_event(order: Sequence[Node], leaf: Leaves, values: dict[Node, Any]) -> None:
    """Compute nodes of one event, inputs first, unless their values are known."""
    for node in order:
        if node not in values:
            values[node] = RULES[type(node)](node, leaf, values)


def _weight(fill: Fill) -> tuple[Node, ...]:
    return () if fill.weight is None else (fill.weight,)


def _fill(fill: Fill, histogram: Filled, values: Values) -> None:
    """Fill one entry per element; shallower quantities and weights repeat along the lists."""
    depth = max((node.type.depth for node in fill.values), default=0)
    quantities = [values[node] for node in fill.values]
    weight = np.float64(1) if fill.weight is None else values[fill.weight]
    entries: list[tuple[Any, ...]] = []
    map_with_missing(lambda *entry: entries.append(entry), depth, [weight, *quantities])
    for weight_, *entry in entries:
        if any(value is None for value in entry):
            histogram.add_missing(1, None if weight_ is None else np.array([weight_], np.float64))
            continue
        if weight_ is None:
            raise missing_weight(fill, 1)
        index = bin_index(fill.axes, [np.array([value], np.float64) for value in entry], 1)
        row = None if fill.weight is None else np.array([weight_], np.float64)
        histogram.add(index, row, fill.weight)


def _array(output: list[Any], node: Node) -> ak.Array:
    """Make an awkward array of the node's type, even if it is empty."""
    levels = []
    for _ in range(node.type.depth):
        levels.append(Level(offsets_of(np.array([len(lists) for lists in output], np.int64))))
        output = [element for lists in output for element in lists]
    present = np.array([element is not None for element in output], np.bool_)
    filled = [node.type.dtype.type(0) if element is None else element for element in output]
    content = np.array(filled, node.type.dtype)
    return Jagged(content, tuple(levels), present).array(node.type, len(output))
