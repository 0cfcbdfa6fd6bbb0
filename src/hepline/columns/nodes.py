"""Frozen, hash-consed nodes: equal recipes are one object.

A node knows its inputs and its type; it knows neither files nor engines, and holds no values.
Building the same recipe twice gives the same object, so common parts are shared for free and two
recipes compare by identity.
"""

from __future__ import annotations

import hashlib
import weakref
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field, fields
from functools import cache, cached_property
from typing import Any, ClassVar, TypeVar

import numpy as np

from hepline.columns.types import Type

__all__ = ["Node", "Rewrite", "rewrite", "walk"]

_NodeT = TypeVar("_NodeT", bound="Node")
Rewrite = Callable[["Node"], "Node"]


def _identity(value: object) -> object:
    """Make a key in which 1, 1.0, True, 0.0 and -0.0 differ, and NaN equals itself."""
    if isinstance(value, Node | str):
        return value
    if isinstance(value, tuple):
        return tuple(map(_identity, value))
    if isinstance(value, bool | int | float | np.generic):
        return (type(value).__name__, repr(value))
    return value


class _Interned(type):
    """Metaclass: calling a node class returns an existing equal node, if there is one."""

    instances: ClassVar[weakref.WeakValueDictionary[object, Node]] = weakref.WeakValueDictionary()

    def __call__(cls, *args: Any) -> Any:
        identity = (cls, *map(_identity, args))
        node = _Interned.instances.get(identity)
        if node is None:
            node = super().__call__(*args)
            _Interned.instances[identity] = node
        return node


@dataclass(frozen=True, eq=False)
class Node(metaclass=_Interned):
    """One step of a recipe. Subclasses declare their inputs as fields, and infer their type.

    Attributes
    ----------
    spelling : str
        Format string over the fields, to print the recipe.
    type : Type
        Known as soon as the node exists.
    key : str
        Hexadecimal digest of the whole recipe, the same in every process.
    """

    spelling: ClassVar[str] = ""

    type: Type = field(init=False, repr=False)
    key: str = field(init=False, repr=False)

    def __init_subclass__(cls) -> None:
        # The dataclass's repr would repeat shared parts, exponentially in the depth.
        cls.__repr__ = Node.__repr__  # type: ignore[method-assign]

    def __post_init__(self) -> None:
        object.__setattr__(self, "key", self._digest())
        object.__setattr__(self, "type", self.infer())

    def infer(self) -> Type:
        """Derive the type of this node from its inputs."""
        raise TypeError(f"{type(self).__name__} does not say its type")

    @cached_property
    def arguments(self) -> tuple[Any, ...]:
        """The values of the node's fields, in order."""
        return tuple([getattr(self, name) for name in _declared(type(self))])

    @cached_property
    def inputs(self) -> tuple[Node, ...]:
        """The nodes among the arguments, in order."""
        return tuple(_nodes(self.arguments))

    def rebuild(self: _NodeT, replace: Rewrite) -> _NodeT:
        """Make the same step with replaced inputs."""
        for part in self.inputs:
            if replace(part) is not part:
                return type(self)(*[_replaced(argument, replace) for argument in self.arguments])
        return self

    def _digest(self) -> str:
        parts = [type(self).__name__, *map(_spelled, self.arguments)]
        return hashlib.sha256("\x1f".join(parts).encode()).hexdigest()[:32]

    def spell(self, depth: int) -> str:
        """Spell the recipe as a physicist would; parts below `depth` levels become ``…``."""
        if depth <= 0:
            return "…"
        spelled = {name: _spell(getattr(self, name), depth - 1) for name in _declared(type(self))}
        return self.spelling.format(**spelled)

    def __str__(self) -> str:
        return self.spell(12)

    def brief(self, most: int = 60) -> str:
        """Print the recipe in at most this many characters, for messages."""
        spelled = str(self)
        return spelled if len(spelled) <= most else spelled[: most - 1] + "…"

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self.spell(6)}>"


@cache
def _declared(kind: type[Node]) -> tuple[str, ...]:
    """Names of the fields that a node is built from."""
    return tuple(declared.name for declared in fields(kind) if declared.init)


def _nodes(arguments: Iterable[Any]) -> Iterator[Node]:
    for argument in arguments:
        if isinstance(argument, Node):
            yield argument
        elif isinstance(argument, tuple):
            yield from _nodes(argument)


def _replaced(argument: Any, replace: Rewrite) -> Any:
    if isinstance(argument, Node):
        return replace(argument)
    if isinstance(argument, tuple):
        new = tuple(_replaced(element, replace) for element in argument)
        return argument if all(a is b for a, b in zip(new, argument, strict=True)) else new
    return argument


def _spell(argument: Any, depth: int) -> str:
    if isinstance(argument, Node):
        return argument.spell(depth)
    if isinstance(argument, tuple):
        return ", ".join(_spell(element, depth) for element in argument)
    return "" if argument is None else str(argument)


def _spelled(argument: Any) -> str:
    if isinstance(argument, Node):
        return argument.key
    if isinstance(argument, tuple):
        return "(" + ",".join(_spelled(element) for element in argument) + ")"
    return repr(_identity(argument))


def _inputs(node: Node) -> tuple[Node, ...]:
    return node.inputs


def walk(
    roots: Iterable[Node], needs: Callable[[Node], tuple[Node, ...]] = _inputs
) -> tuple[Node, ...]:
    """List every node of the graph once, inputs before their users.

    Parameters
    ----------
    roots : iterable of Node
    needs : callable, optional
        The nodes that must come before a node; its inputs by default.

    Returns
    -------
    tuple of Node
        The order depends only on the recipes, not on memory addresses.
    """
    order: dict[Node, None] = {}
    for root in roots:
        # An explicit stack: recipes get deeper than Python's recursion limit.
        stack: list[tuple[Node, bool]] = [(root, False)]
        while stack:
            node, ready = stack.pop()
            if node in order:
                continue
            if ready:
                order[node] = None
                continue
            stack.append((node, True))
            stack += [(child, False) for child in reversed(needs(node)) if child not in order]
    return tuple(order)


def rewrite(
    roots: Iterable[Node], rule: Rewrite, known: dict[Node, Node] | None = None
) -> tuple[Node, ...]:
    """Apply a rule to every node, inputs first.

    Parameters
    ----------
    roots : iterable of Node
    rule : callable
        Takes a node whose inputs are already rewritten; returns its replacement or itself.
    known : dict of Node to Node, optional
        What the rule makes of some nodes; takes up those that are rewritten now.

    Returns
    -------
    tuple of Node
        The new roots, in order.
    """
    roots = tuple(roots)
    new: dict[Node, Node] = {} if known is None else known
    for node in walk(roots, lambda node: () if node in new else node.inputs):
        if node not in new:
            new[node] = rule(node.rebuild(new.__getitem__))
    return tuple(new[root] for root in roots)
