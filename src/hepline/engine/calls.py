"""Run the calls between two phases, and add their results to the chunk as columns."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np

from hepline.columns.call import Call, Called
from hepline.columns.leaves import Constant, presence_of
from hepline.columns.nodes import Node
from hepline.columns.schema import counted
from hepline.columns.source import Chunk
from hepline.engine.columnar import RULES
from hepline.engine.handover import Kept, Rows, level_of
from hepline.engine.jagged import Jagged, Level, Truths, all_present, offsets_of
from hepline.engine.phases import Step
from hepline.errors import CallFailed, HeplineError

__all__ = ["extended", "outputs_of"]


def extended(chunk: Chunk, steps: Sequence[Step], kept: Mapping[Kept, Rows]) -> Chunk:
    """Extend a chunk by the columns that steps compute from kept values.

    Parameters
    ----------
    chunk : Chunk
    steps : sequence of Step
    kept : mapping of Kept to Rows

    Raises
    ------
    CallFailed
        If a call raises an error, or returns something other than declared.
    """
    contents, offsets = dict(chunk.contents), dict(chunk.offsets)
    results: dict[tuple[Called, tuple[Node, ...]], list[Jagged]] = {}
    for step in steps:
        rows = [kept[part] for part in step.kept]
        events, mask = rows[0].events, rows[0].mask
        values = {part.values: row.values for part, row in zip(step.kept, rows, strict=True)}
        column = _column(step.node, values, events, results)
        contents[step.name] = np.ascontiguousarray(
            column.row(column.levels[-1].size if column.levels else events), step.node.type.dtype
        )
        if step.node.type.optional:
            size = len(contents[step.name])
            there = np.ones(size, np.bool_) if column.present is None else column.present
            contents[presence_of(step.name)] = there
        for level, bounds in enumerate(_bounds(column, events, mask, chunk.events)):
            offsets[level_of(step.name, level)] = bounds
    return replace(chunk, contents=contents, offsets=offsets)


def _column(
    node: Node,
    values: Mapping[Node, Jagged],
    events: int,
    results: dict[tuple[Called, tuple[Node, ...]], list[Jagged]],
) -> Jagged:
    def get(part: Node) -> Jagged:
        return (
            Jagged(part.type.dtype.type(part.value)) if isinstance(part, Constant) else values[part]
        )

    if not isinstance(node, Call):
        return RULES[type(node)](node, get)
    run = (node.called, node.operands)
    if run not in results:
        results[run] = _called(node.called, [get(part) for part in node.operands], events)
    return results[run][node.slot]


def _called(called: Called, operands: list[Jagged], events: int) -> list[Jagged]:
    """Compute all outputs of a call, for the elements whose operands are all present."""
    levels = max((operand.levels for operand in operands), key=len)
    size = levels[-1].size if levels else events
    operands = [operand.spread(levels) for operand in operands]
    rows = [operand.row(size) for operand in operands]
    there = all_present(operand.present for operand in operands)
    if there is not None:
        rows = [row[there] for row in rows]
    count = size if there is None else int(np.count_nonzero(there))
    results = outputs_of(called, rows, count)
    if there is None:
        return [Jagged(result, levels) for result in results]
    whole = [np.zeros(size, result.dtype) for result in results]
    for all_of_them, result in zip(whole, results, strict=True):
        all_of_them[there] = result
    return [Jagged(output, levels, there) for output in whole]


def outputs_of(called: Called, rows: Sequence[np.ndarray], count: int) -> list[np.ndarray]:
    """Run a call for some elements, and check its results against its declaration.

    Parameters
    ----------
    called : Called
    rows : sequence of ndarray, shape (element,)
    count : int
        Number of elements; nothing is called for zero.

    Raises
    ------
    CallFailed
    """
    dtypes = [np.dtype(name) for name in called.outputs]
    if not count:
        return [np.zeros(0, dtype) for dtype in dtypes]
    try:
        results = [np.asarray(result) for result in called.run(rows)]
    except HeplineError:
        raise
    except Exception as error:
        raise CallFailed(
            f"{called.name}() failed: {type(error).__name__}: {error}",
            why=f"it was called with {counted(len(rows), 'column')} of "
            f"{counted(count, 'element')}: {', '.join(str(row.dtype) for row in rows)}.",
            fix="choose the elements that it is made for beforehand, such as mu[mu.pt > 20] "
            "(hl.where computes both sides for all), or call it with such NumPy arrays yourself "
            "to see where it fails.",
        ) from error
    if len(results) != len(dtypes):
        raise _unannounced(called, f"it returned {len(results)} columns instead of {len(dtypes)}.")
    for result, dtype in zip(results, dtypes, strict=True):
        if result.shape != (count,):
            raise _unannounced(
                called, f"it returned an array of shape {result.shape} for {count} elements."
            )
        if not np.can_cast(result.dtype, dtype, "same_kind"):
            raise _unannounced(called, f"it returned {result.dtype}, which is not {dtype}.")
    return [result.astype(dtype, copy=False) for result, dtype in zip(results, dtypes, strict=True)]


def _unannounced(called: Called, why: str) -> CallFailed:
    return CallFailed(
        f"{called.name}() does not return what it announces.",
        why=why,
        fix="return one value for each element, and name its dtype with returns=….",
    )


def _bounds(column: Jagged, events: int, mask: Truths | None, all_events: int) -> list[np.ndarray]:
    """Offsets of the events' elements, then those of the lists inside."""
    first, *deeper = column.levels or (Level(np.arange(events + 1)),)
    counts = first.counts
    if mask is not None:
        counts = np.zeros(all_events, np.int64)
        counts[mask] = first.counts
    return [offsets_of(counts), *(level.offsets for level in deeper)]
