"""Sums, counts and extremes along a list: code before, in and after the loop."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace

from hepline.columns.elementwise import Cast
from hepline.columns.lists import CumSum, Reduce
from hepline.columns.nodes import Node
from hepline.columns.types import BOOL
from hepline.engine.compiled.code import remark
from hepline.engine.compiled.facts import Facts
from hepline.engine.compiled.operations import literal, operation, zero
from hepline.engine.compiled.sinks import Positions, Row, Sink, left
from hepline.engine.compiled.values import At, Index, Indices, Made, Value, depends, number
from hepline.engine.compiled.writer import Rule, Writer
from hepline.engine.conditions import conjuncts

__all__ = ["REDUCTIONS", "counted_truth", "pending", "reduced"]


class _Reduction(Sink):
    """One number from all elements of a list."""

    def __init__(self, writer: Writer, node: Reduce, around: Indices = ()) -> None:
        super().__init__(writer, node, around)
        self._deps = depends(*around)
        self._name = writer.code.name(node.operation)
        self._hits = writer.code.name("found")
        self._best = writer.code.name("best")
        self._place: Index | None = None

    @classmethod
    def over(cls, node: Reduce) -> Node:
        """The lists of the values."""
        return node.values.type.axes[-1]

    def before(self) -> None:
        """Start from nothing."""
        node, line = self.node, self.writer.code.line
        start = literal(node.operation == "all", BOOL) if node.operation in ("any", "all") else None
        start = start or self.writer.constant(zero(node.type.dtype))
        line(f"{self._name} = {start}  # {remark(node)}")
        if node.operation.startswith("arg"):
            nothing = self.writer.constant(zero(node.values.type.dtype))
            line(f"{self._best} = {nothing}")
        if node.operation == "mean":
            line(f"{self._hits} = 0")
        elif node.type.optional:
            line(f"{self._hits} = False")

    def step(self, where: Indices) -> None:
        """Take in one element."""
        writer, node = self.writer, self.node
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
        name, line, dtype = self._name, self.writer.code.line, self.node.type.dtype
        match self.node.operation:
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
                line(f"{self._hits} += 1")
            case _:
                self._extreme(value, place)

    def _extreme(self, value: Value, place: Index) -> None:
        node, code = self.node, self.writer.code
        best = self._best if node.operation.startswith("arg") else self._name
        if not value.code.isidentifier():
            value = replace(value, code=self.writer.named("v", value.code, value.deps))
        sign = ">" if node.operation.endswith("max") else "<"
        better = f"not {self._hits} or {value.code} {sign} {best}"
        # NaN is not a candidate.
        if node.values.type.dtype.kind == "f":
            better = f"{value.code} == {value.code} and ({better})"
        with code.inside(f"if {better}:"):
            code.line(f"{self._hits} = True")
            code.line(f"{best} = {value.code}")
            if node.operation.startswith("arg"):
                self._place = self._saved(place, self._name)

    def _saved(self, place: Index, name: str) -> Index:
        """Save a place beyond its loop: its parts and its number."""
        code = self.writer.code
        code.line(f"{name} = {number(place).code}")
        flat = At(name, self._deps)
        if isinstance(place, At):
            return flat
        parts = tuple(self._saved(part, code.name("part")) for part in place.parts)
        return Made(place.axis, parts, flat)

    def after(self) -> Value:
        """The result."""
        node, name, deps = self.node, self._name, self._deps
        if node.operation == "mean":
            there = self.writer.named("there", f"{self._hits} > 0", deps)
            return Value(self.writer.named("mean", f"{name} / {self._hits}", deps), deps, there)
        return Value(name, deps, self._hits if node.type.optional else None, self._place)


def counted_truth(node: Reduce) -> Node | None:
    """The condition that a reduction counts or looks for; None for others."""
    values = node.values
    if node.operation == "any":
        return values
    if node.operation == "sum" and isinstance(values, Cast) and values.value.type.dtype == BOOL:
        return values.value
    return None


class _Sums(Sink):
    """Cumulative sums, kept in a row."""

    def before(self) -> None:
        """Start from nothing."""
        writer, dtype = self.writer, self.node.type.dtype
        (self._row,) = writer.rows(self.node, self.around, {"": dtype})
        self._total = writer.code.name("total")
        writer.code.line(f"{self._total} = {writer.constant(zero(dtype))}")

    def step(self, where: Indices) -> None:
        """Add an element, if it is present."""
        code, total, dtype = self.writer.code, self._total, self.node.type.dtype
        value = self.writer.value(self.node.values, where)
        added = f"{total} = {operation('add', [total, value.code], dtype, dtype)}"
        if value.present is None:
            code.line(added)
        else:
            with code.inside(f"if {value.present}:"):
                code.line(added)
        code.line(f"{self._row}[{number(where[-1]).code}] = {total}")

    def after(self) -> Value:
        """The row."""
        return Value(self._row)


def _is_length(node: Reduce) -> bool:
    """Whether the reduction is the length of the list: a count without missing elements."""
    return node.operation == "count" and not node.values.type.optional


def reduced(writer: Writer, node: Reduce, where: Indices) -> Value:
    """A sum, count or extreme along the list at a place."""
    if _is_length(node):
        length = writer.length(node.values.type.axes[-1], where)
        return Value(length.code, length.deps)
    return left(writer, _Reduction, node, where)


def _running(writer: Writer, node: CumSum, where: Indices) -> Value:
    row, place = left(writer, _Sums, node, where[:-1]), number(where[-1])
    deps = depends(*where)
    present = writer.value(node.values, where).present if node.type.optional else None
    return Value(writer.settled(node, f"{row.code}[{place.code}]", deps), deps, present)


_LOOPS: Mapping[type[Node], type[Sink]] = {Reduce: _Reduction, CumSum: _Sums}
"""What a loop over a list makes, which others over the same list may share."""


def pending(facts: Facts) -> Iterator[tuple[Node, type[Sink]]]:
    """All nodes that need a loop over a list of the event."""
    for node in facts.homes:
        if node in facts.stored:
            yield node, Row
        elif node in facts.kept:
            yield node, Positions
        elif type(node) in _LOOPS and not (isinstance(node, Reduce) and _is_length(node)):
            kind = _LOOPS[type(node)]
            if kind.over(node).type.depth == 1:
                yield node, kind


REDUCTIONS: Mapping[type[Node], Rule] = {Reduce: reduced, CumSum: _running}
