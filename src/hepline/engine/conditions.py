"""Cheap cuts first: the conditions under which each value is needed.

A selection ``a & b & c`` is a path: b is evaluated only where a is true. A value is computed once,
below the longest path that all of its uses share.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from hepline.columns.call import Call
from hepline.columns.elementwise import Elementwise, FillMissing
from hepline.columns.leaves import Constant, Random
from hepline.columns.lifting import joined
from hepline.columns.lists import Combinations, Cross, Nest
from hepline.columns.navigation import Ranges
from hepline.columns.nodes import Node, walk
from hepline.columns.types import BOOL
from hepline.engine.handover import Computed
from hepline.engine.schedule import Sink, parts

__all__ = [
    "Path",
    "all_hold",
    "any_holds",
    "conjuncts",
    "cost",
    "homes",
    "needs",
    "ordered",
    "paths",
    "ranking",
]

Path = tuple[Node, ...]

# About ten times slower than an addition.
SLOW = {
    "exp", "expm1", "log", "log2", "log10", "log1p", "sin", "cos", "tan", "arcsin", "arccos",
    "arctan", "sinh", "cosh", "tanh", "arcsinh", "arccosh", "arctanh", "arctan2", "hypot", "power",
}  # fmt: skip


def conjuncts(condition: Node) -> tuple[Node, ...]:
    """The parts that must all be true; a missing part is false."""
    if (
        isinstance(condition, Elementwise)
        and condition.operation == "bitwise_and"
        and condition.type.dtype == BOOL
        and all(part.type.depth == condition.type.depth for part in condition.operands)
    ):
        return tuple(dict.fromkeys(p for part in condition.operands for p in conjuncts(part)))
    return (condition,)


def cost(node: Node) -> int:
    """Class of effort: 0 event numbers, 1 lists, 2 slow functions, 3 combinations, 4 calls."""
    worst = 0
    for part in walk([node]):
        if isinstance(part, Call | Computed):
            return 4
        if isinstance(part, Combinations | Cross | Nest | Ranges):
            worst = 3
        if isinstance(part, Random) or (isinstance(part, Elementwise) and part.operation in SLOW):
            worst = max(worst, 2)
        worst = max(worst, min(part.type.depth, 1))
    return worst


def ranking(fills: Iterable[Sink]) -> tuple[Node, ...]:
    """Rank all conditions for the order in which selections try them: cheapest first.

    At equal cost, a condition of more histograms comes first, so that they share it.
    """
    shared: dict[Node, int] = {}
    for conditions in map(_conjuncts_of, fills):
        for condition in conditions:
            shared[condition] = shared.get(condition, 0) + 1
    return tuple(sorted(shared, key=lambda node: (cost(node), -shared[node], node.key)))


def paths(fills: Sequence[Sink]) -> dict[Sink, Path]:
    """The conditions of each histogram, in order of rank."""
    rank = {condition: number for number, condition in enumerate(ranking(fills))}
    return {fill: tuple(sorted(_conjuncts_of(fill), key=rank.__getitem__)) for fill in fills}


def _conjuncts_of(fill: Sink) -> tuple[Node, ...]:
    return () if fill.where is None else conjuncts(fill.where)


def all_hold(conditions: Iterable[Node]) -> Node | None:
    """The conjunction of conditions; None without any. A missing condition does not hold."""
    return joined("bitwise_and", map(_sure, conditions))


def any_holds(conditions: Iterable[Node]) -> Node | None:
    """The disjunction of conditions; None without any."""
    return joined("bitwise_or", map(_sure, conditions))


def _sure(condition: Node) -> Node:
    optional = condition.type.optional
    return FillMissing(condition, Constant(False, BOOL.name)) if optional else condition


def homes(paths_of: dict[Sink, Path], columns: Iterable[Node]) -> dict[Node, Path]:
    """The path below which each node is computed.

    Parameters
    ----------
    paths_of : dict of Fill to Path
    columns : iterable of Node
        Computed for every event.
    """
    homes_: dict[Node, Path] = {}

    def use(node: Node, path: Path) -> None:
        homes_[node] = _common(homes_[node], path) if node in homes_ else path

    roots: dict[Node, None] = dict.fromkeys(columns)
    for node in roots:
        use(node, ())
    for fill, path in paths_of.items():
        for place, condition in enumerate(path):
            use(condition, path[:place])
        for part in parts(fill):
            use(part, path)
        roots |= dict.fromkeys((*path, *parts(fill)))
    # Users come before their inputs, so that all uses of a node are known.
    for node in reversed(ordered(roots)):
        for part in needs(node):
            use(part, homes_[node])
    return homes_


def needs(node: Node) -> tuple[Node, ...]:
    """The inputs of a node, and its lists, whose lengths it needs."""
    axes = (axis for axis in node.type.axes if axis is not node)
    return tuple(dict.fromkeys((*node.inputs, *axes)))


def ordered(roots: Iterable[Node]) -> tuple[Node, ...]:
    """Every needed node once, before the nodes that need it."""
    return walk(roots, needs)


def _common(first: Path, second: Path) -> Path:
    length = 0
    for left, right in zip(first, second, strict=False):
        if left is not right:
            break
        length += 1
    return first[:length]
