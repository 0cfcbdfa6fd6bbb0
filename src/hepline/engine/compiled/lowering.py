"""Write the source of a graph's kernel: one loop over the events for everything."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from operator import itemgetter

from hepline.columns.axes import Axis
from hepline.columns.fill import Fill
from hepline.columns.mapping import EventFunction, Map
from hepline.columns.nodes import Node
from hepline.columns.types import INT64
from hepline.engine.compiled.early import Early
from hepline.engine.compiled.elements import RULES
from hepline.engine.compiled.facts import Facts, facts
from hepline.engine.compiled.lists import FORMS
from hepline.engine.compiled.outputs import (
    ArrayOutput,
    FillOutput,
    KeptOutput,
    Output,
    in_order,
    is_counted,
    write_all,
)
from hepline.engine.compiled.reductions import pending
from hepline.engine.compiled.sinks import row_element
from hepline.engine.compiled.writer import Unlowered, Writer
from hepline.engine.conditions import Path
from hepline.engine.handover import Kept
from hepline.engine.phases import Phase, divide, is_call
from hepline.engine.schedule import Sink
from hepline.engine.usercode import is_translated
from hepline.machine.translation import Parameter

__all__ = ["Lowered", "Unlowered", "lower", "lowered_phases"]

_KNOWN = {
    "bool", "float32", "float64",
    "int8", "int16", "int32", "int64", "uint8", "uint16", "uint32", "uint64",
}  # fmt: skip
# Events per block for work ahead: few enough for the rows to stay in the processor's cache.
_BLOCK = 512

_HEAD = '''\
"""A kernel, written by hepline; hl.explain(…, stage="lower") prints it.

Do not edit: the name of this file is a digest of what it holds.
"""

import math

import numpy as np
from numpy import (
    bool_, float32, float64, int8, int16, int32, int64, uint8, uint16, uint32, uint64,
)

from hepline.engine.compiled.functions import sincos, sincos_row, sinhcosh, sinhcosh_row
from hepline.engine.compiled.integers import (
    exact_int64, exact_uint64, exact_within, integer_power, integer_sign,
    unsigned_floor_divide, unsigned_left_shift, unsigned_remainder, unsigned_right_shift,
)
from hepline.engine.compiled.kernels import (
    count, count_where, float_floor_divide, float_remainder, floor_divide, integer, is_member,
    joined_bins, left_shift, longest, longest_block, maximum, member, minimum, regular,
    remainder, right_shift, sign, sliced, sort, subsets, table_bin, uniforms, variable, weigh,
    weigh_all,
)
{users}
{constants}


def kernel({arguments}):
'''
_USERS = """\
from hepline.engine.lending import lent
from hepline.engine.usercode import compiled_function
"""


@dataclass(frozen=True)
class Lowered:
    """A kernel before it is compiled.

    Attributes
    ----------
    source : str
        Python.
    parameters : tuple of Parameter
        The parameters of the kernel, in order.
    mapped : bool
        Whether it calls functions of the user that need numba.
    columns, collections : tuple of str
        Contents and offsets among the parameters, in order.
    fills : tuple of Fill
    numbers : tuple of int
        Of each histogram in the kernel.
    arrays : tuple of Node
    kept : tuple of Kept
    """

    source: str
    parameters: tuple[Parameter, ...]
    mapped: bool
    columns: tuple[str, ...]
    collections: tuple[str, ...]
    fills: tuple[Fill, ...]
    numbers: tuple[int, ...]
    arrays: tuple[Node, ...]
    kept: tuple[Kept, ...]


def lower(fills: Sequence[Fill], arrays: Sequence[Node], kept: Sequence[Kept] = ()) -> Lowered:
    """Write the kernel of some histograms and columns.

    Parameters
    ----------
    fills : sequence of Fill
        Without variations.
    arrays : sequence of Node
        Computed for every event.
    kept : sequence of Kept
        Values that calls need.

    Raises
    ------
    Unlowered
        If the graph holds what kernels cannot express.
    """
    return _lowered(tuple(fills), tuple(arrays), tuple(kept))


def lowered_phases(fills: Sequence[Fill], arrays: Sequence[Node]) -> dict[Phase, Lowered | None]:
    """Write the kernels of a plan, one for each phase.

    A node that cannot be compiled runs between two phases, like a call.

    Parameters
    ----------
    fills : sequence of Fill
    arrays : sequence of Node

    Returns
    -------
    dict of Phase to Lowered or None
        In order; None for a phase that only passes columns on: compiling a copying kernel would
        take longer than it saves.

    Raises
    ------
    Unlowered
        If no single node is the reason.
    """
    apart: set[EventFunction] = set()

    def outside(node: Node) -> bool:
        return is_call(node) or (isinstance(node, Map) and node.function in apart)

    while True:
        phases = divide(fills, arrays, outside)
        try:
            return {
                phase: None if phase.is_plain else lower(phase.fills, phase.arrays, phase.kept)
                for phase in phases
            }
        except Unlowered as error:
            if error.function is None or error.function in apart:
                raise
            apart.add(error.function)


# A repeated question reuses its kernels: nodes of equal recipes are one object.
@lru_cache(maxsize=64)
def _lowered(fills: tuple[Fill, ...], arrays: tuple[Node, ...], kept: tuple[Kept, ...]) -> Lowered:
    decisions = facts((*fills, *kept), arrays)
    strange = {node.type.dtype.name for node in decisions.uses} - _KNOWN
    if strange:
        raise Unlowered(f"numba does not know {', '.join(sorted(strange))}")
    writer = Writer(decisions, FORMS, RULES, row_element)
    early = Early(writer)
    writer.rules |= early.rules
    writer.pending.update(
        (node, kind) for node, kind in pending(decisions) if not early.counts(node)
    )
    outputs = [ArrayOutput(writer, node, f"made_{number}") for number, node in enumerate(arrays)]
    write_all(writer, outputs)
    numbers = _numbers(fills, decisions)
    kept_outputs = {
        node: KeptOutput(writer, node, f"made_call_{number}") for number, node in enumerate(kept)
    }
    sinks: tuple[Sink, ...] = (*fills, *kept)
    _fill_below(
        (), [(decisions.paths[sink], sink) for sink in sinks], writer, early, numbers, kept_outputs
    )
    writer.code.drop_idle()
    early.write()
    parameters = _parameters(writer, [*outputs, *kept_outputs.values()])
    maps = [node for node in decisions.uses if isinstance(node, Map)]
    mapped = not all(map(is_translated, maps))
    columns, collections = tuple(writer.columns), tuple(writer.collections)
    source = _source(writer, early, parameters, bool(maps))
    places = tuple(numbers[fill] for fill in fills)
    return Lowered(source, parameters, mapped, columns, collections, fills, places, arrays, kept)


def _numbers(fills: tuple[Fill, ...], decisions: Facts) -> dict[Fill, int]:
    """Number histograms: those of the same entries are neighbors, so that a loop fills them.

    Where entries are only counted, their weight does not matter: one number is enough.
    """
    groups: dict[tuple[object, ...], list[Fill]] = {}
    for fill in fills:
        groups.setdefault((decisions.paths[fill], *_entries(fill)), []).append(fill)
    numbers: dict[Fill, int] = {}
    count = 0
    for group in groups.values():
        counted = [fill for fill in group if is_counted(fill)]
        numbers |= dict.fromkeys(counted, count)
        count += bool(counted)
        for fill in in_order(group):
            if fill not in numbers:
                numbers[fill] = count
                count += 1
    return numbers


def _entries(fill: Fill) -> tuple[tuple[Axis, ...], tuple[Node, ...]]:
    """What histograms have in common that differ in their weights."""
    return fill.axes, fill.values


def _fill_below(
    path: Path,
    sinks: list[tuple[Path, Sink]],
    writer: Writer,
    early: Early,
    numbers: dict[Fill, int],
    kept_outputs: dict[Kept, KeptOutput],
) -> None:
    """Fill the outputs below these conditions, then recurse into the next ones."""
    deeper: dict[Node, list[tuple[Path, Sink]]] = {}
    alike: dict[tuple[tuple[Axis, ...], tuple[Node, ...]], list[tuple[int, Fill]]] = {}
    outputs: list[Output] = []
    for conditions, sink in sinks:
        if conditions != path:
            deeper.setdefault(conditions[len(path)], []).append((conditions, sink))
        elif isinstance(sink, Kept):
            outputs.append(kept_outputs[sink])
        else:
            alike.setdefault(_entries(sink), []).append((numbers[sink], sink))
    groups = [sorted(dict(group).items(), key=itemgetter(0)) for group in alike.values()]
    fills = [group for group in groups if path or not early.takes(group)]
    outputs = [*(FillOutput(writer, group) for group in fills), *outputs]
    write_all(writer, outputs)
    for condition, below in deeper.items():
        with writer.below((*path, condition)):
            _fill_below((*path, condition), below, writer, early, numbers, kept_outputs)


def _parameters(writer: Writer, outputs: list[ArrayOutput]) -> tuple[Parameter, ...]:
    """The parameters, in the order in which the evaluator passes them."""
    parameters = [Parameter("events", INT64, 0)]
    parameters += [Parameter(f"in_{name}", dtype) for name, dtype in writer.columns.values()]
    parameters += [Parameter(f"of_{name}", INT64) for name in writer.collections.values()]
    parameters += [
        Parameter("out", INT64),
        Parameter("layout", INT64, 2),
        Parameter("trouble", INT64, 2),
    ]
    for output in outputs:
        parameters += [Parameter(name, dtype) for name, dtype in output.arguments.items()]
    return tuple(parameters)


def _source(writer: Writer, early: Early, parameters: tuple[Parameter, ...], users: bool) -> str:
    body = [*writer.before, *_loop(writer, early)]
    names = set(re.findall(r"\bmost_\w+", "\n".join(body)))
    longest = (
        f"most_{name} = longest(of_{name})"
        for name in writer.collections.values()
        if f"most_{name}" in names
    )
    body = [*longest, *body]
    constants = (f"{name} = {code}" for code, name in writer.constants.items())
    head = _HEAD.format(
        constants="\n".join(constants),
        users=_USERS if users else "",
        arguments=", ".join(map(_spelled, parameters)),
    )
    return "\n".join([head.rstrip(), *("    " + line for line in body)]) + "\n"


def _loop(writer: Writer, early: Early) -> Iterator[str]:
    """The loop over events, inside one over blocks if anything is computed ahead."""
    names = early.collections
    if not names:
        yield "for event in range(events):"
        yield from list(writer.code.root.render(1)) or ["    pass"]
        return
    for name in names:
        yield f"most_ahead_{name} = longest_block(of_{name}, {_BLOCK})"
    yield from early.rows
    yield f"for block in range(0, events, {_BLOCK}):"
    yield f"    block_end = min(block + {_BLOCK}, events)"
    for name in names:
        yield f"    begin_{name}, end_{name} = of_{name}[block], of_{name}[block_end]"
    yield from (f"    {line}" for line in early.lines)
    lines = list(writer.code.root.render(2))
    if lines:
        yield "    for event in range(block, block_end):"
        yield from lines


def _spelled(parameter: Parameter) -> str:
    """A parameter and its type, quoted so that Python does not evaluate it."""
    dimensions = ("", "[::1]", "[:, ::1]")[parameter.dimensions]
    return f'{parameter.name}: "{parameter.dtype.name}{dimensions}"'
