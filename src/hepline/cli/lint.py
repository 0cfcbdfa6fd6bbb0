"""``hepline lint``: check an analysis without reading events."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from hepline.share.loading import load_analysis
from hepline.share.planning import lint_analysis

__all__ = ["lint"]


def lint(
    analysis: Annotated[Path, typer.Argument(help="Python file with an hl.Analysis")],
    samples: Annotated[Path | None, typer.Option(help="JSON list of files")] = None,
) -> None:
    """Check an analysis, and its files if given, without reading events."""
    for line in lint_analysis(load_analysis(analysis), samples):
        typer.echo(line)
