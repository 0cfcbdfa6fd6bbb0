"""``hepline ls``: what is in a file."""

from __future__ import annotations

from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from hepline.columns.skimmed import Skimmed
from hepline.data.open import source

__all__ = ["ls"]


def ls(
    file: Annotated[str, typer.Argument(help="ROOT, Parquet, HDF5 or CSV file")],
    tree: Annotated[str, typer.Option(help="name of the tree; of a group in HDF5")] = "Events",
    convention: Annotated[
        str,
        typer.Option(help="how columns form objects, such as nanoaod; else recognized"),
    ] = "",
    pattern: Annotated[str, typer.Option(help="only columns whose name has this in it")] = "",
) -> None:
    """List the columns of a file, and say which convention they follow."""
    opened = source(file, tree=tree, convention=convention)
    console = Console(highlight=False)
    part = opened.parts[0]
    inside = f" in '{part.tree}'" if part.tree else ""
    _say(console, f"{file}: {part.entries} events{inside}")
    _say(console, f"convention: {opened.schema.convention.name} ({opened.schema.convention})")
    if part.checked:
        _say(console, f"verified by checksums: {part.checked}")
    for notice in part.notices:
        _say(console, f"note: {notice}")
    if part.skimmed is not None:
        _say_origin(console, part.skimmed)
    table = Table("column", "type")
    for spec in opened.schema.columns.values():
        if pattern.lower() in spec.name.lower():
            table.add_row(spec.name, spec.described)
    console.print(table)
    reasons: dict[str, list[str]] = {}
    for name, obstacle in opened.schema.obstacles.items():
        if pattern.lower() in name.lower():
            reasons.setdefault(obstacle, []).append(name)
    for obstacle, names in reasons.items():
        _say(console, f"left out: {', '.join(names)}: {obstacle}")


def _say_origin(console: Console, skimmed: Skimmed) -> None:
    """Say what a skim was made of."""
    for ancestor in skimmed.ancestors:
        kept = f"{ancestor.kept} of {ancestor.events} events"
        _say(console, f"skimmed: {kept} of {ancestor.path}, sha256 {ancestor.sha256 or 'unknown'}")
    for label, passed in skimmed.conditions:
        _say(console, f"condition: {label} ({passed} events pass)")
    nuisances = dict.fromkeys(a.nuisance.name for a in skimmed.alternatives)
    if nuisances:
        _say(console, f"varied by: {', '.join(nuisances)}")


def _say(console: Console, text: str) -> None:
    console.print(text, markup=False, soft_wrap=True)
