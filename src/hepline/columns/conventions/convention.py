"""A convention: which stored column is which field of which objects, and in which unit.

The class itself serves files that follow no known convention: the beginning of a name, up to a dot
or an underscore, names the objects. Every other convention is a subclass in its own module, with a
table of its columns, listed in `registry`.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from hepline.columns.nodes import Node

if TYPE_CHECKING:
    from hepline.columns.schema import ColumnSpec

__all__ = ["PLAIN", "Convention", "Derived", "Identity", "Link", "Sums", "of_prefix"]

Columns = Mapping[str, "ColumnSpec"]


@dataclass(frozen=True)
class Derived:
    """A field that a convention derives from stored ones.

    Attributes
    ----------
    needs : tuple of str
        Fields of the same objects.
    of : callable
        Takes their nodes, in the units of the language.
    """

    needs: tuple[str, ...]
    of: Callable[..., Node]


@dataclass(frozen=True)
class Link:
    """A cross-reference from objects to others of the same event.

    Attributes
    ----------
    target : str
        The collection it leads to.
    needs : tuple of str
        Fields of the objects that it starts from.
    of : callable
        Takes their nodes, then those of `columns`: positions in the target, negative where
        there is none.
    columns : tuple of str
        Stored columns that it needs besides.
    inside : bool
        Whether every position is known to exist.
    """

    target: str
    needs: tuple[str, ...]
    of: Callable[..., Node]
    columns: tuple[str, ...] = ()
    inside: bool = False


@dataclass(frozen=True)
class Identity:
    """The columns that identify an event; empty where files have none.

    Attributes
    ----------
    run, block, event : str
    """

    run: str = ""
    block: str = ""
    event: str = ""

    def __str__(self) -> str:
        return ", ".join(filter(None, (self.run, self.block, self.event)))


@dataclass(frozen=True)
class Sums:
    """Where files keep the sum of the generator weights of all generated events.

    Attributes
    ----------
    tree, column : str
    """

    tree: str
    column: str


def of_prefix(name: str, collection: str | None = None) -> tuple[str, str]:
    """The objects and the field of a name: ``Muon_pt`` is ``pt`` of ``Muon``.

    Parameters
    ----------
    name : str
        Of a column.
    collection : str, optional
        Whose axis it runs along: longer names of objects than the first word of the column.
    """
    if collection is not None and name.startswith((f"{collection}_", f"{collection}.")):
        return collection, name[len(collection) + 1 :]
    group, _, field = name.partition("." if "." in name else "_")
    return group, field


@dataclass(frozen=True)
class Convention:
    """The rules by which columns form objects. A value: it knows names, but no file.

    Attributes
    ----------
    name : str
        The argument of `hl.events` and `hl.open`.
    title : str
        The name for people.
    trees : tuple of str
        Names of the tree of the events.
    open_groups : mapping of str to str
        Groups whose fields may have any name before a file is there, with their dtype.
    weights : tuple of str
        Columns of generator weights.
    sums : Sums or None
    single : frozenset of str
        Objects that an event has once, although lists begin with their names.
    lone : frozenset of str
        Objects that an event has once, in a list of one.
    counted : bool
        Whether ``nMuon`` counts the objects of ``Muon``.
    renames : bool
        Whether lists take the name of their group instead of the reader's.
    """

    name: ClassVar[str] = "plain"
    title: ClassVar[str] = "no particular convention"
    trees: ClassVar[tuple[str, ...]] = ()
    open_groups: ClassVar[Mapping[str, str]] = {}
    weights: ClassVar[tuple[str, ...]] = ()
    sums: ClassVar[Sums | None] = None
    single: ClassVar[frozenset[str]] = frozenset()
    lone: ClassVar[frozenset[str]] = frozenset()
    counted: ClassVar[bool] = False
    renames: ClassVar[bool] = False
    _RUNS: ClassVar[tuple[str, ...]] = ("run", "runNumber", "RunNumber", "run_number", "Run")
    _BLOCKS: ClassVar[tuple[str, ...]] = ("luminosityBlock", "lumiBlock", "lumi", "ls")
    _EVENTS: ClassVar[tuple[str, ...]] = (
        "event", "eventNumber", "EventNumber", "event_number", "evt", "Event", "EventId",
    )  # fmt: skip

    def recognizes(self, columns: Columns) -> bool:  # noqa: ARG002
        """Whether a file with these columns follows the convention."""
        return True

    def places(self, columns: Columns) -> Mapping[str, tuple[str, str]]:
        """Map columns to their objects and fields.

        A column outside this mapping belongs to no objects.
        """
        places = {name: of_prefix(name, spec.collection) for name, spec in columns.items()}
        return {name: place for name, place in places.items() if all(place)}

    def divisor(self, group: str, field: str) -> float:  # noqa: ARG002
        """Divisor that converts a stored number to the unit of the language (GeV)."""
        return 1.0

    def aliases(self, groups: Collection[str]) -> Mapping[str, str]:  # noqa: ARG002
        """Map short names of objects to those in `places`."""
        return {}

    def derived(self, group: str, fields: Collection[str]) -> Mapping[str, Derived]:  # noqa: ARG002
        """Fields derived from stored ones, by name."""
        return {}

    def links(
        self,
        group: str,  # noqa: ARG002
        fields: Collection[str],  # noqa: ARG002
        groups: Mapping[str, Collection[str]],  # noqa: ARG002
    ) -> Mapping[str, Link]:
        """Cross-references of the objects of a group, by name."""
        return {}

    def subsets(self, columns: Columns) -> Mapping[str, Link]:  # noqa: ARG002
        """Collections that are stored as positions in others, by name."""
        return {}

    def identity(self, columns: Collection[str]) -> Identity:
        """The columns that identify the events of a source."""

        def first(names: tuple[str, ...]) -> str:
            return next((name for name in names if name in columns), "")

        return Identity(first(self._RUNS), first(self._BLOCKS), first(self._EVENTS))

    def symbolic_columns(self) -> Mapping[str, tuple[str, str | None]]:
        """Columns of symbolic events: dtype, and the collection of a list."""
        return {}

    def __str__(self) -> str:
        return self.title


PLAIN = Convention()
