"""``hepline compare``: how two samples differ."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

import typer
from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.table import Table

from hepline.cli.progress import bars
from hepline.share.comparing import compare as compare_files
from hepline.survey.comparison import Comparison
from hepline.survey.comparison_lines import DIFFERENCE_HEAD, difference_rows, overview_lines

__all__ = ["compare"]

_NUMBERS = 58  # characters that the other cells of a row take


def compare(
    first: Annotated[str, typer.Argument(help="file, or pattern with *")],
    second: Annotated[str, typer.Argument(help="file, or pattern with *")],
    columns: Annotated[
        str, typer.Option(help="names or patterns, separated by commas: Muon_*,MET_pt")
    ] = "",
    weight: Annotated[
        str, typer.Option(help="column with the weight of each event; a sample without it has ones")
    ] = "",
    most: Annotated[int, typer.Option(help="how many columns to list", min=0)] = 25,
    tree: Annotated[str, typer.Option(help="name of the tree; of a group in HDF5")] = "Events",
    convention: Annotated[
        str, typer.Option(help="how columns form objects, such as nanoaod; else recognized")
    ] = "",
    json: Annotated[Path | None, typer.Option(help="file for the numbers")] = None,
    out: Annotated[Path | None, typer.Option(help="folder for a page with figures")] = None,
    workers: Annotated[
        int | None, typer.Option(help="threads; all cores by default", min=1)
    ] = None,
) -> None:
    """Say how two samples differ: columns, types, and the distribution of every column."""
    names = [name.strip() for name in columns.split(",") if name.strip()]
    console = Console(highlight=False)
    with bars() as progress:
        compared = compare_files(
            first, second, columns=names, weight=weight, tree=tree, convention=convention,
            json=json, out=out, workers=workers, progress=progress if console.is_terminal else None,
        )  # fmt: skip
    _print(console, compared, most)
    written = [str(json)] if json is not None else []
    written += [str(out / "index.html")] if out is not None else []
    if written:
        console.print(f"written: {', '.join(written)}", markup=False, soft_wrap=True)


def _print(console: Console, compared: Comparison, most: int) -> None:
    for line, serious in overview_lines(compared):
        console.print(line, markup=False, style="yellow" if serious else None, soft_wrap=True)
    table = Table(box=SIMPLE_HEAD, pad_edge=False, padding=(0, 1, 0, 0))
    for place, title in enumerate(DIFFERENCE_HEAD):
        most_wide = max(22, console.width - _NUMBERS) if place == 0 else None
        side: Literal["left", "right"] = "left" if place < 2 else "right"
        table.add_column(title, justify=side, no_wrap=True, max_width=most_wide)
    for row in difference_rows(compared, most):
        table.add_row(*row)
    if table.row_count:
        console.print(table)
    differing = sum(column.corrected < 1.0 for column in compared.columns)
    if differing > most:
        console.print(f"and {differing - most} more: --most N, or --json FILE")
