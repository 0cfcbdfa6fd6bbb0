"""Work along a list; all work on the same list of the event shares one loop."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import Any, ClassVar

from hepline.columns.lists import Select
from hepline.columns.nodes import Node
from hepline.columns.types import BOOL, INT64
from hepline.engine.compiled.values import Indices, Made, Value, number
from hepline.engine.compiled.writer import Writer

__all__ = ["Origins", "Positions", "Row", "Sink", "is_left", "left", "row_element", "run_all"]


class Sink(ABC):
    """One thing to do for every element of a list.

    Parameters
    ----------
    writer : Writer
    node : Node
        The node that needs it.
    around : tuple of Index
        The place of the list among others; empty for the list of an event.
    """

    leaves_kernel: ClassVar[bool] = False
    """Whether nothing else in the kernel looks at what is made."""
    least = 1
    """Nothing has to be done for shorter lists."""

    def __init__(self, writer: Writer, node: Any, around: Indices = ()) -> None:
        self.writer, self.node, self.around = writer, node, around

    @classmethod
    def over(cls, node: Any) -> Node:
        """The list of the loop for a node."""
        axis: Node = node.type.axes[-1]
        return axis

    @property
    def axis(self) -> Node:
        """The list of the loop."""
        return self.over(self.node)

    @property
    def made_of(self) -> tuple[Node, ...]:
        """Nodes that must be computed before the loop."""
        return (self.node,)

    def before(self) -> None:  # noqa: B027 (most need nothing)
        """Write the code before the loop."""

    @abstractmethod
    def step(self, where: Indices) -> None:
        """Write the code for one element."""

    def after(self) -> Value | None:
        """Write the code after the loop, and return its result."""
        return None


class Row(Sink):
    """Keep the elements of a list."""

    def __init__(self, writer: Writer, node: Node, around: Indices = ()) -> None:
        super().__init__(writer, node, around)
        self.least = writer.facts.stored.get(node, 1)
        dtypes = {"": node.type.dtype} | ({"_there": BOOL} if node.type.optional else {})
        self._row, *self._there = writer.rows(node, around, dtypes)

    def step(self, where: Indices) -> None:
        """Write the element, and whether it is present."""
        value, place = self.writer.value(self.node, where), number(where[-1])
        self.writer.code.line(f"{self._row}[{place.code}] = {value.code}")
        for there in self._there:
            self.writer.code.line(f"{there}[{place.code}] = {value.present or True}")

    def after(self) -> Value:
        """The row, and the row that marks present elements."""
        return Value(self._row, present=self._there[0] if self._there else None)


class Positions(Sink):
    """Keep the positions that a selection chooses."""

    def __init__(self, writer: Writer, node: Select, around: Indices = ()) -> None:
        super().__init__(writer, node, around)
        (self._row,) = writer.rows(node, around, {"": INT64})
        self._count = ""

    def step(self, where: Indices) -> None:
        """Write the position of the chosen element."""
        index = where[-1]
        if not isinstance(index, Made):
            raise TypeError("positions are kept where they are chosen")
        self._count = index.flat.code
        self.writer.code.line(f"{self._row}[{index.flat.code}] = {number(index.parts[0]).code}")

    def after(self) -> Value:
        """The row; this also fixes its length."""
        values = self.writer.code.block.values
        values["length", self.node, self.around] = Value(self._count)
        return Value(self._row)


class Origins(Sink):
    """Keep the origin of the elements of a flattened list: the list, and the place in it."""

    def step(self, where: Indices) -> None:
        """Write both places."""
        index = where[-1]
        if not isinstance(index, Made):
            raise TypeError("a flattened list is gone over list by list")
        for row, part in zip(origins(self.writer, self.node), index.parts, strict=True):
            self.writer.code.line(f"{row}[{index.flat.code}] = {number(part).code}")

    def after(self) -> Value:
        """The first of two rows."""
        return Value(origins(self.writer, self.node)[0])


def origins(writer: Writer, node: Node) -> list[str]:
    """Names of the two rows with the origins of the elements of a flattened list."""
    return writer.rows(node, (), {"_outer": INT64, "_inner": INT64})


def is_left(writer: Writer, kind: type[Sink], node: Node, around: Indices = ()) -> bool:
    """Whether the loop for a node is already written, and visible from here."""
    return writer.code.block.find((kind, node, around)) is not None


def left(writer: Writer, kind: type[Sink], node: Node, around: Indices = ()) -> Value:
    """The result of a loop over a list: a number, or the row that holds values."""
    key = (kind, node, around)
    value = writer.code.block.find(key)
    if value is not None:
        return value
    with writer.code.at(writer.block_of(node, around)) as block:
        _run(writer, [kind(writer, node, around)])
        return block.values[key]


def row_element(writer: Writer, node: Node, where: Indices) -> Value:
    """One element of a list that is kept in a row."""
    row, place = left(writer, Row, node), number(where[0])
    code = writer.settled(node, f"{row.code}[{place.code}]", place.deps, "kept")
    there = None if row.present is None else f"{row.present}[{place.code}]"
    return Value(code, place.deps, there)


def run_all(writer: Writer, sinks: Sequence[Sink]) -> None:
    """Write loops over lists of the event in the current block, one per list."""
    rest = list(sinks)
    while rest:
        root = _root(writer, rest[0].axis)
        together = [sink for sink in rest if _root(writer, sink.axis) is root]
        rest = [sink for sink in rest if sink not in together]
        _run(writer, together)


def _run(writer: Writer, first_sinks: Sequence[Sink]) -> None:
    """Write one loop in the current block, with everything that fits into it."""
    around, sinks = first_sinks[0].around, [*first_sinks, *_fitting(writer, first_sinks)]
    nodes = {sink.node for sink in sinks if not sink.leaves_kernel}
    writer.open |= nodes
    for sink in sinks:
        sink.before()
    root = _root(writer, first_sinks[0].axis, around)
    with writer.along(root, around, first_sinks[0].least) as index:
        _steps(writer, sinks, root, (*around, index))
    for sink in sinks:
        value = sink.after()
        if value is not None:
            writer.code.block.values[type(sink), sink.node, around] = value
    for node in nodes:
        writer.pending.pop(node, None)
    writer.open -= nodes


def _fitting(writer: Writer, first_sinks: Sequence[Sink]) -> list[Sink]:
    """Other pending sinks over the same list and below the same conditions."""
    if first_sinks[0].around:
        return []
    facts, least = writer.facts, first_sinks[0].least
    root = _root(writer, first_sinks[0].axis)
    nodes = [sink.node for sink in first_sinks if not sink.leaves_kernel]
    members = [node for sink in first_sinks for node in sink.made_of]
    fitting: list[Sink] = []
    for node, kind in writer.pending.items():
        if (
            node in writer.open
            or node in nodes
            or not writer.is_here(node)
            or facts.stored.get(node, 1) != least
            or _root(writer, kind.over(node)) is not root
        ):
            continue
        if all(facts.apart(node, member) for member in members):
            members.append(node)
            fitting.append(kind(writer, node))
    return fitting


def _root(writer: Writer, axis: Node, around: Indices = ()) -> Node:
    """The list that a loop runs over: selections without kept positions are masks in it."""
    while isinstance(axis, Select) and not is_left(writer, Positions, axis, around):
        axis = axis.mask.type.axes[-1]
    return axis


def _steps(writer: Writer, sinks: list[Sink], axis: Node, where: Indices) -> None:
    """Write the steps for an element, then those below its selections."""
    *around, index = where
    deeper: dict[Select, list[Sink]] = {}
    for sink in sinks:
        if sink.axis is axis:
            sink.step(where)
        else:
            deeper.setdefault(_below(axis, sink.axis), []).append(sink)
    for select, group in deeper.items():
        with writer.chosen(select, index, tuple(around)) as place:
            _steps(writer, group, select, (*around, place))


def _below(axis: Node, axis_below: Node) -> Select:
    """The first selection on the way from a list to nested selections from it."""
    while isinstance(axis_below, Select):
        parent = axis_below.mask.type.axes[-1]
        if parent is axis:
            return axis_below
        axis_below = parent
    raise TypeError(f"{axis_below!r} is not chosen from {axis!r}")
