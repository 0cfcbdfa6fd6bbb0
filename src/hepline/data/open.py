"""Opening of files: find them, check them, and return their events."""

from __future__ import annotations

import glob
import warnings
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import partial
from pathlib import Path

from hepline.columns.conventions.registry import convention_of
from hepline.columns.events import Events
from hepline.columns.expression import Origin
from hepline.columns.schema import Schema
from hepline.columns.source import Part
from hepline.data.addresses import is_dataset, is_remote
from hepline.data.disk import kind_of
from hepline.data.filesource import FileSource, look
from hepline.data.joined import joined_schema
from hepline.data.remote.lanes import started
from hepline.errors import DataError, DataWarning, FileUnreadable, checked_keywords, users_line

__all__ = ["open", "paths_of", "source"]

# Files on servers: opening one takes several answers, one after the other.
_AT_A_TIME = 8


@checked_keywords
def open(
    files: str | Path | Iterable[str | Path], *, tree: str = "Events", convention: str = ""
) -> Events:
    """Open one or more files (ROOT, Parquet, HDF5, CSV) that share their columns.

    Parameters
    ----------
    files : path, pattern with ``*``, or iterable of these
        Or addresses (``https://…``, ``root://…``), of which only the bytes that are needed are
        read; or that of a dataset, such as ``cod:12341``, which is fetched (see `dataset`).
    tree : str
        Name of the TTree or RNTuple, or path of a group or table in an HDF5 file. Without
        ``Events``, the default is the only tree of a ROOT file or the one named by a convention
        (``CollectionTree``), and the whole of an HDF5 file; Parquet and CSV have none.
    convention : str, optional
        How the columns form objects, and their units: ``nanoaod``, ``physlite``, …, ``plain``
        (see `hepline.events`). By default it is recognized from the columns.

    Returns
    -------
    Events
        Only headers have been read; CSV files have been scanned.

    Raises
    ------
    FileUnreadable
        For a file that is missing, truncated, of another format, or without the tree.
    DataError
        If the files have different columns.
    """
    opened = source(files, tree=tree, convention=convention)
    for part in opened.parts:
        for notice in part.notices:
            warnings.warn(f"{part.path}: {notice}", DataWarning, stacklevel=2)
    schema = opened.schema
    passing = (("selection of the skim", schema.node(schema.passing)),) if schema.passing else ()
    return Events(Origin(schema, opened, passing))


def source(
    files: str | Path | Iterable[str | Path],
    *,
    tree: str = "Events",
    name: str = "",
    skip_unreadable: bool = False,
    convention: str = "",
) -> FileSource:
    """Find and check files.

    Parameters
    ----------
    files : path, pattern or iterable of these
    tree : str
    name : str, optional
        For messages; the first file's name by default.
    skip_unreadable : bool
        Skip files that cannot be opened; the source names them.
    convention : str, optional

    Returns
    -------
    FileSource
    """
    target = convention_of(convention) if convention else None
    paths = paths_of(files)
    looked, unreadable = _looked_at(paths, tree, skip_unreadable)
    if not looked:
        raise DataError(
            f"none of the {len(paths)} files of {name or 'the sample'} can be read.",
            why=unreadable[0][1],
            fix="check the paths, or fetch the files again.",
        )
    parts = tuple(part for part, _ in looked)
    # A column that holds only whole numbers in one text file may hold decimals in another.
    is_text = all(kind_of(part.path) == "csv" for part in parts)
    # A file without events does not determine the types of columns.
    filled = [item for item in looked if item[0].entries] or looked
    schema = joined_schema([(part.path, schema_) for part, schema_ in filled], written=is_text)
    if not schema.columns:
        raise _no_columns(schema, parts)
    return FileSource(name or schema.name, tree, schema.following(target), parts, unreadable)


def _looked_at(
    paths: Sequence[str], tree: str, skip_unreadable: bool
) -> tuple[list[tuple[Part, Schema]], tuple[tuple[str, str], ...]]:
    """The readable files with their columns, and the others with the reason."""
    looked: list[tuple[Part, Schema]] = []
    unreadable: list[tuple[str, str]] = []
    for path, waiting in _looking(paths, tree):
        try:
            part, schema = waiting()
            if looked and part.tree != looked[0][0].tree:
                raise _other_tree(part, looked[0][0])
        except FileUnreadable as error:
            if not skip_unreadable:
                # Raised in a thread, the error lacks the user's line.
                error.asked_at = error.asked_at or users_line()
                raise
            unreadable.append((path, error.what))
            continue
        looked.append((part, schema))
    return looked, tuple(unreadable)


def _looking(
    paths: Sequence[str], tree: str
) -> Iterator[tuple[str, Callable[[], tuple[Part, Schema]]]]:
    """Each path, with what opens it; those on servers are opened several at a time."""
    if not any(map(is_remote, paths)) or len(paths) == 1:
        yield from ((path, partial(look, path, tree)) for path in paths)
        return
    futures = started([partial(look, path, tree) for path in paths], _AT_A_TIME, "open")
    try:
        yield from ((path, future.result) for path, future in zip(paths, futures, strict=True))
    finally:
        for future in futures:
            future.cancel()


def _other_tree(part: Part, first: Part) -> FileUnreadable:
    return FileUnreadable(
        f"{part.path} has no tree '{first.tree}'.",
        why=f"its only tree is called '{part.tree}', that of {first.path} '{first.tree}': they may "
        "not hold the same kind of events.",
        fix="open these files separately, or leave this one out.",
    )


def _no_columns(schema: Schema, parts: Sequence[Part]) -> DataError:
    reasons = [f"'{name}': {why}" for name, why in list(schema.obstacles.items())[:5]]
    others = f" and {len(schema.obstacles) - 5} more" if len(schema.obstacles) > 5 else ""
    why = " ".join(reasons) + others if reasons else "there is no column in any of them."
    if len(parts) == 1:
        return DataError(
            f"no column of {parts[0].path} can be computed with.",
            why=why,
            fix="name a file, or a tree in it, with numbers or lists of numbers for each event.",
        )
    return DataError(
        f"the {len(parts)} files of {schema.name} share no column.",
        why=why,
        fix="open files of one kind together, and others on their own.",
    )


def paths_of(files: str | Path | Iterable[str | Path]) -> list[str]:
    """Paths that a user means: patterns are looked up, datasets fetched.

    Raises
    ------
    DataError
        If there is none, or a file is named twice.
    """
    entries = [files] if isinstance(files, str | Path) else list(files)
    paths: list[str] = []
    for entry in map(str, entries):
        if is_dataset(entry):
            # Most sessions read files that are here: they need no library for downloads.
            from hepline.data.catalogue.dataset import dataset

            paths += dataset(entry)
            continue
        # Brackets are special in patterns, but may also be part of a name.
        if is_remote(entry) or not glob.has_magic(entry) or Path(entry).exists():
            paths.append(entry)
            continue
        matches = sorted(glob.glob(entry, recursive=True))  # noqa: PTH207 (patterns of whole paths)
        if not matches:
            raise FileUnreadable(
                f"no file matches {entry}.",
                why="the pattern was looked up on this machine and gave nothing.",
                fix="check the folder and the spelling; ** matches any number of folders.",
            )
        paths += matches
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
