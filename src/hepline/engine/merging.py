"""Merging of the results of chunks, in any order."""

from __future__ import annotations

from dataclasses import dataclass, field

import awkward as ak
import numpy as np

from hepline.columns.nodes import Node
from hepline.columns.source import Part
from hepline.engine.chunk import Partial
from hepline.engine.filled import Filled
from hepline.engine.jagged import Jagged, Level
from hepline.engine.plan import Plan
from hepline.errors import DataError

__all__ = ["FileSum", "joined"]


@dataclass
class FileSum:
    """The results of one file so far.

    They stay separate from other files until the file is complete: a file that fails half-way must
    leave no trace. Sums are exact, so the order of merging does not matter; columns are ordered at
    the end.

    Attributes
    ----------
    part : Part
    waiting : int
        Number of chunks that are not done.
    filled : list of Filled
        In the order of the plan's histograms; empty before the first chunk.
    arrays : dict of int to list of awkward.Array
        Columns by first event.
    events : int
    error : DataError or None
        The first one.
    """

    part: Part
    waiting: int
    filled: list[Filled] = field(default_factory=list)
    arrays: dict[int, list[ak.Array]] = field(default_factory=dict)
    events: int = 0
    error: DataError | None = None

    def add(self, start: int, result: Partial | DataError) -> None:
        """Add the chunk that begins with event `start`."""
        self.waiting -= 1
        if isinstance(result, DataError):
            self.error = self.error or result
            self.filled, self.arrays = [], {}
        if self.error is not None or isinstance(result, DataError):
            return
        self.events += result.events
        self.arrays[start] = result.arrays
        merge(self.filled, result.filled)


def merge(into: list[Filled], more: list[Filled]) -> None:
    """Add histograms to earlier ones, if there are any."""
    if not into:
        into.extend(more)
        return
    for histogram, other in zip(into, more, strict=True):
        histogram.merge(other)


def joined(plan: Plan, files: list[FileSum]) -> dict[Node, ak.Array]:
    """Columns of all events in the order of files and entries.

    Parameters
    ----------
    plan : Plan
    files : list of FileSum
        In order.
    """
    pieces = [file.arrays[start] for file in files for start in sorted(file.arrays)]
    whole: dict[Node, ak.Array] = {}
    for place, node in enumerate(plan.arrays):
        nothing = (Level(np.zeros(1, np.int64)),) * node.type.depth
        empty = Jagged(np.zeros(0, node.type.dtype), nothing).array(node.type, 0)
        whole[node] = ak.concatenate([piece[place] for piece in pieces]) if pieces else empty
    return whole
