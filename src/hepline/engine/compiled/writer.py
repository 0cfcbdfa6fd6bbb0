"""The writer of a kernel's loop body: each value once, in the outermost block where it holds.

`Writer.value` writes one element of an expression and recurses into its inputs. Rules decide what
it writes: a `Rule` (in `elements`) for one element, a `Form` (in `lists`) for the loop over a kind
of list. The work along lists (`sinks`, `reductions`, `outputs`) takes its elements from these.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from typing import Any

import numpy as np

from hepline.columns.leaves import Collection, Column, Sublists
from hepline.columns.lists import Select, source_of_axis
from hepline.columns.mapping import EventFunction
from hepline.columns.nodes import Node
from hepline.engine.compiled.code import Block, Code, remark, stem
from hepline.engine.compiled.facts import Facts
from hepline.engine.compiled.operations import memory
from hepline.engine.compiled.sizes import Size, Sizes, longest
from hepline.engine.compiled.values import (
    NOTHING,
    At,
    Index,
    Indices,
    Made,
    Value,
    depends,
    number,
)
from hepline.engine.conditions import Path, conjuncts
from hepline.engine.handover import Computed, level_of

__all__ = ["CHEAP", "Form", "Rule", "Unlowered", "Writer"]

Rule = Callable[["Writer", Any, Indices], Value]

# Conditions of up to this many additions are evaluated together: a mispredicted branch costs
# more.
CHEAP = 8


class Unlowered(Exception):
    """A graph that kernels cannot express; the awkward evaluator can.

    Parameters
    ----------
    why : str
    function : EventFunction, optional
        The obstacle, if everything else can be compiled.
    """

    def __init__(self, why: str, function: EventFunction | None = None) -> None:
        super().__init__(why)
        self.function = function


class Form(ABC):
    """Lists of one kind: everything a kernel needs of an operation that makes lists.

    `around` locates a list along `axis`: an index for each list around it, none for the list of an
    event.
    """

    def most(self, axis: Any, sizes: Sizes) -> Size:
        """Upper bound of the length; by default the length of the source list."""
        source = source_of_axis(axis)
        if source is None:
            raise Unlowered(f"no memory for {axis!r}")
        return sizes.along(source)

    @abstractmethod
    def length(self, writer: Writer, axis: Any, around: Indices) -> str:
        """Write the length of a list."""

    def along(self, writer: Writer, axis: Any, around: Indices, least: int) -> Iterator[Index]:
        """Write the loop over a list, skipped if it is shorter than `least`."""
        length = writer.length(axis, around).code
        if least > 1:
            length = f"{length} if {length} >= {least} else 0"
        with writer.counted(length) as index:
            yield index

    def element(self, writer: Writer, node: Any, where: Indices) -> Value:  # noqa: ARG002
        """Write the element at a place: for lists of positions, the place itself."""
        place = number(where[-1])
        return Value(place.code, place.deps)


class Writer:
    """The state of a kernel under construction.

    Parameters
    ----------
    facts : Facts
    forms : mapping of type of Node to Form
    rules : mapping of type of Node to Rule
    row_element : Rule
        Rule for elements of lists that are kept in a row.

    Attributes
    ----------
    code : Code
    before : list of str
        Lines ahead of the event loop.
    columns : dict of str to (str, numpy.dtype)
        Columns that are read: their name in the kernel, and their dtype.
    collections : dict of str to str
        Collections whose offsets are read: their name in the kernel.
    open : set of Node
        Nodes whose loops are being written.
    pending : dict of Node to class
        Nodes whose loops over lists of the event are not yet written, with their sinks.
    constants : dict of str to str
        Typed constants and their names: numba infers the type of a name much faster.
    """

    def __init__(
        self,
        facts: Facts,
        forms: Mapping[type[Node], Form],
        rules: Mapping[type[Node], Rule],
        row_element: Rule,
    ) -> None:
        self.code = Code()
        self.facts = facts
        self.before: list[str] = []
        self.columns: dict[str, tuple[str, np.dtype]] = {}
        self.collections: dict[str, str] = {}
        self.constants: dict[str, str] = {}
        self.open: set[Node] = set()
        self.pending: dict[Node, type[Any]] = {}
        self.forms, self.rules, self._row_element = forms, dict(rules), row_element
        self._rows: dict[tuple[Hashable, ...], list[str]] = {}
        self._trie: dict[Path, Block] = {(): self.code.root}

    def home(self, node: Node) -> Block:
        """The block under whose conditions a value of the event is computed."""
        path = self.facts.homes.get(node)
        home = None if path is None else self._trie.get(path)
        here: Block | None = self.code.block
        while home is not None and here is not None:
            if here is home:
                return here
            here = here.parent
        # No known home: the current block is correct.
        return self.code.place(NOTHING)

    def block_of(self, node: Node, around: Indices) -> Block:
        """The block for values of a whole list."""
        return self.code.place(depends(*around)) if around else self.home(node)

    def is_here(self, node: Node) -> bool:
        """Whether the home of a node is the current block."""
        return self._trie.get(self.facts.homes[node]) is self.code.block

    @contextmanager
    def below(self, path: Path) -> Iterator[Block]:
        """The block for events that also pass the last condition of a path."""
        condition = self.truth(self.value(path[-1], ()))
        with self.code.inside(f"if {condition}:") as block:
            self._trie[path] = block
            yield block

    def value(self, node: Node, where: Indices) -> Value:
        """One element of an expression, written at its first use.

        Parameters
        ----------
        node : Node
        where : tuple of Index
            One for each list level.
        """
        key = (node, where)
        value = self.code.block.find(key)
        if value is not None:
            return value
        if not where:
            with self.code.at(self.home(node)):
                value = self._value(node, where)
                self.code.block.values[key] = value
            return value
        value = self._value(node, where)
        self.code.place(value.deps).values[key] = value
        return value

    def _value(self, node: Node, where: Indices) -> Value:
        is_kept = node in self.facts.stored and node not in self.open
        return (self._row_element if is_kept else self.rules[type(node)])(self, node, where)

    def named(self, stem: str, code: str, deps: frozenset[str]) -> str:
        """Assign a value to a name, above every loop that does not change it."""
        with self.code.at(self.code.place(deps)):
            name = self.code.name(stem)
            self.code.line(f"{name} = {code}")
        return name

    def settled(self, node: Node, code: str, deps: frozenset[str], stem: str = "v") -> str:
        """Code that may be repeated: a name, or the code itself if it is used once."""
        here = self.code.place(deps) is self.code.block
        if here and self.facts.uses.get(node, 0) < 2 and len(code) < 60:
            return code
        return self.named(stem, code, deps)

    def truth(self, value: Value) -> str:
        """Code that is true where a condition is present and holds."""
        return value.code if value.present is None else f"{value.present} and {value.code}"

    # --- lists ------------------------------------------------------------------------------

    def form(self, axis: Node) -> Form:
        """The form of the lists along an axis."""
        if type(axis) not in self.forms:
            raise Unlowered(f"no loop over {axis!r}")
        return self.forms[type(axis)]

    def length(self, axis: Node, around: Indices = ()) -> At:
        """Length of the list along an axis, with one index for each list around it."""
        key, deps = ("length", axis, around), depends(*around)
        value = self.code.block.find(key)
        if value is None:
            with self.code.at(self.block_of(axis, around)):
                value = Value(self.form(axis).length(self, axis, around), deps)
                self.code.block.values[key] = value
        return At(value.code, deps)

    @contextmanager
    def along(self, axis: Node, around: Indices = (), least: int = 1) -> Iterator[Index]:
        """Write the loop over a list, skipped if it is shorter than `least`."""
        yield from self.form(axis).along(self, axis, around, least)

    def most(self, axis: Node) -> str:
        """Code of the longest length along an axis in the chunk."""
        return longest(axis, lambda axis, sizes: self.form(axis).most(axis, sizes), self.collection)

    def rows(self, node: Node, around: Indices, dtypes: Mapping[str, np.dtype]) -> list[str]:
        """Rows as long as the longest list: one for each dtype, by its suffix."""
        key = (node, around, *dtypes)
        if key not in self._rows:
            most, stem = self.most(node.type.axes[-1]), self.code.name("row")
            self._rows[key] = [stem + suffix for suffix in dtypes]
            self.before += [
                f"{stem}{suffix} = {memory(most, dtype)}  # {remark(node)}"
                for suffix, dtype in dtypes.items()
            ]
        return self._rows[key]

    def offsets(self, collection: Collection) -> tuple[str, str]:
        """First and last position of the event's objects among all elements of the chunk."""
        lists = self.collection(collection)
        first = self.code.root.values.get(("first", collection))
        if first is None:
            with self.code.at(self.code.root):
                name = self.named(lists, f"of_{lists}[event]", NOTHING)
            first = self.code.root.values["first", collection] = Value(name)
        return first.code, f"of_{lists}[event + 1]"

    def column(self, node: Column) -> str:
        """The row of a column."""
        if node.name not in self.columns:
            name = self._argument(node.name, {other for other, _ in self.columns.values()})
            self.columns[node.name] = (name, node.type.dtype)
        return f"in_{self.columns[node.name][0]}"

    def computed(self, node: Computed) -> tuple[str, str, str]:
        """The row from an earlier phase, and the start and end of the event in it."""
        row = self.column(Column(node.name, node.dtype, None))
        first, last = self.offsets(Collection(level_of(node.name, 0)))
        return row, first, last

    def bounds(self, node: Computed, level: int) -> str:
        """The row of offsets of inner lists from an earlier phase."""
        return f"of_{self.collection(Collection(level_of(node.name, level)))}"

    def constant(self, code: str) -> str:
        """A constant, by name if it needs more than a plain literal."""
        if "(" not in code or code.startswith("("):
            return code
        return self.constants.setdefault(code, f"c_{len(self.constants)}")

    def collection(self, node: Collection | Sublists) -> str:
        """Name of stored lists in the kernel."""
        if node.name not in self.collections:
            names = set(self.collections.values())
            self.collections[node.name] = self._argument(node.name, names)
        return self.collections[node.name]

    def _argument(self, name: str, names: set[str]) -> str:
        candidate, count = stem(name), 0
        while candidate in names:
            candidate, count = f"{stem(name)}_{count}", count + 1
        return candidate

    @contextmanager
    def counted(self, length: str, first: str = "") -> Iterator[At]:
        """Write a loop over the numbers below a length."""
        name = self.code.name("i")
        bounds = f"{first}, {length}" if first else length
        with self.code.inside(f"for {name} in range({bounds}):", name):
            yield At(name, frozenset((name,)))

    @contextmanager
    def made(self, axis: Node, parts: Indices, counter: str) -> Iterator[Index]:
        """The next composed place, inside the loops over its parts."""
        yield Made(axis, parts, At(counter, depends(*parts)))
        self.code.line(f"{counter} += 1")

    @contextmanager
    def chosen(self, axis: Select, base: Index, around: Indices = ()) -> Iterator[Index]:
        """Write below the mask of a selection, inside the loop over its source list."""
        counter = self.code.counter(depends(*around))
        with (
            self.where_all(conjuncts(axis.mask), (*around, base)),
            self.made(axis, (base,), counter) as index,
        ):
            yield index

    @contextmanager
    def where_all(self, conditions: Iterable[Node], where: Indices) -> Iterator[None]:
        """Write below all conditions, cheap ones first."""
        effort = self.facts.effort
        ordered = sorted(conditions, key=lambda node: (effort.get(node, 0), node.key))
        cheap = [node for node in ordered if effort.get(node, 0) <= CHEAP]
        groups = [cheap] * bool(cheap) + [[node] for node in ordered if node not in cheap]
        with ExitStack() as stack:
            for group in groups:
                truths = [self.truth(self.value(node, where)) for node in group]
                stack.enter_context(self.code.inside(f"if {' and '.join(truths)}:"))
            yield
