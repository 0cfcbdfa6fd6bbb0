"""Values that simulated events have and recorded ones do not."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from hepline.columns.nodes import Node
from hepline.columns.types import Type

__all__ = ["Simulated"]


@dataclass(frozen=True, eq=False)
class Simulated(Node):
    """One value in simulated events, another one in recorded data.

    The plan of a sample keeps one of the two, so that columns of the other need not exist in its
    files. Outside of an analysis, which knows its samples, events count as simulated.

    Attributes
    ----------
    simulated, recorded : Node
        Of one dtype and along the same lists.
    """

    spelling: ClassVar[str] = "simulated({simulated}; data: {recorded})"

    simulated: Node
    recorded: Node

    def infer(self) -> Type:
        """The type that both have."""
        kept, other = self.simulated.type, self.recorded.type
        return Type(kept.dtype, kept.axes, kept.optional or other.optional)
