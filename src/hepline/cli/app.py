"""The command ``hepline`` and what all its commands share: errors in plain words."""

from __future__ import annotations

import signal
import sys
from collections.abc import Callable, Iterator, Sequence
from functools import wraps
from importlib import import_module

import typer
from rich.console import Console

from hepline.cli.flags import with_options
from hepline.cli.signals import Terminated, stopped_by_signals
from hepline.errors import HeplineError
from hepline.garbage import seldom_collected

__all__ = ["COMMANDS", "application", "main"]

COMMANDS = {
    "run": "Run an analysis: templates, fit and report.",
    "generate": "Generate events with Pythia 8, FastJet and a parametrised detector.",
    "search": "Search CERN Open Data for datasets.",
    "fetch": "Fetch files of a dataset; each is verified by its size and checksum.",
    "cache": "List, verify or remove the datasets that were fetched on this machine.",
    "fit": "Fit a pyhf workspace, and ask for limits, significance, impacts, toys.",
    "train": "Train a model, judge it, and write it with a page about it.",
    "describe": "Say what is in files: every column, and what is suspicious about it.",
    "compare": "Say how two samples differ: columns, types, and the distribution of every column.",
    "ls": "List the columns of a file, and say which convention they follow.",
    "head": "Print the first events of a file.",
    "skim": "Write the events that pass to a file, with stored and new columns.",
    "explain": "Print the plan of an analysis; no events are read.",
    "lint": "Check an analysis (.py) without reading events, or a workspace; status 1 if it has "
    "errors.",
    "particle": "Look a particle up: mass, width, lifetime, decays, and how far it flies.",
    "peak": "Find the peaks of a mass spectrum, fit and name them.",
}
"""Each is the function of its name in the module ``hepline.cli.NAME``, with what it does."""


def application(asked: str = "") -> typer.Typer:
    """The command line with the command that was asked for, or with the list of all of them.

    Parameters
    ----------
    asked : str
        First word of the command line; if it is not a command, such as ``--help``, all are listed.
    """
    app = typer.Typer(
        add_completion=False,
        no_args_is_help=True,
        pretty_exceptions_enable=False,
        callback=_hepline,
    )
    if asked in COMMANDS:
        # Imported here, or `ls` would wait for the fit and the figures of `run`.
        command = getattr(import_module(f"hepline.cli.{asked}"), asked)
        app.command(asked, help=COMMANDS[asked])(_stoppable(command))
        return app
    anything = {"ignore_unknown_options": True, "allow_extra_args": True}
    for name, does in COMMANDS.items():
        listed = app.command(name, help=does, add_help_option=False, context_settings=anything)
        listed(_called_later(name))
    return app


def _called_later(name: str) -> Callable[[typer.Context], None]:
    """A command that stands in a list, and is imported only if it is called from there."""

    def command(context: typer.Context) -> None:
        application(name)([name, *context.args])

    return command


def _hepline() -> None:
    """From collision data to a published result."""


def _stoppable(command: Callable[..., None]) -> Callable[..., None]:
    """Let Ctrl-C end a command in one line; typer says nothing, or 'Aborted!', by its version."""

    @wraps(command)
    def stoppable(*arguments: object, **options: object) -> None:
        try:
            command(*arguments, **options)
        except BaseException as error:
            signals = [type(part) for part in _chain(error)]
            if Terminated in signals:
                Console(stderr=True).print("terminated: nothing half-written was left behind.")
                raise typer.Exit(128 + signal.SIGTERM) from None
            if KeyboardInterrupt in signals:
                Console(stderr=True).print("interrupted: nothing half-written was left behind.")
                raise typer.Exit(128 + signal.SIGINT) from None
            raise

    return stoppable


def _chain(error: BaseException | None) -> Iterator[BaseException]:
    """An error, and those that it came of.

    A signal that arrives while Python waits for a lock ends in a RuntimeError about the lock.
    """
    while error is not None:
        yield error
        error = error.__cause__ or error.__context__


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command line; an error of the user's ends in one message and status 2.

    Parameters
    ----------
    arguments : sequence of str, optional
        Those of this process by default.
    """
    given = sys.argv[1:] if arguments is None else list(arguments)
    if arguments is None:
        seldom_collected()
    try:
        with stopped_by_signals():
            application(given[0] if given else "")(given)
    except HeplineError as error:
        console = Console(stderr=True, soft_wrap=True, highlight=False)
        console.print(f"[bold red]{type(error).__name__}[/]: ", end="")
        said = with_options(error, given)
        console.print(str(said), markup=False)
        sys.exit(2)
