"""Work on the elements of many events at a time, ahead of the loop over these events.

The end of a loop over the list of one event is a mispredicted branch: some fifteen cycles, in which
the processor could look at ten jets. Entries that depend on single objects only, and the
number of objects that pass a cut, need no such loop: one loop runs over all objects of a block of
events. For the numbers, a row holds how many objects have passed before each one; the number of an
event is the difference between its end and its beginning.
"""

from __future__ import annotations

from collections.abc import Sequence

from hepline.columns.elementwise import Cast, Elementwise, ExactCast
from hepline.columns.fill import Fill
from hepline.columns.leaves import Collection, Column, Constant, OptionalColumn
from hepline.columns.lists import Reduce, Select, Take
from hepline.columns.nodes import Node, walk
from hepline.columns.types import INT64
from hepline.engine.compiled.code import remark
from hepline.engine.compiled.operations import memory
from hepline.engine.compiled.outputs import is_counted, place
from hepline.engine.compiled.reductions import counted_truth, reduced
from hepline.engine.compiled.sinks import row_element
from hepline.engine.compiled.values import At, Index, Indices, Made, Value
from hepline.engine.compiled.writer import CHEAP, Writer

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
        self._fills: dict[Collection, list[list[tuple[int, Fill]]]] = {}
        self._counts: dict[Collection, dict[Reduce, str]] = {}

    @property
    def collections(self) -> tuple[Collection, ...]:
        """Collections whose objects the loops run over, in order."""
        return tuple(dict.fromkeys((*self._fills, *self._counts)))

    @property
    def rows(self) -> list[str]:
        """Memory for the counts."""
        return [
            f"{row} = {memory(f'most_ahead_{self._writer.collection(of)} + 1', INT64)}"
            for of, counts in self._counts.items()
            for row in counts.values()
        ]

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

    def reduced(self, writer: Writer, node: Reduce, where: Indices) -> Value:
        """The rule for reductions: a number counted ahead needs no loop."""
        return self._counted(node) if self.counts(node) else reduced(writer, node, where)

    def _counted(self, node: Reduce) -> Value:
        """The number of objects of the event that pass, or whether any does."""
        collection = node.values.type.axes[0]
        if not isinstance(collection, Collection):
            raise TypeError(f"{node!r} is not counted ahead")
        counts = self._counts.setdefault(collection, {})
        row = counts.setdefault(node, self._writer.code.name("passed"))
        begin = self._writer.in_block(collection)
        length = self._writer.length(collection).code
        number = f"{row}[{begin} + {length}] - {row}[{begin}]"
        return Value(f"({number} > 0)" if node.operation == "any" else f"({number})")

    @property
    def lines(self) -> list[str]:
        """The lines ahead of the events of a block."""
        return list(self._ahead.code.root.render())

    def write(self) -> None:
        """Write the loops, once everything has been taken over."""
        ahead = self._ahead
        for collection in self.collections:
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
        for number, _ in fills:
            arguments = f"out, layout, {ahead.constant(f'int64({number})')}, {where}"
            truth = " & ".join(f"({code})" for code in dict.fromkeys(truths))
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
