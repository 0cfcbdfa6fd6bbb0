"""``hepline run``: the main job."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from hepline.cli.progress import bars
from hepline.engine.run import CHUNK, Options
from hepline.share.measurement import Measurement, measure

__all__ = ["run"]


def run(
    analysis: Annotated[Path, typer.Argument(help="Python file with an hl.Analysis")],
    samples: Annotated[Path, typer.Option(help="JSON list of files")] = Path("samples.json"),
    out: Annotated[Path, typer.Option(help="folder for the results")] = Path("out"),
    on: Annotated[str, typer.Option(help="where to compute")] = "local",
    workers: Annotated[int, typer.Option(help="processes")] = os.cpu_count() or 1,
    engine: Annotated[str, typer.Option(help="awkward or reference")] = "awkward",
    chunk: Annotated[int, typer.Option(help="events per chunk")] = CHUNK,
    skip_unreadable: Annotated[bool, typer.Option(help="go on without damaged files")] = False,
) -> None:
    """Run an analysis: templates, fit and report."""
    with bars(one_bar="reading events") as progress:
        options = Options(engine, on, workers, chunk, skip_unreadable, progress)
        done = measure(analysis, samples, out, options=options)
    _print(done)
    if done.fit_failed:
        raise typer.Exit(1)


def _print(done: Measurement) -> None:
    console = Console(highlight=False, soft_wrap=True)
    for notice in done.result.notices:
        console.print(f"[yellow]{notice.kind}[/]: ", end="")
        console.print(notice.text, markup=False)
    if done.fit is None:
        console.print(f"no fit: {done.no_fit_reason}", markup=False)
    else:
        poi = done.fit[done.fit.poi]
        console.print(f"{poi.name} = {poi.value:.4f} ± {poi.error:.4f}", style="bold")
    rate = done.result.events_read / max(done.result.seconds["process"], 1e-9)
    console.print(f"{done.result.events_read} events, {rate:.0f} per second")
    console.print(f"written: {done.out / 'index.html'}", markup=False)
