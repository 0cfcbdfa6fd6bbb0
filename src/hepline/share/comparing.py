"""Comparisons of two samples: the numbers, their file for machines, and their page."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from hepline.columns.schema import Schema
from hepline.errors import checked_keywords
from hepline.jsonfile import write_json
from hepline.share.clock import Clock
from hepline.survey.comparison import Comparison, compare_descriptions, weighted
from hepline.survey.comparison_json import comparison_json
from hepline.survey.describe import Files, describe_source, source_of

__all__ = ["compare"]


@checked_keywords
def compare(
    first: Files,
    second: Files,
    *,
    columns: str | Sequence[str] = (),
    weight: str = "",
    tree: str = "Events",
    convention: str = "",
    json: str | Path | None = None,
    out: str | Path | None = None,
    workers: int | None = None,
    progress: Callable[[str, int, int], None] | None = None,
) -> Comparison:
    """Say how two samples differ: columns, types, and the distribution of every column.

    Parameters
    ----------
    first, second : path, pattern, iterable of these, or Events
        All that `open` reads.
    columns : str or sequence of str, optional
        Names, or patterns such as ``Muon_*``; all by default.
    weight : str, optional
        The column with the weight of each event. A sample that lacks it, such as data, has weights
        of one. Shares of missing values and lengths of lists stay without.
    tree, convention : str, optional
        As for `open`.
    json : path, optional
        File for the numbers.
    out : path, optional
        Folder for the page, ``index.html``, and ``compare.json``.
    workers : int, optional
    progress : callable, optional

    Returns
    -------
    Comparison
        The column that differs most surely comes first. Probabilities are corrected for the number
        of tests (Holm).

    Raises
    ------
    DataError
        For a file that cannot be read.
    ColumnNotFound
        If no column matches a name or pattern.
    """
    clock = Clock()
    names = [columns] if isinstance(columns, str) else list(columns)
    one, two = (source_of(files, tree=tree, convention=convention) for files in (first, second))
    mine, theirs = (
        describe_source(source, columns=names, workers=workers, progress=progress)
        for source in (one, two)
    )
    standing = _standing_for(one.schema, two.schema)
    compared = compare_descriptions(mine, theirs, standing)
    if weight:
        compared = weighted(compared, one, two, weight, standing)
    numbers = comparison_json(compared)
    if json is not None:
        write_json(numbers, json, what="comparison")
    if out is not None:
        # Most comparisons are read on a terminal, and need no templates.
        from hepline.share.survey_page import write_comparison

        write_comparison(compared, numbers, Path(out), clock)
    return compared


def _standing_for(first: Schema, second: Schema) -> dict[str, str]:
    """Columns that have another name in the second sample: another format spells them otherwise."""
    names = {}
    for name in first.columns:
        other = None if name in second.columns else second.standing_for(name)
        if other is not None and other.name not in first.columns:
            names[name] = other.name
    return names
