"""Code of calls to a user's function of one event."""

from __future__ import annotations

from collections.abc import Mapping

from hepline.columns.leaves import Collection, Column
from hepline.columns.mapping import Map
from hepline.columns.nodes import Node
from hepline.engine.compiled.operations import spelled
from hepline.engine.compiled.sinks import Row, left
from hepline.engine.compiled.values import Indices, Value, number
from hepline.engine.compiled.writer import Rule, Unlowered, Writer
from hepline.engine.usercode import is_translated, lending, obstacle, register

__all__ = ["USER_CODE"]


def _mapped(writer: Writer, node: Map, where: Indices) -> Value:
    """The result of a user's function, called once per event."""
    value = writer.code.block.find(("mapped", node))
    if value is None:
        value = _call_of(writer, node)
    code, deps = value.code, value.deps
    if where:
        place = number(where[0])
        code, deps = f"{code}[{place.code}]", place.deps
    code = f"{spelled(node.type.dtype)}({code})"
    return Value(writer.settled(node, code, deps, "mapped"), deps)


def _call_of(writer: Writer, node: Map) -> Value:
    translated = is_translated(node)
    if not translated and obstacle(node):
        raise Unlowered(f"numba does not compile {node.function.name}", node.function)
    function = writer.constant(f'compiled_function("{register(node.function)}")')
    with writer.code.at(writer.home(node)):
        handing = "lent" if translated else lending(node)
        arguments = [
            f"{handing}({_list(writer, operand)})"
            if operand.type.depth
            else f"{spelled(operand.type.dtype)}({writer.value(operand, ()).code})"
            for operand in node.operands
        ]
        name = writer.code.name("result")
        writer.code.line(f"{name} = {function}({', '.join(arguments)})")
        if node.along is not None:
            length = writer.length(node.along)
            with writer.code.inside(f"if len({name}) != {length.code}:"):
                writer.code.line("raise LookupError")
        value = writer.code.block.values["mapped", node] = Value(name)
    return value


def _list(writer: Writer, operand: Node) -> str:
    if isinstance(operand, Column) and isinstance(operand.collection, Collection):
        first, last = writer.offsets(operand.collection)
        return f"{writer.column(operand)}[{first}:{last}]"
    row, length = left(writer, Row, operand), writer.length(operand.type.axes[0])
    return f"{row.code}[:{length.code}]"


USER_CODE: Mapping[type[Node], Rule] = {Map: _mapped}
