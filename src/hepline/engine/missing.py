"""The error for a weight that is missing where an event passes."""

from __future__ import annotations

from hepline.columns.fill import Fill
from hepline.errors import CorruptData

__all__ = ["missing_weight"]


def missing_weight(fill: Fill, count: int) -> CorruptData:
    """Say which weight is missing, and what to do.

    Parameters
    ----------
    fill : Fill
    count : int
        How many entries would be lost.
    """
    return CorruptData(
        f"the weight {fill.weight} is missing for {count} of the entries that pass.",
        why="an event without a weight would be lost in silence.",
        fix="require the object in where= (hl.count(jet) >= 1), or use .fill_missing(1).",
    )
