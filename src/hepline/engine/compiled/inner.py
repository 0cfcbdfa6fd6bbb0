"""Lists inside lists: stored, taken, repeated and joined."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from typing import Any

from hepline.columns.leaves import Collection, Column, Sublists, presence_of
from hepline.columns.lists import Flatten, Nest, Take, TakeInside
from hepline.columns.nodes import Node
from hepline.columns.types import BOOL, INT64
from hepline.engine.compiled.operations import zero
from hepline.engine.compiled.sinks import Origins, left, origins
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
from hepline.engine.handover import Computed, level_of

__all__ = ["INNER", "place_of", "stored_place"]


class _Stored(Form):
    def most(self, axis: Collection | Sublists, sizes: Sizes) -> Size:
        return sizes.stored(axis)

    def length(self, writer: Writer, axis: Any, around: Indices) -> str:  # noqa: ARG002
        first, last = writer.offsets(axis)
        return writer.named(f"n_{writer.collection(axis)}", f"{last} - {first}", NOTHING)


class _StoredInside(_Stored):
    def length(self, writer: Writer, axis: Sublists, around: Indices) -> str:
        begin, flat = _begin(writer, axis, around)
        name = writer.collection(axis)
        return writer.named("n", f"of_{name}[{flat} + 1] - {begin}", depends(*around))


def stored_place(writer: Writer, axis: Node, where: Indices) -> tuple[str, frozenset[str]]:
    """Position of an element of stored lists among those of the chunk."""
    at = number(where[-1])
    if isinstance(axis, Collection):
        return f"{writer.offsets(axis)[0]} + {at.code}", at.deps
    if not isinstance(axis, Sublists):
        raise TypeError(f"{axis!r} is not a stored list")
    begin, _ = _begin(writer, axis, where[:-1])
    return f"{begin} + {at.code}", depends(*where)


def _begin(writer: Writer, axis: Sublists, where: Indices) -> tuple[str, str]:
    """Start of an inner list, and the position of the element that holds it."""
    code, deps = writer.code, depends(*where)
    values = [code.block.find((role, axis, where)) for role in ("begin", "holder")]
    if values[0] is not None and values[1] is not None:
        return values[0].code, values[1].code
    with code.at(code.place(deps)) as block:
        flat = writer.named("at", stored_place(writer, axis.outer, where)[0], deps)
        name = writer.collection(axis)
        begin = writer.named(name, f"of_{name}[{flat}]", deps)
        block.values["begin", axis, where] = Value(begin, deps)
        block.values["holder", axis, where] = Value(flat, deps)
    return begin, flat


class _Computed(Form):
    def most(self, axis: Computed, sizes: Sizes) -> Size:
        return sizes.stored(Collection(level_of(axis.name, 0)))

    def length(self, writer: Writer, axis: Computed, around: Indices) -> str:  # noqa: ARG002
        _, first, last = writer.computed(axis)
        return writer.named("n", f"{last} - {first}", NOTHING)

    def element(self, writer: Writer, node: Computed, where: Indices) -> Value:
        """An element from an earlier phase; zero where it was not needed."""
        row, first, last = writer.computed(node)
        places = [number(index) for index in where]
        deps = frozenset[str]().union(*(place.deps for place in places))
        at = first if not places else f"{first} + {places[0].code}"
        for level, place in enumerate(places[1:], 1):
            begin = writer.named("begin", f"{writer.bounds(node, level)}[{at}]", deps)
            at = f"{begin} + {place.code}"
        zero_ = writer.constant(zero(node.type.dtype))
        # Conditions may be evaluated together, so check here whether the event has any elements.
        code = f"({row}[{at}] if {first} < {last} else {zero_})"
        there = None
        if node.type.optional:
            truths = writer.column(Column(presence_of(node.name), BOOL.name, None))
            there = writer.named("there", f"({truths}[{at}] if {first} < {last} else False)", deps)
        return Value(writer.settled(node, code, deps, "call"), deps, there)


class _Nested(Form):
    def most(self, axis: Nest, sizes: Sizes) -> Size:
        return sizes.of(axis.inner)

    def length(self, writer: Writer, axis: Nest, around: Indices) -> str:  # noqa: ARG002
        return writer.length(axis.inner.type.axes[0]).code

    def element(self, writer: Writer, node: Nest, where: Indices) -> Value:  # noqa: ARG002
        place = number(where[1])
        return Value(place.code, place.deps, index=place)


class _Taken(Form):
    def length(self, writer: Writer, axis: Take | TakeInside, around: Indices) -> str:
        source, inside = _source(writer, axis, around)
        if inside is None:
            return writer.length(axis.values, source).code
        code = writer.code
        name = code.name("n")
        code.line(f"{name} = 0")
        with code.inside(f"if {inside}:"):
            length = writer.length(axis.values, source)
            code.line(f"{name} = {length.code}")
        return name

    def along(
        self, writer: Writer, axis: Take | TakeInside, around: Indices, least: int
    ) -> Iterator[Index]:
        source, inside = _source(writer, axis, around)
        with ExitStack() as stack:
            if inside is not None:
                stack.enter_context(writer.code.inside(f"if {inside}:", guards_loop=True))
            yield stack.enter_context(writer.along(axis.values, source, least))

    def element(self, writer: Writer, node: Take | TakeInside, where: Indices) -> Value:
        level = _level(node)
        source, inside = _source(writer, node, where)
        if inside is None:
            return writer.value(node.values, source)
        place, rest = source[level], source[level + 1 :]
        deps = depends(*source)
        if rest:
            # A missing list is empty, and nothing may read it outside a loop over its elements: let
            # the place depend on their loop variables.
            place = At(number(place).code, deps)
            return writer.value(node.values, (*source[:level], place, *rest))
        return self._checked(writer, node, source, inside)

    def _checked(
        self, writer: Writer, node: Take | TakeInside, source: Indices, inside: str
    ) -> Value:
        """An element that may lie outside its list."""
        code, optional, deps = writer.code, node.values.type.optional, depends(*source)
        with code.at(code.place(deps)):
            name = code.name("v")
            there = inside if inside.isidentifier() else writer.named("there", inside, deps)
            code.line(f"{name} = {writer.constant(zero(node.type.dtype))}")
            present = code.name("there") if optional else there
            if optional:
                code.line(f"{present} = False")
            with code.inside(f"if {there}:"):
                value = writer.value(node.values, source)
                code.line(f"{name} = {value.code}")
                if optional:
                    code.line(f"{present} = {value.present or True}")
        return Value(name, deps, present)


def _level(node: Take | TakeInside) -> int:
    return node.level if isinstance(node, TakeInside) else 0


def _source(writer: Writer, node: Take | TakeInside, where: Indices) -> tuple[Indices, str | None]:
    """The place of the values to take, and the condition under which they exist."""
    level = _level(node)
    depth = max(node.index.type.depth, level)
    place, inside = place_of(writer, node, where[:depth])
    return (*where[:level], place, *where[depth:]), inside


def place_of(writer: Writer, node: Take | TakeInside, where: Indices) -> tuple[Index, str | None]:
    """The position to take, and the condition under which it exists."""
    index = writer.value(node.index, where[: node.index.type.depth])
    level = _level(node)
    axis = node.values.type.axes[level]
    place = index.index
    if place is None or (isinstance(place, Made) and place.axis is not axis):
        code = index.code if node.index.type.dtype == INT64 else f"int64({index.code})"
        if not (code.isidentifier() or code.isdigit()):
            code = writer.named("i", code, index.deps)
        place = At(code, index.deps)
    conditions = [] if index.present is None else [index.present]
    if node.checked and isinstance(place, At):
        most = writer.length(axis, where[:level])
        least = "" if place.code.isdigit() else "0 <= "
        conditions.append(f"{least}{place.code} < {most.code}")
    return place, " and ".join(conditions) or None


class _Flattened(Form):
    def most(self, axis: Flatten, sizes: Sizes) -> Size:
        inside = sizes.of(axis.values)
        return inside if axis.type.depth > 1 else sizes.along(axis.values.type.axes[-2]) * inside

    def length(self, writer: Writer, axis: Flatten, around: Indices) -> str:
        if around:
            return writer.length(axis.values, self._inside(writer, axis, around)).code
        name = writer.named("n", "0", NOTHING)
        with writer.along(axis.values.type.axes[0]) as outer:
            length = writer.length(axis.values, (outer,))
            writer.code.line(f"{name} += {length.code}")
        return name

    def along(self, writer: Writer, axis: Flatten, around: Indices, least: int) -> Iterator[Index]:
        if around:
            with writer.along(axis.values, self._inside(writer, axis, around), least) as index:
                yield index
            return
        counter = writer.code.counter()
        with (
            writer.along(axis.values.type.axes[0]) as outer,
            writer.along(axis.values, (outer,)) as inner,
            writer.made(axis, (outer, inner), counter) as index,
        ):
            yield index

    def element(self, writer: Writer, node: Flatten, where: Indices) -> Value:
        return writer.value(node.values, self._inside(writer, node, where))

    def _inside(self, writer: Writer, node: Flatten, where: Indices) -> Indices:
        """The place of an element before the lists are joined."""
        axis, index = node.type.axes[0], where[0]
        if isinstance(index, Made) and index.axis is axis:
            return (*index.parts, *where[1:])
        at, code = number(index), writer.code
        parts: list[Index] = []
        left(writer, Origins, axis)
        for row in origins(writer, axis):
            value = code.block.find((row, at))
            if value is None:
                value = Value(writer.named("i", f"{row}[{at.code}]", at.deps), at.deps)
                code.place(at.deps).values[row, at] = value
            parts.append(At(value.code, at.deps))
        return (*parts, *where[1:])


INNER: Mapping[type[Node], Form] = {
    Collection: _Stored(),
    Sublists: _StoredInside(),
    Computed: _Computed(),
    Nest: _Nested(),
    Take: _Taken(),
    TakeInside: _Taken(),
    Flatten: _Flattened(),
}
