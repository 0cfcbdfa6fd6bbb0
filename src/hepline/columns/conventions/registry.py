"""The conventions by name, and the one that columns show."""

from __future__ import annotations

from hepline.columns.conventions.atlas import ATLAS_2020, ATLAS_2025
from hepline.columns.conventions.convention import PLAIN, Columns, Convention
from hepline.columns.conventions.delphes import DELPHES
from hepline.columns.conventions.edm4hep import EDM4HEP
from hepline.columns.conventions.lhcb import LHCB
from hepline.columns.conventions.nanoaod import NANOAOD
from hepline.columns.conventions.physlite import PHYSLITE
from hepline.errors import LanguageError, nearest

__all__ = ["CONVENTIONS", "convention_of", "event_trees", "recognized"]

# Looked at in this order; the last one takes everything.
_IN_ORDER = (PHYSLITE, EDM4HEP, DELPHES, NANOAOD, ATLAS_2025, ATLAS_2020, LHCB, PLAIN)
CONVENTIONS = {convention.name: convention for convention in _IN_ORDER}


def recognized(columns: Columns) -> Convention:
    """The convention that a file follows, by the names of its columns."""
    return next(convention for convention in _IN_ORDER if convention.recognizes(columns))


def convention_of(name: str) -> Convention:
    """The convention of a name.

    Raises
    ------
    LanguageError
        With the nearest name, if there is no such convention.
    """
    if name not in CONVENTIONS:
        raise LanguageError(
            f"no convention '{name}'.",
            why=f"hepline knows {', '.join(CONVENTIONS)}.",
            fix=nearest(name, CONVENTIONS) + "  For your own files: hl.open(FILE).",
        )
    return CONVENTIONS[name]


def event_trees() -> tuple[str, ...]:
    """What conventions call the tree of the events, the likeliest first."""
    return tuple(dict.fromkeys(tree for convention in _IN_ORDER for tree in convention.trees))
