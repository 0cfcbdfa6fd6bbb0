"""Every operation on every jagged shape: each evaluator against the definition, bit for bit.

Only functions of floats may differ, by the units in the last place that `comparison` states.

A new operation is one more row of `GRID`; a new evaluator one more entry of `EVALUATORS`.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache

import awkward as ak
import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from hepline.columns.axes import IntegerAxis, RegularAxis, VariableAxis
from hepline.columns.call import Call, Called
from hepline.columns.conventions.references import children, either, span
from hepline.columns.elementwise import (
    OPERATIONS,
    Cast,
    ExactCast,
    FillMissing,
    IsMissing,
    Masked,
)
from hepline.columns.fill import Fill
from hepline.columns.leaves import (
    Collection,
    Column,
    Constant,
    OptionalColumn,
    Random,
    Sublists,
    presence_of,
)
from hepline.columns.lifting import build, cast
from hepline.columns.lists import (
    ArgSort,
    Combinations,
    Concat,
    Cross,
    CumSum,
    Differences,
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
from hepline.columns.mapping import Map
from hepline.columns.navigation import Ancestor, Ranges, Search
from hepline.columns.nodes import Node, rewrite
from hepline.columns.orders import best_place, is_first, order_by
from hepline.columns.source import Chunk
from hepline.columns.tables import IsIn, Lookup
from hepline.columns.types import FLOAT64, INT64
from hepline.engine import definitions, interpreter, reference
from hepline.engine.calls import extended
from hepline.engine.compiled.compiler import compiled
from hepline.engine.compiled.evaluator import evaluate
from hepline.engine.compiled.lowering import Unlowered, lower
from hepline.engine.phases import divide
from hepline.engine.rules.fold import fold
from hepline.engine.rules.push import push
from hepline.engine.rules.share import share


def _through_phases(fills, arrays, chunk, evaluate_phase):
    for phase in divide(fills, arrays):
        filled, columns, kept = evaluate_phase(phase, chunk)
        chunk = extended(chunk, phase.steps, kept)
    return filled, columns


def _awkward(fills, arrays, chunk):
    return _through_phases(
        fills,
        arrays,
        chunk,
        lambda phase, chunk: interpreter.evaluate(phase.blocks(), phase.fills, phase.arrays, chunk),
    )


# The time it takes to compile a kernel grows faster than its length.
TOGETHER = 12


@cache
def _kernel(phase):
    kernel = compiled(lower(phase.fills, phase.arrays, phase.kept))
    assert not kernel.by_numba
    return kernel


def _in_kernels(phase, chunk):
    return evaluate(_kernel(phase), chunk)


def _compiled(fills, arrays, chunk):
    filled, columns = [], []
    for first in range(0, len(fills), TOGETHER):
        some_fills = tuple(fills[first : first + TOGETHER])
        filled += _through_phases(some_fills, (), chunk, _in_kernels)[0]
    for first in range(0, len(arrays), TOGETHER):
        some_arrays = tuple(arrays[first : first + TOGETHER])
        columns += _through_phases((), some_arrays, chunk, _in_kernels)[1]
    return filled, columns


EVALUATORS = {"awkward": _awkward, "compiled": _compiled}

DTYPES = ("float32", "float64", "int32", "int64", "uint8", "bool")
NUMBERS = DTYPES[:-1]
A, B = Collection("A"), Collection("B")
# Lists inside the objects of A, and lists inside these.
C = Sublists("C", A)
D = Sublists("D", C)

POOL = {
    "f": [0.0, -0.0, 1.0, 1.0, -2.5, 3.25, 1e-40, 250.0, -1e30, np.inf, -np.inf, np.nan],
    "i": [0, 1, 1, 2, -1, -3, 7, 100, 2**31 - 1],
    "u": [0, 1, 1, 2, 3, 255],
    "b": [False, True],
}


def a(dtype: str) -> Column:
    """A list column along A."""
    return Column(f"A_{dtype}", dtype, A)


def b(dtype: str) -> Column:
    """A list column along B."""
    return Column(f"B_{dtype}", dtype, B)


def c(dtype: str) -> Column:
    """A column of lists of lists along A and C."""
    return Column(f"C_{dtype}", dtype, C)


def d(dtype: str) -> Column:
    """A column of three list levels along A, C and D."""
    return Column(f"D_{dtype}", dtype, D)


def scalar(dtype: str) -> Column:
    """One value per event."""
    return Column(f"S_{dtype}", dtype, None)


def some(node: Node) -> Node:
    """The list with missing elements among those that are there."""
    index = build("where", (build("less", (Position(node.type.axes[0]), 2)), a("int32"), -1))
    return Take(node, cast(index, INT64), True)


def single(node: Node, place: int = 0) -> Node:
    """One element of the list; missing if there is none."""
    return Take(node, Constant(place, "int64"), True)


def nested(node: Node, *, missing: bool = False) -> Node:
    """For each A all elements of a column of B: a list of lists."""
    each: Node = Nest(A, B)
    if missing:
        each = build("where", (build("less", (each, cast(a("int32"), INT64))), each, -1))
    return Take(node, each, missing)


def constant_list() -> Node:
    return Spread(constant(1, "int64"), A)


def some_inside(node: Node) -> Node:
    """Lists of lists with missing elements among those that are there."""
    index = build("where", (build("less", (Position(node.type.axes[1]), 2)), a("int32"), -1))
    return TakeInside(node, cast(index, INT64), 1, True)


def inside(node: Node, index: Node, checked: bool = False) -> Node:
    return TakeInside(node, index, node.type.depth - 1, checked)


def constant(number: float, dtype: str = "float64") -> Constant:
    return Constant(number, dtype)


def _operands(
    name: str, shapes: list[Callable[[str], Node]], dtypes: tuple[str, ...]
) -> list[Node]:
    """The operation on those dtypes that it takes, with operands of the given shapes."""
    operation = OPERATIONS[name]
    made = []
    for dtype in dtypes:
        if operation.operands == "integer" and dtype.startswith("float"):
            continue
        inputs = [shape(dtype) for shape in shapes]
        if name == "where":
            inputs[0] = build("greater", (inputs[0], 0))
        if name in ("power", "left_shift", "right_shift") and len(inputs) > 1:
            inputs[1] = cast(inputs[1], np.dtype(dtype))
        if dtype == "bool" and name in ("left_shift", "right_shift"):
            continue
        made.append(build(name, tuple(inputs)))
    return made


def _elementwise_rows() -> dict[str, list[Node]]:
    rows = {}
    for name, operation in OPERATIONS.items():
        shapes = [
            [a, lambda d: some(a(d)), a],
            [scalar, a, lambda d: single(a(d))],
            [lambda d: nested(b(d), missing=True), a, scalar],
            [lambda d: single(a(d)), lambda d: some(a(d)), a],
        ]
        if name in ("add", "where", "less"):
            shapes.append([c, a, lambda d: some_inside(c(d))])
        if operation.operands == "number":
            shapes.append([a, lambda _d: constant(2, "int64"), a])
        # Kernels take long to compile, and dtypes do not know in which lists they stand.
        rows[f"elementwise {name}"] = [
            node
            for place, shape in enumerate(shapes)
            for node in _operands(
                name, shape[: operation.arity], DTYPES if not place else ("float32", "int32")
            )
        ]
    return rows


def _shapes_of(dtype: str) -> list[Node]:
    shapes = [a(dtype), some(a(dtype)), nested(b(dtype)), nested(b(dtype), missing=True)]
    # Kernels take long to compile: what is inside is the same for all types.
    if dtype in ("float32", "bool"):
        shapes += [some_inside(c(dtype)), d(dtype), Flatten(c(dtype))]
    return shapes


@dataclass(frozen=True)
class Twice(Called):
    """Two outputs of the first operand and, where there is one, the second."""

    def run(self, columns):
        """Twice the first, and whether the operands are equal."""
        return [(2.0 * columns[0]).astype(np.float64), columns[0] == columns[-1]]


TWICE = Twice("twice", "1", ("float64", "bool"))


def called(*operands: Node) -> list[Node]:
    """Both outputs of a call."""
    return [Call(TWICE, operands, slot) for slot in (0, 1)]


MASK = build("greater", (a("float64"), 0.0))
MISSING_MASK = build("greater", (some(a("float64")), 0.0))
CHOSEN = Select(MASK)
PAIRS = Combinations(A, 2, 0)
CROSSED = Cross(A, B, 0)
RANGE = Ranges(
    build("remainder", (a("int64"), 3)), build("remainder", (cast(a("int32"), INT64), 6))
)
PARENT = build("subtract", (build("remainder", (cast(a("int32"), INT64), 5)), 1))
# The list that the first element holds: one out of many.
LOOSE = Take(c("float64"), constant(0, "int64"), True)
LOOSE_MASK = build("greater", (LOOSE, 0.0))
LOOSE_CHOSEN = Take(LOOSE, Select(LOOSE_MASK), False)
INNER_MASK = build("greater", (c("float64"), 0.0))
INNER = Select(INNER_MASK)

GRID: dict[str, list[Node]] = {
    **_elementwise_rows(),
    "column": [
        *(column(dtype) for column in (a, scalar) for dtype in DTYPES),
        *(A, B, C, D, c("float32"), c("bool"), d("int32")),
    ],
    "cast": [
        Cast(node, target)
        for source in DTYPES
        for place, node in enumerate(
            (a(source), some(a(source)), scalar(source), nested(b(source)))
        )
        for target in ((*DTYPES, "uint64", "int8") if not place else ("float32", "int64"))
        if target != source
    ],
    # What the dtype cannot hold ends the computation; see test_unsigned.
    "exact cast": [
        ExactCast(shape(source), target)
        for source, target in (("uint8", "int64"), ("int32", "int64"), ("uint8", "uint64"))
        for shape in (a, scalar, lambda dtype: some(a(dtype)))
    ],
    "optional column": [
        node
        for dtype in DTYPES
        for column in (
            OptionalColumn(f"A_{dtype}", dtype, A),
            OptionalColumn(f"S_{dtype}", dtype, None),
            OptionalColumn(f"C_{dtype}", dtype, C),
        )
        for node in (
            column,
            IsMissing(column),
            FillMissing(column, cast(constant(1.0), column.type.dtype)),
        )
    ]
    + [
        build("add", (OptionalColumn("A_float32", "float32", A), scalar("float32"))),
        Reduce("sum", OptionalColumn("B_float64", "float64", B)),
    ],
    "is missing": [
        IsMissing(node)
        for dtype in DTYPES
        for node in (*_shapes_of(dtype), scalar(dtype), single(a(dtype)))
    ],
    "fill missing": [
        FillMissing(node, cast(constant(1.0), node.type.dtype))
        for dtype in DTYPES
        for node in (*_shapes_of(dtype), scalar(dtype), single(a(dtype)))
    ]
    + [FillMissing(some(a("float64")), scalar("float64"))],
    "position": [
        Position(axis) for axis in (A, CHOSEN, PAIRS, CROSSED, Nest(A, B), Pad(A, 2), C, D, INNER)
    ],
    "spread": [
        Spread(value, axis)
        for value in (constant(3.5), scalar("int32"), single(a("float32")))
        for axis in (A, CHOSEN, PAIRS, Pad(A, 2))
    ],
    "select": [
        chosen
        for mask in (MASK, MISSING_MASK, a("bool"))
        for chosen in (Select(mask), Take(a("float32"), Select(mask), False))
    ],
    "select inside": [
        chosen
        for mask in (
            INNER_MASK,
            build("greater", (some_inside(c("float64")), 0.0)),
            build("bitwise_and", (INNER_MASK, MASK)),
        )
        for chosen in (Select(mask), inside(c("float32"), Select(mask)), Select(d("bool")))
    ]
    + [
        inside(inside(c("float64"), INNER), Select(inside(c("bool"), INNER))),
        Take(inside(c("float64"), INNER), CHOSEN, False),
        inside(Take(c("float64"), CHOSEN, False), Select(Take(INNER_MASK, CHOSEN, False))),
        inside(inside(c("float64"), INNER), constant(1, "int64"), checked=True),
        Take(inside(c("uint8"), INNER), constant(0, "int64"), True),
        TakeInside(d("float32"), INNER, 1, False),
        TakeInside(d("float32"), Pad(C, 2), 1, True),
        TakeInside(d("int32"), constant(1, "int64"), 1, True),
        inside(TakeInside(d("float64"), INNER, 1, False), constant(0, "int64"), checked=True),
    ],
    "select of a selection": [
        Take(Take(a("float64"), CHOSEN, False), Select(Take(a("bool"), CHOSEN, False)), False)
    ],
    "combinations": [
        node
        for axis in (A, CHOSEN, Pad(A, 3))
        for n in (2, 3, 4)
        for node in (Combinations(axis, n, slot) for slot in range(n))
    ],
    "cross": [Cross(A, axis, slot) for axis in (A, B, CHOSEN) for slot in (0, 1)],
    "nest": [Nest(A, B), Nest(B, CHOSEN), nested(b("float32")), nested(b("bool"), missing=True)],
    "argsort": [
        ArgSort(by, descending)
        for dtype in DTYPES
        for by in (a(dtype), some(a(dtype)))
        for descending in (True, False)
    ]
    + [
        ArgSort(some_inside(c("float64")), True),
        ArgSort(c("int32"), False),
        inside(c("float32"), ArgSort(c("float64"), True)),
        inside(inside(c("float32"), ArgSort(c("float64"), False)), constant(0, "int64"), True),
        inside(d("int32"), ArgSort(d("float64"), True)),
        inside(inside(c("float32"), INNER), ArgSort(inside(c("int32"), INNER), True)),
    ],
    # Lists that only a range divides leave no kernel (see `test_ranges_that_are_given_away`).
    "ranges": [
        Reduce("count", RANGE),
        Reduce("sum", build("multiply", (RANGE, cast(a("int32"), INT64)))),
        Reduce("max", Take(b("float64"), RANGE, True)),
        Reduce("sum", Take(RANGE, Constant(0, "int64"), True)),
        Reduce("argmin", Take(b("float32"), Take(RANGE, CHOSEN, False), True)),
        Reduce("sum", Ranges(constant(0, "int64"), build("remainder", (scalar("int64"), 4)))),
    ],
    "children": [
        node
        for parent in (PARENT, some(a("int32")))
        for node in (Reduce("count", children(parent)), Reduce("sum", children(parent)))
    ]
    + [Reduce("sum", Take(a("float32"), children(PARENT), False))],
    "one or two": [
        Reduce("sum", Take(b("float32"), either(a("int32"), PARENT), True)),
        Reduce("count", either(some(a("int32")), a("int64"))),
        Reduce("count", span(PARENT, build("remainder", (a("int64"), 4)))),
    ],
    "search": [
        Search(Take(node, ArgSort(node, False), False), value)
        for node, values in (
            (PARENT, (A, Take(PARENT, CHOSEN, False), Nest(B, A), Reduce("count", B))),
            (cast(a("uint8"), INT64), (B, cast(scalar("int32"), INT64))),
        )
        for value in values
    ],
    "ancestor": [
        Ancestor(parent, kind)
        for parent in (PARENT, cast(a("int32"), INT64), build("subtract", (A, 1)))
        for kind in (a("uint8"), build("remainder", (a("int64"), 2)), constant_list())
    ],
    "masked": [
        Masked(a("float32"), MASK),
        Masked(some(a("int32")), MISSING_MASK),
        Masked(scalar("float64"), MASK),
        Masked(single(a("uint8")), build("greater", (scalar("float64"), 0.0))),
        Masked(c("float32"), MASK),
        Masked(scalar("float32"), INNER_MASK),
        Take(b("float32"), Masked(cast(a("uint8"), INT64), MASK), True),
        Reduce("sum", Masked(c("float64"), INNER_MASK)),
    ],
    "is in": [
        IsIn(node, members)
        for node, members in (
            (a("float32"), (-2.5, 1.0, float("inf"))),
            (some(a("float64")), (1.0,)),
            (scalar("int32"), (-3, 1, 2**31 - 1)),
            (c("uint8"), tuple(range(0, 256, 3))),
            (single(a("int64")), (7,)),
        )
    ],
    "lookup": [
        Lookup(operands, edges, table, outside)
        for operands, edges, table in (
            ((a("float64"),), ((-1.0, 0.0, 1.0, 250.0),), (3.0, -1.0, 0.5)),
            (
                (some(a("float64")), scalar("float64")),
                ((-float("inf"), 0.0, 2.0), (-2.5, 1.0, 3.25, float("inf"))),
                (1.0, 2.0, 3.0, 4.0, 5.0, float("nan")),
            ),
            ((c("float64"), a("float64")), ((0.0, 1.0, 2.0), (-1.0, 1.0)), (0.25, 4.0)),
        )
        for outside in (None, -1.0)
    ],
    "running sum": [
        CumSum(a("float32")),
        CumSum(some(a("float64"))),
        CumSum(cast(a("int32"), INT64)),
        CumSum(some_inside(c("float32"))),
        CumSum(Take(a("float32"), CHOSEN, False)),
        CumSum(Take(a("float64"), PAIRS, False)),
        CumSum(Flatten(c("float32"))),
        Take(CumSum(a("float32")), constant(1, "int64"), True),
        Reduce("max", CumSum(inside(c("float64"), INNER))),
        CumSum(CumSum(nested(b("float64"), missing=True))),
        ArgSort(CumSum(some(a("float64"))), True),
    ],
    "differences": [
        Differences(a("float32")),
        Differences(some(a("float64"))),
        Differences(cast(a("int32"), INT64)),
        Differences(Differences(a("float64"))),
        Differences(c("float64")),
        Differences(some_inside(c("float32"))),
        Differences(d("float32")),
        Differences(Take(a("float32"), CHOSEN, False)),
        Differences(Take(a("float64"), ArgSort(a("float64"), True), False)),
        Differences(Take(a("float64"), PAIRS, False)),
        Differences(inside(c("float64"), INNER)),
        Differences(Flatten(c("float32"))),
        Differences(LOOSE_CHOSEN),
        Reduce("max", Differences(a("float32"))),
        Reduce("sum", Differences(inside(c("float64"), INNER))),
        Take(Differences(a("float32")), Slice(Differences(A), None, None, -1), False),
        build("subtract", (Differences(a("float64")), Differences(cast(a("int32"), FLOAT64)))),
        ArgSort(Differences(some(a("float64"))), False),
        Reduce("count", Differences(C)),
        Take(Differences(a("float64")), constant(0, "int64"), True),
        inside(Differences(c("float64")), constant(1, "int64"), checked=True),
        Take(Differences(LOOSE), constant(1, "int64"), True),
    ],
    # What sorting is made into; kernels with many sorts take long to compile (see `test_graphs`).
    "orders": [
        is_first(a("float32")),
        Take(b("int32"), order_by([a("float32"), a("float32")], descending=True), True),
        best_place([c("float32"), c("float64")]),
        inside(c("int32"), best_place([c("int32"), c("float32")]), checked=True),
        Take(c("float32"), best_place([a("float64")]), False),
        inside(Take(c("float32"), Pad(A, 2), True), constant(0, "int64"), checked=True),
    ],
    "slice": [
        Slice(A, start, stop, step)
        for start, stop, step in (
            (None, None, None),
            (1, None, None),
            (None, 2, None),
            (-2, None, None),
            (None, -1, None),
            (None, None, -1),
            (2, None, -1),
            (-1, -4, -2),
            (None, None, 2),
            (3, 1, None),
            (10, -10, -3),
        )
    ]
    + [
        inside(c("int32"), Slice(C, 1, None, None)),
        inside(c("int32"), Slice(C, -2, None, -1)),
        inside(d("int32"), Slice(D, None, None, -1)),
        inside(inside(c("float64"), INNER), Slice(INNER, None, 2, None)),
    ],
    "pad": [
        node
        for length in (0, 1, 3)
        for node in (
            Pad(A, length),
            Take(a("uint8"), Pad(A, length), True),
        )
    ]
    + [
        Pad(C, 0),
        inside(c("uint8"), Pad(C, 2), checked=True),
        inside(d("uint8"), Pad(D, 1), checked=True),
    ],
    "take inside": [
        inside(values, index, checked)
        for dtype in ("float32", "bool")
        for values in (c(dtype), some_inside(c(dtype)))
        for index, checked in (
            (constant(0, "int64"), True),
            (constant(2, "int64"), True),
            (cast(scalar("int32"), INT64), True),
            (cast(a("int32"), INT64), True),
            (a("uint8"), True),
            (Reduce("argmax", values), False),
            (cast(c("int32"), INT64), True),
        )
    ],
    "flatten": [
        node
        for dtype in ("float32",)
        for node in (
            Flatten(c(dtype)),
            Flatten(some_inside(c(dtype))),
            Flatten(nested(b(dtype), missing=True)),
            Flatten(d(dtype)),
            Flatten(Flatten(d(dtype))),
            Flatten(inside(c(dtype), INNER)),
            Flatten(Take(c(dtype), CHOSEN, False)),
            Flatten(Take(c(dtype), PAIRS, False)),
            Take(Flatten(c(dtype)), constant(1, "int64"), True),
            Take(Flatten(d(dtype)), constant(1, "int64"), True),
            Take(Flatten(c(dtype)), Select(build("greater", (Flatten(c("float64")), 0.0))), False),
            Take(Flatten(c(dtype)), ArgSort(Flatten(c("float64")), True), False),
            Take(Flatten(c(dtype)), Reduce("argmin", Flatten(c("float64"))), False),
            Take(Flatten(c(dtype)), Combinations(Flatten(C), 2, 1), False),
            Position(Flatten(C)),
            ArgSort(Flatten(C), True),
        )
    ],
    "concat": [
        Concat(first, second)
        for dtype in DTYPES
        for first, second in (
            (a(dtype), b(dtype)),
            (some(a(dtype)), b(dtype)),
            (b(dtype), some(a(dtype))),
            (Take(a(dtype), CHOSEN, False), a(dtype)),
        )
    ],
    "take": [
        Take(values, index, checked)
        for dtype in ("float32", "bool")
        for values in (a(dtype), some(a(dtype)))
        for index, checked in (
            (constant(0, "int64"), True),
            (constant(-1, "int64"), True),
            (constant(2, "int64"), True),
            (cast(scalar("int32"), INT64), True),
            (scalar("uint8"), True),
            (cast(a("int32"), INT64), True),
            (b("int32"), True),
            (Reduce("argmax", a("float32")), False),
            (Slice(A, None, None, -1), False),
            (Pad(A, 2), False),
            (PAIRS, False),
            (Nest(B, A), False),
            (some(a("int32")), True),
            (nested(b("int32"), missing=True), True),
        )
    ]
    + [Take(a(dtype), index, True) for dtype in DTYPES for index in (b("int32"), scalar("uint8"))],
    "take lists": [
        Take(values, index, checked)
        for dtype in ("float32", "bool")
        for values in (
            nested(b(dtype), missing=True),
            nested(b(dtype)),
            *([some_inside(c(dtype)), d(dtype)] if dtype == "bool" else [c(dtype)]),
            *([] if dtype == "bool" else [inside(c(dtype), INNER)]),
        )
        for index, checked in (
            (constant(1, "int64"), True),
            (Slice(A, None, None, -1), False),
            (Pad(A, 2), False),
            (b("int32"), True),
            (PAIRS, False),
        )
    ],
    "take of taken lists": [
        Take(Take(c("float32"), constant(0, "int64"), True), constant(1, "int64"), True),
        Take(Take(d("float32"), constant(0, "int64"), True), constant(1, "int64"), True),
        Reduce("sum", Take(c("float32"), constant(1, "int64"), True)),
        Reduce("max", Take(Take(c("int32"), CHOSEN, False), constant(0, "int64"), True)),
        Reduce("count", Take(C, PAIRS, False)),
        Flatten(Take(d("int32"), constant(0, "int64"), True)),
        build("add", (Take(c("float64"), constant(0, "int64"), True), scalar("int32"))),
    ],
    "one list out of many": [
        LOOSE_CHOSEN,
        Take(LOOSE, ArgSort(LOOSE, True), False),
        Take(LOOSE_CHOSEN, ArgSort(LOOSE_CHOSEN, False), False),
        Take(LOOSE, Slice(LOOSE.type.axes[0], None, None, -1), False),
        Take(LOOSE_CHOSEN, Pad(LOOSE_CHOSEN.type.axes[0], 2), True),
        Take(LOOSE, Combinations(LOOSE.type.axes[0], 2, 1), False),
        Take(LOOSE_CHOSEN, Cross(A, LOOSE_CHOSEN.type.axes[0], 1), False),
        Take(c("float64"), Nest(LOOSE.type.axes[0], A), False),
        Concat(LOOSE, a("float64")),
        CumSum(LOOSE_CHOSEN),
        Reduce("max", LOOSE_CHOSEN),
        Take(LOOSE, Reduce("argmin", LOOSE), False),
    ],
    **{
        f"reduce {name}": [
            Reduce(name, cast(node, FLOAT64) if name == "mean" else node)
            for dtype in (("bool",) if name in ("any", "all") else DTYPES)
            if not (name == "sum" and dtype == "bool")
            for node in _shapes_of(dtype)
        ]
        for name in ("count", "sum", "any", "all", "mean", "min", "max", "argmin", "argmax")
    },
    "call": [
        node
        for operands in (
            (a("float32"),),
            (scalar("int32"),),
            (scalar("float64"), a("float64")),
            (some(a("float32")), scalar("float32")),
            (nested(b("int32"), missing=True), a("int32")),
            (Take(a("float32"), PAIRS, False), constant(1.0)),
            (single(a("float64")),),
            (Pad(A, 2),),
        )
        for node in called(*operands)
    ],
    "use of a call": [
        Reduce("sum", called(a("float32"))[0]),
        Reduce("count", Select(called(a("float32"), a("float32"))[1])),
        Take(b("float32"), cast(called(a("int32"))[0], INT64), True),
        *called(called(scalar("float32"))[0], called(some(a("float64")))[0]),
        Reduce("max", called(nested(b("float64")))[0]),
        build("add", (called(a("float64"))[0], called(scalar("float64"))[0])),
        Take(called(a("float64"))[0], Select(MASK), False),
        single(called(a("float64"))[0]),
        ArgSort(called(a("float32"))[0], True),
    ],
    "random": [
        Random(stream, draw, run, block, event, place)
        for run, block, event in [(scalar("int64"), scalar("int32"), scalar("uint8"))]
        for stream in ("one", "two")
        for draw in (0, 1)
        for place in (None, A, CHOSEN, Pad(A, 2), Nest(A, B), Reduce("argmax", a("int32")))
    ],
}

X = RegularAxis("x", 4, -2.5, 3.25)
Y = VariableAxis("y", (-1.0, 0.0, 1.0, 250.0))
N = IntegerAxis("n", -1, 3)
WHERE = build("greater", (scalar("int32"), 0))
MISSING_WHERE = build("greater", (single(a("float64")), 0.0))
# Finite where it exists, and it exists in every event.
WEIGHT = build("multiply", (cast(scalar("uint8"), FLOAT64), 0.1))


def _f(node: Node) -> Node:
    return cast(node, FLOAT64)


FILLS: list[Fill] = [
    Fill((), (), None, None),
    Fill((), (), None, WHERE),
    Fill((), (), WEIGHT, MISSING_WHERE),
    *(
        Fill(axes, values, weight, where)
        for axes, values, deep_weight in (
            ((X,), (_f(scalar("float32")),), WEIGHT),
            ((N,), (_f(scalar("int64")),), WEIGHT),
            ((X,), (_f(a("float32")),), _f(a("uint8"))),
            ((Y,), (_f(some(a("float64"))),), _f(a("uint8"))),
            ((X,), (_f(nested(b("float32"), missing=True)),), _f(a("uint8"))),
            ((N,), (_f(Take(a("int32"), CHOSEN, False)),), _f(Take(a("uint8"), CHOSEN, False))),
            ((X, Y), (_f(a("float32")), _f(a("float64"))), _f(a("uint8"))),
            ((X, N), (_f(scalar("float32")), _f(nested(b("int32")))), _f(nested(b("uint8")))),
            ((Y,), (constant(0.5),), WEIGHT),
            ((X,), (_f(single(a("float64"))),), WEIGHT),
            ((X,), (called(a("float32"))[0],), build("add", (called(WEIGHT)[0], 1.0))),
            ((X,), (_f(some_inside(c("float32"))),), _f(a("uint8"))),
            ((X, Y), (_f(c("float32")), _f(a("float64"))), _f(c("uint8"))),
            ((N,), (_f(inside(d("int32"), Select(d("bool")))),), WEIGHT),
            ((N,), (_f(Flatten(c("int32"))),), _f(Flatten(c("uint8")))),
        )
        for weight in (None, WEIGHT, constant(2.0), deep_weight)
        for where in (None, WHERE, MISSING_WHERE)
    ),
    # Calls in conditions, one of which is guarded by the other.
    *(
        Fill((X,), (called(a("float32"))[0],), weight, where)
        for weight in (None, called(WEIGHT)[0])
        for where in (
            called(scalar("int32"), scalar("int64"))[1],
            build("bitwise_and", (WHERE, build("less", (called(scalar("float64"))[0], 4.0)))),
            build("bitwise_and", (MISSING_WHERE, called(single(a("float64"), 1))[1])),
        )
    ),
]


@st.composite
def chunks(draw) -> tuple[list[int], list[int], int]:
    """Lengths of A and B in each event, and a seed for the values."""
    events = draw(st.integers(0, 5))
    lengths = st.lists(st.integers(0, 5), min_size=events, max_size=events)
    return draw(lengths), draw(lengths), draw(st.integers(0, 2**16))


def _columns(lengths_a: list[int], lengths_b: list[int], seed: int) -> Chunk:
    rng = np.random.default_rng(seed)
    events = len(lengths_a)
    ends = {"A": _ends(lengths_a), "B": _ends(lengths_b)}
    ends["C"] = _ends(rng.integers(0, 4, sum(lengths_a)))
    ends["D"] = _ends(rng.integers(0, 3, ends["C"][-1]))
    contents: dict[str, np.ndarray] = {}
    for dtype in DTYPES:
        pool = np.array(POOL[np.dtype(dtype).kind], dtype)
        contents[f"S_{dtype}"] = rng.choice(pool, events)
        for name, offsets in ends.items():
            contents[f"{name}_{dtype}"] = rng.choice(pool, offsets[-1])
    for name in tuple(contents):
        contents[presence_of(name)] = rng.random(len(contents[name])) < 0.7
    return Chunk(events, contents, ends)


def _ends(lengths) -> np.ndarray:
    return np.concatenate(([0], np.cumsum(lengths, dtype=np.int64)))


def on_jagged_shapes(test):
    """Empty chunk, empty lists, one, many, and what hypothesis thinks of."""
    for shape in (([], [], 0), ([0], [0], 1), ([1], [0], 2), ([3, 0, 5], [0, 2, 4], 3)):
        test = example(shape)(test)
    return settings(max_examples=6, deadline=None, derandomize=True, database=None)(
        given(chunks())(test)
    )


@on_jagged_shapes
def test_ranges_that_are_given_away(chunk):
    nodes = [RANGE, children(PARENT), either(a("int32"), PARENT), Position(RANGE)]
    columns = _columns(*chunk)
    _, expected = reference.evaluate([], nodes, columns)
    _, found = EVALUATORS["awkward"]([], nodes, columns)
    assert [array.tolist() for array in found] == [array.tolist() for array in expected]
    with pytest.raises(Unlowered, match="memory"):
        lower((), tuple(nodes[:1]))


@pytest.mark.parametrize("evaluator", EVALUATORS)
@pytest.mark.parametrize("row", GRID)
@on_jagged_shapes
def test_columns_equal_the_definition(comparison, evaluator, row, chunk):
    nodes = list(dict.fromkeys(GRID[row]))
    columns = _columns(*chunk)
    _, expected = reference.evaluate([], nodes, columns)
    _, found = EVALUATORS[evaluator]([], nodes, columns)
    for node, left, right in zip(nodes, expected, found, strict=True):
        lists = "var * " * node.type.depth
        option = "?" if node.type.optional else ""
        for array in (left, right):
            assert str(array.type) == f"{columns.events} * {lists}{option}{node.type.dtype.name}", (
                node
            )
        distance = comparison.apart(ak.to_list(left), ak.to_list(right), node.type.dtype)
        assert distance <= (comparison.allowed(node) if evaluator == "compiled" else 0), node


@pytest.mark.parametrize("evaluator", EVALUATORS)
@pytest.mark.parametrize("dtype", ["int8", "int16", "uint16", "uint32", "uint64"])
def test_other_integers_are_treated_as_in_the_definition(comparison, evaluator, dtype):
    limits = np.iinfo(dtype)
    corners = [0, 1, 2, 3, 5, 7, limits.max - 1, limits.max, limits.min, limits.min // 2]
    pool, rng = np.array(corners, dtype), np.random.default_rng(6)
    contents = {name: rng.choice(pool, 60) for name in "xy"}
    contents["m"] = rng.choice([False, True], 60)
    x, y, mask = Column("x", dtype, None), Column("y", dtype, None), Column("m", "bool", None)
    nodes: list[Node] = [Cast(x, target) for target in DTYPES]
    for name, operation in OPERATIONS.items():
        if dtype == "uint64" and name in ("subtract", "negative"):
            # What no 64-bit integer holds ends in an error; see test_unsigned.
            continue
        operands = (x, y)[: operation.arity] if name != "where" else (mask, x, y)
        nodes.append(build(name, operands))
    chunk = Chunk(60, contents, {})
    _, expected = reference.evaluate([], nodes, chunk)
    _, found = EVALUATORS[evaluator]([], nodes, chunk)
    for node, left, right in zip(nodes, expected, found, strict=True):
        assert str(left.type) == str(right.type), node
        distance = comparison.apart(left.tolist(), right.tolist(), node.type.dtype)
        assert distance <= (comparison.allowed(node) if evaluator == "compiled" else 0), node


# Where functions of floats are defined, and how large their arguments are in use.
DOMAINS = {
    "log": (1e-3, 1e6),
    "log2": (1e-3, 1e6),
    "log10": (1e-3, 1e6),
    "log1p": (-0.999, 1e3),
    "arcsin": (-1, 1),
    "arccos": (-1, 1),
    "arctanh": (-1, 1),
    "arccosh": (1, 1e6),
    "power": (0, 30),
}


def _near_and_far(low, high, dtype):
    """Numbers of all sizes between two bounds."""
    rng = np.random.default_rng(5)
    small = 10.0 ** rng.uniform(-9, np.log10(high), 4000) * rng.choice([-1, 1], 4000)
    numbers = np.concatenate([rng.uniform(low, high, 8000), small[(small > low) & (small < high)]])
    return numbers.astype(dtype)


@pytest.mark.parametrize(
    "name", [name for name, op in OPERATIONS.items() if op.floating or name == "power"]
)
def test_functions_are_as_near_to_numpy_as_is_said(comparison, name):
    operation = OPERATIONS[name]
    nodes, contents, length = [], {}, 0
    for dtype in ("float32", "float64"):
        numbers = _near_and_far(*DOMAINS.get(name, (-20, 20)), dtype)
        contents[f"x_{dtype}"], contents[f"y_{dtype}"] = numbers, numbers[::-1].copy()
        columns = [Column(f"{letter}_{dtype}", dtype, None) for letter in "xy"]
        nodes.append(build(name, tuple(columns[: operation.arity])))
        length = len(numbers)
    _, found = _compiled([], nodes, Chunk(length, contents, {}))
    for node, array in zip(nodes, found, strict=True):
        given = [contents[column.name] for column in node.operands]
        with np.errstate(all="ignore"):
            expected = operation.function(*given)
        assert expected.dtype == node.type.dtype
        distance = comparison.apart(expected.tolist(), array.tolist(), node.type.dtype)
        assert distance <= comparison.allowed(node), node


@pytest.mark.parametrize("row", GRID)
def test_rules_of_the_plan_keep_every_value(row):
    nodes = list(dict.fromkeys(GRID[row]))
    roots: tuple[Node, ...] = tuple(nodes)
    for rule in (fold, share, push):
        roots = rewrite(roots, rule)
    columns = _columns([3, 0, 1, 5, 2], [1, 4, 0, 2, 2], 5)
    _, expected = EVALUATORS["awkward"]([], nodes, columns)
    _, found = EVALUATORS["awkward"]([], list(dict.fromkeys(roots)), columns)
    after = dict(zip(dict.fromkeys(roots), found, strict=True))
    for node, root, left in zip(nodes, roots, expected, strict=True):
        assert str(after[root].type) == str(left.type), node
        assert repr(ak.to_list(after[root])) == repr(ak.to_list(left)), node


@pytest.mark.parametrize("name", OPERATIONS)
def test_constants_are_folded_to_what_the_definition_gives(name):
    operation = OPERATIONS[name]
    pool = [constant(x) for x in (-2.5, 0.0, 3.0)] + [Constant(x, "int64") for x in (-1, 0, 3)]
    if operation.operands == "integer":
        pool = [Constant(x, "int64") for x in (-1, 0, 3)]
    unfolded = []
    for operands in itertools.product(pool, repeat=operation.arity):
        inputs = (
            (build("greater", (operands[0], 0)), *operands[1:]) if name == "where" else operands
        )
        unfolded.append(build(name, inputs))
    unfolded += [Cast(node, "uint8") for node in unfolded if node.type.dtype.kind == "f"]
    nodes = list(dict.fromkeys(unfolded))
    folded = rewrite(nodes, fold)
    _, expected = reference.evaluate([], nodes, Chunk(1, {}, {}))
    for node, value, array in zip(nodes, folded, expected, strict=True):
        assert isinstance(value, Constant), node
        assert value.type == node.type
        assert repr(value.type.dtype.type(value.value).item()) == repr(array.tolist()[0]), node


@pytest.mark.parametrize("evaluator", EVALUATORS)
@on_jagged_shapes
def test_histograms_equal_the_definition(evaluator, chunk):
    fills = list(dict.fromkeys(FILLS))
    columns = _columns(*chunk)
    expected, _ = reference.evaluate(fills, [], columns)
    found, _ = EVALUATORS[evaluator](fills, [], columns)
    for fill, left, right in zip(fills, expected, found, strict=True):
        np.testing.assert_array_equal(left.entries, right.entries, err_msg=str(fill))
        np.testing.assert_array_equal(left.contents(), right.contents(), err_msg=str(fill))
        np.testing.assert_array_equal(left.variances(), right.variances(), err_msg=str(fill))


def test_every_operation_has_a_row():
    covered = {type(node) for nodes in GRID.values() for node in nodes}
    # Ranges stand inside of other nodes, and calls of a user's function have tests of their own.
    assert covered >= set(interpreter.RULES) - {Constant, Map, Ranges}
    # What is stored, and what runs between two phases, the awkward evaluator is given.
    given = {Column, OptionalColumn, Collection, Sublists, Call}
    assert set(interpreter.RULES) | given == set(definitions.RULES)
