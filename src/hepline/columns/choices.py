"""Many recipes under each of their variations."""

from __future__ import annotations

from collections.abc import Iterable

from hepline.columns.members import members_fill
from hepline.columns.nodes import Node, walk
from hepline.columns.vary import (
    MEMBERS,
    NOMINAL,
    Nuisance,
    Variation,
    Varies,
    choose,
    variations_of,
)

__all__ = ["Choices"]


class Choices:
    """Many recipes under each of their variations, without a second look at what they share.

    Parameters
    ----------
    roots : iterable of Node
    """

    def __init__(self, roots: Iterable[Node]) -> None:
        roots = tuple(roots)
        self._nuisances: dict[Node, frozenset[Nuisance]] = {}
        for node in walk(roots):
            own = [{node.nuisance}] if isinstance(node, Varies) else []
            inside = map(self._nuisances.__getitem__, node.inputs)
            self._nuisances[node] = frozenset().union(*own, *inside)
        self._nominal: dict[Node, Node] = {}
        choose(roots, NOMINAL, self._nominal)
        self._known: dict[Variation, dict[Node, Node]] = {NOMINAL: self._nominal}

    def variations(self, root: Node) -> tuple[Variation, ...]:
        """The variations of one of the recipes; see `variations_of`."""
        return variations_of([root], self._varying)

    def chosen(self, root: Node, variation: Variation) -> Node | None:
        """One of the recipes under a variation.

        Parameters
        ----------
        root : Node
            A `Fill`, or a column.
        variation : Variation

        Returns
        -------
        Node or None
            See `choose`; under ``members``, a `Fill` with one more axis, and None for a column,
            which has no bins to combine them in.
        """
        if variation.direction == MEMBERS:
            return members_fill(root, variation)
        if variation not in self._known:
            # A variation leaves everything alone that does not hold its nuisance.
            self._known[variation] = {
                node: self._nominal[node]
                for node, nuisances in self._nuisances.items()
                if variation.nuisance not in nuisances
            }
        return choose([root], variation, self._known[variation])[0]

    def _varying(self, node: Node) -> tuple[Node, ...]:
        return tuple(filter(self._nuisances.__getitem__, node.inputs))
