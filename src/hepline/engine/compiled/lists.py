"""One `Form` per list operation: length of the lists, loop over them, and elements.

A `Form` covers lists anywhere: of an event, or inside the elements of others. The work along lists
(`sinks`, `reductions`, `outputs`) knows lists only by their form.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack
from typing import Any

from hepline.columns.lists import (
    ArgSort,
    Combinations,
    Concat,
    Cross,
    Differences,
    Pad,
    Select,
    Slice,
)
from hepline.columns.navigation import Ranges
from hepline.columns.nodes import Node
from hepline.columns.types import INT64
from hepline.engine.compiled.inner import INNER
from hepline.engine.compiled.operations import operation
from hepline.engine.compiled.sinks import Positions, Row, is_left, left
from hepline.engine.compiled.sizes import Size, Sizes
from hepline.engine.compiled.values import (
    NOTHING,
    At,
    Index,
    Indices,
    Made,
    Value,
    depends,
    number,
)
from hepline.engine.compiled.writer import Form, Writer

__all__ = ["FORMS", "most"]


def _looked_up(writer: Writer, code: str, deps: frozenset[str]) -> Value:
    """A position, read from a row or computed."""
    name = writer.named("i", code, deps)
    return Value(name, deps, index=At(name, deps))


# --- chosen one by one ---------------------------------------------------------------------------


class _Chosen(Form):
    def length(self, writer: Writer, axis: Select, around: Indices) -> str:
        left(writer, Positions, axis, around)
        return writer.length(axis, around).code

    def along(self, writer: Writer, axis: Select, around: Indices, least: int) -> Iterator[Index]:
        if is_left(writer, Positions, axis, around):
            yield from super().along(writer, axis, around, least)
            return
        with (
            writer.along(axis.mask.type.axes[-1], around) as base,
            writer.chosen(axis, base, around) as index,
        ):
            yield index

    def element(self, writer: Writer, node: Select, where: Indices) -> Value:
        index = where[-1]
        if isinstance(index, Made) and index.axis is node:
            (base,) = index.parts
            return Value(number(base).code, number(base).deps, index=base)
        row = left(writer, Positions, node, where[:-1])
        return _looked_up(writer, f"{row.code}[{number(index).code}]", depends(*where))


class _Sorted(Form):
    def length(self, writer: Writer, axis: ArgSort, around: Indices) -> str:
        return writer.length(axis.by.type.axes[-1], around).code

    def element(self, writer: Writer, node: ArgSort, where: Indices) -> Value:
        *around, index = where
        row = self._order(writer, node, tuple(around))
        return _looked_up(writer, f"{row}[{number(index).code}]", depends(*where))

    def _order(self, writer: Writer, node: ArgSort, around: Indices) -> str:
        """The row of positions that sort a key."""
        (row,), code = writer.rows(node, around, {"": INT64}), writer.code
        if code.block.find(("sorted", node, around)) is None:
            with code.at(writer.block_of(node, around)) as block:
                keys, length = left(writer, Row, node.by, around), writer.length(node, around)
                # Not a literal, for which numba would compile the function again.
                descending = writer.constant(f"int64({int(node.descending)})")
                arguments = f"{keys.code}, {keys.present}, {length.code}, {descending}, {row}"
                code.line(f"sort({arguments})")
                block.values["sorted", node, around] = Value(row)
        return row


class _Sliced(Form):
    def length(self, writer: Writer, axis: Slice, around: Indices) -> str:
        of, code = writer.length(axis.of.type.axes[-1], around), writer.code
        start, length = code.name("start"), code.name("n")
        bounds = ", ".join(str(bound) for bound in (axis.start, axis.stop, axis.step))
        code.line(f"{start}, {length} = sliced({of.code}, {bounds})")
        code.block.values["start", axis, around] = Value(start, depends(*around))
        return length

    def element(self, writer: Writer, node: Slice, where: Indices) -> Value:
        *around, index = where
        writer.length(node, tuple(around))
        start = writer.code.block.find(("start", node, tuple(around)))
        if start is None:
            raise TypeError(f"{node!r} has no first position")
        step = 1 if node.step is None else node.step
        code = f"{start.code} + {number(index).code} * {step}"
        return _looked_up(writer, code, depends(*where))


class _Padded(Form):
    def most(self, axis: Pad, sizes: Sizes) -> Size:
        return sizes.number(axis.length)

    def length(self, writer: Writer, axis: Pad, around: Indices) -> str:  # noqa: ARG002
        return str(axis.length)

    def element(self, writer: Writer, node: Pad, where: Indices) -> Value:
        place, length = number(where[-1]), writer.length(node.of.type.axes[-1], where[:-1])
        there = f"({place.code} < {length.code})"
        return Value(place.code, place.deps | length.deps, there, index=place)


class _Ranged(Form):
    def length(self, writer: Writer, axis: Ranges, around: Indices) -> str:
        begin, end = (writer.value(part, around[: part.type.depth]) for part in axis.inputs)
        return writer.named("n", f"max({end.code} - {begin.code}, 0)", begin.deps | end.deps)

    def element(self, writer: Writer, node: Ranges, where: Indices) -> Value:
        begin = writer.value(node.begin, where[: node.begin.type.depth])
        place = number(where[-1])
        return _looked_up(writer, f"{begin.code} + {place.code}", begin.deps | place.deps)


# --- made of several -----------------------------------------------------------------------------


class _Members(Form):
    """Lists of combinations: nested loops over the lists of their members."""

    ascending = False
    """Whether each member stands behind the one before it, in the same list."""

    @abstractmethod
    def lists(self, axis: Any) -> Sequence[Node]:
        """The lists of the members."""

    @abstractmethod
    def member(self, writer: Writer, node: Any, place: At) -> str:
        """Code of one member of a combination, from the number of the combination."""

    def along(self, writer: Writer, axis: Node, _: Indices, least: int) -> Iterator[Index]:  # noqa: ARG002
        members: list[At] = []
        with ExitStack() as stack:
            for of in self.lists(axis):
                first = f"{members[-1].code} + 1" if self.ascending and members else ""
                length = writer.length(of.type.axes[0]).code
                members.append(stack.enter_context(writer.counted(length, first)))
            counter = writer.code.counter()
            yield stack.enter_context(writer.made(axis, tuple(members), counter))

    def element(self, writer: Writer, node: Combinations | Cross, where: Indices) -> Value:
        (index,) = where
        if isinstance(index, Made):
            member = number(index.parts[node.slot])
            return Value(member.code, member.deps, index=member)
        return _looked_up(writer, self.member(writer, node, index), index.deps)


class _Combined(_Members):
    ascending = True

    def most(self, axis: Combinations, sizes: Sizes) -> Size:
        return sizes.subsets(sizes.of(axis.of), axis.n)

    def lists(self, axis: Combinations) -> Sequence[Node]:
        return [axis.of] * axis.n

    def length(self, writer: Writer, axis: Combinations, around: Indices) -> str:  # noqa: ARG002
        count = writer.length(axis.of.type.axes[0])
        return writer.named("n", f"subsets({count.code}, {axis.n})", NOTHING)

    def member(self, writer: Writer, node: Combinations, place: At) -> str:
        of = writer.length(node.of.type.axes[0])
        return f"member({place.code}, {of.code}, {node.n}, {node.slot})"


class _Crossed(_Members):
    def most(self, axis: Cross, sizes: Sizes) -> Size:
        return sizes.of(axis.left) * sizes.of(axis.right)

    def lists(self, axis: Cross) -> Sequence[Node]:
        return axis.left, axis.right

    def length(self, writer: Writer, axis: Cross, around: Indices) -> str:  # noqa: ARG002
        lengths = (writer.length(side.type.axes[0]).code for side in self.lists(axis))
        return writer.named("n", " * ".join(lengths), NOTHING)

    def member(self, writer: Writer, node: Cross, place: At) -> str:
        width = writer.length(node.right.type.axes[0])
        # A place can exist only where the right list is not empty.
        return f"{place.code} {'%' if node.slot else '//'} max({width.code}, 1)"


class _Differences(Form):
    def length(self, writer: Writer, axis: Differences, around: Indices) -> str:
        of = writer.length(axis.values.type.axes[-1], around)
        return writer.named("n", f"max({of.code} - 1, 0)", of.deps)

    def element(self, writer: Writer, node: Differences, where: Indices) -> Value:
        *around, index = where
        place, dtype = number(index), node.type.dtype
        places = (place, At(f"({place.code} + 1)", place.deps))
        first, second = (writer.value(node.values, (*around, at)) for at in places)
        there = " and ".join(value.present for value in (first, second) if value.present)
        deps = first.deps | second.deps
        code = writer.settled(
            node, operation("subtract", [second.code, first.code], dtype, dtype), deps
        )
        return Value(code, deps, writer.named("there", there, deps) if there else None)


class _Joined(Form):
    def most(self, axis: Concat, sizes: Sizes) -> Size:
        return sizes.of(axis.first) + sizes.of(axis.second)

    def length(self, writer: Writer, axis: Concat, around: Indices) -> str:  # noqa: ARG002
        lengths = (writer.length(part.type.axes[0]).code for part in axis.inputs)
        return writer.named("n", " + ".join(lengths), NOTHING)

    def element(self, writer: Writer, node: Concat, where: Indices) -> Value:
        place, code = number(where[0]), writer.code
        first = writer.length(node.first.type.axes[0])
        with code.at(code.place(place.deps)):
            name = code.name("v")
            there = code.name("there") if node.type.optional else None
            branches = code.either(f"{place.code} < {first.code}")
            after = At(f"({place.code} - {first.code})", place.deps)
            for block, side, at in zip(branches, node.inputs, (place, after), strict=True):
                with code.at(block):
                    value = writer.value(side, (at,))
                    code.line(f"{name} = {value.code}")
                    if there is not None:
                        code.line(f"{there} = {value.present or True}")
            code.join(branches)
        return Value(name, place.deps, there)


FORMS: Mapping[type[Node], Form] = {
    Select: _Chosen(),
    ArgSort: _Sorted(),
    Slice: _Sliced(),
    Pad: _Padded(),
    Ranges: _Ranged(),
    Combinations: _Combined(),
    Cross: _Crossed(),
    Concat: _Joined(),
    Differences: _Differences(),
    **INNER,
}


def most(axis: Node, sizes: Sizes) -> Size:
    """Upper bound of the length of lists along an axis."""
    return FORMS[type(axis)].most(axis, sizes)
