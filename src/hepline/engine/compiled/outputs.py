"""What leaves a kernel: entries of histograms, and columns."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from hepline.columns.axes import Axis, IntegerAxis, RegularAxis, VariableAxis
from hepline.columns.elementwise import Cast
from hepline.columns.fill import Fill
from hepline.columns.leaves import Constant
from hepline.columns.lists import source_of_axis
from hepline.columns.navigation import Ranges
from hepline.columns.nodes import Node
from hepline.columns.types import BOOL, FLOAT64, INT64
from hepline.engine.compiled.operations import literal
from hepline.engine.compiled.rows import Unlowered
from hepline.engine.compiled.sinks import Sink
from hepline.engine.compiled.values import Index, Value
from hepline.engine.compiled.writer import Indices, Writer, is_loose
from hepline.engine.filled import all_places
from hepline.engine.handover import Kept

__all__ = ["ArrayOutput", "FillOutput", "KeptOutput", "is_counted", "place"]


def is_counted(fill: Fill) -> bool:
    """Whether the weight is the same for every entry, so that counting them is enough."""
    return fill.weight is None or isinstance(fill.weight, Constant)


class FillOutput(Sink):
    """Entries of histograms of the same values: they differ in their weights.

    Parameters
    ----------
    writer : Writer
    fills : list of (int, Fill)
        With their place among the histograms of the kernel.
    """

    def __init__(self, writer: Writer, fills: Sequence[tuple[int, Fill]]) -> None:
        first = fills[0][1]
        self._deepest = max(first.values, key=lambda node: node.type.depth, default=first)
        super().__init__(first, self._deepest.type.axes[0] if self._deepest.type.depth else first)
        self._writer, self._fills = writer, fills

    @property
    def leaves_kernel(self) -> bool:
        """Nothing is made of a histogram."""
        return True

    @property
    def is_listed(self) -> bool:
        """Whether the entries go along a list of the event."""
        return self._deepest.type.depth > 0 and not is_loose(self._deepest)

    @property
    def made_of(self) -> tuple[Node, ...]:
        """All histograms."""
        return tuple(fill for _, fill in self._fills)

    def write(self) -> None:
        """Write the entry of the event, or those of a list that was taken out of many."""
        self.entries(())

    def step(self, index: Index) -> None:
        """Write what is below one element of the outermost list."""
        self.entries((index,))

    def entries(self, where: Indices) -> None:
        """Write the entry at a place, or the loop over those below it."""
        if len(where) == self._deepest.type.depth:
            self._entry(where)
            return
        axis = self._deepest.type.axes[len(where)]
        with self._writer.lists.along(axis, where) as index:
            self.entries((*where, index))

    def _entry(self, where: Indices) -> None:
        writer, first = self._writer, self._fills[0][1]
        values = [writer.value(node, where[: node.type.depth]) for node in first.values]
        at = place(writer, first, values)
        for number, fill in self._fills:
            # numba would compile a function anew for every literal that it is given.
            place_of = writer.constant(f"int64({number})")
            if fill.weight is None or is_counted(fill):
                writer.code.line(f"count(out, layout, {place_of}, {at})")
                continue
            weight = writer.value(fill.weight, where[: fill.weight.type.depth])
            given = f"{at}, {weight.code}, {weight.present or True}"
            writer.code.line(f"weigh(out, layout, {place_of}, {given}, trouble)")


def place(writer: Writer, fill: Fill, values: Sequence[Value]) -> str:
    """The place of an entry in the flattened histogram: a bin, or one of the two behind them."""
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
        own = _along(axis, quantity)
        code = own if not code else f"({code}) * {axis.bins + 2} + {own}"
    if undefined:
        aside = writer.constant(f"int64({all_places(fill.axes) - 2})")
        code = f"{aside} if {' or '.join(undefined)} else {code}"
    writer.code.line(f"{name} = {code}")


def _may_be_undefined(node: Node) -> bool:
    """Whether a value can be no number: integers never are."""
    given = node.value if isinstance(node, Cast) else node
    return given.type.dtype.kind == "f"


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


class ArrayOutput(Sink):
    """A column: elements of all events in a row, and where lists begin.

    Parameters
    ----------
    writer : Writer
    node : Node
    name : str
        What its memory is called in the kernel.
    """

    def __init__(self, writer: Writer, node: Node, name: str) -> None:
        super().__init__(node, node.type.axes[0] if node.type.depth else node)
        self._writer, self._name = writer, name
        self._depth = node.type.depth
        if any(map(_is_range, node.type.axes)):
            # How much there is to give away is not known before it is computed.
            raise Unlowered(f"no memory for {node!r}")
        self._cursors = [f"{name}_{level}" for level in range(self._depth)]
        writer.before += [f"{cursor} = 0" for cursor in self._cursors]

    @property
    def leaves_kernel(self) -> bool:
        """The kernel does not look at what it has given away."""
        return True

    @property
    def arguments(self) -> dict[str, np.dtype]:
        """Names of the memory that the kernel is given for it, and what each holds."""
        levels = (f"{self._name}_offsets_{level}" for level in range(self._depth))
        content = {self._name: self.node.type.dtype, f"{self._name}_there": BOOL}
        return content | dict.fromkeys(levels, INT64)

    @property
    def is_listed(self) -> bool:
        """Whether the elements go along a list of the event."""
        return self._depth > 0 and not is_loose(self.node)

    def write(self) -> None:
        """Write the value of the event, or of a list that was taken out of many."""
        if not self._depth:
            self._element((), "event")
            return
        with self._writer.lists.along(self.node.type.axes[0], ()) as index:
            self.step(index)
        self.after()

    def step(self, index: Index) -> None:
        """Write what is below one element of the outermost list."""
        self._below((index,))

    def after(self) -> None:
        """Write where the lists of the event end."""
        if self._depth:
            self._writer.code.line(f"{self._name}_offsets_0[event + 1] = {self._cursors[0]}")

    def _below(self, where: Indices) -> None:
        line, level = self._writer.code.line, len(where)
        if level == self._depth:
            self._element(where, self._cursors[-1])
        else:
            with self._writer.lists.along(self.node.type.axes[level], where) as index:
                self._below((*where, index))
            offsets, inner = f"{self._name}_offsets_{level}", self._cursors[level]
            line(f"{offsets}[{self._cursors[level - 1]} + 1] = {inner}")
        line(f"{self._cursors[level - 1]} += 1")

    def _element(self, where: Indices, place: str) -> None:
        line = self._writer.code.line
        value = self._writer.value(self.node, where)
        line(f"{self._name}[{place}] = {value.code}")
        if self.node.type.optional:
            line(f"{self._name}_there[{place}] = {value.present or True}")


def _is_range(axis: Node | None) -> bool:
    """Whether the lists along an axis are ranges of positions, or chosen from them."""
    while axis is not None and not isinstance(axis, Ranges):
        axis = source_of_axis(axis)
    return axis is not None


class KeptOutput(ArrayOutput):
    """Values of the events that pass a condition, and which these are.

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
        """The node that the conditions stand at."""
        return (self.kept,)

    @property
    def arguments(self) -> dict[str, np.dtype]:
        """As for a column, and which events are kept."""
        return super().arguments | {f"{self._name}_chosen": BOOL}

    def write(self) -> None:
        """Write the value behind those of the events before."""
        if self._depth:
            super().write()
        else:
            self._element((), f"{self._name}_events")
            self.after()

    def after(self) -> None:
        """Write where the lists of the event end, and that it is kept."""
        super().after()
        self._writer.code.line(f"{self._name}_chosen[event] = True")
        self._writer.code.line(f"{self._name}_events += 1")
