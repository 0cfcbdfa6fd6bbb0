"""What passes from one phase of a plan to the next: kept values, and what calls made of them."""

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
        """That of the values."""
        return self.values.type


@dataclass(frozen=True, eq=False)
class Computed(Node):
    """What an earlier phase computed; a leaf of the phases after it.

    A chunk holds its elements under its name, and where those of each event begin under
    `level_of`. An event for which it was not needed has none, also where an event has one value.

    Attributes
    ----------
    name : str
    dtype : str
    lists : tuple of Node
        The list levels that its elements stand in.
    is_optional : bool
    makes_list : bool
        Whether its elements stand in one more list, of which nothing but its length is known.
    recipe : str
        As the user wrote it, for messages.
    """

    name: str
    dtype: str
    lists: tuple[Node, ...]
    is_optional: bool
    makes_list: bool
    recipe: str

    def spell(self, depth: int) -> str:  # noqa: ARG002
        """The beginning of the name, as `hl.explain` calls it."""
        return f"call {self.name[:12]}"

    def infer(self) -> Type:
        """As it was computed."""
        lists = (*self.lists, self) if self.makes_list else self.lists
        return Type(np.dtype(self.dtype), lists, self.is_optional)


def level_of(name: str, level: int) -> str:
    """Under which name a chunk says where the lists of a computed column begin.

    Level 0 divides elements among events; each deeper one divides them within the one above.
    """
    return f"{name}/{level}"


@dataclass(frozen=True)
class Rows:
    """The values of a `Kept` node for one chunk.

    Attributes
    ----------
    values : Jagged
        Of the events that are kept.
    events : int
        How many are kept.
    mask : ndarray of bool, shape (event,), or None
        Which events of the chunk are kept; None if all are.
    """

    values: Jagged
    events: int
    mask: Truths | None
