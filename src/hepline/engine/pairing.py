"""Whether lists that a recipe pairs are equally long in the events that were read."""

from __future__ import annotations

import numpy as np

from hepline.columns.source import Chunk, Part
from hepline.engine.rules.pair import Pairings
from hepline.errors import CorruptData

__all__ = ["check_pairings"]


def check_pairings(chunk: Chunk, pairings: Pairings, part: Part, start: int) -> None:
    """Compare the lengths of lists that must pair one to one.

    Parameters
    ----------
    chunk : Chunk
    pairings : Pairings
    part : Part
        Whose events these are.
    start : int
        Number of the first event.

    Raises
    ------
    CorruptData
        If two lists have unlike lengths, with the first event where they do.
    """
    for first, *others in pairings:
        expected = chunk.offsets[first]
        for other in others:
            offsets = chunk.offsets[other]
            if offsets is expected or np.array_equal(offsets, expected):
                continue
            lengths, wanted = np.diff(offsets), np.diff(expected)
            event = int(np.flatnonzero(lengths != wanted)[0])
            names = [axis.removesuffix("[]") for axis in (first, other)]
            raise CorruptData(
                f"'{names[0]}' has {wanted[event]} elements in entry {start + event} of "
                f"{part.path}, but '{names[1]}' has {lengths[event]}.",
                why="the analysis pairs these lists one to one, or counts the objects that they "
                "describe together, although neither a counter nor their type joins them.",
                fix=f"combine only lists that belong to the same objects; count one of them by "
                f"its own name: hl.count(ev['{names[1]}']).",
            )
