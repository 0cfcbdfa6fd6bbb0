"""The conventions by name, and recognition from column names."""

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

# Tried in this order; the last one accepts every file.
_IN_ORDER = (PHYSLITE, EDM4HEP, DELPHES, NANOAOD, ATLAS_2025, ATLAS_2020, LHCB, PLAIN)
CONVENTIONS = {convention.name: convention for convention in _IN_ORDER}


def recognized(columns: Columns) -> Convention:
    """The convention of a file, from the names of its columns."""
    return next(convention for convention in _IN_ORDER if convention.recognizes(columns))


def convention_of(name: str) -> Convention:
    """The convention with this name.

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
    """Names of event trees in all conventions, the likeliest first."""
    return tuple(dict.fromkeys(tree for convention in _IN_ORDER for tree in convention.trees))
