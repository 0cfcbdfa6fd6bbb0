"""Run the blocks of a schedule over a chunk with the awkward evaluator."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import awkward as ak
import numpy as np
from numpy.typing import NDArray

from hepline.columns.axes import Axis
from hepline.columns.fill import Fill
from hepline.columns.leaves import Collection, Column, Sublists, presence_of
from hepline.columns.nodes import Node
from hepline.columns.source import Chunk
from hepline.engine.columnar import RULES
from hepline.engine.filled import Filled, bin_index
from hepline.engine.handover import Computed, Kept, Rows, level_of
from hepline.engine.jagged import Jagged, Level, all_present, offsets_of
from hepline.engine.missing import missing_weight
from hepline.engine.schedule import Block, parts, uses

__all__ = ["evaluate"]

Truths = NDArray[np.bool_]


def evaluate(
    blocks: Sequence[Block],
    fills: Sequence[Fill],
    columns: Sequence[Node],
    chunk: Chunk,
) -> tuple[list[Filled], list[ak.Array], dict[Kept, Rows]]:
    """Fill histograms, compute columns and keep values of one chunk.

    Parameters
    ----------
    blocks : sequence of Block
    fills : sequence of Fill
        In the order of the result.
    columns : sequence of Node
    chunk : Chunk

    Returns
    -------
    filled : list of Filled
    arrays : list of awkward.Array
    kept : dict of Kept to Rows

    Raises
    ------
    UselessWeight
        If a weight is missing, infinite or not a number where an event passes.
    """
    events = chunk.events
    scopes: list[_Scope] = []
    homes: dict[Node, _Scope] = {}
    remaining = uses(blocks, columns)
    filled: dict[Fill, Filled] = {}
    kept: dict[Kept, Rows] = {}
    for block in blocks:
        scope = _Scope(_mask_of(block, scopes, events), events, homes)
        scopes.append(scope)
        for node in block.nodes:
            homes[node] = scope
            scope.values[node] = _compute(node, scope, chunk)
            _release(node.inputs, scope, remaining)
        indices: dict[tuple[tuple[Axis, ...], tuple[Node, ...]], _Entries] = {}
        for fill in block.fills:
            if isinstance(fill, Kept):
                kept[fill] = Rows(scope[fill.values], scope.events, scope.mask)
                _release(parts(fill), scope, remaining)
                continue
            key = (fill.axes, fill.values)
            if key not in indices:
                indices[key] = _Entries(fill, scope)
            filled[fill] = _fill(fill, indices[key], scope)
            _release(parts(fill), scope, remaining)
        scope.forget_others()
    arrays = [homes[node].values[node].array(node.type, events) for node in columns]
    return [filled[fill] for fill in fills], arrays, kept


class _Scope:
    """Values for the events of one block; those of wider blocks are cut down on demand."""

    def __init__(self, mask: Truths | None, events: int, homes: dict[Node, _Scope]) -> None:
        self.mask = mask
        self.events = events if mask is None else int(np.count_nonzero(mask))
        self.values: dict[Node, Jagged] = {}
        self._homes = homes
        self._within: dict[_Scope, Truths] = {}
        self._levels: dict[Level, tuple[Level, Truths]] = {}

    def __getitem__(self, node: Node) -> Jagged:
        if node not in self.values:
            wider = self._homes[node]
            if wider not in self._within and self.mask is not None:
                mask = self.mask
                self._within[wider] = mask if wider.mask is None else mask[wider.mask]
            self.values[node] = wider.values[node].events(self._within[wider], self._levels)
        return self.values[node]

    def release(self, node: Node) -> None:
        """Free the memory of a value after its last use."""
        self.values.pop(node, None)
        self._homes[node].values.pop(node, None)

    def forget_others(self) -> None:
        """Drop the values cut down from wider blocks."""
        self.values = {node: v for node, v in self.values.items() if self._homes[node] is self}
        self._within.clear()
        self._levels.clear()


def _release(inputs: Iterable[Node], scope: _Scope, remaining: dict[Node, int]) -> None:
    for node in dict.fromkeys(inputs):
        remaining[node] -= 1
        if not remaining[node]:
            scope.release(node)


def _mask_of(block: Block, scopes: Sequence[_Scope], events: int) -> Truths | None:
    if not block.guards:
        return None
    mask = np.zeros(events, np.bool_)
    for guard in block.guards:
        condition = scopes[0][guard]
        row = condition.row(events)
        mask |= row if condition.present is None else row & condition.present
    return mask


def _compute(node: Node, scope: _Scope, chunk: Chunk) -> Jagged:
    if isinstance(node, Collection):
        level = Level(chunk.offsets[node.name])
        return Jagged(level.local, (level,))
    if isinstance(node, Computed):
        return _computed(node, scope, chunk)
    if isinstance(node, Sublists):
        level = Level(chunk.offsets[node.name])
        return Jagged(level.local, (*scope[node.outer].levels, level))
    if not isinstance(node, Column):
        return RULES[type(node)](node, scope.__getitem__)
    content = chunk.contents[node.name].astype(node.type.dtype, copy=False)
    there = chunk.contents[presence_of(node.name)] if node.type.optional else None
    return Jagged(content, () if node.collection is None else scope[node.collection].levels, there)


def _computed(node: Computed, scope: _Scope, chunk: Chunk) -> Jagged:
    """A value from an earlier phase; zero where it was not needed, which nothing reads."""
    bounds = chunk.offsets[level_of(node.name, 0)]
    for depth in range(1, node.type.depth):
        bounds = chunk.offsets[level_of(node.name, depth)][bounds]
    begins, counts = bounds[:-1], np.diff(bounds)
    if scope.mask is not None:
        begins, counts = begins[scope.mask], counts[scope.mask]
    levels = tuple(scope[axis].levels[-1] for axis in node.lists)
    if node.makes_list:
        levels += (Level(offsets_of(counts)),)
    content, there = chunk.contents[node.name], chunk.contents.get(presence_of(node.name))
    whole = Level(np.arange(scope.events + 1))
    for level in levels:
        whole = Level(level.offsets[whole.offsets])
    elements = np.zeros(whole.size, node.type.dtype)
    present = None if there is None else np.zeros(whole.size, np.bool_)
    # An event has all of its elements in a row, or none.
    source = Level(offsets_of(counts))
    from_, to = (
        begins[source.parents] + source.local,
        whole.offsets[:-1][source.parents] + source.local,
    )
    elements[to] = content[from_]
    if present is not None and there is not None:
        present[to] = there[from_]
    return Jagged(elements, levels, present)


class _Entries:
    """Places of a histogram's entries, shared by histograms of the same values."""

    def __init__(self, fill: Fill, scope: _Scope) -> None:
        values = [scope[node] for node in fill.values]
        self.levels = max((value.levels for value in values), key=len, default=())
        self.size = self.levels[-1].size if self.levels else scope.events
        values = [value.spread(self.levels) for value in values]
        self.there = all_present(value.present for value in values)
        rows = [self.drop_missing(value.row(self.size)) for value in values]
        count = self.size if self.there is None else int(np.count_nonzero(self.there))
        self.index = bin_index(fill.axes, rows, count)

    def drop_missing(self, row: NDArray[Any]) -> NDArray[Any]:
        """Drop entries that have a missing value."""
        return row if self.there is None else row[self.there]

    def count_missing(self, histogram: Filled, weight: Jagged | None) -> None:
        """Count the entries that have a missing value, with their weights."""
        count = self.size - len(self.index)
        if self.there is None or not count:
            return
        usable = ~self.there
        if weight is not None and weight.present is not None:
            usable &= weight.present
        row = None if weight is None else weight.row(self.size)[usable]
        histogram.add_missing(count, None if row is None else row.astype(np.float64, copy=False))


def _fill(fill: Fill, entries: _Entries, scope: _Scope) -> Filled:
    histogram = Filled.empty(fill)
    if fill.weight is None:
        histogram.add(entries.index, None)
        entries.count_missing(histogram, None)
        return histogram
    weight = scope[fill.weight].spread(entries.levels)
    entries.count_missing(histogram, weight)
    if weight.present is not None:
        absent = int(np.count_nonzero(~entries.drop_missing(weight.present)))
        if absent:
            raise missing_weight(fill, absent)
    row = entries.drop_missing(weight.row(entries.size)).astype(np.float64, copy=False)
    histogram.add(entries.index, row, fill.weight)
    return histogram
