"""``hepline generate``: simulated events."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from hepline.cli.progress import bars
from hepline.data.generate import generate as generate_events
from hepline.data.generator.catalogue import process_lines
from hepline.data.recipe import generate_recipe
from hepline.engine.cores import usable_cores

__all__ = ["generate"]


def _list(wanted: bool) -> None:
    if wanted:
        console = Console(highlight=False, soft_wrap=True)
        for line in process_lines():
            console.print(line, markup=False)
        raise typer.Exit


def generate(
    process: Annotated[str, typer.Argument(help="process, or a JSON recipe of samples")],
    events: Annotated[int, typer.Option(help="events (of a process)")] = 10_000,
    seed: Annotated[int, typer.Option(help="same seed, same file (of a process)")] = 1,
    out: Annotated[Path | None, typer.Option(help="ROOT file; a folder for a recipe")] = None,
    workers: Annotated[int, typer.Option(help="processes (of a recipe)")] = usable_cores(),
    era: Annotated[str, typer.Option(help="2012 (8 TeV), 2015, 2016, 2017 (13 TeV)")] = "2015",
    compression: Annotated[str, typer.Option(help="zlib, zstd, lz4 or none")] = "zlib",
    _: Annotated[
        bool,
        typer.Option("--list", help="say what can be generated", callback=_list, is_eager=True),
    ] = False,
) -> None:
    """Generate events with Pythia 8, FastJet and a parametrised detector."""
    console = Console(highlight=False, soft_wrap=True)
    with bars() as progress:
        if process.endswith(".json"):
            folder = out or Path("generated")
            listing = generate_recipe(process, folder, workers=workers, progress=progress)
            console.print(f"written: {listing}", markup=False)
            return
        made = generate_events(
            process,
            events=events,
            seed=seed,
            out=out or Path(f"{process}.root"),
            era=era,
            compression=compression,
            progress=progress,
        )
    console.print(f"written: {made.path} ({made.events} events)", markup=False)
