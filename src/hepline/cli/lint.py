"""``hepline lint``: check an analysis or a workspace, without events and without a fit."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.text import Text

from hepline.cli.flags import in_options
from hepline.errors import AnalysisError
from hepline.share.loading import load_analysis
from hepline.share.planning import lint_analysis
from hepline.stats.preflight import inspect_workspace

__all__ = ["lint"]

_COLORS = {"error": "bold red", "warning": "yellow", "note": "cyan"}


def lint(
    target: Annotated[Path, typer.Argument(help="Python file of an analysis, or pyhf workspace")],
    samples: Annotated[Path | None, typer.Option(help="of an analysis: JSON list of files")] = None,
    prune: Annotated[
        float | None, typer.Option(help="drop systematics below this fraction, such as 0.005")
    ] = None,
    smooth: Annotated[bool, typer.Option("--smooth", help="smooth the histosys templates")] = False,
    out: Annotated[Path | None, typer.Option(help="file for the changed workspace")] = None,
    measurement: Annotated[str | None, typer.Option(help="the first if not given")] = None,
    short: Annotated[bool, typer.Option("--short", help="one line for each code")] = False,
    everything: Annotated[bool, typer.Option("--all", help="every finding of each code")] = False,
) -> None:
    """Check an analysis (.py) without reading events, or a workspace; status 1 if it has errors."""
    _check_options(target, samples, of_workspace=prune is not None or smooth or out is not None)
    if target.suffix == ".py":
        for line in lint_analysis(load_analysis(target), samples):
            typer.echo(line)
        return
    seen = inspect_workspace(
        target, pruning=prune, smoothing=smooth, out=out, measurement=measurement
    )
    console = Console(soft_wrap=True, highlight=False)
    for line in seen.lines(short=short, most=None) if everything else seen.lines(short=short):
        text = Text(in_options(line, "lint"))
        for severity, color in _COLORS.items():
            text.highlight_regex(rf"^HL\d+ {severity}", color)
        console.print(text)
    raise typer.Exit(seen.status)


def _check_options(target: Path, samples: Path | None, *, of_workspace: bool) -> None:
    is_analysis = target.suffix == ".py"
    if (of_workspace and is_analysis) or (samples is not None and not is_analysis):
        raise AnalysisError(
            f"these options do not go with '{target}'.",
            why="--samples belongs to an analysis (a Python file); --prune, --smooth and --out "
            "belong to a workspace (JSON).",
            fix="drop these options, or pass the matching file.",
        )
