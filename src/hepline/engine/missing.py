"""The errors for weights that cannot be summed where an event passes."""

from __future__ import annotations

from hepline.columns.nodes import Node, walk
from hepline.engine.handover import Computed
from hepline.errors import UselessWeight

__all__ = ["bad_weight", "missing_weight"]

_MOST_LETTERS = 200


def missing_weight(weight: Node | None, count: int) -> UselessWeight:
    """Say which weight is missing, and what to do.

    Parameters
    ----------
    weight : Node or None
        Its recipe.
    count : int
        How many entries would be lost.
    """
    return UselessWeight(
        f"the weight {_named(weight)} is missing for {count} of the entries that pass.",
        why="an event without a weight would be lost in silence.",
        fix="require the object in where= (hl.count(jet) >= 1), or use .fill_missing(1).",
    )


def bad_weight(weight: Node | None, count: int, total: int) -> UselessWeight:
    """Say which weight is infinite, not a number, or too large to be squared.

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
    """The recipe, without the end of one that fills a page."""
    text = str(weight)
    for node in walk([] if weight is None else [weight]):
        if isinstance(node, Computed):
            text = text.replace(str(node), node.recipe)
    return text if len(text) <= _MOST_LETTERS else f"{text[:_MOST_LETTERS]}…"
