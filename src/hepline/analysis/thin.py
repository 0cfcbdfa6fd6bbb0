"""What makes a fitted bin too thin."""

from __future__ import annotations

import math
from dataclasses import dataclass

from hepline.errors import AnalysisError

__all__ = ["Thin"]


@dataclass(frozen=True)
class Thin:
    """Which fitted bins have too little background, and join their neighbors.

    Attributes
    ----------
    below : float
        Fewer expected background events than this.
    above : float
        A larger relative statistical error of the background.
    """

    below: float = 0.0
    above: float = math.inf

    def __post_init__(self) -> None:
        if not (self.below >= 0 and self.above > 0):
            raise AnalysisError(
                f"merge_below={self.below!r}, merge_above={self.above!r}.",
                why="they are a number of events and a relative error.",
                fix="give positive numbers, such as merge_below=5, merge_above=0.2.",
            )

    @property
    def is_set(self) -> bool:
        """Whether any bin can be too thin."""
        return self.below > 0 or self.above < math.inf
