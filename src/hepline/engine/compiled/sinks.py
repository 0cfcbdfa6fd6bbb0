"""What needs a loop over a list of the event; what goes over the same list shares one loop."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence

from hepline.columns.lists import ArgSort, Reduce, Select
from hepline.columns.nodes import Node
from hepline.columns.types import BOOL
from hepline.engine.compiled.code import remark
from hepline.engine.compiled.operations import memory
from hepline.engine.compiled.reductions import Accumulator
from hepline.engine.compiled.rows import most_of
from hepline.engine.compiled.values import Chosen, Index, Value, number
from hepline.engine.compiled.writer import Indices, Writer, is_loose

__all__ = ["Sink", "Sinks"]


class Sink(ABC):
    """One thing to do for every element of a list.

    Parameters
    ----------
    node : Node
        What it is for.
    axis : Node
        The list.
    least : int
        Nothing has to be done for shorter lists.
    """

    def __init__(self, node: Node, axis: Node, least: int = 1) -> None:
        self.node, self.axis, self.least = node, axis, least

    @property
    def leaves_kernel(self) -> bool:
        """Whether nothing else in the kernel looks at what is made."""
        return False

    @property
    def made_of(self) -> tuple[Node, ...]:
        """What the loop must not be written before."""
        return (self.node,)

    def before(self) -> None:  # noqa: B027 (most need nothing)
        """Write what stands before the loop."""

    @abstractmethod
    def step(self, index: Index) -> None:
        """Write what is done for one element."""

    def after(self) -> None:  # noqa: B027 (most need nothing)
        """Write what stands after the loop."""


class _Row(Sink):
    """Keep the elements of a list."""

    def __init__(self, writer: Writer, node: Node, row: tuple[str, str]) -> None:
        super().__init__(node, node.type.axes[0], writer.facts.stored[node])
        self._writer, self._row, self._there = writer, *row

    def step(self, index: Index) -> None:
        value, place = self._writer.value(self.node, (index,)), number(index)
        self._writer.code.line(f"{self._row}[{place.code}] = {value.code}")
        if self._there:
            self._writer.code.line(f"{self._there}[{place.code}] = {value.present or True}")


class _Positions(Sink):
    """Keep the positions that a selection chooses."""

    def __init__(self, writer: Writer, node: Select, row: str) -> None:
        super().__init__(node, node)
        self._writer, self._row = writer, row
        self._count = ""

    def step(self, index: Index) -> None:
        if not isinstance(index, Chosen):
            raise TypeError("positions are kept where they are chosen")
        self._count = index.flat.code
        place = number(index.base)
        self._writer.code.line(f"{self._row}[{index.flat.code}] = {place.code}")

    def after(self) -> None:
        self._writer.code.block.known["length", self.node] = Value(self._count)


class _Reduction(Sink):
    """A sum, count or extreme."""

    def __init__(self, writer: Writer, node: Reduce) -> None:
        super().__init__(node, node.values.type.axes[0])
        self._writer = writer
        self._accumulator = Accumulator(writer, node, frozenset())

    def before(self) -> None:
        self._accumulator.before()

    def step(self, index: Index) -> None:
        self._accumulator.step((index,))

    def after(self) -> None:
        self._writer.code.block.known[self.node, ()] = self._accumulator.after()


class Sinks:
    """All loops over lists of the event.

    Parameters
    ----------
    writer : Writer
    """

    def __init__(self, writer: Writer) -> None:
        self._writer = writer
        self._rows: dict[Node, tuple[str, str]] = {}
        self._open: set[Node] = set()
        facts = writer.facts
        self._pending = {
            node: None
            for node in facts.homes
            if node in facts.stored
            or node in facts.kept
            or (
                isinstance(node, Reduce)
                and _is_loop_of_event(node)
                and not writer.early.counts(node)
            )
        }

    def is_done(self, node: Node) -> bool:
        """Whether the loop of a node is written, and seen from here."""
        return self._writer.code.block.find(("done", node)) is not None

    def is_open(self, node: Node) -> bool:
        """Whether the loop of a node is being written at this moment."""
        return node in self._open

    def stored(self, node: Node, index: Index) -> Value:
        """One element of a list that is kept in a row."""
        self._ensure(node)
        row, there = self._row(node)
        place = number(index)
        code = self._writer.settled(node, f"{row}[{place.code}]", place.deps, "kept")
        return Value(code, place.deps, f"{there}[{place.code}]" if there else None)

    def positions(self, node: Select) -> str:
        """The row of positions that a selection keeps."""
        self._ensure(node)
        return self._row(node)[0]

    def row(self, node: Node) -> str:
        """The list of the event as an array, of a node that is kept in a row."""
        self._ensure(node)
        length = self._writer.axis_length(node.type.axes[0])
        return f"{self._row(node)[0]}[:{length.code}]"

    def order(self, node: ArgSort) -> str:
        """The row of positions in the order of a key."""
        writer, (row, _) = self._writer, self._row(node)
        if not self.is_done(node):
            with writer.code.at(writer.home(node)):
                self._ensure(node.by)
                keys, there = self._row(node.by)
                length = writer.axis_length(node).code
                # No literal: numba would compile the function anew for each.
                descending = writer.constant(f"int64({int(node.descending)})")
                arguments = f"{keys}, {there or None}, {length}, {descending}, {row}"
                writer.code.line(f"sort({arguments})")
                writer.code.block.known["done", node] = Value("")
        return row

    def reduced(self, node: Reduce, where: Indices) -> Value:
        """A sum, count or extreme along the innermost list."""
        writer = self._writer
        if _is_length(node):
            length = writer.length(node.values, where)
            return Value(length.code, length.deps)
        if _is_loop_of_event(node):
            if writer.early.counts(node):
                return writer.early.counted(node)
            self._ensure(node)
            known = writer.code.block.find((node, ()))
            if known is None:
                raise TypeError(f"the loop of {node!r} left no result")
            return known
        deps = frozenset().union(*(number(index).deps for index in where))
        with writer.code.at(writer.code.place(deps)):
            accumulator = Accumulator(writer, node, deps)
            accumulator.before()
            with writer.lists.along(node.values.type.axes[-1], where) as index:
                accumulator.step((*where, index))
            return accumulator.after()

    def run_all(self, sinks: Sequence[Sink]) -> None:
        """Write loops for sinks of the current block; those over one list share one."""
        left = list(sinks)
        while left:
            root = self._root(left[0].axis)
            together = [sink for sink in left if self._root(sink.axis) is root]
            left = [sink for sink in left if sink not in together]
            self.run(together)

    def run(self, given: Sequence[Sink]) -> None:
        """Write one loop for sinks of the current block, with all that fits into it."""
        code, sinks = self._writer.code, [*given, *self._fitting(given)]
        nodes = {sink.node for sink in sinks if not sink.leaves_kernel}
        self._open |= nodes
        for sink in sinks:
            sink.before()
        root = self._root(given[0].axis)
        with self._writer.loop(root, given[0].least) as index:
            self._steps(sinks, root, index)
        for sink in sinks:
            sink.after()
        for node in nodes:
            code.block.known["done", node] = Value("")
            self._pending.pop(node, None)
        self._open -= nodes

    def _ensure(self, node: Node) -> None:
        if not self.is_done(node):
            with self._writer.code.at(self._writer.home(node)):
                self.run([self._sink(node)])

    def _row(self, node: Node) -> tuple[str, str]:
        """Names of the memory that keeps a list, and of that which says what is missing."""
        if node not in self._rows:
            writer = self._writer
            most = most_of(node.type.axes[0], writer.collection)
            name = writer.code.name("row")
            there = f"{name}_there" if node.type.optional else ""
            row = memory(most, node.type.dtype)
            writer.before.append(f"{name} = {row}  # {remark(node)}")
            if there:
                writer.before.append(f"{there} = {memory(most, BOOL)}")
            self._rows[node] = (name, there)
        return self._rows[node]

    def _sink(self, node: Node) -> Sink:
        if isinstance(node, Reduce) and _is_loop_of_event(node):
            return _Reduction(self._writer, node)
        if isinstance(node, Select):
            return _Positions(self._writer, node, self._row(node)[0])
        return _Row(self._writer, node, self._row(node))

    def _fitting(self, given: Sequence[Sink]) -> list[Sink]:
        """Other things to do over the same list, below the same conditions, at the same time."""
        facts, least = self._writer.facts, given[0].least
        root = self._root(given[0].axis)
        own = [sink.node for sink in given if not sink.leaves_kernel]
        members = [node for sink in given for node in sink.made_of]
        fitting: list[Sink] = []
        for node in self._pending:
            if (
                node in self._open
                or node in own
                or not self._writer.is_here(node)
                or facts.stored.get(node, 1) != least
                or self._root(_list_of(node)) is not root
            ):
                continue
            if all(facts.apart(node, member) for member in members):
                members.append(node)
                fitting.append(self._sink(node))
        return fitting

    def _root(self, axis: Node) -> Node:
        """The list that a loop really goes over: selections without kept positions are masks."""
        while isinstance(axis, Select) and not self.is_done(axis):
            axis = axis.mask.type.axes[0]
        return axis

    def _steps(self, sinks: list[Sink], axis: Node, index: Index) -> None:
        """Steps for an element of a list; below them those for selections from it."""
        deeper: dict[Select, list[Sink]] = {}
        for sink in sinks:
            if sink.axis is axis:
                sink.step(index)
            else:
                deeper.setdefault(_below(axis, sink.axis), []).append(sink)
        for select, own in deeper.items():
            with self._writer.chosen(select, index) as chosen:
                self._steps(own, select, chosen)


def _is_length(node: Reduce) -> bool:
    return node.operation == "count" and not node.values.type.optional


def _is_loop_of_event(node: Reduce) -> bool:
    """Whether one loop over a list of the event gives the result."""
    return node.values.type.depth == 1 and not is_loose(node.values) and not _is_length(node)


def _list_of(node: Node) -> Node:
    """The list that the loop of a node goes over."""
    return node.values.type.axes[0] if isinstance(node, Reduce) else node.type.axes[0]


def _below(axis: Node, chosen: Node) -> Select:
    """The first selection on the way from a list to a selection of selections from it."""
    while isinstance(chosen, Select):
        parent = chosen.mask.type.axes[0]
        if parent is axis:
            return chosen
        chosen = parent
    raise TypeError(f"{chosen!r} is not chosen from {axis!r}")
