"""One chunk of events: read its columns, run the plan's blocks."""

from __future__ import annotations

from dataclasses import dataclass

import awkward as ak

from hepline.columns.fill import Fill
from hepline.columns.nodes import Node
from hepline.columns.source import Part, Source
from hepline.engine import interpreter, reference
from hepline.engine.filled import Filled
from hepline.engine.plan import Plan
from hepline.engine.schedule import Block, schedule
from hepline.engine.transport import Packed, pack, unpack
from hepline.errors import AnalysisError, nearest

__all__ = ["ENGINES", "Partial", "Prepared", "Work", "prepare", "process", "work"]

ENGINES = ("awkward", "reference")


@dataclass(frozen=True)
class Work:
    """Everything a worker needs to know beside the range of events.

    Attributes
    ----------
    source : Source
    fills, arrays : Packed
    columns : tuple of str
    collections : tuple of str
    engine : str
        ``awkward`` or ``reference``.
    """

    source: Source
    fills: Packed
    arrays: Packed
    columns: tuple[str, ...]
    collections: tuple[str, ...]
    engine: str


@dataclass(frozen=True)
class Partial:
    """What one chunk gave, in the order of the work's fills and arrays."""

    events: int
    filled: list[Filled]
    arrays: list[ak.Array]


def work(source: Source, plan: Plan, engine: str) -> Work:
    """Pack a plan for workers.

    Raises
    ------
    AnalysisError
        For an unknown engine.
    """
    if engine not in ENGINES:
        raise AnalysisError(
            f"no engine '{engine}'.",
            why=f"this version of hepline has {' and '.join(ENGINES)}.",
            fix=nearest(engine, ENGINES),
        )
    return Work(source, pack(plan.fills), pack(plan.arrays), plan.columns, plan.collections, engine)


@dataclass(frozen=True)
class Prepared:
    """A work whose recipes are unpacked, once per process.

    Attributes
    ----------
    task : Work
    fills : tuple of Fill
    arrays : tuple of Node
    blocks : tuple of Block
    """

    task: Work
    fills: tuple[Fill, ...]
    arrays: tuple[Node, ...]
    blocks: tuple[Block, ...]


def prepare(task: Work) -> Prepared:
    """Unpack the recipes of a work."""
    fills = tuple(node for node in unpack(task.fills) if isinstance(node, Fill))
    arrays = unpack(task.arrays)
    return Prepared(task, fills, arrays, schedule(fills, arrays))


def process(prepared: Prepared, part: Part, start: int, stop: int) -> Partial:
    """Read and compute the events `start` to `stop` of one file.

    Raises
    ------
    hepline.errors.DataError
        If the file is damaged.
    """
    task = prepared.task
    schema = task.source.schema
    counting = {name: _counting(task, name) for name in task.collections}
    wanted = tuple(dict.fromkeys((*task.columns, *counting.values())))
    read = task.source.read(part, wanted, start, stop)
    counts = {
        name: read[column] if column in schema.counters.values() else ak.num(read[column], axis=1)
        for name, column in counting.items()
    }
    fills, arrays, events = prepared.fills, prepared.arrays, stop - start
    if task.engine == "reference":
        return Partial(events, *reference.evaluate(fills, arrays, read, counts, events))
    return Partial(
        events, *interpreter.evaluate(prepared.blocks, fills, arrays, read, counts, events)
    )


def _counting(task: Work, collection: str) -> str:
    """The column that tells how many objects there are: the counter, or any of the lists."""
    schema = task.source.schema
    counter = schema.counters.get(collection)
    if counter is not None and counter in schema.columns:
        return counter
    lists = [spec.name for spec in schema.columns.values() if spec.collection == collection]
    used = [name for name in lists if name in task.columns]
    return (used or lists)[0]
