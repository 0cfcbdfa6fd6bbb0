"""What one element of each expression is, as code."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from hepline.columns.elementwise import (
    Cast,
    Elementwise,
    ExactCast,
    FillMissing,
    IsMissing,
)
from hepline.columns.leaves import (
    Collection,
    Column,
    Constant,
    OptionalColumn,
    Random,
    Sublists,
    presence_of,
)
from hepline.columns.lists import (
    ArgSort,
    Combinations,
    Concat,
    Cross,
    Flatten,
    Nest,
    Pad,
    Position,
    Reduce,
    Select,
    Slice,
    Spread,
    Take,
    TakeInside,
)
from hepline.columns.nodes import Node
from hepline.columns.types import BOOL, FLOAT64
from hepline.engine.compiled.code import stem
from hepline.engine.compiled.lists import all_depends
from hepline.engine.compiled.navigation import NAVIGATION
from hepline.engine.compiled.operations import (
    PAIRS,
    converted,
    kept,
    literal,
    operation,
    zero,
)
from hepline.engine.compiled.tables import TABLES
from hepline.engine.compiled.user_code import USER_CODE
from hepline.engine.compiled.values import At, Chosen, Subset, Value, number
from hepline.engine.compiled.writer import Indices, Rule, Writer
from hepline.engine.counter import stream_key
from hepline.engine.handover import Computed

__all__ = ["RULES"]


def _aligned(writer: Writer, operands: Sequence[Node], where: Indices) -> list[Value]:
    """Operands at one place: shallower ones repeat along the inner lists."""
    return [writer.value(node, where[: node.type.depth]) for node in operands]


def _all(values: Sequence[Value]) -> str | None:
    """Present where all are."""
    given = dict.fromkeys(value.present for value in values if value.present is not None)
    return " and ".join(given) or None


def _deps(values: Sequence[Value]) -> frozenset[str]:
    return frozenset().union(*(value.deps for value in values))


def _there(writer: Writer, present: str | None, deps: frozenset[str]) -> str | None:
    if present is None or present.isidentifier():
        return present
    return writer.named("there", present, deps)


def _column(writer: Writer, node: Column, where: Indices) -> Value:
    row, at, deps = writer.column(node), "event", frozenset[str]()
    if node.collection is not None:
        at, deps = writer.lists.place(node.collection, where)
    there = None
    if node.type.optional:
        truths = writer.column(Column(presence_of(node.name), BOOL.name, node.collection))
        there = _there(writer, f"{truths}[{at}]", deps)
    return Value(writer.settled(node, f"{row}[{at}]", deps, stem(node.name)), deps, there)


def _computed(writer: Writer, node: Computed, where: Indices) -> Value:
    """An element that an earlier phase made; zero where it was not needed."""
    row, first, last = writer.computed(node)
    places = [number(index) for index in where]
    deps = frozenset[str]().union(*(place.deps for place in places))
    at = first if not places else f"{first} + {places[0].code}"
    for level, place in enumerate(places[1:], 1):
        begin = writer.named("begin", f"{writer.bounds(node, level)}[{at}]", deps)
        at = f"{begin} + {place.code}"
    zero_ = writer.constant(zero(node.type.dtype))
    # Conditions may be looked at together: whether the event has any elements is checked here.
    code = f"({row}[{at}] if {first} < {last} else {zero_})"
    there = None
    if node.type.optional:
        truths = writer.column(Column(presence_of(node.name), BOOL.name, None))
        there = _there(writer, f"({truths}[{at}] if {first} < {last} else False)", deps)
    return Value(writer.settled(node, code, deps, "call"), deps, there)


def _collection(_writer: Writer, _node: Collection | Sublists, where: Indices) -> Value:
    place = number(where[-1])
    return Value(place.code, place.deps)


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
            writer.code.block.known[other, where] = Value(name, deps, place.present)
    return Value(names[node.draw], deps, place.present)


def _elementwise(writer: Writer, node: Elementwise, where: Indices) -> Value:
    if node in writer.facts.ahead:
        return _ahead(writer, node, where)
    operands = _aligned(writer, node.operands, where)
    deps = _deps(operands)
    if node.operation in PAIRS and node.type.dtype == FLOAT64:
        return _both(writer, node, operands[0], where)
    taken = node.operands[0].type.dtype
    code = operation(node.operation, [value.code for value in operands], taken, node.type.dtype)
    present = _all(operands)
    if node.operation == "where" and present is not None:
        condition, true, false = operands
        chosen = f"({true.present or True} if {condition.code} else {false.present or True})"
        if true.present == false.present:
            chosen = str(true.present or True)
        given = (part for part in (condition.present, chosen) if part not in (None, "True"))
        present = " and ".join(dict.fromkeys(map(str, given))) or None
    return Value(writer.settled(node, code, deps), deps, _there(writer, present, deps))


def _both(writer: Writer, node: Elementwise, argument: Value, where: Indices) -> Value:
    """One of two functions; the other one of the same argument comes with it."""
    function, place, other = PAIRS[node.operation]
    partner = Elementwise(other, node.operands)
    with writer.code.at(writer.code.place(argument.deps)):
        names = [writer.code.name(name) for name in (node.operation, other)]
        written = names if place == 0 else names[::-1]
        writer.code.line(f"{', '.join(written)} = {function}({argument.code})")
        values = [Value(name, argument.deps, argument.present) for name in names]
        writer.code.block.known[partner, where] = values[1]
    return values[0]


def _ahead(writer: Writer, node: Elementwise, where: Indices) -> Value:
    """An element of a row that is computed for many events at a time."""
    row, first = writer.ahead(node)
    index = where[0]
    for take in writer.facts.ahead[node].takes:
        index, _ = writer.place_of(take, (index,))
    place = number(index)
    code = f"{row}[{first} + {place.code}]"
    return Value(writer.settled(node, code, place.deps, node.operation), place.deps)


def _cast(writer: Writer, node: Cast, where: Indices) -> Value:
    value = writer.value(node.value, where)
    given, code = node.type.dtype, value.code
    if node.value.type.dtype.kind == "f" and given.kind in "iu" and not code.isidentifier():
        code = writer.named("v", code, value.deps)
    convert = kept if isinstance(node, ExactCast) else converted
    code = convert(code, node.value.type.dtype, given)
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


def _select(writer: Writer, node: Select, where: Indices) -> Value:
    *around, index = where
    if isinstance(index, Chosen) and index.axis is node:
        place = number(index.base)
        return Value(place.code, place.deps, index=index.base)
    place = number(index)
    lists, sinks = writer.lists, writer.sinks
    row = lists.positions(node, tuple(around)) if around else sinks.positions(node)
    return _looked_up(writer, f"{row}[{place.code}]", all_depends(where))


def _looked_up(writer: Writer, code: str, deps: frozenset[str]) -> Value:
    """A position that stands in a row, or is computed."""
    name = writer.named("i", code, deps)
    return Value(name, deps, index=At(name, deps))


def _combinations(writer: Writer, node: Combinations, where: Indices) -> Value:
    index = where[0]
    if isinstance(index, Subset):
        member = index.members[node.slot]
        return Value(member.code, member.deps, index=member)
    place = number(index)
    of = writer.axis_length(node.of.type.axes[0])
    code = f"member({place.code}, {of.code}, {node.n}, {node.slot})"
    name = writer.named("i", code, place.deps)
    return Value(name, place.deps, index=At(name, place.deps))


def _cross(writer: Writer, node: Cross, where: Indices) -> Value:
    index = where[0]
    if isinstance(index, Subset):
        member = index.members[node.slot]
        return Value(member.code, member.deps, index=member)
    place = number(index)
    width = writer.axis_length(node.right.type.axes[0])
    symbol = "%" if node.slot else "//"
    # Only where the right list is not empty can there be a place to ask for.
    code = f"{place.code} {symbol} max({width.code}, 1)"
    name = writer.named("i", code, place.deps)
    return Value(name, place.deps, index=At(name, place.deps))


def _nest(_writer: Writer, _node: Nest, where: Indices) -> Value:
    place = number(where[1])
    return Value(place.code, place.deps, index=place)


def _argsort(writer: Writer, node: ArgSort, where: Indices) -> Value:
    *around, index = where
    place = number(index)
    row = writer.lists.order(node, tuple(around)) if around else writer.sinks.order(node)
    return _looked_up(writer, f"{row}[{place.code}]", all_depends(where))


def _slice(writer: Writer, node: Slice, where: Indices) -> Value:
    *around, index = where
    place = number(index)
    start = writer.lists.start(node, tuple(around))
    step = 1 if node.step is None else node.step
    return _looked_up(writer, f"{start} + {place.code} * {step}", all_depends(where))


def _pad(writer: Writer, node: Pad, where: Indices) -> Value:
    place = number(where[-1])
    length = writer.lists.length(node.of.type.axes[-1], where[:-1])
    there = f"({place.code} < {length.code})"
    return Value(place.code, place.deps | length.deps, there, index=place)


def _concat(writer: Writer, node: Concat, where: Indices) -> Value:
    place = number(where[0])
    first = writer.axis_length(node.first.type.axes[0])
    code = writer.code
    with code.at(code.place(place.deps)):
        name = code.name("v")
        there = code.name("there") if node.type.optional else None
        branches = code.either(f"{place.code} < {first.code}")
        after = At(f"({place.code} - {first.code})", place.deps)
        for block, side, at in zip(
            branches, (node.first, node.second), (place, after), strict=True
        ):
            with code.at(block):
                value = writer.value(side, (at,))
                code.line(f"{name} = {value.code}")
                if there is not None:
                    code.line(f"{there} = {value.present or True}")
        code.join(branches)
    return Value(name, place.deps, there)


def _take(writer: Writer, node: Take | TakeInside, where: Indices) -> Value:
    level = node.level if isinstance(node, TakeInside) else 0
    source, inside = writer.source_of(node, where)
    if inside is None:
        return writer.value(node.values, source)
    place, rest = source[level], source[level + 1 :]
    deps = all_depends(source)
    if rest:
        # A list that is not there has no elements; nothing of it may be looked at before one asks
        # for them, so the place counts as changing with them.
        place = At(number(place).code, deps)
        return writer.value(node.values, (*source[:level], place, *rest))
    code, optional = writer.code, node.values.type.optional
    with code.at(code.place(deps)):
        name = code.name("v")
        there = inside if inside.isidentifier() else writer.named("there", inside, deps)
        code.line(f"{name} = {writer.constant(zero(node.type.dtype))}")
        found = code.name("there") if optional else there
        if optional:
            code.line(f"{found} = False")
        with code.inside(f"if {there}:"):
            value = writer.value(node.values, source)
            code.line(f"{name} = {value.code}")
            if optional:
                code.line(f"{found} = {value.present or True}")
    return Value(name, deps, found)


def _flatten(writer: Writer, node: Flatten, where: Indices) -> Value:
    axis = node.type.axes[0]
    if not isinstance(axis, Flatten):
        raise TypeError(f"{node!r} is no flattened list")
    outer, inner = writer.lists.split(axis, where[0])
    return writer.value(node.values, (outer, inner, *where[1:]))


def _reduce(writer: Writer, node: Reduce, where: Indices) -> Value:
    return writer.sinks.reduced(node, where)


RULES: Mapping[type[Node], Rule] = {
    Column: _column,
    OptionalColumn: _column,
    Computed: _computed,
    Collection: _collection,
    Sublists: _collection,
    Constant: _constant,
    Random: _random,
    Elementwise: _elementwise,
    Cast: _cast,
    ExactCast: _cast,
    IsMissing: _is_missing,
    FillMissing: _fill_missing,
    Position: _position,
    Spread: _spread,
    Select: _select,
    Combinations: _combinations,
    Cross: _cross,
    Nest: _nest,
    ArgSort: _argsort,
    Slice: _slice,
    Pad: _pad,
    Concat: _concat,
    Take: _take,
    TakeInside: _take,
    Flatten: _flatten,
    Reduce: _reduce,
    **NAVIGATION,
    **TABLES,
    **USER_CODE,
}
