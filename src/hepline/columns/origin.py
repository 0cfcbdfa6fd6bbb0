"""The events that an expression belongs to."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

from hepline.columns.lifting import joined
from hepline.columns.nodes import Node
from hepline.columns.schema import Schema, counted
from hepline.columns.source import Source
from hepline.errors import LanguageError

__all__ = ["Origin", "all_of", "common_origin"]


@dataclass(frozen=True, eq=False)
class Origin:
    """Origin of an expression's columns.

    Attributes
    ----------
    schema : Schema
    source : Source or None
        None for symbolic events: a source comes later.
    selection : tuple of (str, Node)
        Label and condition of every step that chose events. Expressions cover the events that pass
        all of them.

    Two origins are equal if they have the same columns and sources that compare equal: opening
    the same files twice gives columns that may be mixed. The selection makes no difference: an
    expression of both covers the events that pass both.
    """

    schema: Schema
    source: Source | None
    selection: tuple[tuple[str, Node], ...] = ()

    @property
    def where(self) -> Node | None:
        """The condition of the chosen events; None for all events."""
        return all_of(node for _, node in self.selection)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Origin):
            return NotImplemented
        same_source = self.source is other.source or self.source == other.source
        return same_source and (self.schema is other.schema or self.schema == other.schema)

    def __hash__(self) -> int:
        # Schemas and sources hold mappings, which have no hash; their names suffice here.
        return hash((self.schema.name, None if self.source is None else self.source.name))

    def describe(self) -> str:
        """Describe the events, for messages about two sources."""
        columns = counted(len(self.schema.columns), "column")
        if self.source is None:
            return f"symbolic events of '{self.schema.name}' ({columns})"
        parts = self.source.parts
        paths = f"{parts[0].path}{', …' if len(parts) > 1 else ''}" if parts else self.source.name
        files = counted(len(parts), "file")
        entries = counted(sum(part.entries for part in parts), "event")
        return f"{paths} ({files}, {entries}, {columns})"


def common_origin(*parts: object) -> Origin | None:
    """The common origin of expressions or collections; None for constants.

    Raises
    ------
    LanguageError
        If they come from different events.
    """
    candidates = [getattr(part, "origin", None) for part in parts]
    origins = list(dict.fromkeys(origin for origin in candidates if isinstance(origin, Origin)))
    if len(origins) > 1:
        names = [origin.schema.name for origin in origins]
        if len(set(names)) < len(names):
            names = [origin.describe() for origin in origins]
        raise LanguageError(
            f"an expression mixes columns of {' and '.join(names)}.",
            why="events of different sources do not belong together.",
            fix="compute each from its own events; open the files together with hl.open([…]).",
        )
    if not origins:
        return None
    steps: dict[Node, tuple[str, Node]] = {}
    for part in candidates:
        if isinstance(part, Origin):
            for step in part.selection:
                steps.setdefault(step[1], step)
    selection = tuple(steps.values())
    first = origins[0]
    return first if first.selection == selection else replace(first, selection=selection)


def all_of(conditions: Iterable[Node]) -> Node | None:
    """The conjunction of conditions; None without any."""
    return joined("bitwise_and", conditions)
