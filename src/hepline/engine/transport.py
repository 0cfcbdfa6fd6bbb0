"""Recipes as flat tables, for transport between processes.

Recipes are deeper than the recursion limit of Python's pickle; a table in which every node refers
to its inputs by number has no depth.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from hepline.columns.nodes import Node, walk

__all__ = ["Packed", "pack", "unpack"]


@dataclass(frozen=True)
class _Reference:
    """The node in row `number`."""

    number: int


@dataclass(frozen=True)
class Packed:
    """A graph as a table.

    Attributes
    ----------
    rows : tuple of (type, tuple)
        Class and arguments of each node, inputs first.
    roots : tuple of int
    """

    rows: tuple[tuple[type[Node], tuple[Any, ...]], ...]
    roots: tuple[int, ...]


def pack(roots: Sequence[Node]) -> Packed:
    """Write a graph as a table."""
    numbers: dict[Node, int] = {}
    rows = []
    for node in walk(roots):
        rows.append((type(node), tuple(_outgoing(part, numbers) for part in node.arguments)))
        numbers[node] = len(numbers)
    return Packed(tuple(rows), tuple(numbers[root] for root in roots))


def unpack(packed: Packed) -> tuple[Node, ...]:
    """Rebuild the graph; recipes that already exist become the same objects."""
    nodes: list[Node] = []
    for kind, arguments in packed.rows:
        nodes.append(kind(*(_incoming(part, nodes) for part in arguments)))
    return tuple(nodes[root] for root in packed.roots)


def _outgoing(argument: Any, numbers: dict[Node, int]) -> Any:
    if isinstance(argument, Node):
        return _Reference(numbers[argument])
    if isinstance(argument, tuple):
        return tuple(_outgoing(element, numbers) for element in argument)
    return argument


def _incoming(argument: Any, nodes: list[Node]) -> Any:
    if isinstance(argument, _Reference):
        return nodes[argument.number]
    if isinstance(argument, tuple):
        return tuple(_incoming(element, nodes) for element in argument)
    return argument
