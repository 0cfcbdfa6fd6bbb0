"""References between objects, as code: searches, and walks to ancestors."""

from __future__ import annotations

from collections.abc import Mapping

from hepline.columns.navigation import Ancestor, Search
from hepline.columns.nodes import Node
from hepline.engine.compiled.values import At, Indices, Value
from hepline.engine.compiled.writer import Rule, Writer

__all__ = ["NAVIGATION"]


def _search(writer: Writer, node: Search, where: Indices) -> Value:
    """Binary search for the number of smaller elements."""
    value = writer.value(node.value, where)
    length = writer.length(node.ordered.type.axes[0])
    code = writer.code
    with code.at(code.place(value.deps)):
        low, high, middle = (code.name(stem) for stem in ("low", "high", "middle"))
        sought = code.name("sought")
        code.line(f"{sought} = {value.code}")
        code.line(f"{low}, {high} = 0, {length.code}")
        with code.inside(f"while {low} < {high}:", middle):
            code.line(f"{middle} = ({low} + {high}) // 2")
            there = writer.value(node.ordered, (At(middle, frozenset((middle,))),))
            with code.inside(f"if {there.code} < {sought}:"):
                code.line(f"{low} = {middle} + 1")
            with code.inside("else:"):
                code.line(f"{high} = {middle}")
    return Value(low, value.deps)


def _ancestor(writer: Writer, node: Ancestor, where: Indices) -> Value:
    """Walk from parent to parent while the kind is the same; at most one step per object."""
    parent, kind = (writer.value(part, where) for part in (node.parent, node.kind))
    length = writer.length(node.type.axes[0])
    deps = parent.deps | kind.deps
    code = writer.code
    with code.at(code.place(deps)):
        at, kind_name, steps = (code.name(stem) for stem in ("ancestor", "own", "left"))
        code.line(f"{kind_name} = {kind.code}")
        code.line(f"{at} = {parent.code}")
        code.line(f"{steps} = {length.code}")
        with code.inside(f"while {steps} > 0 and 0 <= {at} < {length.code}:", at):
            here = (At(at, frozenset((at,))),)
            other = writer.value(node.kind, here)
            with code.inside(f"if {other.code} != {kind_name}:"):
                code.line("break")
            further = writer.value(node.parent, here)
            code.line(f"{at} = {further.code}")
            code.line(f"{steps} -= 1")
        result = code.name("i")
        code.line(f"{result} = {at} if {steps} > 0 and 0 <= {at} < {length.code} else -1")
    return Value(result, deps, index=At(result, deps))


NAVIGATION: Mapping[type[Node], Rule] = {Search: _search, Ancestor: _ancestor}
