"""Description of files: one pass, and what follows from its counts."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from fnmatch import fnmatchcase
from pathlib import Path

import numpy as np

from hepline.arrays import Floats
from hepline.columns.events import Events
from hepline.columns.schema import Schema
from hepline.columns.source import Source
from hepline.data.objects import objects_in
from hepline.data.open import source as opened_source
from hepline.errors import FileUnreadable, LanguageError
from hepline.survey.correlations import strongest
from hepline.survey.description import ColumnFacts, Description, facts_of
from hepline.survey.findings import findings_of
from hepline.survey.identity import Duplicates, duplicates_of, identity_columns
from hepline.survey.reading import Read, read
from hepline.survey.sentinels import RECOGNIZED

__all__ = ["Files", "describe_files", "describe_source", "source_of"]

Files = str | Path | Iterable[str | Path] | Events
Progress = Callable[[str, int, int], None]


def source_of(files: Files, *, tree: str = "Events", convention: str = "") -> Source:
    """The source behind files, or behind events.

    Raises
    ------
    LanguageError
        If the events are symbolic, a selection of those in the files, or cleaned.
    """
    if not isinstance(files, Events):
        return opened_source(files, tree=tree, convention=convention)
    origin = files.origin
    if origin.source is None or origin.selection:
        raise LanguageError(
            f"{files!r} cannot be described.",
            why="columns are counted as they stand in files, and "
            + ("these events have none yet." if origin.source is None else "all events of them."),
            fix="name files, or the events of hl.open(FILE) before any is left out.",
        )
    cleaned = [name for name, spec in origin.schema.columns.items() if spec.policies]
    if cleaned:
        raise LanguageError(
            f"{files!r} has policies for missing values, of '{cleaned[0]}' and others."
            if len(cleaned) > 1
            else f"{files!r} has a policy for the missing values of '{cleaned[0]}'.",
            why="columns are counted as they stand in files, where nothing is replaced.",
            fix="name the events of hl.open(FILE) before clean(…), or write a cleaned file: "
            "hl.skim(events, out='clean.parquet').",
        )
    return origin.source


def describe_files(
    files: Files,
    *,
    columns: Sequence[str] = (),
    tree: str = "Events",
    convention: str = "",
    workers: int | None = None,
    progress: Progress | None = None,
) -> Description:
    """Say what is in files: their columns, or the objects of one without events.

    Parameters
    ----------
    files : path, pattern, iterable of these, or Events
    columns, workers, progress
        See `describe_source`.
    tree, convention : str
    """
    try:
        source = source_of(files, tree=tree, convention=convention)
    except FileUnreadable:
        paths = [files] if isinstance(files, str | Path) else files
        paths = paths if isinstance(paths, list) else []
        objects = objects_in(str(paths[0])) if len(paths) == 1 else ()
        if not objects:
            raise
        name = str(paths[0])
        return Description(name, (name,), "", "", 0, {}, {}, Duplicates((), 0), objects=objects)
    return describe_source(source, columns=columns, workers=workers, progress=progress)


def describe_source(
    events: Source,
    *,
    columns: Sequence[str] = (),
    workers: int | None = None,
    progress: Progress | None = None,
) -> Description:
    """Read files once, and say what is in them.

    Parameters
    ----------
    events : Source
    columns : sequence of str, optional
        Names, or patterns with ``*``; all by default.
    workers : int, optional
    progress : callable, optional

    Returns
    -------
    Description
    """
    schema = events.schema
    names = _named(schema, columns)
    identity = identity_columns(schema)
    keys = identity or (names if not columns else ())
    counted = read(events, names, marks=RECOGNIZED, keys=keys, workers=workers, progress=progress)
    facts = {}
    for name in names:
        spec = schema.columns[name]
        lengths = None if spec.axis is None else counted.lengths.get(spec.axis)
        facts[name] = facts_of(spec, counted.tallies[name], lengths)
    duplicates = duplicates_of(events, identity, counted.hashes, counted.floats)
    sample = _comparable(facts, counted, identity)
    return Description(
        name=events.name,
        files=tuple(part.path for part in events.parts),
        tree=events.parts[0].tree if events.parts else "",
        convention=schema.convention.name,
        entries=sum(part.entries for part in events.parts),
        columns=facts,
        unread=dict(schema.obstacles),
        duplicates=duplicates,
        correlations=strongest(sample),
        sampled=len(next(iter(counted.sample.values()), ())),
        findings=findings_of(schema, facts, duplicates),
        groups=_groups(schema, names),
        parts=events.parts,
    )


def _groups(schema: Schema, names: Sequence[str]) -> dict[str, tuple[str, ...]]:
    """Columns by their objects, in the order of the file; those alone in a group together."""
    places = schema.convention.places(schema.columns)
    groups: dict[str, list[str]] = {}
    for name in names:
        groups.setdefault(places.get(name, ("", name))[0], []).append(name)
    alone = {group for group, members in groups.items() if len(members) == 1 or not group}
    together = [name for group in alone for name in groups[group]]
    order = {name: place for place, name in enumerate(names)}
    singles = {"": tuple(sorted(together, key=order.__getitem__))} if together else {}
    shared = {group: tuple(of) for group, of in groups.items() if group not in alone}
    return singles | shared


def _named(schema: Schema, patterns: Sequence[str]) -> tuple[str, ...]:
    """Columns that match a pattern, in the order of the file."""
    if not patterns:
        return tuple(schema.columns)
    wanted: set[str] = set()
    for pattern in patterns:
        matches = [name for name in schema.columns if fnmatchcase(name, pattern)]
        if not matches:
            raise schema.missing(pattern)
        wanted.update(matches)
    return tuple(name for name in schema.columns if name in wanted)


def _comparable(
    facts: dict[str, ColumnFacts], counted: Read, identity: Sequence[str]
) -> dict[str, Floats]:
    """The sample of measured columns that vary, without sentinels: no flags, no event numbers."""
    sample = {}
    for name, values in counted.sample.items():
        spec = facts[name].spec
        if facts[name].constant or spec.dtype == "bool" or name in identity:
            continue
        kept = values.copy()
        kept[np.isin(kept, list(facts[name].sentinels))] = np.nan
        sample[name if spec.axis is None else f"{name}[0]"] = kept
    return sample
