"""The outputs of a kernel: entries of histograms, and columns."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Sequence

import numpy as np

from hepline.columns.axes import Axis, IntegerAxis, RegularAxis, VariableAxis
from hepline.columns.elementwise import Cast
from hepline.columns.fill import Fill
from hepline.columns.leaves import Constant
from hepline.columns.nodes import Node
from hepline.columns.types import BOOL, FLOAT64, INT64
from hepline.engine.compiled.lists import most
from hepline.engine.compiled.operations import literal, memory
from hepline.engine.compiled.sinks import Sink, run_all
from hepline.engine.compiled.sizes import longest
from hepline.engine.compiled.values import NOTHING, Indices, Value
from hepline.engine.compiled.writer import Writer
from hepline.engine.filled import all_places
from hepline.engine.handover import Kept

__all__ = [
    "ArrayOutput",
    "FillOutput",
    "KeptOutput",
    "Output",
    "in_order",
    "is_counted",
    "place",
    "write_all",
]

FEW_WEIGHTS = 3
"""From so many weights of the same entry on, a loop goes over them (`bench/control_plots.py`)."""


def is_counted(fill: Fill) -> bool:
    """Whether all entries have the same weight, so that counting them is enough."""
    return fill.weight is None or isinstance(fill.weight, Constant)


class Output(Sink):
    """An output that the kernel writes and does not read again."""

    leaves_kernel = True

    @property
    def axes(self) -> tuple[Node, ...]:
        """The lists along which the output runs."""
        axes: tuple[Node, ...] = self.node.type.axes
        return axes

    @property
    def axis(self) -> Node:
        """The outermost of them."""
        return self.axes[0]

    @abstractmethod
    def write(self) -> None:
        """Write the output of an event that has one value."""


def write_all(writer: Writer, outputs: Sequence[Output]) -> None:
    """Write outputs in the current block, those along lists first."""
    run_all(writer, [output for output in outputs if output.axes])
    for output in outputs:
        if not output.axes:
            output.write()


class FillOutput(Output):
    """Entries of histograms with the same values, which differ in their weights.

    Parameters
    ----------
    writer : Writer
    fills : list of (int, Fill)
        With their numbers among the histograms of the kernel.
    """

    def __init__(self, writer: Writer, fills: Sequence[tuple[int, Fill]]) -> None:
        super().__init__(writer, fills[0][1])
        self._fills = fills
        self._deepest = max(self.node.values, key=lambda node: node.type.depth, default=self.node)

    @property
    def axes(self) -> tuple[Node, ...]:
        """The lists along which the entries run."""
        axes: tuple[Node, ...] = self._deepest.type.axes
        return axes

    @property
    def made_of(self) -> tuple[Node, ...]:
        """The nodes of the histograms."""
        return tuple(fill for _, fill in self._fills)

    def step(self, where: Indices) -> None:
        """Write the entry at a place, or the loop over those below it."""
        if len(where) == len(self.axes):
            self._entry(where)
            return
        with self.writer.along(self.axes[len(where)], where) as index:
            self.step((*where, index))

    def write(self) -> None:
        """Write the entry of the event."""
        self.step(())

    def _entry(self, where: Indices) -> None:
        writer, first = self.writer, self._fills[0][1]
        values = [writer.value(node, where[: node.type.depth]) for node in first.values]
        at = place(writer, first, values)
        shared = {
            number: fill.weight
            for number, fill in self._fills
            if fill.weight is not None and _has_weight_of_event(fill)
        }
        if len(shared) < FEW_WEIGHTS:
            shared = {}
        else:
            row = _row_of_weights(writer, tuple(shared.values()))
            arguments = f"{_number(writer, min(shared))}, {at}, {row.code}, {row.present}, trouble"
            writer.code.line(f"weigh_all(out, layout, {arguments})")
        for number, fill in self._fills:
            place_of = _number(writer, number)
            if fill.weight is None or is_counted(fill):
                writer.code.line(f"count(out, layout, {place_of}, {at})")
            elif number not in shared:
                weight = writer.value(fill.weight, where[: fill.weight.type.depth])
                arguments = f"{at}, {weight.code}, {weight.present or True}"
                writer.code.line(f"weigh(out, layout, {place_of}, {arguments}, trouble)")


def in_order(fills: Sequence[Fill]) -> list[Fill]:
    """Histograms that differ in their weights: those of a row of weights are neighbors."""
    return sorted(fills, key=_has_weight_of_event)


def _has_weight_of_event(fill: Fill) -> bool:
    """Whether an event has one weight, which all of its entries share."""
    weight = fill.weight
    return weight is not None and not is_counted(fill) and not weight.type.depth


def _number(writer: Writer, number: int) -> str:
    # numba would compile a function again for every literal argument.
    return writer.constant(f"int64({number})")


def _row_of_weights(writer: Writer, weights: tuple[Node, ...]) -> Value:
    """The row with the weights of the event, ahead of the loops here, and that of those present."""
    key = ("weights", weights)
    row = writer.code.block.find(key)
    if row is not None:
        return row
    with writer.code.at(writer.code.place(NOTHING)) as block:
        values = [writer.value(weight, ()) for weight in weights]
        name, there = writer.code.name("weights"), None
        writer.before.append(f"{name} = {memory(str(len(weights)), FLOAT64)}")
        for number, value in enumerate(values):
            writer.code.line(f"{name}[{number}] = {value.code}")
        if any(value.present is not None for value in values):
            there = f"{name}_there"
            writer.before.append(f"{there} = {memory(str(len(weights)), BOOL)}")
            for number, value in enumerate(values):
                writer.code.line(f"{there}[{number}] = {value.present or True}")
        block.values[key] = Value(name, present=there)
    return block.values[key]


def place(writer: Writer, fill: Fill, values: Sequence[Value]) -> str:
    """Code of an entry's place in the flattened histogram: a bin, or one of the two after them."""
    if not fill.axes:
        return writer.constant("int64(0)")
    present = dict.fromkeys(value.present for value in values if value.present is not None)
    name = writer.code.name("bin")
    if not present:
        _bin(writer, fill, values, name)
        return name
    writer.code.line(f"{name} = {writer.constant(f'int64({all_places(fill.axes) - 1})')}")
    with writer.code.inside(f"if {' and '.join(present)}:"):
        _bin(writer, fill, values, name)
    return name


def _bin(writer: Writer, fill: Fill, values: Sequence[Value], name: str) -> None:
    code, undefined = "", []
    for axis, node, value in zip(fill.axes, fill.values, values, strict=True):
        quantity = value.code
        if _may_be_undefined(node):
            quantity = writer.code.name("x")
            writer.code.line(f"{quantity} = {value.code}")
            undefined.append(f"{quantity} != {quantity}")
        index = _along(axis, quantity)
        code = index if not code else f"({code}) * {axis.bins + 2} + {index}"
    if undefined:
        aside = writer.constant(f"int64({all_places(fill.axes) - 2})")
        code = f"{aside} if {' or '.join(undefined)} else {code}"
    writer.code.line(f"{name} = {code}")


def _may_be_undefined(node: Node) -> bool:
    """Whether a value can be NaN: integers cannot."""
    quantity = node.value if isinstance(node, Cast) else node
    return quantity.type.dtype.kind == "f"


def _along(axis: Axis, value: str) -> str:
    match axis:
        case RegularAxis():
            low, high = float(axis.low), float(axis.high)
            return f"regular({value}, {low!r}, {high - low!r}, {float(axis.count)!r})"
        case IntegerAxis():
            return f"integer({value}, {float(axis.low)!r}, {float(axis.high)!r})"
        case VariableAxis():
            edges = ", ".join(literal(edge, FLOAT64) for edge in axis.boundaries)
            return f"variable({value}, ({edges}{',' if len(axis.boundaries) == 1 else ''}))"
    raise TypeError(f"no code for {type(axis).__name__}")


class ArrayOutput(Output):
    """A column: the elements of all events, and the offsets of their lists.

    Parameters
    ----------
    writer : Writer
    node : Node
    name : str
        Name of its memory in the kernel.
    """

    def __init__(self, writer: Writer, node: Node, name: str) -> None:
        super().__init__(writer, node)
        self._name, self._depth = name, node.type.depth
        for axis in node.type.axes:
            # The number of elements must be known before they are computed.
            longest(axis, most, str)
        self._cursors = [f"{name}_{level}" for level in range(self._depth)]
        writer.before += [f"{cursor} = 0" for cursor in self._cursors]

    @property
    def arguments(self) -> dict[str, np.dtype]:
        """Names of its memory, with the dtype of each."""
        levels = (f"{self._name}_offsets_{level}" for level in range(self._depth))
        content = {self._name: self.node.type.dtype, f"{self._name}_there": BOOL}
        return content | dict.fromkeys(levels, INT64)

    def write(self) -> None:
        """Write the value of the event."""
        self._element((), "event")

    def after(self) -> None:
        """Write the ends of the event's lists."""
        if self._depth:
            self.writer.code.line(f"{self._name}_offsets_0[event + 1] = {self._cursors[0]}")

    def step(self, where: Indices) -> None:
        """Write the element at a place, or the loop over those below it."""
        line, level = self.writer.code.line, len(where)
        if level == self._depth:
            self._element(where, self._cursors[-1])
        else:
            with self.writer.along(self.node.type.axes[level], where) as index:
                self.step((*where, index))
            offsets, inner = f"{self._name}_offsets_{level}", self._cursors[level]
            line(f"{offsets}[{self._cursors[level - 1]} + 1] = {inner}")
        line(f"{self._cursors[level - 1]} += 1")

    def _element(self, where: Indices, place: str) -> None:
        line = self.writer.code.line
        value = self.writer.value(self.node, where)
        line(f"{self._name}[{place}] = {value.code}")
        if self.node.type.optional:
            line(f"{self._name}_there[{place}] = {value.present or True}")


class KeptOutput(ArrayOutput):
    """Values of the events that pass a condition, with the mask of these events.

    Parameters
    ----------
    writer : Writer
    kept : Kept
    name : str
    """

    def __init__(self, writer: Writer, kept: Kept, name: str) -> None:
        super().__init__(writer, kept.values, name)
        writer.before.append(f"{name}_events = 0")
        self.kept = kept

    @property
    def made_of(self) -> tuple[Node, ...]:
        """The node that stands for the conditions."""
        return (self.kept,)

    @property
    def arguments(self) -> dict[str, np.dtype]:
        """The memory of a column, and that of the mask of events."""
        return super().arguments | {f"{self._name}_chosen": BOOL}

    def write(self) -> None:
        """Append the value to those of earlier events."""
        self._element((), f"{self._name}_events")
        self.after()

    def after(self) -> None:
        """Write the ends of the event's lists, and mark the event as kept."""
        super().after()
        self.writer.code.line(f"{self._name}_chosen[event] = True")
        self.writer.code.line(f"{self._name}_events += 1")
