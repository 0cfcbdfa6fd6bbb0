"""``hepline cache``: the datasets that were fetched on this machine."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

import typer
from rich.console import Console

from hepline.data.catalogue import store
from hepline.errors import FetchFailed

__all__ = ["cache"]


class Action(StrEnum):
    """What to do with the cache."""

    ls = "ls"
    verify = "verify"
    clean = "clean"


def cache(
    action: Annotated[Action, typer.Argument(help="list, read and compare, or remove all")],
) -> None:
    """List, verify or remove the datasets that were fetched on this machine."""
    console = Console(highlight=False, soft_wrap=True)
    if action is Action.clean:
        console.print(f"removed: {store.clean()} bytes", markup=False)
        return
    damaged = []
    for file in store.stored_files():
        whole = action is Action.ls or file.intact
        damaged += [] if whole else [file.name]
        state = "" if action is Action.ls else "intact  " if whole else "DAMAGED "
        line = f"{state}{file.size:>12}  {file.sha256[:12]}  {file.name}  ({file.address})"
        console.print(line, markup=False)
    if damaged:
        raise FetchFailed(
            f"{len(damaged)} files of the cache are damaged: {', '.join(damaged)}.",
            why="their content is not what it was when they were verified.",
            fix="remove them with `hepline cache clean`, and fetch them again.",
        )
