"""Runs the blocks of a schedule over a chunk with the awkward evaluator."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import awkward as ak
import numpy as np
from numpy.typing import NDArray

from hepline.columns.fill import Fill
from hepline.columns.leaves import Collection, Column
from hepline.columns.nodes import Node
from hepline.engine.columnar import RULES
from hepline.engine.filled import Filled
from hepline.engine.missing import missing_weight
from hepline.engine.schedule import Block

__all__ = ["evaluate"]


def evaluate(
    blocks: Sequence[Block],
    fills: Sequence[Fill],
    columns: Sequence[Node],
    chunk: Mapping[str, ak.Array],
    counts: Mapping[str, ak.Array],
    events: int,
) -> tuple[list[Filled], list[ak.Array]]:
    """Fill histograms and compute columns of one chunk.

    Parameters
    ----------
    blocks : sequence of Block
    fills : sequence of Fill
        In the order of the result.
    columns : sequence of Node
    chunk : mapping of str to awkward.Array, shape (event, …)
    counts : mapping of str to awkward.Array of int, shape (event,)
        Length of each collection.
    events : int

    Returns
    -------
    filled : list of Filled
    arrays : list of awkward.Array
    """
    everywhere: dict[Node, Any] = {}
    filled = {fill: Filled.empty(fill) for fill in fills}
    for block in blocks:
        chosen = _events_of(block, everywhere, events)
        if chosen is None:
            values = everywhere
        else:
            values = _Within(everywhere, chosen)
        for node in block.nodes:
            values[node] = _compute(node, values, chunk, counts)
        passing = events if chosen is None else int(np.count_nonzero(chosen))
        for fill in block.fills:
            _fill(fill, filled[fill], values, passing)
    return [filled[fill] for fill in fills], [_spread(everywhere[node], events) for node in columns]


class _Within(dict[Node, Any]):
    """Values for the events of one block; those of all events are cut down when asked for."""

    def __init__(self, everywhere: Mapping[Node, Any], chosen: NDArray[np.bool_]) -> None:
        super().__init__()
        self._everywhere, self._chosen = everywhere, chosen

    def __missing__(self, node: Node) -> Any:
        value = self._everywhere[node]
        if not isinstance(value, np.generic):
            value = value[self._chosen]
        self[node] = value
        return value


def _events_of(
    block: Block, everywhere: Mapping[Node, Any], events: int
) -> NDArray[np.bool_] | None:
    if block.guard is None:
        return None
    mask = everywhere[block.guard]
    if isinstance(mask, np.generic):
        return np.full(events, bool(mask))
    return ak.to_numpy(ak.fill_none(mask, False)).astype(bool)


def _compute(
    node: Node,
    values: dict[Node, Any],
    chunk: Mapping[str, ak.Array],
    counts: Mapping[str, ak.Array],
) -> Any:
    if isinstance(node, Column):
        return chunk[node.name]
    if isinstance(node, Collection):
        lengths = ak.to_numpy(counts[node.name])
        return ak.local_index(ak.unflatten(np.zeros(int(lengths.sum()), np.int8), lengths), axis=1)
    return RULES[type(node)](node, values.__getitem__)


def _fill(fill: Fill, histogram: Filled, values: Mapping[Node, Any], events: int) -> None:
    parts = [_spread(values[node], events) for node in (*fill.values, *_weight(fill))]
    depth = fill.values[0].type.depth if fill.values else 0
    if fill.weight is not None and fill.weight.type.depth < depth:
        parts[-1] = ak.broadcast_arrays(parts[-1], parts[0])[0]
    rows = [_row(part, depth) for part in parts]
    there = np.ones(len(rows[0][0]) if rows else events, bool)
    for _, present in rows[: len(fill.values)]:
        there = there if present is None else there & present
    weight = None
    if fill.weight is not None:
        weight, present = rows[-1]
        if present is not None and not present[there].all():
            raise missing_weight(fill, int(np.count_nonzero(~present[there])))
        weight = np.asarray(weight[there], np.float64)
    quantities = [row[there] for row, _ in rows[: len(fill.values)]]
    histogram.add(quantities, weight, int(np.count_nonzero(there)))


def _weight(fill: Fill) -> tuple[Node, ...]:
    return () if fill.weight is None else (fill.weight,)


def _spread(value: Any, events: int) -> ak.Array:
    """A constant as one value per event."""
    return ak.Array(np.full(events, value)) if isinstance(value, np.generic) else value


def _row(array: ak.Array, depth: int) -> tuple[NDArray[Any], NDArray[np.bool_] | None]:
    """All elements in a row, with a mask of those that are there."""
    for _ in range(depth):
        array = ak.flatten(array, axis=1)
    if not array.layout.is_option:
        return ak.to_numpy(array), None
    return ak.to_numpy(ak.fill_none(array, 0)), ~ak.to_numpy(ak.is_none(array))
