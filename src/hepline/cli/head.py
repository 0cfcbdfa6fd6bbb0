"""``hepline head``: the first events of a file."""

from __future__ import annotations

from typing import Annotated

import numpy as np
import typer
from rich.console import Console

from hepline.columns.types import TEXT
from hepline.data.open import source

__all__ = ["head"]


def head(
    file: Annotated[str, typer.Argument(help="ROOT, Parquet, HDF5 or CSV file")],
    columns: Annotated[
        list[str] | None, typer.Argument(help="columns; all scalars if none")
    ] = None,
    events: Annotated[int, typer.Option(help="how many", min=1)] = 5,
    tree: Annotated[str, typer.Option(help="name of the tree; of a group in HDF5")] = "Events",
) -> None:
    """Print the first events of a file."""
    opened = source(file, tree=tree)
    names = columns or [s.name for s in opened.schema.columns.values() if s.collection is None][:8]
    names = [opened.schema.column(name).name for name in names]
    part = opened.parts[0]
    chunk = opened.read(part, names, (), 0, min(events, part.entries))
    console = Console(highlight=False, soft_wrap=True)
    for name in names:
        spec, row = opened.schema.columns[name], chunk.contents[name]
        if spec.dtype == TEXT:
            words = opened.words(part, name, 0, chunk.events)
            row = np.array([words[code] for code in row.tolist()], object)
        axis = spec.axis
        if axis is None:
            values = row.tolist()
        else:
            values = [each.tolist() for each in np.split(row, chunk.offsets[axis][1:-1])]
        console.print(f"{name:<28} {values}", markup=False)
