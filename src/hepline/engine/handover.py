"""Values that pass from one phase of a plan to the next: inputs and results of calls."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from hepline.columns.nodes import Node
from hepline.columns.types import Type
from hepline.engine.jagged import Jagged, Truths

__all__ = ["Computed", "Kept", "Rows", "level_of"]


@dataclass(frozen=True, eq=False)
class Kept(Node):
    """The values of the events for which a call is needed; an output of a phase.

    Attributes
    ----------
    values : Node
    where : Node or None
        Boolean, one per event; missing is false. None keeps all events.
    """

    spelling: ClassVar[str] = "keep({values}; where={where})"

    values: Node
    where: Node | None

    def infer(self) -> Type:
        """The type of the values."""
        return self.values.type


@dataclass(frozen=True, eq=False)
class Computed(Node):
    """A value from an earlier phase; a leaf of the phases after it.

    A chunk holds its elements under its name, and their offsets under `level_of`. An event that did
    not need it has no element, even where an event has one value.

    Attributes
    ----------
    name : str
    dtype : str
    lists : tuple of Node
        The list levels around its elements.
    is_optional : bool
    makes_list : bool
        Whether its elements form one more list, of which only the length is known.
    recipe : str
        The user's recipe, for messages.
    """

    name: str
    dtype: str
    lists: tuple[Node, ...]
    is_optional: bool
    makes_list: bool
    recipe: str

    def spell(self, depth: int) -> str:  # noqa: ARG002
        """The beginning of the name, as in `hl.explain`."""
        return f"call {self.name[:12]}"

    def infer(self) -> Type:
        """The declared type."""
        lists = (*self.lists, self) if self.makes_list else self.lists
        return Type(np.dtype(self.dtype), lists, self.is_optional)


def level_of(name: str, level: int) -> str:
    """Name of the offsets of a computed column's lists in a chunk.

    Level 0 divides elements among events; each deeper one divides them within the one above.
    """
    return f"{name}/{level}"


@dataclass(frozen=True)
class Rows:
    """The values of a `Kept` node for one chunk.

    Attributes
    ----------
    values : Jagged
        Values of the kept events.
    events : int
        Number of kept events.
    mask : ndarray of bool, shape (event,), or None
        Kept events of the chunk; None for all.
    """

    values: Jagged
    events: int
    mask: Truths | None
