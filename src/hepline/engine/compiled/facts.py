"""Decisions about a graph before its kernel is written."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from hepline.columns.elementwise import Cast, Elementwise
from hepline.columns.leaves import Collection, Column, Random, Sublists
from hepline.columns.lists import (
    ArgSort,
    Combinations,
    Concat,
    Cross,
    Nest,
    Places,
    Reduce,
    Select,
    Take,
)
from hepline.columns.mapping import Map
from hepline.columns.navigation import Ancestor, Ranges, Search
from hepline.columns.nodes import Node
from hepline.columns.types import FLOAT64
from hepline.engine.compiled.operations import PAIRS
from hepline.engine.conditions import SLOW, Path, homes, needs, ordered, paths
from hepline.engine.handover import Computed
from hepline.engine.schedule import Sink, parts

__all__ = ["Ahead", "Facts", "facts", "is_in_row"]

SLOW_EFFORT, _MOST = 30, 1000
# Combinations read each element many times.
_WORTH_A_ROW = 3
_UNMADE = Places | Column | Collection | Sublists | Computed


@dataclass(frozen=True)
class Ahead:
    """A function of a single column, computed for many events at a time.

    Attributes
    ----------
    column : Column
    collection : Collection
    takes : tuple of Take
        From the element of the expression to that of the column.
    """

    column: Column
    collection: Collection
    takes: tuple[Take, ...]


@dataclass
class Facts:
    """Decisions about one graph.

    Attributes
    ----------
    paths : dict of Sink to Path
    homes : dict of Node to Path
    uses : dict of Node to int
        Number of nodes and outputs that read a node.
    effort : dict of Node to int
        Approximate cost of one element that is not stored, in additions.
    stored : dict of Node to int
        Lists to keep in a row for the event, because they are slow and read again, with the least
        length at which they are.
    kept : set of Select
        Selections whose positions are worth keeping, for several loops.
    ahead : dict of Node to Ahead
    reach, bits : dict of Node to int
        Bits of all nodes below a node, and its own bit.
    """

    paths: dict[Sink, Path]
    homes: dict[Node, Path]
    uses: dict[Node, int] = field(default_factory=dict)
    effort: dict[Node, int] = field(default_factory=dict)
    stored: dict[Node, int] = field(default_factory=dict)
    kept: set[Node] = field(default_factory=set)
    ahead: dict[Node, Ahead] = field(default_factory=dict)
    reach: dict[Node, int] = field(default_factory=dict)
    bits: dict[Node, int] = field(default_factory=dict)

    def apart(self, node: Node, other: Node) -> bool:
        """Whether neither of two nodes depends on the other."""
        return not (self.reach[node] & self.bits[other] or self.reach[other] & self.bits[node])


def facts(fills: Sequence[Sink], columns: Sequence[Node]) -> Facts:
    """Take the decisions for a graph.

    Parameters
    ----------
    fills : sequence of Fill or Kept
        Without variations.
    columns : sequence of Node
    """
    paths_of = paths(fills)
    decisions = Facts(paths_of, homes(paths_of, columns))
    roots: list[Node] = [*columns]
    for fill, path in paths_of.items():
        roots += [*path, *parts(fill)]
    order = ordered(roots)
    users: dict[Node, list[Node]] = {node: [] for node in order}
    for place, node in enumerate(order):
        decisions.bits[node] = decisions.reach[node] = 1 << place
        for part in dict.fromkeys(node.inputs):
            users[part].append(node)
        for part in needs(node):
            decisions.reach[node] |= decisions.reach[part]
    for fill in fills:
        # No node depends on a histogram, or on values kept for a call.
        decisions.bits[fill] = decisions.reach[fill] = 0
        for part in parts(fill):
            decisions.reach[fill] |= decisions.reach[part]
    looped = _looped(order, users, roots)
    as_root = Counter(roots)
    for node in order:
        occurrences = sum(user.inputs.count(node) for user in users[node])
        decisions.uses[node] = occurrences + as_root[node]
        alone = _of_column_alone(node)
        if alone is not None:
            decisions.ahead[node] = alone
        decisions.effort[node] = _effort(node, decisions)
        if (
            node.type.depth == 1
            and not isinstance(node.type.axes[0], Take | Ranges)
            and _worth_a_row(node, users[node], looped, decisions)
        ):
            decisions.stored[node] = 1 if node in as_root else _least(users[node])
    decisions.kept = {node for node in order if _is_kept(node, users)}
    return decisions


def _effort(node: Node, decisions: Facts) -> int:
    if not node.type.depth or isinstance(node, _UNMADE):
        return 0
    effort = 1
    if node in decisions.ahead:
        return 1
    if isinstance(node, Random):
        effort = 60
    elif isinstance(node, Reduce | Search | Ancestor):
        effort = 20
    elif isinstance(node, Elementwise) and node.operation in SLOW:
        effort = SLOW_EFFORT
    inputs = dict.fromkeys(node.inputs)
    return min(
        effort + sum(1 if p in decisions.stored else decisions.effort[p] for p in inputs), _MOST
    )


def _looped(order: tuple[Node, ...], users: dict[Node, list[Node]], roots: list[Node]) -> set[Node]:
    """Nodes whose elements are all read, not just a chosen one."""
    looped = {root for root in roots if root.type.depth}
    for node in reversed(order):
        for user in users[node]:
            if isinstance(user, Take) and user.values is node:
                whole = user.index.type.depth > 0 and user in looped
            elif isinstance(user, Reduce | Select | ArgSort | Map):
                whole = True
            else:
                whole = user in looped
            if whole and node.type.depth:
                looped.add(node)
    return looped


def _worth_a_row(node: Node, users: list[Node], looped: set[Node], decisions: Facts) -> bool:
    if any(isinstance(user, ArgSort) for user in users):
        return True
    if any(isinstance(user, Map) for user in users) and not is_in_row(node):
        return True
    axis = node.type.axes[0]
    if isinstance(node, Take | Places | Concat | Computed) or node in decisions.ahead:
        return False
    if isinstance(axis, Combinations | Cross):
        # There are many, and their slow parts are already kept member by member.
        return False
    takes = [user for user in users if isinstance(user, Take) and user.values is node]
    whole = [take for take in takes if take in looped]
    if any(isinstance(take.index, Combinations | Cross | Nest) for take in whole):
        return decisions.effort[node] >= _WORTH_A_ROW
    # A single element is cheaper to compute directly.
    single = len(takes) - len(whole)
    return decisions.effort[node] >= SLOW_EFFORT and len(users) - single + 0.4 * single > 1


def is_in_row(node: Node) -> bool:
    """Whether the list of an event is a row of the file."""
    return isinstance(node, Column) and isinstance(node.collection, Collection)


def _of_column_alone(node: Node) -> Ahead | None:
    """The column, if the node is a function of it that is fast on whole rows."""
    if not isinstance(node, Elementwise) or node.operation not in PAIRS:
        return None
    (column,) = node.operands
    if column.type.dtype != FLOAT64 or column.type.optional or column.type.depth != 1:
        return None
    takes: list[Take] = []
    while isinstance(column, Cast | Take):
        if isinstance(column, Take):
            takes.append(column)
            column = column.values
        elif np.can_cast(column.value.type.dtype, column.type.dtype):
            column = column.value
        else:
            # The conversion drops digits or a fraction: no longer the same column.
            return None
    if not isinstance(column, Column) or column.type.dtype.kind != "f" or column.type.optional:
        return None
    collection = column.collection
    return Ahead(column, collection, tuple(takes)) if isinstance(collection, Collection) else None


def _least(users: list[Node]) -> int:
    """The shortest list that users read: pairs need two elements."""
    needs = [
        user.index.n if isinstance(user, Take) and isinstance(user.index, Combinations) else 1
        for user in users
    ]
    return min(needs, default=1)


def _is_kept(node: Node, users: dict[Node, list[Node]]) -> bool:
    """Whether several loops of the event run over a selection."""
    return isinstance(node, Select) and node.type.depth == 1 and _loops(node, users) > 1


def _loops(node: Select, users: dict[Node, list[Node]]) -> int:
    """Number of reductions over a selection, under any conditions."""
    count = 0
    visited: set[Node] = {node}
    stack: list[Node] = [node]
    while stack:
        for user in users[stack.pop()]:
            if user in visited or user.type.axes[:1] != (node,):
                count += isinstance(user, Reduce) and user not in visited
                visited.add(user)
                continue
            visited.add(user)
            stack.append(user)
    return count
