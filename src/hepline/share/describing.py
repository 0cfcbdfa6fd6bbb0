"""Descriptions of files: the numbers, their file for machines, and their page."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from hepline.errors import checked_keywords
from hepline.jsonfile import write_json
from hepline.share.clock import Clock
from hepline.survey.describe import Files, describe_files
from hepline.survey.description import Description
from hepline.survey.description_json import description_json

__all__ = ["describe"]


@checked_keywords
def describe(
    files: Files,
    *,
    columns: str | Sequence[str] = (),
    tree: str = "Events",
    convention: str = "",
    json: str | Path | None = None,
    out: str | Path | None = None,
    pairs: str | Sequence[str] = (),
    hue: str = "",
    workers: int | None = None,
    progress: Callable[[str, int, int], None] | None = None,
) -> Description:
    """Say what is in files: every column, and what is suspicious about it.

    Parameters
    ----------
    files : path, pattern, iterable of these, or Events
        All that `open` reads.
    columns : str or sequence of str, optional
        Names, or patterns such as ``Muon_*``; all by default.
    tree, convention : str, optional
        As for `open`.
    json : path, optional
        File for the numbers.
    out : path, optional
        Folder for the page, ``index.html``, and ``describe.json``.
    pairs : sequence of str, optional
        Columns whose pairs the page shows: see `hepline.pairs`.
    hue : str, optional
        The column that colors their points.
    workers : int, optional
        Threads; as many as there are cores by default. No number depends on it.
    progress : callable, optional
        Called with the name of the source, values done and their total.

    Returns
    -------
    Description
        Minimum, maximum, mean and standard deviation are those of NumPy over all finite values of a
        column, sentinels among them; ``clean`` has them without.

    Raises
    ------
    DataError
        For a file that cannot be read.
    ColumnNotFound
        If no column matches a name or pattern.
    """
    clock = Clock()
    described = describe_files(
        files,
        columns=[columns] if isinstance(columns, str) else list(columns),
        tree=tree,
        convention=convention,
        workers=workers,
        progress=progress,
    )
    numbers = description_json(described)
    if json is not None:
        write_json(numbers, json, what="description")
    if out is not None:
        # Most descriptions are read on a terminal, and need no templates.
        from hepline.share.survey_page import write_description

        drawn = None
        if pairs:
            from hepline.share.pairing import draw_pairs_of

            drawn = draw_pairs_of(files, pairs, hue=hue or None, tree=tree, convention=convention)
        write_description(described, numbers, Path(out), clock, pairs=drawn)
    return described
