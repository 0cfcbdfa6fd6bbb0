"""Code of tables, sets and masks."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import numpy as np

from hepline.columns.elementwise import Masked
from hepline.columns.nodes import Node
from hepline.columns.tables import IsIn, Lookup
from hepline.columns.types import FLOAT64
from hepline.engine.compiled.operations import literal
from hepline.engine.compiled.values import Indices, Value
from hepline.engine.compiled.writer import Rule, Writer

__all__ = ["TABLES"]


def _masked(writer: Writer, node: Masked, where: Indices) -> Value:
    value, condition = (
        writer.value(part, where[: part.type.depth]) for part in (node.value, node.condition)
    )
    deps = value.deps | condition.deps
    terms = (value.present, condition.present, condition.code)
    there = " and ".join(dict.fromkeys(part for part in terms if part is not None))
    if not there.isidentifier():
        there = writer.named("there", there, deps)
    return Value(writer.settled(node, value.code, deps), deps, there, index=value.index)


def _is_in(writer: Writer, node: IsIn, where: Indices) -> Value:
    value = writer.value(node.value, where)
    members = _array(writer, node.members, node.value.type.dtype)
    code = writer.named("v", f"is_member({value.code}, {members})", value.deps)
    return Value(code, value.deps, value.present)


def _lookup(writer: Writer, node: Lookup, where: Indices) -> Value:
    values = [writer.value(part, where[: part.type.depth]) for part in node.operands]
    deps = frozenset().union(*(value.deps for value in values))
    clamps = int(node.outside is None)
    place = "0"
    for value, edges in zip(values, node.edges, strict=True):
        code = f"table_bin({value.code}, {_array(writer, edges, FLOAT64)}, {clamps})"
        at = writer.named("i", code, deps)
        # A negative place in one dimension makes the joint place negative.
        place = at if place == "0" else f"joined_bins({place}, {at}, {len(edges) - 1})"
    other = writer.constant(literal(np.nan if node.outside is None else node.outside, FLOAT64))
    name = writer.named("i", place, deps)
    code = f"({_array(writer, node.table, FLOAT64)}[{name}] if {name} >= 0 else {other})"
    presences = dict.fromkeys(value.present for value in values if value.present is not None)
    present = " and ".join(presences) or None
    if present is not None and not present.isidentifier():
        present = writer.named("there", present, deps)
    return Value(writer.settled(node, code, deps), deps, present)


def _array(writer: Writer, numbers: Iterable[float], dtype: np.dtype) -> str:
    """Code of an array constant."""
    plain = (np.asarray(number, dtype).item() for number in numbers)
    elements = ", ".join(
        literal(number, FLOAT64) if dtype.kind == "f" else str(number) for number in plain
    )
    return writer.constant(f"np.array([{elements}], np.{dtype.name})")


TABLES: Mapping[type[Node], Rule] = {
    Masked: _masked,
    IsIn: _is_in,
    Lookup: _lookup,
}
