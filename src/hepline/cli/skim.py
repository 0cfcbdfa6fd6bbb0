"""``hepline skim``: chosen events with chosen columns, in a file of their own."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from hepline.cli.options import taking
from hepline.cli.progress import bars
from hepline.data.open import open as open_files
from hepline.errors import LanguageError
from hepline.exchange.skim import Skim
from hepline.exchange.skim import skim as write_skim

__all__ = ["skim"]


@dataclass(frozen=True)
class _Options:
    """Arguments and options of the command."""

    files: Annotated[list[str], typer.Argument(help="ROOT, Parquet, HDF5 or CSV files")]
    out: Annotated[Path, typer.Option(help="the skim: ends in .root or .parquet")]
    where: Annotated[
        str, typer.Option(help='such as "count(Muon.pt > 20) >= 2"; all events if none')
    ] = ""
    columns: Annotated[
        list[str] | None,
        typer.Option(help="names, patterns, objects: Muon,HLT_*,MET_pt; all if none"),
    ] = None
    new: Annotated[
        list[str] | None, typer.Option(help='NAME=EXPRESSION: "z_mass=Muon.pairs().mass"')
    ] = None
    format: Annotated[str, typer.Option(help="ttree, rntuple, parquet; else by the ending")] = ""
    tree: Annotated[str, typer.Option(help="name of the tree; of a group in HDF5")] = "Events"
    convention: Annotated[
        str, typer.Option(help="how columns form objects, such as nanoaod; else recognized")
    ] = ""
    workers: Annotated[int | None, typer.Option(help="threads", min=1)] = None
    chunk: Annotated[int | None, typer.Option(help="events read at a time", min=1)] = None


@taking(_Options)
def skim(options: _Options) -> None:
    """Write the events that pass to a file, with stored and new columns."""
    events = open_files(options.files, tree=options.tree, convention=options.convention)
    names = [name for given in options.columns or ["*"] for name in given.split(",")]
    wanted = [name.strip() for name in names if name.strip()]
    console = Console(highlight=False, soft_wrap=True)
    with bars() as progress, _said_if_stopped(console, options.out):
        done = write_skim(
            events,
            where=options.where or None,
            columns=[*wanted, *map(_new, options.new or ())],
            out=options.out,
            format=options.format,
            workers=options.workers,
            chunk=options.chunk,
            progress=progress,
        )
    _say(console, done)


def _say(console: Console, done: Skim) -> None:
    """Say how much was kept, and what was not."""
    if done.resumed:
        console.print(f"continued: {done.resumed} chunks were finished before", markup=False)
    console.print(repr(done), markup=False)
    if len(done.files) > 1:
        for path, read, kept in done.files:
            console.print(f"  {kept:>12} of {read} in {path}", markup=False)
    reasons: dict[str, list[str]] = {}
    for name, why in done.left_out.items():
        reasons.setdefault(why, []).append(name)
    for why, names in reasons.items():
        console.print(f"  left out: {', '.join(names)}: {why}", markup=False)
    console.print(f"  sha256 {done.sha256}", markup=False)


@contextmanager
def _said_if_stopped(console: Console, out: Path) -> Iterator[None]:
    """Say that what was done is not lost, if the command is stopped."""
    try:
        yield
    except KeyboardInterrupt:
        kept = sum(1 for _ in out.parent.glob(f".{out.name}.skim-*/*.piece"))
        if kept:
            text = f"{kept} finished chunks are kept beside {out}: the same command goes on."
            console.print(text, markup=False)
        raise


def _new(given: str) -> dict[str, str]:
    name, equals, expression = given.partition("=")
    if not equals or not name.strip().isidentifier():
        raise LanguageError(
            f"new='{given}'.",
            why="a new column has a name and an expression.",
            fix='write NAME=EXPRESSION, such as "z_mass=Muon.pairs().mass".',
            asked_at="",
        )
    return {name.strip(): expression}
