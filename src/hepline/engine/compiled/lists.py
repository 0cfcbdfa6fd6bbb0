"""Lists inside lists: how long each is, where its elements lie, and loops over them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING

from hepline.columns.leaves import Collection, Sublists
from hepline.columns.lists import (
    ArgSort,
    Flatten,
    Nest,
    Pad,
    Select,
    Slice,
    Take,
    TakeInside,
)
from hepline.columns.navigation import Ranges
from hepline.columns.nodes import Node
from hepline.columns.types import BOOL, INT64
from hepline.engine.compiled.operations import memory
from hepline.engine.compiled.rows import Unlowered, most_of
from hepline.engine.compiled.values import At, Chosen, Index, Merged, Value, depends, number
from hepline.engine.conditions import conjuncts

if TYPE_CHECKING:
    from hepline.engine.compiled.writer import Indices, Writer

__all__ = ["Lists", "all_depends"]


def all_depends(where: Indices) -> frozenset[str]:
    """Loop variables that any of several places changes with."""
    return frozenset().union(*map(depends, where))


class Lists:
    """Lists at a place: that of an event, or one inside the elements of others.

    Parameters
    ----------
    writer : Writer
    """

    def __init__(self, writer: Writer) -> None:
        self._writer = writer
        self._flat: dict[Flatten, list[str]] = {}

    # --- how long, and where --------------------------------------------------------------------

    def length(self, axis: Node, where: Indices) -> At:
        """How many elements the list along an axis has, one index for each list around it."""
        if not where and not isinstance(axis, Take | Ranges):
            return self._writer.axis_length(axis)
        code, deps = self._writer.code, all_depends(where)
        known = code.block.find(("length", axis, where))
        if known is None:
            with code.at(code.place(deps)):
                known = Value(self._length(axis, where), deps)
                code.block.known["length", axis, where] = known
        return At(known.code, deps)

    def _length(self, axis: Node, where: Indices) -> str:
        writer = self._writer
        match axis:
            case Sublists():
                begin, flat = self._begin(axis, where)
                own = writer.collection(axis)
                return writer.named("n", f"of_{own}[{flat} + 1] - {begin}", all_depends(where))
            case Nest():
                return writer.axis_length(axis.inner.type.axes[0]).code
            case Take() | TakeInside():
                return self._length_of_taken(axis, where)
            case Ranges():
                ends = [writer.value(part, where[: part.type.depth]) for part in axis.inputs]
                code = f"max({ends[1].code} - {ends[0].code}, 0)"
                return writer.named("n", code, ends[0].deps | ends[1].deps)
            case Select():
                return self._length_of_chosen(axis, where)
            case ArgSort():
                return self.length(axis.by.type.axes[-1], where).code
            case Slice():
                return self.sliced(axis, where)[1]
            case Pad():
                return str(axis.length)
            case Flatten():
                outer, inner = self.split(axis, where[0])
                return self.length(axis.values, (outer, inner, *where[1:])).code
        raise Unlowered(f"the lengths of {axis!r}")

    def _length_of_taken(self, axis: Take | TakeInside, where: Indices) -> str:
        code = self._writer.code
        source, inside = self._writer.source_of(axis, where)
        if inside is None:
            return self.length(axis.values, source).code
        name = code.name("n")
        code.line(f"{name} = 0")
        with code.inside(f"if {inside}:"):
            length = self.length(axis.values, source)
            code.line(f"{name} = {length.code}")
        return name

    def _length_of_chosen(self, axis: Select, where: Indices) -> str:
        code = self._writer.code
        name = code.name("n")
        code.line(f"{name} = 0")
        with (
            self.along(axis.mask.type.axes[-1], where) as base,
            self._writer.where_all(conjuncts(axis.mask), (*where, base)),
        ):
            code.line(f"{name} += 1")
        return name

    def place(self, axis: Node, where: Indices) -> tuple[str, frozenset[str]]:
        """Where an element of stored lists lies among those of the whole chunk."""
        at = number(where[-1])
        if isinstance(axis, Collection):
            return f"{self._writer.offsets(axis)[0]} + {at.code}", at.deps
        if not isinstance(axis, Sublists):
            raise TypeError(f"{axis!r} is no stored list")
        begin, _ = self._begin(axis, where[:-1])
        return f"{begin} + {at.code}", all_depends(where)

    def _begin(self, axis: Sublists, where: Indices) -> tuple[str, str]:
        """Where an inner list begins, and the place of the element that holds it."""
        code, deps = self._writer.code, all_depends(where)
        known = [code.block.find((what, axis, where)) for what in ("begin", "holder")]
        if known[0] is not None and known[1] is not None:
            return known[0].code, known[1].code
        with code.at(code.place(deps)):
            flat = self._writer.named("at", self.place(axis.outer, where)[0], deps)
            own = self._writer.collection(axis)
            begin = self._writer.named(own, f"of_{own}[{flat}]", deps)
            code.block.known["begin", axis, where] = Value(begin, deps)
            code.block.known["holder", axis, where] = Value(flat, deps)
        return begin, flat

    def start(self, axis: Slice, where: Indices) -> str:
        """The first position of a slice."""
        self.length(axis, where)
        known = self._writer.code.block.find(("start", axis, where))
        if known is None:
            raise TypeError(f"{axis!r} has no first position")
        return known.code

    def sliced(self, axis: Slice, where: Indices) -> tuple[str, str]:
        """Write where a slice begins, and how long it is."""
        code = self._writer.code
        of = self.length(axis.of.type.axes[-1], where)
        start, length = code.name("start"), code.name("n")
        bounds = ", ".join(str(bound) for bound in (axis.start, axis.stop, axis.step))
        code.line(f"{start}, {length} = sliced({of.code}, {bounds})")
        code.block.known["start", axis, where] = Value(start, all_depends(where))
        return start, length

    # --- loops ----------------------------------------------------------------------------------

    @contextmanager
    def along(self, axis: Node, where: Indices) -> Iterator[Index]:
        """Go over the elements of a list."""
        writer = self._writer
        match axis:
            case Take() | TakeInside():
                source, inside = writer.source_of(axis, where)
                with ExitStack() as stack:
                    if inside is not None:
                        stack.enter_context(writer.code.inside(f"if {inside}:"))
                    yield stack.enter_context(self.along(axis.values, source))
            case Select() if where or not writer.sinks.is_done(axis):
                with (
                    self.along(axis.mask.type.axes[-1], where) as base,
                    writer.chosen(axis, base, where) as chosen,
                ):
                    yield chosen
            case Flatten() if where:
                outer, inner = self.split(axis, where[0])
                with self.along(axis.values, (outer, inner, *where[1:])) as index:
                    yield index
            case _ if not where and not isinstance(axis, Ranges):
                with writer.loop(axis) as index:
                    yield index
            case _:
                with writer.counted(self.length(axis, where).code) as at:
                    yield at

    @contextmanager
    def merged(self, axis: Flatten) -> Iterator[Index]:
        """Go over the lists of an event, and over what is in them."""
        code = self._writer.code
        counter = code.counter()
        around = self.along(axis.values.type.axes[0], ())
        with around as outer, self.along(axis.values, (outer,)) as inner:
            yield Merged(axis, outer, inner, At(counter, all_depends((outer, inner))))
            code.line(f"{counter} += 1")

    # --- random access --------------------------------------------------------------------------

    def split(self, axis: Flatten, index: Index) -> tuple[Index, Index]:
        """The list that an element of a flattened list comes from, and its place there."""
        axis = _outermost(axis)
        if isinstance(index, Merged) and index.axis is axis:
            return index.outer, index.inner
        at, code = number(index), self._writer.code
        parts: list[Index] = []
        for name, row in zip(("outer", "inner"), self._rows_of(axis), strict=True):
            known = code.block.find((name, axis, at))
            if known is None:
                known = Value(self._writer.named("i", f"{row}[{at.code}]", at.deps), at.deps)
                code.place(at.deps).known[name, axis, at] = known
            parts.append(At(known.code, at.deps))
        return parts[0], parts[1]

    def _rows_of(self, axis: Flatten) -> list[str]:
        """Rows that say for each element of a flattened list where it comes from."""
        writer, code = self._writer, self._writer.code
        if axis not in self._flat:
            most = most_of(axis, writer.collection)
            rows = self._flat[axis] = [code.name("row") for _ in range(2)]
            writer.before += [f"{row} = {memory(most, INT64)}" for row in rows]
        rows = self._flat[axis]
        if code.block.find(("rows", axis)) is None:
            with code.at(writer.home(axis)), self.merged(axis) as index:
                if not isinstance(index, Merged):
                    raise TypeError("a flattened list is gone over list by list")
                for row, part in zip(rows, (index.outer, index.inner), strict=True):
                    code.line(f"{row}[{index.flat.code}] = {number(part).code}")
            writer.home(axis).known["rows", axis] = Value("")
        return rows

    def positions(self, axis: Select, where: Indices) -> str:
        """A row of the positions that a selection chooses in an inner list."""
        code = self._writer.code
        known = code.block.find(("positions", axis, where))
        if known is None:
            (row,), deps = self._memory(axis, INT64), all_depends(where)
            with code.at(code.place(deps)):
                with self.along(axis, where) as index:
                    if not isinstance(index, Chosen):
                        raise TypeError("positions are kept where they are chosen")
                    code.line(f"{row}[{index.flat.code}] = {number(index.base).code}")
                known = code.block.known["positions", axis, where] = Value(row, deps)
        return known.code

    def order(self, axis: ArgSort, where: Indices) -> str:
        """A row of positions in the order of a key of an inner list."""
        writer, code = self._writer, self._writer.code
        known = code.block.find(("order", axis, where))
        if known is None:
            key, deps = axis.by, all_depends(where)
            (row,), (keys, *there) = self._memory(axis, INT64), self._memory(key)
            with code.at(code.place(deps)):
                length = self.length(axis, where).code
                with writer.counted(length) as at:
                    value = writer.value(key, (*where, at))
                    code.line(f"{keys}[{at.code}] = {value.code}")
                    if there:
                        code.line(f"{there[0]}[{at.code}] = {value.present or True}")
                descending = writer.constant(f"int64({int(axis.descending)})")
                given = f"{keys}, {there[0] if there else None}, {length}, {descending}, {row}"
                code.line(f"sort({given})")
                known = code.block.known["order", axis, where] = Value(row, deps)
        return known.code

    def _memory(self, node: Node, dtype: object = None) -> list[str]:
        """Rows for the elements of one inner list, and for which of them are there."""
        writer = self._writer
        most = most_of(node.type.axes[-1], writer.collection)
        kinds = [INT64] if dtype is not None else [node.type.dtype, *[BOOL] * node.type.optional]
        names = [writer.code.name("row") for _ in kinds]
        writer.before += [
            f"{name} = {memory(most, kind)}" for name, kind in zip(names, kinds, strict=True)
        ]
        return names


def _outermost(axis: Flatten) -> Flatten:
    """The list of the event that lists inside a flattened list lie along."""
    first = axis.type.axes[0]
    return first if isinstance(first, Flatten) else axis
