"""Columns that are asked for together: what is computed, and how it becomes arrays again."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import awkward as ak
import numpy as np

from hepline.analysis.texts import decoded, joined_words
from hepline.columns.events import Events
from hepline.columns.expression import Expr, common_origin
from hepline.columns.leaves import Column
from hepline.columns.nodes import Node
from hepline.columns.origin import all_of
from hepline.columns.records import Records
from hepline.columns.selection import choose_events
from hepline.columns.source import Part, Source, Worded
from hepline.columns.text import Text, is_text, texts_in
from hepline.columns.weight import Weight
from hepline.engine.handover import Kept
from hepline.engine.jagged import Jagged, Level
from hepline.errors import LanguageError

__all__ = ["Columns", "Request", "Where", "request_of"]

Leaf = Expr | Text | Records
Where = Expr | Mapping[str, Expr] | None
Columns = Mapping[str, ak.Array]


@dataclass(frozen=True)
class Request:
    """Columns of the same events.

    Attributes
    ----------
    leaves : mapping of str to Expr, Text or Records
        By name.
    source : Source
    where : Node or None
        Which events; None for all.
    alone : bool
        Whether a single column was asked for, without a name.
    """

    leaves: Mapping[str, Leaf]
    source: Source
    where: Node | None
    alone: bool

    @property
    def nodes(self) -> tuple[Node, ...]:
        """What is computed, for the events that pass."""
        nodes = [node for leaf in self.leaves.values() for node in _nodes(leaf)]
        if self.where is None:
            return tuple(nodes)
        return tuple(Kept(node, self.where) for node in nodes)

    def assembled(self, arrays: Sequence[ak.Array], part: Part, start: int, stop: int) -> Columns:
        """The columns of a chunk from the arrays of its nodes.

        Parameters
        ----------
        arrays : sequence of awkward.Array
            In the order of `nodes`.
        part : Part
        start, stop : int
            The events of the chunk, whose texts may be looked up.
        """
        return self._columns(iter(arrays), lambda node: self._words(node, part, start, stop))

    def empty(self) -> Columns:
        """The columns without events, in their types."""
        nodes = [node for leaf in self.leaves.values() for node in _nodes(leaf)]
        return self._columns((_nothing(node) for node in nodes), lambda _: {})

    def _columns(
        self, arrays: Iterator[ak.Array], words_of: Callable[[Node], Mapping[int, str]]
    ) -> Columns:
        columns = {}
        for name, leaf in self.leaves.items():
            values = {}
            for field, node in _fields(leaf).items():
                array = next(arrays)
                values[field] = decoded(array, words_of(node)) if is_text(node) else array
            if isinstance(leaf, Records):
                columns[name] = ak.zip(values, depth_limit=len(leaf.fields.axes) + 1)
            else:
                (columns[name],) = values.values()
        return columns

    def _words(self, node: Node, part: Part, start: int, stop: int) -> dict[int, str]:
        words: dict[int, str] = {}
        for name in texts_in(node):
            if not isinstance(self.source, Worded):
                raise LanguageError(
                    f"the text of {node.brief()} is not known.",
                    why=f"the events of {self.source.name} come with codes of their texts alone.",
                    fix="take the codes: name.codes.",
                )
            words = joined_words(words, self.source.words(part, name, start, stop), name)
        return words


def request_of(
    columns: object, *, where: Where = None, source: Source | Events | None = None
) -> Request:
    """Understand what is asked for.

    Parameters
    ----------
    columns : Expr, Text, Records, Weight, or mapping of str to these
    where : Expr of bool, or mapping of label to Expr, optional
    source : Events or Source, optional
        For expressions on symbolic events.

    Raises
    ------
    LanguageError
        If it is anything else, or there are no events.
    """
    alone = not isinstance(columns, Mapping)
    given = columns if isinstance(columns, Mapping) else {_name_of(columns): columns}
    leaves = {str(name): _leaf(name, value) for name, value in given.items()}
    steps = where if isinstance(where, Mapping) else {} if where is None else {"": where}
    origin = common_origin(*leaves.values(), *steps.values())
    if origin is None:
        raise LanguageError(
            "no columns of events are asked for.",
            why="what was given is empty, or the same for all events.",
            fix='name columns: {"pt": mu.pt, "met": ev.MET.pt}.',
        )
    origin = choose_events(origin, steps)
    if isinstance(source, Events):
        steps_of_both = dict.fromkeys((*source.origin.selection, *origin.selection))
        origin = replace(origin, selection=tuple(steps_of_both))
        source = source.origin.source
    events = origin.source if source is None else source
    if not isinstance(events, Source):
        raise LanguageError(
            "there are no events to read.",
            why="the expressions stand on symbolic events.",
            fix="open a file (hl.open), or say source=hl.open(FILE).",
        )
    return Request(leaves, events, all_of(node for _, node in origin.selection), alone)


def _leaf(name: object, value: object) -> Leaf:
    if isinstance(value, Weight):
        value = value.expression
    if isinstance(value, Expr | Text | Records):
        return value
    raise LanguageError(
        f"the column '{name}' is {value!r:.60}.",
        why="a column is an expression on events, or a collection. Histograms are arrays already: "
        "hl.compute(h).",
        fix='give such values: {"pt": mu.pt, "jets": ev.Jet}.',
    )


def _name_of(value: object) -> str:
    """The name of a single column."""
    node = value.node if isinstance(value, Expr) else None
    if isinstance(value, Records):
        return value.fields.kind or "objects"
    return node.name if isinstance(node, Column) else "value"


def _fields(leaf: Leaf) -> dict[str, Node]:
    if isinstance(leaf, Text):
        return {"": leaf.codes.node}
    if isinstance(leaf, Expr):
        return {"": leaf.node}
    fields = {name: leaf.field(name) for name in leaf.fields.names()}
    return {n: f.codes.node if isinstance(f, Text) else f.node for n, f in fields.items()}


def _nodes(leaf: Leaf) -> tuple[Node, ...]:
    return tuple(_fields(leaf).values())


def _nothing(node: Node) -> ak.Array:
    levels = (Level(np.zeros(1, np.int64)),) * node.type.depth
    return Jagged(np.zeros(0, node.type.dtype), levels).array(node.type, 0)
