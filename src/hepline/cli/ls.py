"""``hepline ls``: what is in a file."""

from __future__ import annotations

from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from hepline.data.open import source

__all__ = ["ls"]


def ls(
    file: Annotated[str, typer.Argument(help="ROOT, Parquet, HDF5 or CSV file")],
    tree: Annotated[str, typer.Option(help="name of the tree; of a group in HDF5")] = "Events",
    pattern: Annotated[str, typer.Option(help="only columns whose name has this in it")] = "",
) -> None:
    """List the columns of a file."""
    opened = source(file, tree=tree)
    console = Console(highlight=False)
    console.print(f"{file}: {opened.parts[0].entries} events", markup=False, soft_wrap=True)
    table = Table("column", "type")
    for spec in opened.schema.columns.values():
        if pattern.lower() in spec.name.lower():
            table.add_row(spec.name, str(spec.node().type))
    console.print(table)
    for name, obstacle in getattr(opened.schema, "obstacles", {}).items():
        if pattern.lower() in name.lower():
            console.print(f"left out: {name}: {obstacle}", markup=False, soft_wrap=True)
