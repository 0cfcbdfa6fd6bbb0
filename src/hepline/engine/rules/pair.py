"""Find the lists that a recipe pairs one to one, and the lengths that must agree.

A recipe assumes that ``jet_pt`` and ``jet_eta`` belong to ``jet``. A file proves it if both share a
counter or offsets. Otherwise every list has its own axis, and axes are joined only if the recipe
combines them: their lengths are then compared in the events that are read. Lists of one prefix that
are never combined may differ in length.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence

from hepline.columns.call import Call
from hepline.columns.elementwise import Cast, Elementwise, FillMissing
from hepline.columns.fill import Fill
from hepline.columns.leaves import Collection, Column, Random, Sublists
from hepline.columns.lists import (
    ArgSort,
    Combinations,
    Concat,
    Cross,
    Differences,
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
from hepline.columns.nodes import Node, walk
from hepline.columns.schema import Schema
from hepline.columns.types import BOOL
from hepline.columns.vary import Members, Vary
from hepline.engine.rules.sets import Sets
from hepline.engine.rules.sublists import InnerAxes, base
from hepline.errors import ColumnNotFound, nearest

__all__ = ["Pairings", "paired"]

Pairings = tuple[tuple[str, ...], ...]
"""Axes that must be equally long in every event."""

Use = tuple[Node, str]
"""A collection by its name, as an input of a node: its length, its pairs, its positions."""

Token = Node | Use | str
"""What stands for the lengths of stored lists: a node along them, a use, an axis of the source."""

Objects = dict[tuple[str, Node], Token]
"""Objects at a position of a collection, with what stands for the lengths of one of its lists."""


def paired(roots: Sequence[Node], schema: Schema) -> tuple[tuple[Node, ...], Pairings]:
    """Assign every list to the axis that the source proves, or that it shares with its partners.

    Parameters
    ----------
    roots : sequence of Node
        With columns of the source.
    schema : Schema
        Of the source.

    Returns
    -------
    tuple of Node
        The recipes, with axes of the source as collections.
    Pairings
        Sets of axes that must agree; the recipes use the first of each.

    Raises
    ------
    ColumnNotFound
        For a collection that the source does not have.
    """
    order = walk(roots)
    sets: Sets[Token] = Sets()
    objects: dict[Node, Objects] = {}
    for node in order:
        for tokens in _joins(node, schema):
            sets.join(tokens)
        objects[node] = _objects(node, objects, sets)
    inner = InnerAxes(order, schema)
    for names in inner.outer_pairings:
        sets.join(names)
    axes = _axes(order, sets, schema)
    axis_of = {first: min(names) for first, names in axes.items()}
    new: dict[Node, Node] = {}
    for node in order:
        new[node] = _moved(node, new, lambda token: axis_of[sets.first(token)], inner)
    several = {tuple(sorted(names)) for names in axes.values() if len(names) > 1}
    pairings = (*sorted(several), *inner.pairings)
    return tuple(new[root] for root in roots), pairings


def _objects(node: Node, objects: Mapping[Node, Objects], sets: Sets[Token]) -> Objects:
    """The single objects behind a value, with fields of one object joined.

    ``jet[0].pt + jet[0].eta`` pairs no lists, but assumes that both are fields of the same jet.
    """
    if isinstance(node, Take) and _stored(node.values) is not None:
        return {(_stored(node.values) or "", node.index): _token(node.values, node)}
    parts: tuple[Node, ...] = ()
    if isinstance(node, Take):
        parts = (node.values,)
    elif isinstance(node, Fill):
        parts = (*node.values, *(() if node.weight is None else (node.weight,)))
    elif isinstance(node, Elementwise | Cast | FillMissing | Vary | Call):
        parts = node.inputs
    elif isinstance(node, Members):
        parts = (node.nominal,)
    joined: Objects = {}
    for part in parts:
        for key, token in objects[part].items():
            sets.join([joined.setdefault(key, token), token])
    return joined


def _stored(node: Node) -> str | None:
    """The stored collection along which, or between whose elements, a node's lists run; if any."""
    outermost = node.type.axes[0] if node.type.axes else None
    while isinstance(outermost, Differences):
        outermost = outermost.values
    return outermost.name if isinstance(outermost, Collection) else None


def _use(node: Node, collection: str) -> Use:
    # All slots of a combination, and all fields of joined objects, share one list.
    shared = node.type.axes[-1] if isinstance(node, Combinations | Cross | Concat) else node
    return shared, collection


def _token(of: Node, within: Node) -> Token:
    """The token for the lengths of an input of a node."""
    stored = base(of)
    return of if stored is None else _use(within, stored.name)


def _joins(node: Node, schema: Schema) -> Iterator[Sequence[Token]]:
    """Sets of tokens that a node makes equal."""
    stored = _stored(node)
    if isinstance(node, Collection | Sublists):
        return
    if isinstance(node, Column):
        axis = schema.columns[node.name].axis
        if stored is not None and axis is not None:
            yield [node, axis]
        return
    yield from ([_token(part, node)] for part in node.inputs if base(part) is not None)
    if isinstance(node, Take):
        yield from _taken(node)
    elif isinstance(node, Concat):
        for side in (node.first, node.second):
            name = _stored(side)
            if name is not None:
                yield [_use(node, name), _token(side, node)]
    elif isinstance(node, Fill):
        entries = (*node.values, *(() if node.weight is None else (node.weight,)))
        yield [part for part in entries if _stored(part) is not None]
    elif isinstance(node, Map):
        yield from _mapped(node, stored)
    elif stored is not None:
        # Each object of `outer` has a list of all objects of `inner`.
        inputs = node.inputs
        if isinstance(node, Nest | Search):
            inputs = (node.outer if isinstance(node, Nest) else node.value,)
        yield [node, *(_token(part, node) for part in inputs if _stored(part) is not None)]


def _mapped(node: Map, stored: str | None) -> Iterator[Sequence[Token]]:
    """Lists of one collection in a call are fields of the same objects."""
    together: dict[str, list[Token]] = {}
    for operand in node.operands:
        name = _stored(operand)
        if name is not None:
            together.setdefault(name, []).append(_token(operand, node))
    if stored is not None and node.along is not None:
        together.setdefault(stored, []).extend([node, _token(node.along, node)])
    yield from together.values()


def _taken(node: Take) -> Iterator[Sequence[Token]]:
    """A take pairs its values with the lists in which its positions count."""
    values = _stored(node.values)
    if _stored(node) is not None:
        yield [node, node.index]
    if values is not None:
        counted = (token for name, token in _counted(node.index) if name == values)
        yield [_token(node.values, node), *counted]


def _counted(index: Node) -> Iterator[tuple[str, Token]]:
    """Stored collections in which positions count, with the tokens of their lengths."""
    stack, visited = [index], set()
    while stack:
        node = stack.pop()
        if node in visited or node.type.dtype == BOOL or isinstance(node, Column | Random):
            continue
        visited.add(node)
        through = _through(node)
        if through is None:
            stack.extend(_values(node))
            continue
        name = through.name if isinstance(through, Collection) else _stored(through)
        if name is not None:
            yield name, _token(through, node)


def _through(node: Node) -> Node | None:
    """The list in which a node's positions count; None if they come from its inputs."""
    match node:
        case Select():
            return node.mask
        case ArgSort():
            return node.by
        case Position() | Slice() | Pad() | Combinations():
            return node.of
        case Cross():
            return node.right if node.slot else node.left
        case Nest():
            return node.inner
        case Reduce(operation="count" | "argmin" | "argmax") if not _is_made(node.values):
            return node.values
        case Ancestor():
            return node.parent
    return None


def _is_made(node: Node) -> bool:
    """Whether the innermost lists are computed for each object, not stored."""
    axis = node.type.axes[-1]
    while isinstance(axis, Take | TakeInside):
        axis = axis.values
    return isinstance(axis, Nest | Ranges)


def _values(node: Node) -> tuple[Node, ...]:
    if isinstance(node, Take | TakeInside):
        return (node.values,)
    if isinstance(node, Reduce):
        if node.operation in ("min", "max"):
            return (node.values,)
        axis = node.values.type.axes[-1]
        return (axis,) if node.operation.startswith("arg") and _is_made(node.values) else ()
    return (node.value,) if isinstance(node, Spread) else node.inputs


def _axes(order: Sequence[Node], sets: Sets[Token], schema: Schema) -> dict[Token, set[str]]:
    """The axes of the source in each set, by the token of the set."""
    axes: dict[Token, set[str]] = defaultdict(set)
    for token in sets:
        if isinstance(token, str):
            axes[sets.first(token)].add(token)
    read = {node.name for node in order if isinstance(node, Column)}
    for token in sets:
        if isinstance(token, tuple) and not axes[sets.first(token)]:
            axes[sets.first(token)].update(_of_collection(token[1], schema, read))
    return axes


def _of_collection(name: str, schema: Schema, read: set[str]) -> set[str]:
    """The axes that must agree where a recipe names a collection without its columns."""
    axes = schema.axes(name)
    if not axes:
        raise ColumnNotFound(
            f"no collection '{name}' in {schema.name}.",
            why="none of its columns is a list of such objects.",
            fix=nearest(name, {s.collection for s in schema.columns.values() if s.collection}),
        )
    if axes == (name,) and all(s.axis != name for s in schema.columns.values()):
        # A column of numbers counts lists that prove nothing about each other: compare those that
        # are read anyway with it.
        specs = (schema.columns[column] for column in read)
        return {name, *(s.axis for s in specs if s.collection == name and s.axis is not None)}
    return set(axes)


def _moved(
    node: Node, new: Mapping[Node, Node], axis_of: Callable[[Token], str], inner: InnerAxes
) -> Node:
    """Rebuild a node with lists along axes of the source."""
    if isinstance(node, Collection | Sublists):
        return node
    if isinstance(node, Column):
        if node.collection is None:
            return node
        axis = inner.moved(node.collection, node, Collection(axis_of(node)))
        return type(node)(node.name, node.dtype, axis)

    def replaced(part: Node) -> Node:
        stored = base(part)
        if stored is None:
            return new[part]
        return inner.moved(part, node, Collection(axis_of(_use(node, stored.name))))

    return node.rebuild(replaced)
