"""``hepline train``: a model from a file that says what it learns."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from hepline.share.clock import Clock
from hepline.share.learning import load_trained, write_model

__all__ = ["train"]


def train(
    file: Annotated[Path, typer.Argument(help="Python file with one model = hl.train(…)")],
    out: Annotated[Path, typer.Option(help="folder for the model and its page")],
) -> None:
    """Train a model, judge it, and write it with a page about it."""
    clock = Clock()
    name, trained = load_trained(file)
    page = write_model(trained, out, title=name.replace("_", " "), started=clock.started)
    console = Console(highlight=False, soft_wrap=True)
    console.print(repr(trained), markup=False)
    console.print(f"model and page: {page}", markup=False)
