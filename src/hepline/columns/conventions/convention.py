"""What a convention says: which stored column is which field of which objects, and in which unit.

The class itself is the convention of files that follow none of the known ones: a name's beginning,
up to a dot or an underscore, names the objects. A convention of its own is a subclass in a module
of its own, with a table of the columns that files of it have, listed in `registry`.
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
    """A field that a convention defines from stored ones.

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
        The collection that it leads to.
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
    """The columns that tell events apart; empty where files have none.

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
    """How the columns of a file form objects. A value: it knows names, but no file.

    Attributes
    ----------
    name : str
        As `hl.events` and `hl.open` take it.
    title : str
        As it is printed.
    trees : tuple of str
        What the tree of the events is called.
    open_groups : mapping of str to str
        Objects to dtype, of which any field may be asked for before a file is there.
    weights : tuple of str
        Columns of generator weights.
    sums : Sums or None
    single : frozenset of str
        Objects of which an event has one, whatever lists their names begin.
    lone : frozenset of str
        Objects of which an event has one, in a list of one.
    counted : bool
        Whether ``nMuon`` counts the objects of ``Muon``.
    renames : bool
        Whether the lists of a group are called as the group, not as the reader calls them.
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
    _RUNS: ClassVar[tuple[str, ...]] = ("run", "runNumber", "RunNumber", "run_number")
    _BLOCKS: ClassVar[tuple[str, ...]] = ("luminosityBlock", "lumiBlock", "lumi", "ls")
    _EVENTS: ClassVar[tuple[str, ...]] = (
        "event", "eventNumber", "EventNumber", "event_number", "evt",
    )  # fmt: skip

    def recognizes(self, columns: Columns) -> bool:  # noqa: ARG002
        """Whether these are columns of such a file."""
        return True

    def places(self, columns: Columns) -> Mapping[str, tuple[str, str]]:
        """Column to the objects and the field that it stands for.

        A column that is not in here stands on its own.
        """
        places = {name: of_prefix(name, spec.collection) for name, spec in columns.items()}
        return {name: place for name, place in places.items() if all(place)}

    def divisor(self, group: str, field: str) -> float:  # noqa: ARG002
        """What a stored number is divided by to be in the unit of the language (GeV)."""
        return 1.0

    def aliases(self, groups: Collection[str]) -> Mapping[str, str]:  # noqa: ARG002
        """Short names of objects to the names that `place` gives them."""
        return {}

    def derived(self, group: str, fields: Collection[str]) -> Mapping[str, Derived]:  # noqa: ARG002
        """Fields that follow from stored ones, by name."""
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
        """The columns that tell the events of a source apart."""

        def first(names: tuple[str, ...]) -> str:
            return next((name for name in names if name in columns), "")

        return Identity(first(self._RUNS), first(self._BLOCKS), first(self._EVENTS))

    def symbolic_columns(self) -> Mapping[str, tuple[str, str | None]]:
        """Columns that files have: dtype, and the collection of a list. For symbolic events."""
        return {}

    def __str__(self) -> str:
        return self.title


PLAIN = Convention()
