"""Random programs of the public language, written as the text that a user would type."""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Any

import numpy as np

import hepline as hl
from hepline.columns.expression import Expr
from hepline.columns.lists import Combinations, Cross, Nest
from hepline.columns.nodes import Node, walk
from hepline.columns.records import Records, Tuples
from hepline.errors import LanguageError

__all__ = ["Program"]


def smoothed(x, y):
    """A function of NumPy arrays."""
    return 0.5 * x + y


def ordered_sum(x, scale):
    """A number made of one event."""
    total = 0.0
    for i in range(len(x)):
        total += x[i] * (i + 1) * scale
    return total


def every_other(x):
    """A list made of one event."""
    return x[::2] * 1.0


def excess(x):
    """One value for each element."""
    made = np.zeros(len(x))
    for i in range(len(x)):
        made[i] = x[i] - x[0]
    return made


class Program:
    """Lines of a program, and the values that its names stand for.

    Parameters
    ----------
    seed : int
    events : Events
    steps : int
        Lines to try; those that have no meaning are left out.
    """

    def __init__(self, seed: int, events: Any, steps: int) -> None:
        self._random = random.Random(seed)  # noqa: S311
        functions = (smoothed, ordered_sum, every_other, excess)
        self.names: dict[str, Any] = {"ev": events, "hl": hl, "np": np}
        self.names |= {function.__name__: function for function in functions}
        self.lines: list[str] = []
        for text in ("ev.Muon", "ev.Jet", "ev.MET", "ev.MET.pt", "ev.Jet.pt", "ev.Muon.charge"):
            self._write(text)
        for _ in range(steps):
            text = self._random.choice(self._KINDS)(self)
            if text:
                self._write(text)

    def _write(self, text: str) -> None:
        """Keep a line, unless the language refuses it."""
        try:
            value = eval(text, self.names)  # noqa: S307
        except LanguageError:
            return
        if isinstance(value, Expr) and value.node.type.depth > 2:
            return
        if _combinations(value) > 2:
            # Pairs of pairs of pairs are more than a test can wait for.
            return
        name = f"v{len(self.lines)}"
        self.names[name] = value
        self.lines.append(f"{name} = {text}")

    def _pick(self, fits: Callable[[Any], bool]) -> str:
        found = [n for n, value in self.names.items() if n[0] == "v" and fits(value)]
        # Late names are made of more.
        return self._random.choice(found[-8:] if self._random.random() < 0.7 else found)

    def _objects(self) -> str:
        return self._pick(lambda v: isinstance(v, Records) and len(v.fields.axes) == 1)

    def _list(self) -> str:
        return self._pick(lambda v: isinstance(v, Expr) and v.type.depth > 0 and _is_number(v))

    def _scalar(self) -> str:
        return self._pick(lambda v: isinstance(v, Expr) and not v.type.depth and _is_number(v))

    def _number(self) -> str:
        return self._random.choice(["0.5", "2", "20.0", "35", "-1"])

    def _field(self) -> str:
        return self._random.choice(["pt", "eta", "phi", "mass", "charge", "energy", "btag"])

    def _condition(self, text: str) -> str:
        sign = self._random.choice([">", "<", ">=", "!="])
        return f"({text} {sign} {self._number()})"

    def _a_field(self) -> str:
        return f"{self._pick(lambda v: isinstance(v, Records))}.{self._field()}"

    def _selected(self) -> str:
        objects = self._objects()
        mask = self._condition(f"{objects}.{self._field()}")
        if self._random.random() < 0.4:
            mask = f"{mask} & {self._condition(f'abs({objects}.eta)')}"
        return f"{objects}[{mask}]"

    def _chosen(self) -> str:
        objects = self._objects()
        ways = [
            f"{objects}.sort({objects}.pt)", f"{objects}[:2]", f"{objects}[::-1]",
            f"{objects}.pad(2)", f"{objects}[0]" if not self._is_tuples(objects) else "",
            f"{objects}.first()", f"{objects}.best({objects}.pt)",
            f"{objects}.closest({objects}.mass, 90.0)",
            f"{objects}.sort({objects}.charge, -{objects}.eta)",
            f"{objects}.best({objects}.charge, {objects}.pt)",
            f"{objects}.unique(by={objects}.charge)",
            f"hl.sum({objects})", f"{objects}.boost((0.1, 0, -0.3))",
        ]  # fmt: skip
        return self._random.choice(ways)

    def _is_tuples(self, name: str) -> bool:
        return isinstance(self.names[name], Tuples)

    def _combined(self) -> str:
        one, other = self._objects(), self._objects()
        if self._is_tuples(one) or self._is_tuples(other):
            return f"{one}[{self._random.choice([0, 1])}]" if self._is_tuples(one) else ""
        ways = [
            f"{one}.pairs()", f"{one}.cross({other})", f"hl.concat({one}, {other})",
            f"{one}.nearest({other})", f"{one}.match({other}, within=0.6)",
        ]  # fmt: skip
        return self._random.choice(ways)

    def _compared(self) -> str:
        one, other = self._objects(), self._pick(lambda v: isinstance(v, Records))
        single = self._pick(lambda v: isinstance(v, Records) and not v.fields.axes)
        ways = [
            f"{one}.delta_r({other})", f"{one}.near({other}, 0.8)", f"{one}.delta_phi({other})",
            f"{one}.match({single}, within=1.5)", f"{single}.match({other}, within=1.5)",
            f"{one}.nearest({single})", f"{other}.boost({other})",
        ]  # fmt: skip
        return self._random.choice(ways)

    def _arithmetic(self) -> str:
        one = self._random.choice([self._list, self._scalar])()
        other = self._random.choice([self._list, self._scalar, self._number])()
        sign = self._random.choice(["+", "-", "*"])
        return f"{one} {sign} {other}"

    def _function(self) -> str:
        given = self._random.choice([self._list, self._scalar])()
        return self._random.choice(
            [f"np.maximum({given}, 1)", f"abs({given})", f"hl.where({given} > 2, {given}, 0.5)",
             f"{given}.fill_missing(1)", f"{given}.is_missing()", f"{given}.astype('float64')",
             f"{given}.astype('int64')", f"{given}[0]", f"{given}[{given} > 10]",
             f"np.clip({given}, 0, 50)", f"round({given}, 1)", f"hl.isin({given}, [0, 1, -1])",
             f"hl.lookup({given}, [0, 20, 50, 90], [1.0, 2.5, -1.0])", f"hl.cumsum({given})",
             f"hl.lookup(({given}, {self._scalar()}), ([0, 20, 50], [10, 60]), [[1], [3]], "
             "outside=0)",
             f"hl.sort({given})", f"hl.rank({given})", f"hl.unique(round({given}))",
             f"hl.argsort({given})", f"np.diff({given})"]
        )  # fmt: skip

    def _reduced(self) -> str:
        name = self._random.choice(["count", "sum", "min", "max", "mean", "argmax"])
        if self._random.random() < 0.2:
            quantifier = self._random.choice(["any", "all"])
            return f"hl.{quantifier}({self._condition(self._list())})"
        return self._random.choice([f"hl.{name}({self._list()})", f"{self._list()}.{name}()"])

    def _called(self) -> str:
        other = self._random.choice([self._list, self._scalar, self._number])()
        return f"hl.call(smoothed, {self._list()}, {other})"

    def _mapped(self) -> str:
        given = self._list()
        filled = f"{given}.fill_missing(0)"
        ways = [f"hl.map(ordered_sum, {filled}, 0.5)", f"hl.map(every_other, {filled}, "
                "returns='var * float64')", f"hl.map(excess, {filled}, along={given})"]  # fmt: skip
        return self._random.choice(ways)

    def _filtered(self) -> str:
        scalar = self._scalar()
        return f"ev[{self._condition(scalar)}].{self._random.choice(['Muon', 'Jet', 'MET'])}"

    _KINDS = (
        _a_field, _a_field, _a_field, _selected, _selected, _chosen, _chosen, _combined, _compared,
        _arithmetic, _arithmetic, _function, _function, _reduced, _reduced, _called, _mapped,
        _filtered,
    )  # fmt: skip

    def requests(self, most: int = 6) -> list[Any]:
        """The last expressions, and histograms of some of them in some events."""
        found = [value for name, value in self.names.items() if name[0] == "v"]
        columns = [value for value in found if isinstance(value, Expr)][-most:]
        conditions = [c > 1 for c in map(self.names.get, [self._scalar(), self._scalar()])]
        histograms = []
        for column in columns[-3:]:
            try:
                histograms.append(
                    hl.hist(column, bins=(8, -20.0, 140.0), where=self._random.choice(conditions))
                )
            except LanguageError:
                continue
        return [*columns, *histograms]

    def __str__(self) -> str:
        return "\n".join(self.lines)


def _combinations(value: object) -> int:
    """How many lists of combinations a value is made of."""
    roots: tuple[Node, ...] = ()
    if isinstance(value, Expr):
        roots = (value.node,)
    elif isinstance(value, Records):
        roots = value.fields.axes
    many = (Combinations, Cross, Nest)
    return len({node.type.axes for node in walk(roots) if isinstance(node, many)})


def _is_number(value: Expr) -> bool:
    return value.type.dtype.kind in "iuf"
