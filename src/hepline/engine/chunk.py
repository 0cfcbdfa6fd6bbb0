"""One chunk of events: read its columns, run the phases of the plan."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from concurrent.futures import Future
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import awkward as ak

from hepline.columns.fill import Fill
from hepline.columns.nodes import Node
from hepline.columns.source import Part, Source
from hepline.engine import interpreter, reference
from hepline.engine.calls import extended
from hepline.engine.filled import Filled
from hepline.engine.handover import Kept, Rows
from hepline.engine.pairing import check_pairings
from hepline.engine.phases import Phase, divide
from hepline.engine.plan import Plan
from hepline.engine.rules.pair import Pairings
from hepline.engine.schedule import Block
from hepline.engine.transport import pack, unpack
from hepline.errors import AnalysisError, nearest

if TYPE_CHECKING:
    from hepline.engine.compiled.compiler import Kernel
    from hepline.engine.compiled.lowering import Lowered

__all__ = ["ENGINES", "Partial", "Prepared", "Work", "prepare", "process", "work"]

ENGINES = ("compiled", "awkward", "reference")

Compile = Callable[["Lowered"], "Future[Kernel]"]


@dataclass(frozen=True)
class Work:
    """Everything a worker needs besides the range of events.

    Pickling turns its recipes into tables: see `transport`.

    Attributes
    ----------
    source : Source
    fills : tuple of Fill
    arrays : tuple of Node
    columns : tuple of str
    collections : tuple of str
    pairings : tuple of tuple of str
    engine : str
        ``compiled``, ``awkward`` or ``reference``.
    """

    source: Source
    fills: tuple[Fill, ...]
    arrays: tuple[Node, ...]
    columns: tuple[str, ...]
    collections: tuple[str, ...]
    pairings: Pairings
    engine: str

    def __getstate__(self) -> dict[str, Any]:
        return vars(self) | {"fills": pack(self.fills), "arrays": pack(self.arrays)}

    def __setstate__(self, state: dict[str, Any]) -> None:
        recipes = {name: unpack(state[name]) for name in ("fills", "arrays")}
        vars(self).update(state | recipes)


@dataclass(frozen=True)
class Partial:
    """The results of one chunk, in the order of the work's fills and arrays.

    Attributes
    ----------
    events : int
    filled : list of Filled
    arrays : list of awkward.Array
    waited : float
        Seconds that the chunk waited for a kernel to be compiled.
    """

    events: int
    filled: list[Filled]
    arrays: list[ak.Array]
    waited: float = 0.0


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
            why=f"hepline has auto, {', '.join(ENGINES)}.",
            fix=nearest(engine, ("auto", *ENGINES)),
        )
    needs = plan.columns, plan.collections, plan.pairings
    return Work(source, plan.fills, plan.arrays, *needs, engine)


@dataclass(frozen=True)
class Prepared:
    """A work and what all of its chunks share; made once per process.

    Attributes
    ----------
    task : Work
    phases : tuple of Phase
    runners : tuple of (tuple of Block, or Future of Kernel)
        For each phase the blocks for the awkward evaluator, or a kernel, possibly still compiling.
    """

    task: Work
    phases: tuple[Phase, ...]
    runners: tuple[tuple[Block, ...] | Future[Kernel], ...]


def prepare(task: Work, compile_: Compile | None = None) -> Prepared:
    """Prepare everything that the chunks of a work share.

    Parameters
    ----------
    task : Work
    compile_ : callable, optional
        Starts to compile a kernel; needed by the compiled engine.
    """
    if compile_ is not None:
        from hepline.engine.compiled.lowering import Unlowered, lowered_phases

        try:
            lowered = lowered_phases(task.fills, task.arrays)
        except Unlowered:
            # Rare types, lists of lists of lists: the awkward evaluator runs every graph.
            pass
        else:
            runners = [
                phase.blocks() if source is None else compile_(source)
                for phase, source in lowered.items()
            ]
            return Prepared(task, tuple(lowered), tuple(runners))
    phases = divide(task.fills, task.arrays)
    return Prepared(task, phases, tuple(phase.blocks() for phase in phases))


def process(prepared: Prepared, part: Part, start: int, stop: int) -> Partial:
    """Read and compute the events `start` to `stop` of one file.

    Raises
    ------
    hepline.errors.DataError
        If the file is damaged.
    """
    task = prepared.task
    chunk = task.source.read(part, task.columns, task.collections, start, stop)
    check_pairings(chunk, task.pairings, task.source.schema, part, start)
    if task.engine == "reference":
        return Partial(chunk.events, *reference.evaluate(task.fills, task.arrays, chunk))
    waited = 0.0
    for phase, runner in zip(prepared.phases, prepared.runners, strict=True):
        if isinstance(runner, tuple):
            outputs = interpreter.evaluate(runner, phase.fills, phase.arrays, chunk)
        else:
            from hepline.engine.compiled import evaluator

            began = time.perf_counter()
            kernel = runner.result()
            waited += time.perf_counter() - began
            outputs = evaluator.evaluate(kernel, chunk)
        filled, arrays, kept = outputs
        if phase.steps:
            chunk = extended(chunk, phase.steps, kept)
    whole, partial = iter(arrays), iter(prepared.phases[-1].selected)
    columns = [next(whole) if not isinstance(node, Kept) else _column(next(partial), kept)
               for node in task.arrays]  # fmt: skip
    return Partial(chunk.events, filled, columns, waited)


def _column(node: Kept, kept: Mapping[Kept, Rows]) -> ak.Array:
    return kept[node].values.array(node.type, kept[node].events)
