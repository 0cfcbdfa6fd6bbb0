"""Find the inner lists of the source along which a recipe of lists of lists runs.

A recipe assumes that all lists inside the objects of one collection have equal length, unless the
schema knows better. Like the lists of events (see `pair`), only lists that it combines must agree.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from hepline.columns.elementwise import Cast, Elementwise, FillMissing
from hepline.columns.fill import Fill
from hepline.columns.leaves import Collection, Column, Sublists
from hepline.columns.lists import Reduce, TakeInside, source_of_axis
from hepline.columns.nodes import Node
from hepline.columns.schema import Schema
from hepline.engine.rules.sets import Sets

__all__ = ["InnerAxes", "base"]

Token = tuple[Node, Sublists] | str
"""A recipe's inner lists, as some node knows them, or an inner axis of the source."""


def base(axis: Node) -> Collection | None:
    """The collection whose objects hold stored lists; a collection is its own base."""
    while isinstance(axis, Sublists):
        axis = axis.outer
    return axis if isinstance(axis, Collection) else None


class InnerAxes:
    """The inner axes of the source along which nodes run.

    Parameters
    ----------
    order : sequence of Node
        A graph with columns of the source, inputs first.
    schema : Schema
        Of the source.
    """

    def __init__(self, order: Sequence[Node], schema: Schema) -> None:
        self._outer = {
            name: outer
            for spec in schema.columns.values()
            for outer, name in zip((spec.axis, *spec.inner), spec.inner, strict=False)
        }
        self._sets: Sets[Token] = Sets()
        for node in order:
            for tokens in _joins(node, schema):
                self._sets.join(tokens)
        self._join_outer()
        self._axis_of = {first: min(names) for first, names in self._classes().items()}

    def _classes(self) -> dict[Token, set[str]]:
        """Sets of axes of the source that must agree."""
        classes: dict[Token, set[str]] = {}
        for token in self._sets:
            if isinstance(token, str):
                classes.setdefault(self._sets.first(token), set()).add(token)
        return classes

    def _join_outer(self) -> None:
        """Join the outer axes of inner lists that pair."""
        before = -1
        while before != len(classes := self._classes()):
            before = len(classes)
            for names in classes.values():
                outer = {self._outer[name] for name in names}
                self._sets.join(name for name in outer if name in self._outer)

    @property
    def pairings(self) -> tuple[tuple[str, ...], ...]:
        """Inner axes whose lists must agree in length."""
        several = (tuple(sorted(names)) for names in self._classes().values() if len(names) > 1)
        return tuple(sorted(several))

    @property
    def outer_pairings(self) -> Iterator[set[str]]:
        """Axes of the events' lists that must agree because their inner lists do."""
        for names in self._classes().values():
            outer = {self._outer[name] for name in names}
            yield {name for name in outer if name is not None and name not in self._outer}

    def moved(self, axis: Node, of: Node, outermost: Node) -> Node:
        """Move an axis of the recipe, as used by a node, to axes of the source."""
        if not isinstance(axis, Sublists):
            return outermost
        name = self._axis_of[self._sets.first((of, axis))]
        return Sublists(name, self.moved(axis.outer, of, outermost))


def _origin(axis: Node | None) -> Sublists | None:
    """The stored inner lists from which the lists along an axis were made."""
    while axis is not None and not isinstance(axis, Sublists):
        axis = source_of_axis(axis)
    return axis


def _origins(node: Node) -> Iterator[Sublists]:
    for axis in node.type.axes:
        origin = _origin(axis)
        if origin is not None:
            yield origin


def _joins(node: Node, schema: Schema) -> Iterator[Iterable[Token]]:
    """Sets of inner lists that a node makes equal."""
    if isinstance(node, Sublists | Collection):
        return
    if isinstance(node, Column):
        for origin, name in zip(_origins(node), schema.columns[node.name].inner, strict=True):
            yield [(node, origin), name]
        return
    shared: dict[Sublists, list[Token]] = {}
    for origin in _origins(node):
        shared.setdefault(origin, []).append((node, origin))
    for part in node.inputs:
        for origin in _origins(part):
            if isinstance(part, Sublists):
                # All users share the leaf: which list it stands for depends on the user.
                yield [(node, origin)]
            elif origin in shared or isinstance(node, Fill):
                shared.setdefault(origin, []).append((part, origin))
    yield from shared.values()
    if isinstance(node, TakeInside):
        yield from _counted(node)


def _counted(node: TakeInside) -> Iterator[list[Token]]:
    """Pair the positions of extremes with the lists in which they count."""
    origin = _origin(node.values.type.axes[node.level])
    stack = [node.index]
    while stack and origin is not None:
        part = stack.pop()
        if isinstance(part, Reduce):
            if part.operation != "sum" and _origin(part.values.type.axes[-1]) is origin:
                yield [(node.values, origin), (part.values, origin)]
        elif isinstance(part, Elementwise | Cast | FillMissing):
            stack.extend(part.inputs)
