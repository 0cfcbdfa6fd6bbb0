"""The code of one element, for each kind of expression."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from hepline.columns.elementwise import (
    Cast,
    Elementwise,
    ExactCast,
    FillMissing,
    IsMissing,
)
from hepline.columns.leaves import Column, Constant, OptionalColumn, Random, presence_of
from hepline.columns.lists import Position, Spread
from hepline.columns.nodes import Node
from hepline.columns.types import BOOL, FLOAT64
from hepline.engine.compiled.code import stem
from hepline.engine.compiled.inner import stored_place
from hepline.engine.compiled.lists import FORMS
from hepline.engine.compiled.navigation import NAVIGATION
from hepline.engine.compiled.operations import (
    PAIRS,
    converted,
    exact_conversion,
    literal,
    operation,
)
from hepline.engine.compiled.reductions import REDUCTIONS
from hepline.engine.compiled.tables import TABLES
from hepline.engine.compiled.user_code import USER_CODE
from hepline.engine.compiled.values import Indices, Value, number
from hepline.engine.compiled.writer import Rule, Writer
from hepline.engine.counter import stream_key

__all__ = ["RULES", "elementwise"]


def _aligned(writer: Writer, operands: Sequence[Node], where: Indices) -> list[Value]:
    """The values of operands at one place; shallower ones repeat along inner lists."""
    return [writer.value(node, where[: node.type.depth]) for node in operands]


def _all(values: Sequence[Value]) -> str | None:
    """The condition that all values are present; None if they always are."""
    presences = dict.fromkeys(value.present for value in values if value.present is not None)
    return " and ".join(presences) or None


def _deps(values: Sequence[Value]) -> frozenset[str]:
    return frozenset().union(*(value.deps for value in values))


def _there(writer: Writer, present: str | None, deps: frozenset[str]) -> str | None:
    if present is None or present.isidentifier():
        return present
    return writer.named("there", present, deps)


def _column(writer: Writer, node: Column, where: Indices) -> Value:
    row, at, deps = writer.column(node), "event", frozenset[str]()
    if node.collection is not None:
        at, deps = stored_place(writer, node.collection, where)
    there = None
    if node.type.optional:
        truths = writer.column(Column(presence_of(node.name), BOOL.name, node.collection))
        there = _there(writer, f"{truths}[{at}]", deps)
    return Value(writer.settled(node, f"{row}[{at}]", deps, stem(node.name)), deps, there)


def _constant(writer: Writer, node: Constant, _where: Indices) -> Value:
    return Value(writer.constant(literal(node.value, node.type.dtype)))


def _random(writer: Writer, node: Random, where: Indices) -> Value:
    run, block, event = node.run, node.luminosity_block, node.event
    values = [writer.value(part, ()) for part in (run, block, event)]
    place = Value("0") if node.place is None else writer.value(node.place, where)
    counter = ", ".join(value.code for value in (*values, place))
    deps = _deps((*values, place))
    stream = writer.constant(f"int64({stream_key(node.stream)})")
    with writer.code.at(writer.code.place(deps)):
        names = [writer.code.name("random") for _ in range(2)]
        writer.code.line(f"{', '.join(names)} = uniforms({stream}, {counter})")
        for draw, name in enumerate(names):
            other = Random(node.stream, draw, run, block, event, node.place)
            writer.code.block.values[other, where] = Value(name, deps, place.present)
    return Value(names[node.draw], deps, place.present)


def elementwise(writer: Writer, node: Elementwise, where: Indices) -> Value:
    """One operation on the elements of its operands."""
    operands = _aligned(writer, node.operands, where)
    deps = _deps(operands)
    if node.operation in PAIRS and node.type.dtype == FLOAT64:
        return _both(writer, node, operands[0], where)
    dtype = node.operands[0].type.dtype
    code = operation(node.operation, [value.code for value in operands], dtype, node.type.dtype)
    present = _all(operands)
    if node.operation == "where" and present is not None:
        condition, true, false = operands
        presence = f"({true.present or True} if {condition.code} else {false.present or True})"
        if true.present == false.present:
            presence = str(true.present or True)
        presences = (part for part in (condition.present, presence) if part not in (None, "True"))
        present = " and ".join(dict.fromkeys(map(str, presences))) or None
    return Value(writer.settled(node, code, deps), deps, _there(writer, present, deps))


def _both(writer: Writer, node: Elementwise, argument: Value, where: Indices) -> Value:
    """One of a pair of functions; the other one of the same argument is computed with it."""
    function, place, other = PAIRS[node.operation]
    partner = Elementwise(other, node.operands)
    with writer.code.at(writer.code.place(argument.deps)):
        names = [writer.code.name(name) for name in (node.operation, other)]
        ordered = names if place == 0 else names[::-1]
        writer.code.line(f"{', '.join(ordered)} = {function}({argument.code})")
        values = [Value(name, argument.deps, argument.present) for name in names]
        writer.code.block.values[partner, where] = values[1]
    return values[0]


def _cast(writer: Writer, node: Cast, where: Indices) -> Value:
    value = writer.value(node.value, where)
    dtype, code = node.type.dtype, value.code
    if node.value.type.dtype.kind == "f" and dtype.kind in "iu" and not code.isidentifier():
        code = writer.named("v", code, value.deps)
    convert = exact_conversion if isinstance(node, ExactCast) else converted
    code = convert(code, node.value.type.dtype, dtype)
    return Value(writer.settled(node, code, value.deps), value.deps, value.present)


def _is_missing(writer: Writer, node: IsMissing, where: Indices) -> Value:
    value = writer.value(node.value, where)
    return Value("False" if value.present is None else f"(not ({value.present}))", value.deps)


def _fill_missing(writer: Writer, node: FillMissing, where: Indices) -> Value:
    value, replacement = _aligned(writer, (node.value, node.replacement), where)
    if value.present is None:
        return value
    deps = _deps((value, replacement))
    code = f"({value.code} if {value.present} else {replacement.code})"
    return Value(writer.settled(node, code, deps), deps)


def _position(_writer: Writer, _node: Position, where: Indices) -> Value:
    place = number(where[-1])
    return Value(place.code, place.deps)


def _spread(writer: Writer, node: Spread, _where: Indices) -> Value:
    return writer.value(node.value, ())


RULES: Mapping[type[Node], Rule] = {
    Column: _column,
    OptionalColumn: _column,
    Constant: _constant,
    Random: _random,
    Elementwise: elementwise,
    Cast: _cast,
    ExactCast: _cast,
    IsMissing: _is_missing,
    FillMissing: _fill_missing,
    Position: _position,
    Spread: _spread,
    **{kind: form.element for kind, form in FORMS.items()},
    **NAVIGATION,
    **REDUCTIONS,
    **TABLES,
    **USER_CODE,
}
