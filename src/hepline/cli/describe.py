"""``hepline describe``: what is in files, and what is suspicious about it."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.table import Table

from hepline.cli.progress import bars
from hepline.errors import OutputError
from hepline.share.describing import describe as describe_files
from hepline.survey.description import Description
from hepline.survey.description_lines import (
    COLUMN_HEAD,
    GROUP_HEAD,
    column_rows,
    finding_lines,
    group_rows,
    heading,
)

__all__ = ["describe"]

_FITTING = 60  # columns that are listed one by one
_FEW, _STRONG = 5, 0.5  # correlations that are worth a line
_WIDE = 96  # characters of a terminal that has room for types
_NUMBERS = 66  # characters that the other cells of a row take


def describe(
    files: Annotated[list[str], typer.Argument(help="ROOT, Parquet, HDF5 or CSV; * matches names")],
    columns: Annotated[
        str, typer.Option(help="names or patterns, separated by commas: Muon_*,MET_pt")
    ] = "",
    tree: Annotated[str, typer.Option(help="name of the tree; of a group in HDF5")] = "Events",
    convention: Annotated[
        str, typer.Option(help="how columns form objects, such as nanoaod; else recognized")
    ] = "",
    json: Annotated[Path | None, typer.Option(help="file for the numbers")] = None,
    out: Annotated[Path | None, typer.Option(help="folder for a page with figures")] = None,
    pairs: Annotated[
        str, typer.Option(help="columns whose pairs the page shows, such as pt,eta,mass")
    ] = "",
    hue: Annotated[str, typer.Option(help="the column that colors pairs, such as a label")] = "",
    workers: Annotated[
        int | None, typer.Option(help="threads; all cores by default", min=1)
    ] = None,
) -> None:
    """Say what is in files: every column, and what is suspicious about it."""
    if pairs and out is None:
        raise OutputError(
            f"--pairs {pairs} without --out.",
            why="pairs of columns are drawn on a page.",
            fix="say where it goes: --out DIR.",
        )
    console = Console(highlight=False)
    with bars() as progress:
        described = describe_files(
            files, columns=_names(columns), tree=tree, convention=convention, json=json, out=out,
            pairs=_names(pairs), hue=hue, workers=workers,
            progress=progress if console.is_terminal else None,
        )  # fmt: skip
    _print(console, described)
    written = [str(json)] if json is not None else []
    written += [str(out / "index.html")] if out is not None else []
    if written:
        console.print(f"written: {', '.join(written)}", markup=False, soft_wrap=True)


def _names(text: str) -> list[str]:
    return [name.strip() for name in text.split(",") if name.strip()]


def _print(console: Console, described: Description) -> None:
    for line in heading(described):
        console.print(line, markup=False, soft_wrap=True)
    if described.objects:
        return
    for line, serious in finding_lines(described):
        style = "yellow" if serious else None
        console.print(line, markup=False, style=style, soft_wrap=True)
    strong = [pair for pair in described.correlations if abs(pair.coefficient) >= _STRONG]
    for pair in strong[:_FEW]:
        text = f"{pair.first} and {pair.second}: {pair.coefficient:+.3f}".replace("-", "−")
        console.print(f"correlation of {text}", markup=False, soft_wrap=True)
    if len(described.columns) <= _FITTING:
        console.print(_of_columns(described, console.width))
        return
    table = Table(*GROUP_HEAD, box=SIMPLE_HEAD, pad_edge=False)
    for row in group_rows(described):
        table.add_row(*row)
    console.print(table)
    console.print("for the columns themselves: --columns 'NAME_*', or --json FILE", markup=False)


def _of_columns(described: Description, width: int) -> Table:
    """A table that fits: long names are cut, and types are left out where there is no room."""
    left_out = 2 if width < _WIDE else len(COLUMN_HEAD)
    table = Table(box=SIMPLE_HEAD, pad_edge=False, padding=(0, 1, 0, 0))
    table.add_column(no_wrap=True)
    table.add_column(COLUMN_HEAD[1], no_wrap=True, max_width=max(24, width - _NUMBERS))
    for place, title in enumerate(COLUMN_HEAD[2:], 2):
        if place != left_out:
            right = place > 2
            table.add_column(title, justify="right" if right else "left", no_wrap=True)
    for row in column_rows(described):
        table.add_row(*(cell for place, cell in enumerate(row) if place != left_out))
    return table
