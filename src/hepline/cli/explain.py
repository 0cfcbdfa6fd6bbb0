"""``hepline explain``: how an analysis would be computed."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from hepline.share.loading import load_analysis
from hepline.share.planning import explain_analysis

__all__ = ["explain"]


def explain(
    analysis: Annotated[Path, typer.Argument(help="Python file with an hl.Analysis")],
    stage: Annotated[str, typer.Option(help="verify fold share prune push split …")] = "schedule",
    sample: Annotated[str, typer.Option(help="whose variations; the first if none")] = "",
) -> None:
    """Print the plan of an analysis; no events are read."""
    typer.echo(explain_analysis(load_analysis(analysis), stage=stage, sample=sample))
