"""Work on the elements of many events at a time, ahead of the loop over these events.

Sines and cosines of a column, and hyperbolic ones, are fast on whole rows. And the end of a loop
over the list of one event is a mispredicted branch: some fifteen cycles, in which the processor
could look at ten jets. Entries that depend on single objects only, and the number of objects that
pass a cut, need no such loop: one loop runs over all objects of a block of events. For the numbers,
a row holds how many objects have passed before each one; the number of an event is the difference
between its end and its beginning.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from hepline.columns.elementwise import Cast, Elementwise, ExactCast
from hepline.columns.fill import Fill
from hepline.columns.leaves import Collection, Column, Constant, OptionalColumn
from hepline.columns.lists import Reduce, Select, Take
from hepline.columns.nodes import Node, walk
from hepline.columns.types import FLOAT64, INT64
from hepline.engine.compiled.code import remark
from hepline.engine.compiled.elements import elementwise
from hepline.engine.compiled.facts import Ahead
from hepline.engine.compiled.inner import place_of
from hepline.engine.compiled.operations import PAIRS, memory
from hepline.engine.compiled.outputs import is_counted, place
from hepline.engine.compiled.reductions import counted_truth, reduced
from hepline.engine.compiled.sinks import row_element
from hepline.engine.compiled.values import NOTHING, At, Index, Indices, Made, Value, number
from hepline.engine.compiled.writer import CHEAP, Rule, Writer

__all__ = ["Early"]


class Early:
    """The entries and counts that a kernel computes ahead.

    Parameters
    ----------
    writer : Writer
        Writer of the loop over events.
    """

    def __init__(self, writer: Writer) -> None:
        self._writer = writer
        self._ahead = _OfBlock(writer)
        self._functions: dict[tuple[str, Column, str], tuple[str, str]] = {}
        self._fills: dict[Collection, list[list[tuple[int, Fill]]]] = {}
        self._counts: dict[Collection, dict[Reduce, str]] = {}

    @property
    def rules(self) -> dict[type[Node], Rule]:
        """The rules of nodes that may be computed ahead."""
        return {Elementwise: self._elementwise, Reduce: self._reduced}

    @property
    def collections(self) -> list[str]:
        """Names of the collections whose objects are gone over."""
        own = map(self._writer.collection, (*self._fills, *self._counts))
        return sorted({*own, *(name for _, _, name in self._functions)})

    @property
    def rows(self) -> Iterator[str]:
        """Memory for functions of columns and for counts."""
        for (_, _, name), rows in self._functions.items():
            yield from (f"{row} = {memory(f'most_ahead_{name}', FLOAT64)}" for row in rows)
        for of, counts in self._counts.items():
            most = f"most_ahead_{self._writer.collection(of)} + 1"
            yield from (f"{row} = {memory(most, INT64)}" for row in counts.values())

    def takes(self, fills: Sequence[tuple[int, Fill]]) -> bool:
        """Take over the entries of histograms of the same values, if possible.

        Parameters
        ----------
        fills : sequence of (int, Fill)
            With their number among the histograms of the kernel; they have no condition.
        """
        first = fills[0][1]
        if not first.values or not all(is_counted(fill) for _, fill in fills):
            return False
        stored = {self._collection(node) for node in first.values}
        collection = stored.pop()
        if collection is None or stored or len({node.type.axes for node in first.values}) > 1:
            return False
        self._fills.setdefault(collection, []).append(list(fills))
        return True

    def counts(self, node: Node) -> bool:
        """Whether a node is the number of objects that pass a cut, or whether any does."""
        truth = counted_truth(node) if isinstance(node, Reduce) else None
        return (
            truth is not None
            and self._writer.facts.homes.get(node) == ()
            and self._collection(truth) is truth.type.axes[0]
        )

    def _elementwise(self, writer: Writer, node: Elementwise, where: Indices) -> Value:
        """The rule for operations: a function of a column alone is an element of a row."""
        ahead = writer.facts.ahead.get(node)
        if ahead is None:
            return elementwise(writer, node, where)
        row, first = self._function_row(node, ahead), self._in_block(ahead.collection)
        index = where[0]
        for take in ahead.takes:
            index, _ = place_of(writer, take, (index,))
        place = number(index)
        code = f"{row}[{first} + {place.code}]"
        return Value(writer.settled(node, code, place.deps, node.operation), place.deps)

    def _function_row(self, node: Elementwise, ahead: Ahead) -> str:
        """The row of a function of a column; that of its partner is computed with it."""
        function, place, partner = PAIRS[node.operation]
        name = self._writer.collection(ahead.collection)
        key = (function, ahead.column, name)
        if key not in self._functions:
            column = self._writer.column(ahead.column).removeprefix("in_")
            first, second = sorted((node.operation, partner), key=lambda op: PAIRS[op][1])
            self._functions[key] = (f"{first}_of_{column}", f"{second}_of_{column}")
        return self._functions[key][place]

    def _in_block(self, collection: Collection) -> str:
        """Start of the event's objects among those of its block."""
        writer, key = self._writer, ("in block", collection)
        begins = writer.code.root.values.get(key)
        if begins is None:
            first, _ = writer.offsets(collection)
            begin = f"{first} - begin_{writer.collection(collection)}"
            with writer.code.at(writer.code.root):
                inside = writer.named("of_block", begin, NOTHING)
            begins = writer.code.root.values[key] = Value(inside)
        return begins.code

    def _reduced(self, writer: Writer, node: Reduce, where: Indices) -> Value:
        """The rule for reductions: a number counted ahead needs no loop."""
        return self._counted(node) if self.counts(node) else reduced(writer, node, where)

    def _counted(self, node: Reduce) -> Value:
        """The number of objects of the event that pass, or whether any does."""
        collection = node.values.type.axes[0]
        if not isinstance(collection, Collection):
            raise TypeError(f"{node!r} is not counted ahead")
        counts = self._counts.setdefault(collection, {})
        row = counts.setdefault(node, self._writer.code.name("passed"))
        begin = self._in_block(collection)
        length = self._writer.length(collection).code
        number = f"{row}[{begin} + {length}] - {row}[{begin}]"
        return Value(f"({number} > 0)" if node.operation == "any" else f"({number})")

    @property
    def lines(self) -> Iterator[str]:
        """The lines ahead of the events of a block."""
        for (function, column, name), rows in self._functions.items():
            source = self._writer.column(column)
            yield f"{function}_row({source}, begin_{name}, end_{name}, {', '.join(rows)})"
        yield from self._ahead.code.root.render()

    def write(self) -> None:
        """Write the loops, once everything has been taken over."""
        ahead = self._ahead
        for collection in dict.fromkeys((*self._fills, *self._counts)):
            name = ahead.collection(collection)
            counts = self._counts.get(collection, {})
            totals = {node: ahead.code.name("total") for node in counts}
            for node, total in totals.items():
                ahead.code.line(f"{total} = 0  # {remark(node)}")
            with ahead.counted(f"end_{name} - begin_{name}") as index:
                for fills in self._fills.get(collection, ()):
                    self._entry(fills, index)
                for node, total in totals.items():
                    ahead.code.line(f"{counts[node]}[{index.code}] = {total}")
                    truth = counted_truth(node)
                    if truth is not None:
                        ahead.code.line(f"{total} += int64({ahead.value(truth, (index,)).code})")
            for node, total in totals.items():
                ahead.code.line(f"{counts[node]}[end_{name} - begin_{name}] = {total}")

    def _entry(self, fills: Sequence[tuple[int, Fill]], index: Index) -> None:
        """Count an object, without a branch: one that does not pass counts as zero."""
        ahead, first = self._ahead, fills[0][1]
        truths: list[str] = []
        for select in _selections(first.values[0].type.axes[0]):
            truths.append(ahead.value(select.mask, (index,)).code)
            index = Made(select, (index,), At("0"))
        values = [ahead.value(node, (index,)) for node in first.values]
        where = place(ahead, first, values)
        truth = " & ".join(f"({code})" for code in dict.fromkeys(truths))
        for histogram, _ in fills:
            arguments = f"out, layout, {ahead.constant(f'int64({histogram})')}, {where}"
            ahead.code.line(
                f"count_where({arguments}, {truth})" if truth else f"count({arguments})"
            )

    def _collection(self, node: Node) -> Collection | None:
        """The collection of a node's objects, if its elements are cheap and local."""
        if node.type.depth != 1:
            return None
        axis = node.type.axes[0]
        selections = _selections(axis)
        collection = selections[0].mask.type.axes[0] if selections else axis
        if not isinstance(collection, Collection):
            return None
        facts = self._writer.facts
        nodes = [node, *(select.mask for select in selections)]
        if sum(facts.effort.get(part, 0) for part in nodes) > CHEAP:
            return None
        axes = set(selections) | {collection}
        parts = (part for part in walk(nodes) if part not in axes)
        fits = all(_is_plain(part) and part not in facts.ahead for part in parts)
        return collection if fits else None


class _OfBlock(Writer):
    """A writer for the elements of a block: positions count from the start of its first event."""

    def __init__(self, writer: Writer) -> None:
        super().__init__(writer.facts, writer.forms, writer.rules, row_element)
        self.columns, self.collections = writer.columns, writer.collections
        self.constants = writer.constants
        self.code.share_names(writer.code)

    def offsets(self, collection: Collection) -> tuple[str, str]:
        """First and last position of the block's objects among all elements of the chunk."""
        name = self.collection(collection)
        return f"begin_{name}", f"end_{name}"

    def _value(self, node: Node, where: Indices) -> Value:
        # Rows for single events do not exist yet.
        return self.rules[type(node)](self, node, where)


def _selections(axis: Node) -> list[Select]:
    """The selections on the way from a stored collection to a list, in their order."""
    selections: list[Select] = []
    while isinstance(axis, Select):
        selections.append(axis)
        axis = axis.mask.type.axes[0]
    return selections[::-1]


def _is_plain(node: Node) -> bool:
    """Whether an element depends only on elements of its inputs, and always exists."""
    if node.type.optional or isinstance(node, ExactCast | OptionalColumn):
        return False
    if isinstance(node, Column):
        return isinstance(node.collection, Collection)
    if isinstance(node, Take):
        return isinstance(node.index, Select) and not node.checked
    return isinstance(node, Constant | Elementwise | Cast)
