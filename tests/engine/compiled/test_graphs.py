"""Graphs that nobody thought of: values shared between conditions, loops and lists at random."""

import os
import random
import time

import awkward as ak
import numpy as np
import pytest

from hepline.columns.axes import RegularAxis
from hepline.columns.conventions.references import children
from hepline.columns.elementwise import FillMissing, IsMissing, Masked
from hepline.columns.fill import Fill
from hepline.columns.leaves import (
    Collection,
    Column,
    Constant,
    OptionalColumn,
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
from hepline.columns.navigation import Ancestor
from hepline.columns.nodes import Node
from hepline.columns.orders import best_place, distinct, is_first, order_by, rank_of
from hepline.columns.source import Chunk
from hepline.columns.tables import IsIn, Lookup
from hepline.columns.types import FLOAT64, INT64
from hepline.engine import interpreter, reference
from hepline.engine.compiled.compiler import compiled
from hepline.engine.compiled.evaluator import evaluate
from hepline.engine.compiled.lowering import lower
from hepline.engine.schedule import schedule

A, B = Collection("A"), Collection("B")
C = Sublists("C", A)
AXIS = RegularAxis("x", 6, -3.0, 9.0)
GRAPHS = 12


class Graph:
    """A random graph: numbers of the event, and lists of numbers, each made of earlier ones."""

    def __init__(self, seed: int, steps: int, dtypes: tuple[str, ...] = ("float64",)) -> None:
        self._random = random.Random(seed)  # noqa: S311
        some = [self._random.choice(dtypes) for _ in range(7)]
        # With several dtypes, the last column of each kind may lack values.
        last = Column if len(dtypes) == 1 else OptionalColumn
        kinds = (Column, Column, last)
        self.scalars: list[Node] = [kinds[n](f"S{n}", some[n], None) for n in range(3)]
        self.lists: list[Node] = [
            kinds[n + 1](f"{axis.name}{n}", some[3 + 2 * (axis is B) + n], axis)
            for axis in (A, B)
            for n in range(2)
        ]
        self._axes: list[Node] = [A, B]
        # Lists of lists.
        inner = self._random.choice(dtypes)
        self.nested: list[Node] = [Column("C0", inner, C), kinds[2]("C1", "float64", C)]
        for _ in range(steps):
            self._random.choice(self._steps)(self)

    def _list(self, axis: Node | None = None) -> Node:
        fitting = [x for x in self.lists if axis is None or x.type.axes[0] is axis]
        return self._random.choice(fitting)

    def _scalar(self) -> Node:
        return self._random.choice(self.scalars)

    def _bound(self) -> Constant:
        return Constant(self._random.choice([-1.0, 0.5, 2.0]), "float64")

    def _arithmetic(self) -> None:
        first = self._random.choice([self._list, self._scalar])()
        near = self._list(first.type.axes[0]) if first.type.depth else self._scalar()
        second = self._random.choice([near, self._scalar(), self._bound()])
        name = self._random.choice(["add", "subtract", "multiply", "maximum", "remainder"])
        made = build(name, (first, second))
        (self.lists if made.type.depth else self.scalars).append(made)

    def condition(self, of: Node | None = None) -> Node:
        """A condition of the event, or of the elements of a list."""
        value = self._scalar() if of is None else of
        return build(self._random.choice(["greater", "less"]), (value, self._bound()))

    def _chosen(self) -> None:
        values = self._list()
        axis = values.type.axes[0]
        mask = self.condition(values)
        if self._random.random() < 0.5:
            mask = build("bitwise_and", (mask, self.condition(self._list(axis))))
        self._taken(axis, Select(mask))

    def _taken(self, axis: Node, index: Node) -> None:
        """Two lists along another one, so that something can be made of both."""
        for _ in range(2):
            self.lists.append(Take(self._list(axis), index, isinstance(index, Pad)))

    def _placed(self) -> None:
        axis = self._random.choice(self.lists).type.axes[0]
        by = self._list(axis)
        made = [ArgSort(by, self._random.random() < 0.5), Slice(axis, 1, None, None)]
        made += [Slice(axis, None, None, -1), Pad(axis, 2)]
        self._taken(axis, self._random.choice(made))

    def _paired(self) -> None:
        values = [x for x in self.lists if x.type.axes[0] in (A, B) or _is_short(x.type.axes[0])]
        axis = self._random.choice(values).type.axes[0]
        members = [Take(self._list(axis), Combinations(axis, 2, slot), False) for slot in (0, 1)]
        self.lists += [*members, build("add", tuple(members))]

    def _crossed(self) -> None:
        sides = [
            Take(self._list(axis), Cross(A, B, slot), False) for slot, axis in enumerate((A, B))
        ]
        self.lists += [build("subtract", tuple(sides)), sides[1]]

    def _matched(self) -> None:
        each = Take(self._list(B), Nest(A, B), False)
        apart = build("absolute", (build("subtract", (each, self._list(A))),))
        nearest = Reduce("argmin", apart)
        self.lists += [Reduce("min", apart), Take(self._list(B), nearest, False)]

    def _referred(self) -> None:
        """Mothers, most of them before their daughters; some lead round in a circle."""
        axis = self._list().type.axes[0]
        step = self._random.choice([1, 2])
        parent = build(
            "subtract", (build("remainder", (build("multiply", (Position(axis), step)), 5)), 1)
        )
        kind = build("remainder", (Position(axis), 2))
        own = Take(self._list(axis), children(parent), False)
        self.lists += [Reduce("max", own), cast(Reduce("count", own), FLOAT64)]
        self.lists.append(Take(self._list(axis), Ancestor(parent, kind), True))

    def _joined(self) -> None:
        first, second = self._list(), self._list()
        dtype = np.result_type(first.type.dtype, second.type.dtype)
        self.lists.append(Concat(cast(first, dtype), cast(second, dtype)))

    def _spread(self) -> None:
        axis = self._list().type.axes[0]
        self.lists.append(
            build("add", (Spread(self._scalar(), axis), cast(Position(axis), FLOAT64)))
        )

    def _reduced(self) -> None:
        values = self._list()
        name = self._random.choice(["sum", "min", "max", "count", "argmax"])
        if name == "sum" and values.type.dtype.kind == "i":
            values = cast(values, INT64)
        made: Node = Reduce(name, values)
        if name == "argmax":
            made = Take(self._list(values.type.axes[0]), made, False)
        self.scalars.append(cast(made, FLOAT64))

    def _single(self) -> None:
        self.scalars.append(
            Take(self._list(), Constant(self._random.choice([0, 1]), "int64"), True)
        )

    def _filled(self) -> None:
        value = self._random.choice([*self.scalars, *self.lists])
        made = FillMissing(value, cast(Constant(0.25, "float64"), value.type.dtype))
        (self.lists if made.type.depth else self.scalars).append(made)

    def _inside(self) -> None:
        """Something is chosen inside the lists of lists."""
        values = self._random.choice(self.nested)
        alike = [x for x in self.nested if x.type.axes == values.type.axes]
        other, axis = self._random.choice(alike), values.type.axes[1]
        masks = [self.condition(values), self.condition(other)]
        made = [Select(build("bitwise_and", tuple(masks))), ArgSort(other, True)]
        made += [Slice(axis, 1, None, None), Slice(axis, None, None, -1), Pad(axis, 2)]
        index = self._random.choice(made)
        for node in (values, other):
            self.nested.append(TakeInside(node, index, 1, isinstance(index, Pad)))

    def _calculated_inside(self) -> None:
        values = self._random.choice(self.nested)
        alike = [x for x in self.nested if x.type.axes == values.type.axes]
        around = [x for x in self.lists if x.type.axes == values.type.axes[:1]]
        second = self._random.choice([*alike, *around, self._scalar()])
        self.nested.append(build(self._random.choice(["add", "maximum"]), (values, second)))

    def _taken_whole(self) -> None:
        """Inner lists are taken as they are."""
        values = self._random.choice(self.nested)
        axis = values.type.axes[0]
        index = self._random.choice([Slice(axis, None, None, -1), Pad(axis, 2), *self._masks(axis)])
        for node in [x for x in self.nested if x.type.axes == values.type.axes][:2]:
            self.nested.append(Take(node, index, isinstance(index, Pad)))

    def _masks(self, axis: Node) -> list[Node]:
        return [Select(self.condition(x)) for x in self.lists if x.type.axes == (axis,)][:1]

    def _out_of_inner(self) -> None:
        """Numbers and lists are made of lists of lists."""
        values = self._random.choice(self.nested)
        floats = cast(values, FLOAT64)
        name = self._random.choice(["sum", "max", "count", "argmin"])
        made = Reduce(name, floats)
        flat = Flatten(floats)
        place = Constant(self._random.choice([0, 1]), "int64")
        self.lists += [cast(made, FLOAT64), TakeInside(floats, place, 1, True)]
        if name == "argmin":
            self.lists.append(TakeInside(floats, made, 1, False))
        self.scalars += [Reduce("max", flat), Take(flat, place, True)]
        self.scalars.append(Reduce("sum", Take(floats, place, True)))

    def _summed(self) -> None:
        values = self._list()
        if values.type.dtype.kind in "iu":
            values = cast(values, INT64)
        self.lists.append(self._random.choice([CumSum, Differences])(values))

    def _masked(self) -> None:
        values = self._list()
        self.lists.append(Masked(values, self.condition(self._list(values.type.axes[0]))))

    def _looked_up(self) -> None:
        values = self._random.choice([*self.scalars, *self.lists])
        outside = self._random.choice([None, 0.5])
        edges = ((-1.0, 0.5, 2.0, 3.5), (0.0, 1.0))[: self._random.choice([1, 2])]
        operands = (cast(values, FLOAT64), cast(self._scalar(), FLOAT64))[: len(edges)]
        made = Lookup(operands, edges, (1.0, -2.0, 3.0), outside)
        (self.lists if made.type.depth else self.scalars).append(made)

    def _ordered(self) -> None:
        values = self._list()
        axis = values.type.axes[0]
        by = self._list(axis)
        members = (1.0, 2.0) if by.type.dtype.kind == "f" else (1, 2)
        self._taken(axis, Select(self._random.choice([is_first(by), IsIn(by, members)])))
        down = self._random.random() < 0.5
        self._taken(axis, order_by([by, values], descending=down))
        self.lists += [cast(rank_of(values, descending=down), FLOAT64), distinct(by)]
        self.scalars.append(Take(self._list(axis), best_place([by, values]), True))

    _steps = (
        _arithmetic, _arithmetic, _chosen, _chosen, _placed, _paired, _crossed, _matched,
        _referred, _joined,
        _spread, _reduced, _reduced, _reduced, _single, _filled,
        _inside, _calculated_inside, _taken_whole, _out_of_inner,
        _summed, _masked, _looked_up, _ordered,
    )  # fmt: skip

    def fills(self) -> list[Fill]:
        """Histograms whose selections share conditions."""
        conditions = [self.condition() for _ in range(4)]
        conditions += [IsMissing(self._scalar())]
        weight = Column("W", "float64", None)
        made = []
        for value in self._random.sample([*self.scalars, *self.lists, *self.nested], 8):
            where = self._random.sample(conditions, self._random.randint(0, 3))
            selection = None
            for condition in where:
                both = (selection, condition)
                selection = condition if selection is None else build("bitwise_and", both)
            chosen = self._random.choice([None, weight, Constant(0.1, "float64")])
            made.append(Fill((AXIS,), (cast(value, FLOAT64),), chosen, selection))
        return list(dict.fromkeys(made))


def _is_short(axis: Node) -> bool:
    """Whether pairs of a list are few enough to be made into pairs again."""
    return isinstance(axis, Select | Pad | Slice) and axis.type.axes[0] in (A, B)


def events(graph: Graph, seed: int, count: int = 60) -> Chunk:
    """Numbers with few digits, so that many are equal; lists of none to four."""
    rng = np.random.default_rng(seed)
    types = {
        node.name: node.type.dtype
        for node in (*graph.scalars, *graph.lists, *graph.nested)
        if isinstance(node, Column)
    }
    contents = {f"S{n}": _numbers(rng, types[f"S{n}"], count) for n in range(3)}
    contents["W"] = rng.normal(size=count)
    offsets = {}
    for name in "AB":
        lengths = rng.integers(0, 5, count)
        offsets[name] = np.concatenate(([0], np.cumsum(lengths, dtype=np.int64)))
        for n in range(2):
            contents[f"{name}{n}"] = _numbers(rng, types[f"{name}{n}"], lengths.sum())
    counts = rng.integers(0, 4, offsets["A"][-1])
    offsets["C"] = np.concatenate(([0], np.cumsum(counts, dtype=np.int64)))
    for n in range(2):
        contents[f"C{n}"] = _numbers(rng, types[f"C{n}"], counts.sum())
    for node in (*graph.scalars, *graph.lists, *graph.nested):
        if isinstance(node, OptionalColumn):
            contents[presence_of(node.name)] = rng.random(len(contents[node.name])) < 0.7
    return Chunk(count, contents, offsets)


def _numbers(rng: np.random.Generator, dtype: np.dtype, count: int) -> np.ndarray:
    pool = {
        "f": [-2.0, -1.0, -0.0, 0.5, 1.0, 2.0, 3.5, np.nan],
        "i": [-2, -1, 0, 1, 2, 3, 100],
        "u": [0, 1, 2, 3, 7, 2**33],
    }[dtype.kind]
    return rng.choice(np.array(pool, dtype if dtype.kind == "f" else np.int64), count).astype(dtype)


@pytest.mark.parametrize("seed", range(GRAPHS))
def test_random_graphs_give_the_bits_of_awkward(seed):
    graph = Graph(seed, 24)
    chunk = events(graph, seed)
    fills, arrays = graph.fills(), [graph.scalars[-1], graph.lists[-1], graph.nested[-1]]
    expected = interpreter.evaluate(schedule(fills, arrays), fills, arrays, chunk)[:2]
    kernel = compiled(lower(fills, arrays))
    assert not kernel.by_numba
    same(fills, arrays, expected, evaluate(kernel, chunk)[:2])


def same(fills, arrays, left_results, right_results):
    """Require the same bits of two evaluators."""
    expected, columns = left_results
    found, made = right_results
    for fill, left, right in zip(fills, expected, found, strict=True):
        np.testing.assert_array_equal(right.entries, left.entries, err_msg=str(fill))
        np.testing.assert_array_equal(right.contents(), left.contents(), err_msg=str(fill))
        np.testing.assert_array_equal(right.variances(), left.variances(), err_msg=str(fill))
    for node, left, right in zip(arrays, columns, made, strict=True):
        assert repr(ak.to_list(right)) == repr(ak.to_list(left)), node


MIXED = ("float64", "float32", "int32", "int64", "uint64", "uint8")
# Graphs on which evaluators once disagreed, by seed.
KNOWN: tuple[int, ...] = ()


def fuzz(seed: int, *, with_kernel: bool) -> None:
    """One graph of all dtypes: the definition, awkward and, now and then, a kernel."""
    graph = Graph(seed, 30, MIXED)
    fills, arrays = graph.fills(), [graph.scalars[-1], graph.lists[-1], graph.nested[-1]]
    chunk = events(graph, seed, 25)
    expected = reference.evaluate(fills, arrays, chunk)
    with_awkward = interpreter.evaluate(schedule(fills, arrays), fills, arrays, chunk)[:2]
    same(fills, arrays, expected, with_awkward)
    if with_kernel:
        same(fills, arrays, expected, evaluate(compiled(lower(fills, arrays)), chunk)[:2])


@pytest.mark.parametrize("seed", KNOWN)
def test_graphs_that_once_disagreed(seed):
    fuzz(seed, with_kernel=True)


@pytest.mark.slow
def test_fuzzed_graphs_give_the_same_bits_on_all_evaluators():
    """Seeds count up from a fixed one for some seconds; `make fuzz` takes longer."""
    seconds = float(os.environ.get("HEPLINE_FUZZ_SECONDS", "30"))
    seed, end = int(os.environ.get("HEPLINE_FUZZ_SEED", "1000")), time.monotonic() + seconds
    first = seed
    while time.monotonic() < end:
        try:
            fuzz(seed, with_kernel=seed % 20 == 0)
        except Exception as error:
            error.add_note(f"seed {seed}: add it to KNOWN when it is mended")
            raise
        seed += 1
    assert seed > first
