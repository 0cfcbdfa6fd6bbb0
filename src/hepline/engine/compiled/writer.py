"""Writes one event of a kernel: every value where it is needed, once, above what changes.

`Writer.value` is asked for one element of an expression and recurses into what it is made of;
the rules are in `elements` (what one element is) and `sinks` (what needs a loop over a list).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING, Any

import numpy as np

from hepline.columns.elementwise import Elementwise
from hepline.columns.leaves import Collection, Column, Sublists
from hepline.columns.lists import (
    ArgSort,
    Combinations,
    Concat,
    Cross,
    Flatten,
    Pad,
    Select,
    Slice,
    Take,
    TakeInside,
)
from hepline.columns.navigation import Ranges
from hepline.columns.nodes import Node
from hepline.engine.compiled.code import Block, Code, stem
from hepline.engine.compiled.facts import Facts
from hepline.engine.compiled.lists import Lists, all_depends
from hepline.engine.compiled.operations import PAIRS
from hepline.engine.compiled.rows import Unlowered
from hepline.engine.compiled.values import At, Chosen, Index, Merged, Subset, Value
from hepline.engine.conditions import Path, conjuncts
from hepline.engine.handover import Computed, level_of

if TYPE_CHECKING:
    from hepline.engine.compiled.early import Early
    from hepline.engine.compiled.sinks import Sinks

__all__ = ["CHEAP", "Indices", "Rule", "Writer"]

Indices = tuple[Index, ...]
Rule = Callable[["Writer", Any, Indices], Value]

# Conditions of up to so many additions are evaluated together: a wrong guess of the processor
# costs more.
CHEAP = 8


class Writer:
    """Where a kernel stands while it is being written.

    Attributes
    ----------
    code : Code
    facts : Facts
    before : list of str
        Lines ahead of the event loop.
    columns : dict of str to (str, numpy.dtype)
        Columns that are read: their name in the kernel, and what they hold.
    collections : dict of str to str
        Collections whose offsets are read: their name in the kernel.
    rows_ahead : dict of (str, Column, str) to (str, str)
        Pairs of functions that are computed for many events at a time, the column, and what its
        collection is called: names of their rows.
    sinks : Sinks
        Loops over lists; given after the writer is made.
    early : Early
        What is made ahead of the loop over events; given after the writer is made.
    lists : Lists
        Lists inside lists.
    constants : dict of str to str
        Typed constants and their names: numba infers the type of a name much faster.
    """

    sinks: Sinks
    early: Early

    def __init__(self, facts: Facts, rules: dict[type[Node], Rule]) -> None:
        self.code = Code()
        self.lists = Lists(self)
        self.facts = facts
        self.before: list[str] = []
        self.columns: dict[str, tuple[str, np.dtype]] = {}
        self.collections: dict[str, str] = {}
        self.constants: dict[str, str] = {}
        self.rows_ahead: dict[tuple[str, Column, str], tuple[str, str]] = {}
        self.rules = rules
        self._trie: dict[Path, Block] = {(): self.code.root}

    def home(self, node: Node) -> Block:
        """The block below whose conditions a value of the whole event is computed."""
        path = self.facts.homes.get(node)
        home = None if path is None else self._trie.get(path)
        here: Block | None = self.code.block
        while home is not None and here is not None:
            if here is home:
                return here
            here = here.parent
        # Nobody said that it is needed here: what is written here is right here.
        return self.code.place(frozenset())

    def is_here(self, node: Node) -> bool:
        """Whether the home of a node is the current block."""
        return self._trie.get(self.facts.homes[node]) is self.code.block

    @contextmanager
    def below(self, path: Path) -> Iterator[Block]:
        """The block of events for which the last condition of a path is true too."""
        condition = self.truth(self.value(path[-1], ()))
        with self.code.inside(f"if {condition}:") as block:
            self._trie[path] = block
            yield block

    def value(self, node: Node, where: Indices) -> Value:
        """One element of an expression; written where it is needed first.

        Parameters
        ----------
        node : Node
        where : tuple of Index
            One for each list level.
        """
        key = (node, where)
        known = self.code.block.find(key)
        if known is not None:
            return known
        if not where:
            with self.code.at(self.home(node)):
                value = self._value(node, where)
                self.code.block.known[key] = value
            return value
        value = self._value(node, where)
        self.code.place(value.deps).known[key] = value
        return value

    def _value(self, node: Node, where: Indices) -> Value:
        if node in self.facts.stored and not self.sinks.is_open(node):
            return self.sinks.stored(node, where[0])
        return self.rules[type(node)](self, node, where)

    def named(self, stem: str, code: str, deps: frozenset[str]) -> str:
        """Give a value a name, above every loop that does not change it."""
        with self.code.at(self.code.place(deps)):
            name = self.code.name(stem)
            self.code.line(f"{name} = {code}")
        return name

    def settled(self, node: Node, code: str, deps: frozenset[str], stem: str = "v") -> str:
        """Code that may be repeated: its name, or itself where it is used in one place only."""
        here = self.code.place(deps) is self.code.block
        if here and self.facts.uses.get(node, 0) < 2 and len(code) < 60:
            return code
        return self.named(stem, code, deps)

    def truth(self, value: Value) -> str:
        """Code that is true where a condition exists and holds."""
        return value.code if value.present is None else f"{value.present} and {value.code}"

    # --- lists ------------------------------------------------------------------------------

    def length(self, node: Node, where: Indices) -> At:
        """How many elements the list at a place has, `where` being shorter than the depth."""
        return self.lists.length(node.type.axes[len(where)], where)

    def source_of(self, node: Take | TakeInside, where: Indices) -> tuple[Indices, str | None]:
        """Where the values stand that are taken, and the condition under which they are there."""
        level = node.level if isinstance(node, TakeInside) else 0
        depth = max(node.index.type.depth, level)
        place, inside = self.place_of(node, where[:depth])
        return (*where[:level], place, *where[depth:]), inside

    def place_of(self, node: Take | TakeInside, where: Indices) -> tuple[Index, str | None]:
        """Which element is taken, and the condition under which there is one."""
        index = self.value(node.index, where[: node.index.type.depth])
        level = node.level if isinstance(node, TakeInside) else 0
        axis = node.values.type.axes[level]
        place = index.index
        if isinstance(place, Subset | Chosen | Merged) and place.axis is not axis:
            place = None
        if place is None:
            code = index.code
            if node.index.type.dtype.name != "int64":
                code = f"int64({code})"
            place = At(self._short(code, index.deps), index.deps)
        conditions = [] if index.present is None else [index.present]
        if node.checked and isinstance(place, At):
            most = self.lists.length(axis, where[:level])
            least = "" if place.code.isdigit() else "0 <= "
            conditions.append(f"{least}{place.code} < {most.code}")
        return place, " and ".join(conditions) or None

    def _short(self, code: str, deps: frozenset[str]) -> str:
        return code if code.isidentifier() or code.isdigit() else self.named("i", code, deps)

    def axis_length(self, axis: Node) -> At:
        """How many elements the list of an event has."""
        key = ("length", axis)
        known = self.code.block.find(key)
        if known is None:
            with self.code.at(self.home(axis)):
                length = self._axis_length(axis)
                known = Value(length)
                self.code.block.known[key] = known
        return At(known.code)

    def _axis_length(self, axis: Node) -> str:
        none: frozenset[str] = frozenset()
        match axis:
            case Collection():
                first, last = self.offsets(axis)
                return self.named(f"n_{self.collection(axis)}", f"{last} - {first}", none)
            case Computed():
                _, first, last = self.computed(axis)
                return self.named("n", f"{last} - {first}", none)
            case Select():
                self.sinks.positions(axis)
                return self.axis_length(axis).code
            case ArgSort():
                return self.axis_length(axis.by.type.axes[0]).code
            case Slice():
                return self.lists.sliced(axis, ())[1]
            case Pad():
                return str(axis.length)
            case Concat():
                both = [self.axis_length(side.type.axes[0]) for side in (axis.first, axis.second)]
                return self.named("n", f"{both[0].code} + {both[1].code}", none)
            case Combinations():
                count = self.axis_length(axis.of.type.axes[0])
                return self.named("n", f"subsets({count.code}, {axis.n})", none)
            case Cross():
                sides = [self.axis_length(side.type.axes[0]) for side in (axis.left, axis.right)]
                return self.named("n", f"{sides[0].code} * {sides[1].code}", none)
            case Flatten():
                name = self.named("n", "0", none)
                with self.lists.along(axis.values.type.axes[0], ()) as outer:
                    length = self.lists.length(axis.values, (outer,))
                    self.code.line(f"{name} += {length.code}")
                return name
        raise Unlowered(f"no loop over {axis!r}")

    def offsets(self, collection: Collection) -> tuple[str, str]:
        """Where the objects of the event begin and end among all elements of the chunk."""
        own = self.collection(collection)
        first = self.code.root.known.get(("first", collection))
        if first is None:
            with self.code.at(self.code.root):
                name = self.named(own, f"of_{own}[event]", frozenset())
            first = self.code.root.known["first", collection] = Value(name)
        return first.code, f"of_{own}[event + 1]"

    def column(self, node: Column) -> str:
        """The row that a column is read from."""
        if node.name not in self.columns:
            name = self._argument(node.name, {known for known, _ in self.columns.values()})
            self.columns[node.name] = (name, node.type.dtype)
        return f"in_{self.columns[node.name][0]}"

    def computed(self, node: Computed) -> tuple[str, str, str]:
        """The row of what an earlier phase made, and where the event begins and ends in it."""
        row = self.column(Column(node.name, node.dtype, None))
        first, last = self.offsets(Collection(level_of(node.name, 0)))
        return row, first, last

    def bounds(self, node: Computed, level: int) -> str:
        """The row that says where inner lists begin of what an earlier phase made."""
        return f"of_{self.collection(Collection(level_of(node.name, level)))}"

    def ahead(self, node: Elementwise) -> tuple[str, str]:
        """The row of a function of a column, and where the event begins in it."""
        column, collection = self.facts.ahead[node].column, self.facts.ahead[node].collection
        function, place, _ = PAIRS[node.operation]
        own = self.collection(collection)
        rows = self.rows_ahead.get((function, column, own))
        if rows is None:
            self.column(column)
            name = self.columns[column.name][0]
            both = sorted((node.operation, PAIRS[node.operation][2]), key=lambda op: PAIRS[op][1])
            rows = (f"{both[0]}_of_{name}", f"{both[1]}_of_{name}")
            self.rows_ahead[function, column, own] = rows
        return rows[place], self.in_block(collection)

    def in_block(self, collection: Collection) -> str:
        """Where the objects of the event begin among those of its block."""
        key = ("in block", collection)
        begins = self.code.root.known.get(key)
        if begins is None:
            first, _ = self.offsets(collection)
            with self.code.at(self.code.root):
                begin = f"{first} - begin_{self.collection(collection)}"
                inside = self.named("of_block", begin, frozenset())
            begins = self.code.root.known[key] = Value(inside)
        return begins.code

    def constant(self, code: str) -> str:
        """A constant by name, if it needs more than a plain literal."""
        if "(" not in code or code.startswith("("):
            return code
        return self.constants.setdefault(code, f"c_{len(self.constants)}")

    def collection(self, node: Collection | Sublists) -> str:
        """What stored lists are called in the kernel."""
        if node.name not in self.collections:
            known = set(self.collections.values())
            self.collections[node.name] = self._argument(node.name, known)
        return self.collections[node.name]

    def _argument(self, name: str, known: set[str]) -> str:
        own, count = stem(name), 0
        while own in known:
            own, count = f"{stem(name)}_{count}", count + 1
        return own

    @contextmanager
    def loop(self, axis: Node, least: int = 1) -> Iterator[Index]:
        """Go over the list of an event, unless it is shorter than `least`."""
        if isinstance(axis, Combinations):
            with self._nested([axis.of] * axis.n, triangular=True) as members:
                yield from self._subset(axis, members)
        elif isinstance(axis, Cross):
            with self._nested([axis.left, axis.right], triangular=False) as members:
                yield from self._subset(axis, members)
        elif isinstance(axis, Flatten):
            with self.lists.merged(axis) as index:
                yield index
        else:
            length = self.axis_length(axis).code
            if least > 1:
                length = f"{length} if {length} >= {least} else 0"
            with self.counted(length) as index:
                yield index

    @contextmanager
    def counted(self, length: str, first: str = "") -> Iterator[At]:
        """Go over the numbers below a length."""
        name = self.code.name("i")
        bounds = f"{first}, {length}" if first else length
        with self.code.inside(f"for {name} in range({bounds}):", name):
            yield At(name, frozenset((name,)))

    @contextmanager
    def _nested(self, lists: list[Node], *, triangular: bool) -> Iterator[list[At]]:
        members: list[At] = []
        with ExitStack() as stack:
            for of in lists:
                first = f"{members[-1].code} + 1" if triangular and members else ""
                length = self.axis_length(of.type.axes[0]).code
                members.append(stack.enter_context(self.counted(length, first)))
            yield members

    def _subset(self, axis: Node, members: list[At]) -> Iterator[Index]:
        counter, deps = self.code.counter(), frozenset().union(*(m.deps for m in members))
        yield Subset(axis, tuple(members), At(counter, deps))
        self.code.line(f"{counter} += 1")

    @contextmanager
    def chosen(self, axis: Select, base: Index, around: Indices = ()) -> Iterator[Chosen]:
        """Below the mask of a selection, inside a loop over the list it chooses from."""
        counter = self.code.counter(all_depends(around))
        with self.where_all(conjuncts(axis.mask), (*around, base)):
            yield Chosen(axis, base, At(counter, all_depends((*around, base))))
            self.code.line(f"{counter} += 1")

    @contextmanager
    def where_all(self, conditions: Iterable[Node], where: Indices) -> Iterator[None]:
        """Below all conditions, the cheap ones first."""
        effort = self.facts.effort
        ordered = sorted(conditions, key=lambda node: (effort.get(node, 0), node.key))
        cheap = [node for node in ordered if effort.get(node, 0) <= CHEAP]
        groups = [cheap] * bool(cheap) + [[node] for node in ordered if node not in cheap]
        with ExitStack() as stack:
            for group in groups:
                truths = [self.truth(self.value(node, where)) for node in group]
                stack.enter_context(self.code.inside(f"if {' and '.join(truths)}:"))
            yield


def is_loose(node: Node) -> bool:
    """Whether the lists of a node are inner lists of another: one list taken out of many."""
    return isinstance(node.type.axes[0], Take | Ranges)
