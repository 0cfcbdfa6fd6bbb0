"""Errors for weights of passing events that cannot be summed."""

from __future__ import annotations

from hepline.columns.nodes import Node, walk
from hepline.engine.handover import Computed
from hepline.errors import UselessWeight

__all__ = ["bad_weight", "missing_weight"]

_MOST_LETTERS = 200


def missing_weight(weight: Node | None, count: int) -> UselessWeight:
    """Make the error for a missing weight.

    Parameters
    ----------
    weight : Node or None
        Its recipe.
    count : int
        Number of entries that would be lost.
    """
    return UselessWeight(
        f"the weight {_named(weight)} is missing for {count} of the entries that pass.",
        why="an event without a weight would be lost in silence.",
        fix="require the object in where= (hl.count(jet) >= 1), or use .fill_missing(1).",
    )


def bad_weight(weight: Node | None, count: int, total: int) -> UselessWeight:
    """Make the error for a weight that is infinite, NaN, or too large to be squared.

    Parameters
    ----------
    weight : Node or None
        Its recipe.
    count, total : int
        Bad entries, and all entries of the chunk.
    """
    return UselessWeight(
        f"{count} of {total} weights {_named(weight)} are infinite, not a number, or above 1e154.",
        why="one of them would spoil every sum that it enters.",
        fix="check the columns of the weight, or exclude these events with where=.",
    )


def _named(weight: Node | None) -> str:
    """The recipe, shortened if it would fill a page."""
    text = str(weight)
    for node in walk([] if weight is None else [weight]):
        if isinstance(node, Computed):
            text = text.replace(str(node), node.recipe)
    return text if len(text) <= _MOST_LETTERS else f"{text[:_MOST_LETTERS]}…"
