"""Errors for weights of passing events that cannot be summed."""

from __future__ import annotations

from hepline.columns.axes import MemberAxis
from hepline.columns.fill import Fill
from hepline.columns.nodes import Node, walk
from hepline.engine.handover import Computed
from hepline.errors import UselessWeight

__all__ = ["bad_weight", "missing_weight"]

_MOST_LETTERS = 200


def missing_weight(fill: Fill, count: int) -> UselessWeight:
    """Make the error for a missing weight.

    Parameters
    ----------
    fill : Fill
        The histogram.
    count : int
        Number of entries that would be lost.
    """
    weight = fill.weight
    if fill.axes and isinstance(fill.axes[-1], MemberAxis):
        return _other_length(fill.axes[-1], count)
    return UselessWeight(
        f"the weight {_named(weight)} is missing for {count} of the entries that pass.",
        why="an event without a weight would be lost in silence.",
        fix="require the object in where= (hl.count(jet) >= 1), or use .fill_missing(1).",
    )


def _other_length(members: MemberAxis, count: int) -> UselessWeight:
    """The error for arrays of weights that do not have one entry for each member."""
    return UselessWeight(
        f"weights of {members.label} are missing for {count} of the entries that pass.",
        why=f"every event needs an array of {members.bins} of them; some arrays are empty, shorter "
        "or longer.",
        fix="give the number in the files as count=, or slice the array (ev.LHEPdfWeight[:101]); "
        "for samples without these weights say hl.nuisance(…, samples=[…]).",
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
