"""The command ``hepline`` and what all its commands share: errors in plain words."""

from __future__ import annotations

import sys
from collections.abc import Callable
from functools import wraps

import typer
from rich.console import Console

from hepline.cli.explain import explain
from hepline.cli.fit import fit
from hepline.cli.generate import generate
from hepline.cli.head import head
from hepline.cli.lint import lint
from hepline.cli.ls import ls
from hepline.cli.run import run
from hepline.errors import HeplineError

__all__ = ["app", "main"]

app = typer.Typer(
    add_completion=False,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    help="From collision data to a published result.",
)


def _stoppable(command: Callable[..., None]) -> Callable[..., None]:
    """Let Ctrl-C end a command in one line; typer says nothing, or 'Aborted!', by its version."""

    @wraps(command)
    def stoppable(*arguments: object, **options: object) -> None:
        try:
            command(*arguments, **options)
        except KeyboardInterrupt:
            Console(stderr=True).print("interrupted: nothing half-written was left behind.")
            raise typer.Exit(130) from None

    return stoppable


for command in (run, generate, fit, ls, head, explain, lint):
    app.command()(_stoppable(command))


def main() -> None:
    """Run the command line; an error of the user's ends in one message and status 2."""
    try:
        app()
    except HeplineError as error:
        console = Console(stderr=True, soft_wrap=True, highlight=False)
        console.print(f"[bold red]{type(error).__name__}[/]: ", end="")
        console.print(str(error), markup=False)
        sys.exit(2)
