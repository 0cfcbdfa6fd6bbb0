"""``hepline search``: datasets of CERN Open Data by the words of their titles."""

from __future__ import annotations

from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from hepline.data.catalogue.cernopendata import found_records

__all__ = ["search"]


def search(
    words: Annotated[str, typer.Argument(help="such as 'dimuon 2012'")],
    most: Annotated[int, typer.Option(help="how many to list", min=1)] = 20,
) -> None:
    """Search CERN Open Data for datasets."""
    console = Console(highlight=False, soft_wrap=True)
    table = Table("record", "title", "formats", "MB")
    for address, title, formats, size in found_records(words, most):
        table.add_row(address, title, formats, f"{size / 1e6:.1f}")
    console.print(table if table.row_count else "no dataset has these words in its record")
