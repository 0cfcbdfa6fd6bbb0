"""``hepline run``: the main job."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from hepline.cli.progress import bars
from hepline.engine.cores import usable_cores
from hepline.engine.run import COMPILING, Options
from hepline.pipeline.scanning import SCANNING
from hepline.share.measurement import Measurement, measure
from hepline.show.drawing import DRAWING
from hepline.stats.blinding import NOT_TOLD
from hepline.stats.results import FitResult

__all__ = ["run"]

_UNLIKELY = 0.01  # p-value below which a fit needs an explanation
_WORTH_A_WORD = 0.1  # s


def run(
    analysis: Annotated[Path, typer.Argument(help="Python file with an hl.Analysis")],
    samples: Annotated[Path, typer.Option(help="JSON list of files")] = Path("samples.json"),
    out: Annotated[Path, typer.Option(help="folder for the results")] = Path("out"),
    on: Annotated[str, typer.Option(help="where to compute")] = "local",
    workers: Annotated[int | None, typer.Option(help="threads; else one for every core")] = None,
    engine: Annotated[str, typer.Option(help="auto, compiled, awkward or reference")] = "auto",
    chunk: Annotated[int | None, typer.Option(help="events per chunk; else as files are")] = None,
    skip_unreadable: Annotated[bool, typer.Option(help="go on without damaged files")] = False,
    poi: Annotated[str | None, typer.Option(help="parameter of interest")] = None,
    unblind: Annotated[bool, typer.Option("--unblind", help="show what blind= hides")] = False,
    reason: Annotated[str, typer.Option(help="why it is unblinded, for the record")] = "",
    report: Annotated[bool, typer.Option(help="index.html and figures/")] = True,
    figures: Annotated[str, typer.Option(help="both (PDF and PNG), pdf, png or none")] = "both",
) -> None:
    """Run an analysis: templates, fit and report."""
    with bars() as show:

        def progress(name: str, done: int, total: int) -> None:
            # Events are counted over all samples, and so have one bar.
            show(name if name in (COMPILING, DRAWING, SCANNING) else "reading events", done, total)

        options = Options(engine, on, workers, chunk, skip_unreadable, progress)
        done = measure(
            analysis, samples, out, options=options, poi=poi, unblind=unblind, reason=reason,
            report=report, figures=figures, drawing_workers=workers or usable_cores(),
        )  # fmt: skip
    _print(done)
    written = done.out / ("index.html" if report else "summary.json")
    Console(highlight=False, soft_wrap=True).print(f"written: {written}", markup=False)
    if done.fit_failed:
        raise typer.Exit(1)


def _quality(fit: FitResult) -> list[tuple[str, bool]]:
    """How far the fit can be trusted, in words; and whether they are a warning."""
    lines = []
    good = fit.goodness_of_fit
    if good is not None:
        text = f"goodness of fit: p = {good.p_value:.3g}"
        bad = good.p_value < _UNLIKELY
        said = f"warning: {text}; the model does not describe the data." if bad else text
        lines.append((said, bad))
    text = f"covariance: {fit.covariance_quality}"
    inexact = fit.covariance_quality not in ("exact", NOT_TOLD)
    said = f"warning: {text}; do not trust the errors." if inexact else text
    lines.append((said, inexact))
    return lines


def _print(done: Measurement) -> None:
    console = Console(highlight=False, soft_wrap=True)
    for notice in done.result.notices:
        console.print(f"[yellow]{notice.kind}[/]: ", end="")
        console.print(notice.text, markup=False)
    if done.blinding.note:
        said = f"blinding: {done.blinding.state}. {done.blinding.note}"
        console.print(said, markup=False, style="yellow")
    if done.fit is None:
        console.print(f"no fit: {done.no_fit_reason}", markup=False)
    else:
        poi = done.fit[done.fit.poi]
        shifted = done.blinding.state == "blinded" and bool(done.blinding.poi)
        said = " (shifted by a secret amount)" if shifted else ""
        told = f"{poi.name} = {poi.value:.4f} ± {poi.error:.4f}{said}"
        if math.isnan(poi.error):
            told = f"{poi.name} is not determined by the data."
        console.print(told, style="bold")
        for text, suspicious in _quality(done.fit):
            console.print(text, markup=False, style="yellow" if suspicious else "")
    rate = done.result.events_read / max(done.result.seconds["process"], 1e-9)
    waited = done.result.seconds["compile"]
    compiling = f", after {waited:.1f} s of compiling" if waited > _WORTH_A_WORD else ""
    console.print(f"{done.result.events_read} events, {rate:.0f} per second{compiling}")
