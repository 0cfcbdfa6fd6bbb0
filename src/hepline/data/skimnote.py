"""The note that a skim carries in its own file: JSON, written and read here."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import fields, replace
from typing import Any, TypeVar

from hepline.columns.schema import Schema
from hepline.columns.skimmed import Alternative, Ancestor, Skimmed
from hepline.columns.vary import Nuisance
from hepline.errors import CorruptData

__all__ = ["FORMAT", "KEY", "names_of", "note_of_alternatives", "remembering", "skimmed_of"]

Result = TypeVar("Result")

KEY = "hepline_skim"
"""Name of the note: a string in a ROOT file, metadata of a Parquet file."""

FORMAT = 1
"""Version of the layout of the note."""


def note_of_alternatives(alternatives: tuple[Alternative, ...]) -> dict[str, Any]:
    """Variations and their nuisances, ready for JSON.

    Parameters
    ----------
    alternatives : tuple of Alternative
    """
    nuisances = dict.fromkeys(alternative.nuisance for alternative in alternatives)
    names = [field.name for field in fields(Nuisance) if field.name != "declared_at"]
    return {
        "nuisances": [{name: getattr(nuisance, name) for name in names} for nuisance in nuisances],
        "variations": [
            {"column": a.column, "nuisance": a.nuisance.key, "up": a.up, "down": a.down}
            for a in alternatives
        ],
    }


def skimmed_of(path: str, note: str, tree: str) -> Skimmed | None:
    """Read a note.

    Parameters
    ----------
    path : str
        For messages.
    note : str
    tree : str
        That is read: the note is about the tree of events. Empty in formats that have one table.

    Returns
    -------
    Skimmed or None
        None for another tree.

    Raises
    ------
    CorruptData
        If it is not a note, or one of a later version.
    """

    def read(content: Mapping[str, Any]) -> Skimmed | None:
        return _read(content) if tree in ("", content["tree"]) else None

    return _content(path, note, read)


def _content(path: str, note: str, read: Callable[[Mapping[str, Any]], Result]) -> Result:
    try:
        content = json.loads(note)
        if content["format"] != FORMAT:
            raise CorruptData(
                f"{path} is a skim whose note has the layout {content['format']!r}.",
                why=f"this version of hepline reads the layout {FORMAT}.",
                fix="install the version of hepline that wrote it, or a later one.",
            )
        return read(content)
    except (KeyError, TypeError, ValueError) as error:
        raise CorruptData(
            f"the note '{KEY}' in {path} cannot be read.",
            why=f"{type(error).__name__}: {error}.",
            fix="make the skim again.",
        ) from None


def _read(content: Mapping[str, Any]) -> Skimmed:
    declared = (_nuisance(entry) for entry in content["nuisances"])
    nuisances = {nuisance.key: nuisance for nuisance in declared}
    return Skimmed(
        tuple(
            Ancestor(
                source["path"], source["generated"], source["kept"], source["sha256"],
                source["sumw"],
            )
            for source in content["sources"]
        ),
        tuple((step["label"], step["events"]) for step in content["selection"]),
        tuple(
            Alternative(entry["column"], nuisances[entry["nuisance"]], entry["up"], entry["down"])
            for entry in content["variations"]
        ),
        content["passing"],
        content["tree"],
        tuple(content["titles"].items()),
    )  # fmt: skip


def _nuisance(entry: Mapping[str, Any]) -> Nuisance:
    known: dict[str, Any] = {
        name: tuple(value) if isinstance(value, list) else value for name, value in entry.items()
    }
    return Nuisance(**known, declared_at="")


def names_of(path: str, note: str) -> Mapping[str, str]:
    """The names of columns that have another name in the file, by that name.

    Parameters
    ----------
    path, note : str
        See `skimmed_of`.
    """
    return _content(path, note, lambda content: dict(content["names"]))


def remembering(schema: Schema, skimmed: Skimmed) -> Schema:
    """The columns of a skim, with their variations.

    Parameters
    ----------
    schema : Schema
        Of its file.
    skimmed : Skimmed
    """
    columns = dict(schema.columns)
    for alternative in skimmed.alternatives:
        for name in alternative.varied:
            if name in columns and alternative.column in columns:
                # Varied lists have the lengths of the nominal ones.
                nominal = columns[alternative.column]
                columns[name] = replace(
                    columns[name], collection=nominal.collection, axis=columns[name].axis
                )
    return replace(
        schema, columns=columns, alternatives=skimmed.alternatives, passing=skimmed.passing
    )
