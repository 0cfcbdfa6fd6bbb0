"""Messages name parameters of Python; a command says its options in their place."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

from hepline.errors import HeplineError

__all__ = ["FLAGS", "in_options", "with_options"]

_FITTED = {"out": "--out", "poi": "--poi", "figures": "--figures", "workers": "--workers"}

FLAGS = {
    "run": {
        **_FITTED, "samples": "--samples", "on": "--on", "engine": "--engine", "chunk": "--chunk",
        "unblind": "--unblind", "reason": "--reason",
    },
    "fit": {
        **_FITTED, "measurement": "--measurement", "patches": "--patch", "exclude": "--exclude",
        "level": "--level", "statistic": "--statistic", "toys": "--toys", "seed": "--seed",
        "model.intervals()": "--minos", "blind": "--blind",
    },
    "generate": {
        "events": "--events", "seed": "--seed", "out": "--out", "workers": "--workers",
    },
    "fetch": {"out": "--out", "files": "--file", "unpack": "--unpack"},
    "train": {"out": "--out"},
    "lint": {
        "pruning": "--prune", "smoothing": "--smooth", "out": "--out",
        "measurement": "--measurement", "most": "--all",
    },
    "describe": {"tree": "--tree", "out": "--out", "workers": "--workers"},
    "compare": {"tree": "--tree", "weight": "--weight", "out": "--out", "workers": "--workers"},
    "ls": {"tree": "--tree"},
    "head": {"tree": "--tree"},
    "skim": {
        "tree": "--tree", "out": "--out", "where": "--where", "columns": "--columns",
        "new": "--new", "format": "--format", "convention": "--convention",
    },
    "peak": {"tree": "--tree", "out": "--out", "figures": "--figures"},
}  # fmt: skip
"""By command, what messages call a parameter, or a call, and the option that is the same."""

# A whole call is taken first: what stands in its parentheses is Python that a user writes in a
# file, as in hl.Analysis(…, poi='mu').
_SAID = re.compile(r"(?P<call>[\w.]+\([^()]*\))|\b(?P<name>\w+)=(?P<value>'[^']*'|(?:[\w.]*\w)?)")

_BARE = ("", "True", "None")  # said without a value: any value, or a switch


def in_options(text: str, command: str) -> str:
    """Say a message with the options of a command.

    Parameters
    ----------
    text : str
        With parameters as ``poi='mu'``, ``workers=1``, ``unblind=True``, or ``poi=`` for any value.
    command : str
        Parameters that it has no option for stay as they are.
    """
    flags = FLAGS.get(command, {})

    def option(said: re.Match[str]) -> str:
        if said["call"]:
            return flags.get(said["call"], said[0])
        flag = flags.get(said["name"])
        if flag is None or said["value"] == "False":
            return said[0]
        return flag if said["value"] in _BARE else f"{flag} {_typed(said['value'])}"

    return _SAID.sub(option, text)


def _typed(value: str) -> str:
    """A value as one types it in a shell: with quotes only where it needs them."""
    bare = value.strip("'")
    return bare if bare and not re.search(r"\s", bare) else value


def with_options(error: HeplineError, arguments: Sequence[str]) -> HeplineError:
    """Say an error with the options of the command that met it.

    Parameters
    ----------
    error : HeplineError
        What a line of a Python file among the arguments asked for stays in Python.
    arguments : sequence of str
        The command line, from the name of the command on.
    """
    command = arguments[0] if arguments else ""
    files = tuple(f"{Path(one).name}:" for one in arguments if one.endswith(".py"))
    if (error.asked_at or "").startswith(files):
        return error
    what, why, fix = (in_options(one, command) for one in (error.what, error.why, error.fix))
    return type(error)(what, why=why, fix=fix, asked_at=error.asked_at or "")
