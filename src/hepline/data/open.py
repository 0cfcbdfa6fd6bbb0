"""Open files: find them, check them, and hand out their events."""

from __future__ import annotations

import glob
from collections.abc import Iterable
from pathlib import Path

from hepline.columns.events import Events
from hepline.columns.expression import Origin
from hepline.columns.schema import Schema
from hepline.columns.source import Part
from hepline.data.disk import is_remote, kind_of
from hepline.data.filesource import FileSource, look
from hepline.data.joined import joined_schema
from hepline.errors import DataError, FileUnreadable

__all__ = ["open", "source"]


def open(files: str | Path | Iterable[str | Path], *, tree: str = "Events") -> Events:
    """Open one or more files (ROOT, Parquet, HDF5, CSV) that share their columns.

    Parameters
    ----------
    files : path, pattern with ``*``, or iterable of these
    tree : str
        Name of the TTree or RNTuple, or path of a group or table in an HDF5 file (all of it where
        it has no ``Events``); Parquet and CSV have none.

    Returns
    -------
    Events
        Nothing but the headers has been read; CSV has been looked through.

    Raises
    ------
    FileUnreadable
        For a file that is missing, truncated, of another format, or without the tree.
    DataError
        If the files have different columns.
    """
    opened = source(files, tree=tree)
    return Events(Origin(opened.schema, opened))


def source(
    files: str | Path | Iterable[str | Path],
    *,
    tree: str = "Events",
    name: str = "",
    skip_unreadable: bool = False,
) -> FileSource:
    """Find and check files.

    Parameters
    ----------
    files : path, pattern or iterable of these
    tree : str
    name : str, optional
        For messages; the first file's name by default.
    skip_unreadable : bool
        Leave out files that cannot be opened; they are named in the source.

    Returns
    -------
    FileSource
    """
    paths = _paths(files)
    parts: list[Part] = []
    unreadable: list[tuple[str, str]] = []
    schemas: list[tuple[str, Schema]] = []
    for path in paths:
        try:
            part, found = look(path, tree)
        except FileUnreadable as error:
            if not skip_unreadable:
                raise
            unreadable.append((path, error.what))
            continue
        schemas.append((path, found))
        parts.append(part)
    if not schemas:
        raise DataError(
            f"none of the {len(paths)} files of {name or 'the sample'} can be read.",
            why=unreadable[0][1],
            fix="check the paths, or fetch the files again.",
        )
    # A column of text that happens to hold whole numbers only is still one of decimals elsewhere.
    written = all(kind_of(part.path) == "csv" for part in parts)
    schema = joined_schema(schemas, written=written)
    if not schema.columns:
        raise DataError(
            f"the {len(parts)} files of {name or schema.name} share no column.",
            why="there is no column of one name and type in all of them.",
            fix="open files of one kind together, and others on their own.",
        )
    return FileSource(name or schema.name, tree, schema, tuple(parts), tuple(unreadable))


def _paths(files: str | Path | Iterable[str | Path]) -> list[str]:
    given = [files] if isinstance(files, str | Path) else list(files)
    paths: list[str] = []
    for entry in map(str, given):
        # Brackets are letters of a pattern, but also of names.
        if is_remote(entry) or not glob.has_magic(entry) or Path(entry).exists():
            paths.append(entry)
            continue
        found = sorted(glob.glob(entry, recursive=True))  # noqa: PTH207 (patterns of whole paths)
        if not found:
            raise FileUnreadable(
                f"no file matches {entry}.",
                why="the pattern was looked up on this machine and gave nothing.",
                fix="check the folder and the spelling; ** matches any number of folders.",
            )
        paths += found
    if not paths:
        raise DataError(
            "no files were given.",
            why="there is nothing to read.",
            fix="name at least one file.",
        )
    real = [path if is_remote(path) else str(Path(path).resolve()) for path in paths]
    again = [path for place, path in enumerate(paths) if real[place] in real[:place]]
    if again:
        raise DataError(
            f"{again[0]} is given twice.",
            why="its events would be counted twice.",
            fix="name each file once; a pattern may match a file that is also named.",
        )
    return paths
