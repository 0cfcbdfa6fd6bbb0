"""What a skim remembers: the files it came from, its conditions, and its systematic variations."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from hepline.columns.nodes import Node
from hepline.columns.vary import Nuisance, Vary

__all__ = ["Alternative", "Ancestor", "Skimmed", "varied_node"]


@dataclass(frozen=True)
class Ancestor:
    """A file that a skim was made of.

    Attributes
    ----------
    path : str
    events : int
        That the file stands for: those it held, or, if it was a skim itself, those before.
    kept : int
    sha256 : str
    sum_of_weights : float or None
        Of all generated events behind the file, where it is known.
    """

    path: str
    events: int
    kept: int
    sha256: str = ""
    sum_of_weights: float | None = None


@dataclass(frozen=True)
class Alternative:
    """Columns that hold what a column becomes under a variation.

    Attributes
    ----------
    column : str
        The nominal one.
    nuisance : Nuisance
    up : str
        Name of a column; the nominal one if nothing changes.
    down : str or None
        None for a one-sided nuisance.
    """

    column: str
    nuisance: Nuisance
    up: str
    down: str | None

    @property
    def varied(self) -> tuple[str, ...]:
        """Names of the columns beside the nominal one."""
        return tuple(name for name in (self.up, self.down) if name not in (None, self.column))


@dataclass(frozen=True)
class Skimmed:
    """The memory of a skim.

    Attributes
    ----------
    ancestors : tuple of Ancestor
    conditions : tuple of (str, int)
        Label of each condition, and how many events passed it and all before, nominally.
    alternatives : tuple of Alternative
    passing : str
        Name of the column that says which events pass, if that depends on the variation.
    tree : str
        Name of the tree of events, also where the format has none.
    titles : tuple of (str, str)
        What columns are, in words.
    """

    ancestors: tuple[Ancestor, ...]
    conditions: tuple[tuple[str, int], ...] = ()
    alternatives: tuple[Alternative, ...] = ()
    passing: str = ""
    tree: str = ""
    titles: tuple[tuple[str, str], ...] = ()

    @property
    def events(self) -> int:
        """Events that the skim stands for: before its conditions, and those of skims before it."""
        return sum(ancestor.events for ancestor in self.ancestors)

    @property
    def sum_of_weights(self) -> float | None:
        """Sum of generator weights behind it; None if a file does not tell."""
        sums = [ancestor.sum_of_weights for ancestor in self.ancestors]
        known = [value for value in sums if value is not None]
        return sum(known) if sums and len(known) == len(sums) else None


def varied_node(
    column: Callable[[str], Node], name: str, alternatives: tuple[Alternative, ...]
) -> Node:
    """A stored column with its variations.

    Parameters
    ----------
    column : callable
        From the name of a column to its leaf.
    name : str
    alternatives : tuple of Alternative
        Of all columns.
    """
    node = nominal = column(name)
    for alternative in alternatives:
        if alternative.column != name:
            continue
        up = nominal if alternative.up == name else column(alternative.up)
        down = alternative.down
        low = None if down is None else nominal if down == name else column(down)
        node = Vary(alternative.nuisance, node, up, low)
    return node
