"""Sums, counts and extremes along a list: what stands before a loop, in it and after it."""

from __future__ import annotations

from dataclasses import replace

from hepline.columns.elementwise import Cast
from hepline.columns.lists import Reduce
from hepline.columns.nodes import Node
from hepline.columns.types import BOOL
from hepline.engine.compiled.code import remark
from hepline.engine.compiled.operations import literal, zero
from hepline.engine.compiled.values import At, Chosen, Index, Merged, Subset, Value, number
from hepline.engine.compiled.writer import Indices, Writer
from hepline.engine.conditions import conjuncts

__all__ = ["Accumulator", "counted_truth"]


class Accumulator:
    """One reduction while its loop is being written.

    Parameters
    ----------
    writer : Writer
    node : Reduce
    deps : frozenset of str
        Loop variables around it.
    """

    def __init__(self, writer: Writer, node: Reduce, deps: frozenset[str]) -> None:
        self._writer, self._node, self._deps = writer, node, deps
        self._name = writer.code.name(node.operation)
        self._found = writer.code.name("found")
        self._best = writer.code.name("best")
        self._place: Index | None = None

    def before(self) -> None:
        """Start from nothing."""
        node, line = self._node, self._writer.code.line
        start = literal(node.operation == "all", BOOL) if node.operation in ("any", "all") else None
        start = start or self._writer.constant(zero(node.type.dtype))
        line(f"{self._name} = {start}  # {remark(node)}")
        if node.operation.startswith("arg"):
            nothing = self._writer.constant(zero(node.values.type.dtype))
            line(f"{self._best} = {nothing}")
        if node.operation == "mean":
            line(f"{self._found} = 0")
        elif node.type.optional:
            line(f"{self._found} = False")

    def step(self, where: Indices) -> None:
        """Take in one element."""
        writer, node = self._writer, self._node
        condition = counted_truth(node)
        if condition is not None:
            with writer.where_all(conjuncts(condition), where):
                raised = "True" if node.operation == "any" else f"{self._name} + 1"
                writer.code.line(f"{self._name} = {raised}")
            return
        value = writer.value(node.values, where)
        if value.present is None:
            self._step(value, where[-1])
            return
        with writer.code.inside(f"if {value.present}:"):
            self._step(value, where[-1])

    def _step(self, value: Value, place: Index) -> None:
        name, line, dtype = self._name, self._writer.code.line, self._node.type.dtype
        match self._node.operation:
            case "count":
                line(f"{name} += 1")
            case "any" | "all" as operation:
                line(f"{name} = {name} {'or' if operation == 'any' else 'and'} {value.code}")
            case "sum" if dtype.kind in "iu":
                line(f"{name} = {name} + {dtype.name}({value.code})")
            case "sum":
                line(f"{name} = {name} + {value.code}")
            case "mean":
                line(f"{name} = {name} + {value.code}")
                line(f"{self._found} += 1")
            case _:
                self._extreme(value, place)

    def _extreme(self, value: Value, place: Index) -> None:
        node, code = self._node, self._writer.code
        best = self._best if node.operation.startswith("arg") else self._name
        if not value.code.isidentifier():
            value = replace(value, code=self._writer.named("v", value.code, value.deps))
        sign = ">" if node.operation.endswith("max") else "<"
        better = f"not {self._found} or {value.code} {sign} {best}"
        # What is not a number is no candidate.
        if node.values.type.dtype.kind == "f":
            better = f"{value.code} == {value.code} and ({better})"
        with code.inside(f"if {better}:"):
            code.line(f"{self._found} = True")
            code.line(f"{best} = {value.code}")
            if node.operation.startswith("arg"):
                self._place = self._saved(place, self._name)

    def _saved(self, place: Index, name: str) -> Index:
        """Keep a place beyond its loop: all that it is made of, and its number by name."""
        code = self._writer.code
        code.line(f"{name} = {number(place).code}")
        flat = At(name, self._deps)
        match place:
            case Chosen():
                return Chosen(place.axis, self._saved(place.base, code.name("base")), flat)
            case Merged():
                outer, inner = (
                    self._saved(part, code.name("part")) for part in (place.outer, place.inner)
                )
                return Merged(place.axis, outer, inner, flat)
            case Subset():
                members = [At(code.name("member"), self._deps) for _ in place.members]
                for kept, member in zip(members, place.members, strict=True):
                    code.line(f"{kept.code} = {member.code}")
                return Subset(place.axis, tuple(members), flat)
        return flat

    def after(self) -> Value:
        """The result."""
        node, name, deps = self._node, self._name, self._deps
        if node.operation == "mean":
            there = self._writer.named("there", f"{self._found} > 0", deps)
            return Value(self._writer.named("mean", f"{name} / {self._found}", deps), deps, there)
        return Value(name, deps, self._found if node.type.optional else None, self._place)


def counted_truth(node: Reduce) -> Node | None:
    """The condition whose truths are counted, or looked for, by a reduction."""
    values = node.values
    if node.operation == "any":
        return values
    if node.operation == "sum" and isinstance(values, Cast) and values.value.type.dtype == BOOL:
        return values.value
    return None
